//! What belongs to entries, for rows and for plugins: found for many at once, then given to each.

use std::collections::HashMap;

use async_trait::async_trait;

use super::Backing;
use super::medium::Medium;
use super::record::text_of;
use super::references::References;
use crate::SourceError;
use crate::asset::{Asset, Assets};
use crate::datasets::{Datasets, Filter, MOST_ENTRIES, Record, RecordKind};
use crate::http::refused;

/// A source of datasets, as all who read it share it.
pub(super) struct Shared {
    pub(super) backing: Box<dyn Backing>,
    pub(super) medium: Medium,
    pub(super) references: References,
    pub(super) assets: Assets,
}

impl Shared {
    /// For each of some entries its annotations. Those that were deleted are left out, unless the conditions are
    /// about that.
    pub(super) async fn annotations_of(
        &self,
        view: Option<&str>,
        entries: &[String],
        filter: &Filter,
    ) -> Result<Vec<Vec<Record>>, SourceError> {
        let kind = RecordKind::Annotation;
        let mut found = self.backing.find(view, kind, "entry_id", entries).await?;
        let shows_deleted = filter.is_about("deleted_at", kind);
        found.retain(|record| {
            filter.accepts(kind, record)
                && (shows_deleted || text_of(record, "deleted_at").is_none())
        });
        let keys: Vec<Option<&str>> = entries.iter().map(|id| Some(id.as_str())).collect();
        Ok(given(found, "entry_id", &keys))
    }

    /// For each of some resources its media; none where an entry has no resource.
    pub(super) async fn medias_of(
        &self,
        view: Option<&str>,
        resources: &[Option<String>],
        filter: &Filter,
    ) -> Result<Vec<Vec<Record>>, SourceError> {
        let kind = RecordKind::Media;
        let mut named: Vec<String> = resources.iter().flatten().cloned().collect();
        named.sort_unstable();
        named.dedup();
        let mut found = self.backing.find(view, kind, "resource", &named).await?;
        found.retain(|record| filter.accepts(kind, record));
        for media in &found {
            if let Some(reference) = self.medium.reference(media) {
                self.references.note(&reference);
            }
        }
        let keys: Vec<Option<&str>> = resources.iter().map(Option::as_deref).collect();
        Ok(given(found, "resource", &keys))
    }

    /// A dataset by its id; nothing where there is none.
    pub(super) async fn dataset_of(
        &self,
        view: Option<&str>,
        id: &str,
    ) -> Result<Option<Record>, SourceError> {
        let found = self.backing.find(view, RecordKind::Dataset, "id", &[id.to_owned()]).await?;
        Ok(found.into_iter().find(|record| text_of(record, "id").as_deref() == Some(id)))
    }

    /// Whether there is a media with this reference, of the resource that a record names.
    async fn has(&self, media: &Record, reference: &str) -> Result<bool, SourceError> {
        let Some(resource) = text_of(media, "resource") else { return Ok(false) };
        let found = self.backing.find(None, RecordKind::Media, "resource", &[resource]).await?;
        Ok(found.iter().any(|record| self.medium.reference(record).as_deref() == Some(reference)))
    }
}

/// The records for each key, in their order.
fn given(records: Vec<Record>, field: &str, keys: &[Option<&str>]) -> Vec<Vec<Record>> {
    let mut by_key: HashMap<String, Vec<Record>> = HashMap::new();
    for record in records {
        if let Some(key) = text_of(&record, field) {
            by_key.entry(key).or_default().push(record);
        }
    }
    keys.iter()
        .map(|key| key.and_then(|key| by_key.get(key)).cloned().unwrap_or_default())
        .collect()
}

#[async_trait]
impl Datasets for Shared {
    async fn ids(&self) -> Result<Vec<String>, SourceError> {
        self.backing.ids().await
    }

    async fn dataset(&self, id: &str) -> Result<Option<Record>, SourceError> {
        self.dataset_of(None, id).await
    }

    async fn entries(
        &self,
        dataset: &str,
        filter: &Filter,
        after: Option<&str>,
    ) -> Result<Vec<Record>, SourceError> {
        let mut after = after.map(str::to_owned);
        loop {
            let mut page = self.backing.page(dataset, after.as_deref(), MOST_ENTRIES).await?;
            let Some(last) = page.last() else { return Ok(page) };
            let last = text_of(last, "id");
            page.retain(|record| filter.accepts(RecordKind::Entry, record));
            if !page.is_empty() {
                return Ok(page);
            }
            let none = || refused(format!("an entry of the dataset {dataset:?} has no id"));
            after = Some(last.ok_or_else(none)?);
        }
    }

    async fn annotations(
        &self,
        entries: &[String],
        filter: &Filter,
    ) -> Result<Vec<Vec<Record>>, SourceError> {
        self.annotations_of(None, entries, filter).await
    }

    async fn medias(
        &self,
        entries: &[String],
        filter: &Filter,
    ) -> Result<Vec<Vec<Record>>, SourceError> {
        let found = self.backing.find(None, RecordKind::Entry, "id", entries).await?;
        let resources: HashMap<String, Option<String>> = found
            .iter()
            .filter_map(|entry| Some((text_of(entry, "id")?, text_of(entry, "resource"))))
            .collect();
        let resource = |id: &String| resources.get(id).cloned().flatten();
        let resources: Vec<Option<String>> = entries.iter().map(resource).collect();
        self.medias_of(None, &resources, filter).await
    }

    async fn media(&self, media: &Record) -> Result<Asset, SourceError> {
        let missing = |why: &str| SourceError::AssetMissing {
            reference: text_of(media, "id").unwrap_or_default(),
            why: why.to_owned(),
        };
        let reference = self.medium.reference(media);
        let reference =
            reference.ok_or_else(|| missing("its record does not say where its file is"))?;
        if self.references.knows(&reference) || self.has(media, &reference).await? {
            return self.assets.open(&reference).await;
        }
        Err(missing("the source has no such media"))
    }
}
