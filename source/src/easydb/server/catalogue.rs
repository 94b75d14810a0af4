//! What a server tells besides its records: of itself, and objects by their numbers.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use secrecy::SecretString;

use super::abilities::Lack;
use super::door::explained;
use super::question::{Form, Question, is_too_slow};
use super::{MOST, Server, about, pages};
use crate::catalogue::{About, Catalogue, ImageMappings, UserNames};
use crate::http::{Denied, MAX_PAGE_BYTES, refused};
use crate::{Search, SourceError};

#[async_trait]
impl Catalogue for Server {
    async fn about(&self) -> Result<Arc<About>, SourceError> {
        self.about.or_asked(about::about(&self.session)).await
    }

    async fn user_names(&self) -> Result<Arc<UserNames>, SourceError> {
        self.user_names.or_asked(about::user_names(&self.session)).await
    }

    async fn answers(&self) -> bool {
        self.session.told().await.is_ok()
    }

    async fn knows(
        &self,
        login: &str,
        password: &SecretString,
    ) -> Result<Option<bool>, SourceError> {
        self.session.knows(login, password).await.map(Some)
    }

    async fn objects(&self, ids: &[u64]) -> Result<Vec<Option<String>>, SourceError> {
        let at_once = self.at_once.load(Ordering::Relaxed).min(self.abilities.most() as usize);
        let (mut some, mut lack) = (&ids[..ids.len().min(at_once)], None);
        let given = loop {
            let denied = match self.among(&Question::default(), some, Form::Long).await {
                Ok(given) => break given,
                Err(denied) => denied,
            };
            let is_slow = is_too_slow(&denied, some.len());
            match some {
                [one] if denied.is_too_long => {
                    let hint = "leave out what leads to it, or write fewer linked objects out";
                    return Err(pages::too_long(self, &format!("object {one}"), hint));
                }
                [_, _, ..] if denied.is_too_long || is_slow => {}
                _ => return Err(explained(*denied)),
            }
            some = &some[..some.len() / 2];
            self.at_once.store(some.len(), Ordering::Relaxed);
            if is_slow {
                lack = Some(Lack::Time { most: u32::try_from(some.len()).unwrap_or(MOST) });
            }
        };
        if let Some(lack) = lack {
            self.abilities.lack(lack);
        }
        let bytes: usize = given.iter().map(|(_, object)| object.len()).sum();
        if some.len() == at_once && bytes < MAX_PAGE_BYTES / 4 {
            let more = at_once.saturating_mul(2).min(self.abilities.most() as usize);
            self.at_once.store(more, Ordering::Relaxed);
        }
        let mut found = vec![None; some.len()];
        for (id, object) in given {
            let mut places = (0..some.len()).filter(|place| some[*place] == id);
            let Some(first) = places.next() else { continue };
            for place in places {
                found[place] = Some(object.clone());
            }
            found[first] = Some(object);
        }
        Ok(found)
    }

    async fn found(&self, search: &Search, ids: &[u64]) -> Result<Vec<bool>, SourceError> {
        let question = Question::new(Some(search), &proto::filter::Where::new());
        let mut found = Vec::with_capacity(ids.len());
        for part in ids.chunks(MOST as usize) {
            let given = self.among(&question, part, Form::Short).await;
            let given = given.map_err(|denied| explained(*denied))?;
            found.extend(part.iter().map(|id| given.iter().any(|(one, _)| one == id)));
        }
        Ok(found)
    }

    async fn stylesheet(&self, id: &str) -> Result<Option<Vec<u8>>, SourceError> {
        self.stylesheet_of(id).await
    }

    async fn mapping(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError> {
        self.mapping_of(name).await
    }

    async fn image_mappings(&self) -> Result<ImageMappings, SourceError> {
        self.mappings_of_images().await
    }
}

impl Server {
    /// Those of some objects that a search gives, with their numbers; denied where they are longer than an answer
    /// may be, however many answers they come in.
    async fn among(
        &self,
        question: &Question,
        ids: &[u64],
        form: Form,
    ) -> Result<Vec<(u64, String)>, Box<Denied>> {
        let (mut found, mut bytes) = (Vec::new(), 0);
        let mut left = ids.to_vec();
        while !left.is_empty() {
            let answer = self.session.attempt(question.among(&left, form)).await?;
            let records = answer.records("/objects")?;
            let count = answer.number("/count").unwrap_or_default();
            let before = left.len();
            for record in &records {
                let id = pages::number(&answer, record)?;
                left.retain(|one| *one != id);
                bytes += record.len();
                found.push((id, (*record).to_owned()));
            }
            if bytes > MAX_PAGE_BYTES {
                let error = refused(format!("{} gives too much", answer.told()));
                let mut denied: Box<Denied> = error.into();
                denied.is_too_long = true;
                return Err(denied);
            }
            // Where pages are shorter than what is asked for, the others are asked for again.
            if left.len() == before || count <= records.len() as u64 {
                break;
            }
        }
        Ok(found)
    }
}
