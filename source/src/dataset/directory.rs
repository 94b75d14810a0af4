//! Datasets in a folder: four files with a record on each line, in whatever order, of which that of the media may be
//! left out where each entry has one, a file called as its `resource`.
//!
//! Entries are read in ranges of their file; what belongs to them is found by indexes of the other three, which
//! are made once by each process.

use std::sync::Arc;

use async_trait::async_trait;
use proto::filter::Where;
use proto::source::JsonlSpec;

use super::record::{object, quoted, text_of, whole};
use super::shelf::Shelf;
use super::{Backing, Entries};
use crate::datasets::{Record, RecordKind};
use crate::files::Listed;
use crate::http::refused;
use crate::jsonl::JsonlSource;
use crate::{Context, Holding, Source, SourceError};

/// A folder.
pub(super) struct Directory {
    rows: Arc<JsonlSource>,
    datasets: Shelf,
    entries: Shelf,
    annotations: Shelf,
    medias: Shelf,
}

impl Directory {
    /// The files of a folder; reads nothing yet.
    pub(super) fn open(folder: &str, context: &Context) -> Result<Self, SourceError> {
        let path = |kind: RecordKind| format!("{folder}/{}.jsonl", kind.plural());
        let shelf = |kind, fields| Shelf::open(&path(kind), fields, context);
        let spec = JsonlSpec { path: path(RecordKind::Entry), assets: None };
        Ok(Self {
            rows: Arc::new(JsonlSource::open(&spec, context)?),
            datasets: shelf(RecordKind::Dataset, fields_of(RecordKind::Dataset))?,
            entries: shelf(RecordKind::Entry, fields_of(RecordKind::Entry))?,
            annotations: shelf(RecordKind::Annotation, fields_of(RecordKind::Annotation))?,
            medias: shelf(RecordKind::Media, fields_of(RecordKind::Media))?,
        })
    }

    fn shelf(&self, kind: RecordKind) -> &Shelf {
        match kind {
            RecordKind::Dataset => &self.datasets,
            RecordKind::Entry => &self.entries,
            RecordKind::Annotation => &self.annotations,
            RecordKind::Media => &self.medias,
        }
    }

    /// What the files besides the entries go by.
    async fn others(&self) -> Result<String, SourceError> {
        let of = |listed: Listed| format!("{} {}", listed.len, listed.version.unwrap_or_default());
        let mut told = Vec::new();
        for shelf in [&self.datasets, &self.annotations] {
            told.push(of(shelf.listed().await?));
        }
        told.push(self.medias.found().await?.map_or_else(|| "none".to_owned(), of));
        Ok(told.join(", "))
    }
}

/// The media of a folder that has no records of media: a file in it that is called as the resource of its entry.
fn file_called(resource: &str) -> Result<Record, SourceError> {
    let resource = quoted(resource);
    let resource = resource.as_str();
    let fields =
        [("id", resource), ("resource", resource), ("key", "\"\""), ("filename", resource)];
    object(fields.into_iter()).map_err(refused)
}

/// By what records of a kind are looked for.
fn fields_of(kind: RecordKind) -> &'static [&'static str] {
    match kind {
        RecordKind::Dataset => &["id"],
        RecordKind::Entry => &["id", "dataset_id"],
        RecordKind::Annotation => &["entry_id"],
        RecordKind::Media => &["resource"],
    }
}

#[async_trait]
impl Backing for Directory {
    fn entries(&self, own: &Where) -> Entries {
        Entries { source: Arc::clone(&self.rows) as Arc<dyn Source>, filter: own.clone() }
    }

    fn fields(&self) -> Option<Vec<String>> {
        None
    }

    fn record(&self, _kind: RecordKind, text: &str) -> Result<Record, String> {
        whole(text)
    }

    async fn view(&self, _entries: Option<String>) -> Result<Option<String>, SourceError> {
        self.others().await.map(Some)
    }

    fn entries_view(&self, _view: Option<&str>) -> Option<String> {
        None
    }

    async fn ids(&self) -> Result<Vec<String>, SourceError> {
        self.datasets.all().await
    }

    async fn find(
        &self,
        view: Option<&str>,
        kind: RecordKind,
        field: &str,
        values: &[String],
    ) -> Result<Vec<Record>, SourceError> {
        if let Some(view) = view
            && self.others().await? != view
        {
            return Err(SourceError::Changed {
                what: "datasets.jsonl, annotations.jsonl or medias.jsonl was written anew"
                    .to_owned(),
            });
        }
        let Some(nth) = fields_of(kind).iter().position(|known| *known == field) else {
            return Ok(Vec::new());
        };
        if kind == RecordKind::Media && self.medias.found().await?.is_none() {
            return values.iter().map(|resource| file_called(resource)).collect();
        }
        self.shelf(kind).find(nth, values).await
    }

    async fn page(
        &self,
        dataset: &str,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Record>, SourceError> {
        let after = after.map(|id| (0, id));
        let found = self.entries.page((1, dataset), after, most).await?;
        let found = found.ok_or_else(|| SourceError::Changed {
            what: format!("entries.jsonl has no entry {:?}", after.map_or("", |(_, id)| id)),
        })?;
        // Nearly always all of them, for hashes rarely meet.
        let is_of = |record: &Record| text_of(record, "dataset_id").as_deref() == Some(dataset);
        Ok(found.into_iter().filter(is_of).collect())
    }

    async fn holdings(&self) -> Result<Vec<Holding>, SourceError> {
        let mut holdings = Vec::new();
        let of = |listed: Listed| Holding { name: listed.path, bytes: Some(listed.len) };
        for shelf in [&self.datasets, &self.entries, &self.annotations] {
            holdings.push(of(shelf.listed().await?));
        }
        holdings.extend(self.medias.found().await?.map(of));
        Ok(holdings)
    }
}
