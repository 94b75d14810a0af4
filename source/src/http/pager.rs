//! How one page leads to the next.

use proto::source::{HttpSpec, Pages};
use url::Url;

use super::answer::Answer;
use super::api::{Api, refused};
use super::order::{Key, KeyReader};
use super::place::{Place, with_parameter};
use crate::page::Kind;
use crate::{SourceError, json};

/// What is configured of an API's pages.
#[derive(Debug, Clone)]
pub(super) struct Pager {
    url: Url,
    records: String,
    pages: Option<Pages>,
}

impl Pager {
    /// The pages of a specification; errs where a pointer is none.
    pub(super) fn new(spec: &HttpSpec, url: Url) -> Result<Self, SourceError> {
        let pager = Self { url, records: spec.records.clone(), pages: spec.pages.clone() };
        let next = match &pager.pages {
            Some(Pages::Cursor(by)) => Some(&by.next),
            Some(Pages::Link(by)) => by.next.as_ref(),
            Some(Pages::Number(_) | Pages::Offset(_) | Pages::Key(_)) | None => None,
        };
        for pointer in next.into_iter().chain(Some(&pager.records).filter(|at| !at.is_empty())) {
            if !pointer.starts_with('/') {
                return Err(refused(format!(
                    "{pointer:?} is no JSON pointer; it begins with \"/\", such as \"/data/items\""
                )));
            }
        }
        Ok(pager)
    }

    /// The same pages, asked for with parameters besides.
    pub(super) fn asking(&self, parameters: &[(String, String)]) -> Self {
        let mut pager = self.clone();
        if !parameters.is_empty() {
            pager.url.query_pairs_mut().extend_pairs(parameters);
        }
        pager
    }

    /// The field of the records that pages go by, where they go by one.
    pub(super) fn key(&self) -> Option<&str> {
        match &self.pages {
            Some(Pages::Key(pages)) => Some(&pages.key),
            Some(Pages::Number(_) | Pages::Offset(_) | Pages::Cursor(_) | Pages::Link(_))
            | None => None,
        }
    }

    /// How many records there are in all, where an answer says it and pages are found by counting.
    pub(super) fn total(&self, answer: &Answer) -> Result<Option<u64>, SourceError> {
        let place = match &self.pages {
            Some(Pages::Number(pages)) => pages.total.as_ref(),
            Some(Pages::Offset(pages)) => pages.total.as_ref(),
            Some(Pages::Key(_) | Pages::Cursor(_) | Pages::Link(_)) | None => None,
        };
        place
            .map(|place| {
                answer
                    .number(place)
                    .ok_or_else(|| refused(format!("{} says no total at {place}", answer.told())))
            })
            .transpose()
    }

    /// The first page.
    pub(super) fn first(&self) -> Place {
        match &self.pages {
            Some(Pages::Number(pages)) => Place::Number(pages.first),
            Some(Pages::Offset(_)) => Place::Offset(0),
            Some(Pages::Key(_) | Pages::Cursor(_) | Pages::Link(_)) | None => Place::First,
        }
    }

    /// The page after the first ones, where pages are found by counting.
    pub(super) fn counted(&self, pages: u64, page_len: u64) -> Option<Place> {
        match &self.pages {
            Some(Pages::Number(numbered)) => {
                Some(Place::Number(numbered.first.saturating_add(pages)))
            }
            Some(Pages::Offset(_)) => Some(Place::Offset(pages.saturating_mul(page_len))),
            Some(Pages::Key(_) | Pages::Cursor(_) | Pages::Link(_)) | None => None,
        }
    }

    /// A page of a plan.
    pub(super) fn place(&self, text: &str) -> Result<Place, SourceError> {
        let changed =
            || SourceError::Changed { what: "its pages were found in another way".to_owned() };
        let number = || text.parse().map_err(|_| changed());
        Ok(match &self.pages {
            None => return Err(changed()),
            Some(Pages::Number(_)) => Place::Number(number()?),
            Some(Pages::Offset(_)) => Place::Offset(number()?),
            Some(Pages::Key(_)) => Place::After(text.to_owned()),
            Some(Pages::Cursor(_)) => Place::Cursor(text.to_owned()),
            Some(Pages::Link(_)) => Place::Link(text.parse().map_err(|_| changed())?),
        })
    }

    /// Where a page is asked for.
    pub(super) fn url(&self, place: &Place) -> Url {
        let with = |value: &str| match &self.pages {
            Some(Pages::Number(pages)) => with_parameter(&self.url, &pages.parameter, value),
            Some(Pages::Offset(pages)) => with_parameter(&self.url, &pages.parameter, value),
            Some(Pages::Key(pages)) => with_parameter(&self.url, &pages.parameter, value),
            Some(Pages::Cursor(pages)) => with_parameter(&self.url, &pages.parameter, value),
            Some(Pages::Link(_)) | None => self.url.clone(),
        };
        match place {
            Place::First => self.url.clone(),
            Place::Link(url) => url.clone(),
            Place::Number(number) | Place::Offset(number) => with(&number.to_string()),
            Place::After(text) | Place::Cursor(text) => with(text),
        }
    }

    /// The records of an answer.
    pub(super) fn records<'a>(&self, answer: &'a Answer) -> Result<Vec<&'a str>, SourceError> {
        answer.records(&self.records)
    }

    /// The page after one; nothing after the last. Where pages are found by counting, an empty page
    /// is the last.
    pub(super) fn next(
        &self,
        api: &Api,
        place: &Place,
        answer: &Answer,
        records: &[&str],
    ) -> Result<Option<Place>, SourceError> {
        let next = match (&self.pages, place) {
            (None, _) => None,
            (Some(Pages::Number(_)), Place::Number(number)) if !records.is_empty() => {
                Some(Place::Number(number + 1))
            }
            (Some(Pages::Offset(_)), Place::Offset(offset)) if !records.is_empty() => {
                Some(Place::Offset(offset + records.len() as u64))
            }
            (Some(Pages::Number(_) | Pages::Offset(_)), _) => None,
            (Some(Pages::Key(pages)), _) => records
                .last()
                .map(|record| KeyReader::new(&pages.key).key(record))
                .transpose()?
                .map(|key| Place::After(Key::into_text(key))),
            (Some(Pages::Cursor(pages)), _) => pointed(answer, &pages.next).map(Place::Cursor),
            (Some(Pages::Link(pages)), _) => {
                let link = match &pages.next {
                    Some(pointer) => pointed(answer, pointer),
                    None => answer.next_link(),
                };
                link.map(|link| link_to(api, &self.url(place), &link)).transpose()?.map(Place::Link)
            }
        };
        if next.as_ref() == Some(place) {
            return Err(refused(format!("{} leads to itself", answer.told())));
        }
        Ok(next)
    }
}

/// The text or number at a pointer; nothing for what says that there is no more.
fn pointed(answer: &Answer, pointer: &str) -> Option<String> {
    let (kind, text) = json::cell(answer.find(pointer)?).ok()?;
    match kind {
        Kind::Text | Kind::Number => Some(text.into_owned()).filter(|text| !text.is_empty()),
        Kind::Null | Kind::Bool | Kind::Json => None,
    }
}

fn link_to(api: &Api, from: &Url, link: &str) -> Result<Url, SourceError> {
    let url =
        from.join(link).map_err(|error| refused(format!("the next page is at no URL: {error}")))?;
    api.same_host(url)
}
