//! Datasets behind a JSON:API: pages after an id, so that what is inserted or deleted meanwhile moves no other
//! record, and lists of ids for what belongs to entries.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use indexmap::IndexMap;
use proto::filter::Where;
use proto::source::{DatasetApi, HttpSpec, KeyedPages, Pages};
use reqwest::StatusCode;
use url::Url;

use super::pages::{AFTER, asked, below, is_last, parameters, rises};
use super::record::{flat, text_of};
use super::{Backing, Entries};
use crate::asset::{Credentials, Renewal};
use crate::datasets::{Record, RecordKind};
use crate::http::{HttpSource, Request, refused};
use crate::pass::Token;
use crate::{Context, Holding, Source, SourceError};

/// Where an answer has its records.
const RECORDS: &str = "/data";

/// An API.
pub(super) struct Api {
    rows: HttpSource,
    credentials: Arc<Credentials>,
    datasets: Url,
    entries: Url,
    annotations: Url,
    medias: Url,
    ids: usize,
}

impl Api {
    /// Reads the configuration and the file with the token; connects to nothing.
    pub(super) fn open(spec: &DatasetApi, context: &Context) -> Result<Self, SourceError> {
        Self::over(spec, |rows| HttpSource::open(rows, context))
    }

    /// The same, for those who come with tokens of their own: see [`Api::opened_by`].
    pub(super) fn closed(spec: &DatasetApi, context: &Context) -> Result<Self, SourceError> {
        Self::over(spec, |rows| HttpSource::closed(rows, context))
    }

    fn over(
        spec: &DatasetApi,
        open: impl FnOnce(&HttpSpec) -> Result<HttpSource, SourceError>,
    ) -> Result<Self, SourceError> {
        let place = |path: &str| below(&spec.url, path, spec.page_size.get());
        let entries = place(&spec.entries)?;
        let pages = KeyedPages { key: "id".to_owned(), parameter: AFTER.to_owned() };
        let rows = HttpSpec {
            url: entries.to_string(),
            records: RECORDS.to_owned(),
            pages: Some(Pages::Key(pages)),
            headers: IndexMap::new(),
            header_files: IndexMap::new(),
            bearer_file: spec.bearer_file.clone(),
            user: None,
            password_file: None,
            credentials_to: spec.credentials_to.clone(),
            per_second: spec.per_second,
            tries: spec.tries,
            assets: None,
        };
        let rows = open(&rows)?;
        let credentials =
            rows.credentials().ok_or_else(|| refused("nothing opens it".to_owned()))?;
        Ok(Self {
            rows,
            credentials,
            datasets: place(&spec.datasets)?,
            entries,
            annotations: place(&spec.annotations)?,
            medias: place(&spec.medias)?,
            ids: usize::try_from(spec.ids.get()).unwrap_or(1),
        })
    }

    /// The same API, opened by what holds for a while.
    pub(super) fn opened_by(&self, keys: Arc<dyn Renewal>) -> Self {
        let rows = self.rows.opened_by(keys);
        let credentials = Arc::clone(rows.api().credentials());
        Self {
            rows,
            credentials,
            datasets: self.datasets.clone(),
            entries: self.entries.clone(),
            annotations: self.annotations.clone(),
            medias: self.medias.clone(),
            ids: self.ids,
        }
    }

    /// Whether it lets in whoever comes with a token, whatever they may see then.
    pub(super) async fn lets_in(&self, token: &Token) -> Result<bool, SourceError> {
        let Some(headers) = token.header() else { return Ok(false) };
        let mut url = self.datasets.clone();
        url.query_pairs_mut().clear().append_pair("page[size]", "1");
        let mut request = Request::get(url).for_status_alone();
        request.headers = headers;
        match self.rows.api().send(&request).await {
            Ok(_) => Ok(true),
            Err(denied) if denied.status == Some(StatusCode::FORBIDDEN) => Ok(true),
            Err(denied) if denied.status == Some(StatusCode::UNAUTHORIZED) => Ok(false),
            Err(denied) => Err(denied.error),
        }
    }

    /// What opens files on its own server.
    pub(super) fn credentials(&self) -> Arc<Credentials> {
        Arc::clone(&self.credentials)
    }

    /// Where the file of a media is.
    pub(super) fn reference(&self) -> String {
        let mut url = self.medias.clone();
        url.set_query(None);
        format!("{}/{{id}}/download", url.as_str().trim_end_matches('/'))
    }

    fn url(&self, kind: RecordKind) -> &Url {
        match kind {
            RecordKind::Dataset => &self.datasets,
            RecordKind::Entry => &self.entries,
            RecordKind::Annotation => &self.annotations,
            RecordKind::Media => &self.medias,
        }
    }

    /// The records of a kind that meet conditions, those after an id: so many at least, unless there are no more.
    async fn pages(
        &self,
        kind: RecordKind,
        conditions: &[(String, &str)],
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Record>, SourceError> {
        let (mut records, mut last) = (Vec::new(), after.map(str::to_owned));
        while records.len() < most {
            let request = Request::get(asked(self.url(kind), conditions, last.as_deref()));
            let answer =
                self.rows.api().send(&request).await.map_err(|denied| denied.explained())?;
            let page = answer.records(RECORDS)?;
            for text in &page {
                let record = self.record(kind, text).map_err(refused)?;
                let id = text_of(&record, "id");
                let id = id.ok_or_else(|| {
                    refused(format!("{} gives a record without id", answer.told()))
                })?;
                if last.as_deref().is_some_and(|last| !rises(last, &id)) {
                    return Err(refused(format!(
                        "{} gives the record {id:?} after {:?}; it must sort by id, and know {AFTER}",
                        answer.told(),
                        last.unwrap_or_default()
                    )));
                }
                last = Some(id);
                records.push(record);
            }
            if page.is_empty() || is_last(&answer) {
                break;
            }
        }
        Ok(records)
    }
}

#[async_trait]
impl Backing for Api {
    fn entries(&self, own: &Where) -> Entries {
        let rows = self.rows.asking(&parameters(own, self.ids));
        Entries { source: Arc::new(rows), filter: Where::new() }
    }

    fn fields(&self) -> Option<Vec<String>> {
        None
    }

    fn record(&self, _kind: RecordKind, text: &str) -> Result<Record, String> {
        flat(text)
    }

    async fn view(&self, _entries: Option<String>) -> Result<Option<String>, SourceError> {
        Ok(None)
    }

    fn entries_view(&self, _view: Option<&str>) -> Option<String> {
        None
    }

    async fn ids(&self) -> Result<Vec<String>, SourceError> {
        let all = self.pages(RecordKind::Dataset, &[], None, usize::MAX).await?;
        Ok(all.iter().filter_map(|dataset| text_of(dataset, "id")).collect())
    }

    async fn find(
        &self,
        _view: Option<&str>,
        kind: RecordKind,
        field: &str,
        values: &[String],
    ) -> Result<Vec<Record>, SourceError> {
        let mut all = Vec::new();
        for some in values.chunks(self.ids) {
            let key = format!("filter[{field}__in][]");
            let conditions: Vec<(String, &str)> =
                some.iter().map(|value| (key.clone(), value.as_str())).collect();
            let records = self.pages(kind, &conditions, None, usize::MAX).await?;
            let asked: HashSet<&str> = some.iter().map(String::as_str).collect();
            let is_asked = |record: &Record| {
                text_of(record, field).is_some_and(|value| asked.contains(value.as_str()))
            };
            if !records.iter().all(is_asked) {
                return Err(refused(format!(
                    "{} gives records that nobody asked for; does it know {key}?",
                    crate::address::told(self.url(kind))
                )));
            }
            all.extend(records);
        }
        Ok(all)
    }

    async fn page(
        &self,
        dataset: &str,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Record>, SourceError> {
        let conditions = [("filter[dataset_id]".to_owned(), dataset)];
        let mut records = self.pages(RecordKind::Entry, &conditions, after, most).await?;
        records.truncate(most);
        let is_of = |record: &Record| text_of(record, "dataset_id").as_deref() == Some(dataset);
        if records.iter().all(is_of) {
            return Ok(records);
        }
        Err(refused(format!(
            "{} gives entries of other datasets; does it know filter[dataset_id]?",
            crate::address::told(&self.entries)
        )))
    }

    async fn holdings(&self) -> Result<Vec<Holding>, SourceError> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests;
