//! What a server tells besides its records: of itself, and objects by their numbers.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;

use super::question::{Form, Question};
use super::{MOST, Server, about, pages};
use crate::catalogue::{About, Catalogue, UserNames};
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
        let mut found = vec![None; ids.len()];
        for (part, given) in
            ids.chunks(self.page_size as usize).zip(found.chunks_mut(self.page_size as usize))
        {
            for (id, object) in self.among(&Question::default(), part, Form::Long).await? {
                for nth in
                    part.iter().enumerate().filter(|(_, one)| **one == id).map(|(nth, _)| nth)
                {
                    given[nth] = Some(object.clone());
                }
            }
        }
        Ok(found)
    }

    async fn found(&self, search: &Search, ids: &[u64]) -> Result<Vec<bool>, SourceError> {
        let question = Question::new(Some(search), &proto::filter::Where::new());
        let mut found = Vec::with_capacity(ids.len());
        for part in ids.chunks(MOST as usize) {
            let given = self.among(&question, part, Form::Short).await?;
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
}

impl Server {
    /// Those of some objects that a search gives, with their numbers.
    async fn among(
        &self,
        question: &Question,
        ids: &[u64],
        form: Form,
    ) -> Result<Vec<(u64, String)>, SourceError> {
        let mut found: Vec<(u64, String)> = Vec::new();
        let mut left = ids.to_vec();
        while !left.is_empty() {
            let answer = self.session.search(question.among(&left, form)).await?;
            let records = answer.records("/objects")?;
            let count = answer.number("/count").unwrap_or_default();
            let before = left.len();
            for record in &records {
                let id = pages::number(&answer, record)?;
                left.retain(|one| *one != id);
                found.push((id, (*record).to_owned()));
            }
            // Where pages are shorter than what is asked for, the others are asked for again.
            if left.len() == before || count <= records.len() as u64 {
                break;
            }
        }
        Ok(found)
    }
}
