//! What a plugin asks for, answered one after the other, with the next page read while the plugin works on this one.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use proto::fault::{Code, Fault};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use source::SourceError;
use source::datasets::{Datasets, Filter, MOST_ENTRIES, Record, RecordKind};

use super::ahead::{Ahead, PageOf, Want};
use super::error::PluginError;
use super::headway::Headway;
use super::journal::Journal;
use super::shelf::{Laid, Shelf, Unlaid};
use super::wire::{Answered, Given, Refusal, Wanted};

/// What is known of the answers while they are given.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// How many entries were given.
    pub(super) entries: AtomicU64,
    /// Whether the source is waited for.
    pub(super) is_waiting: AtomicBool,
    /// How far the plugin is.
    pub(super) headway: Headway,
}

impl Course {
    /// That of a process for so many datasets.
    pub(super) fn over(datasets: usize) -> Self {
        Self { headway: Headway::over(datasets), ..Self::default() }
    }
}

/// Answers a plugin.
pub(super) struct Answers {
    datasets: Arc<dyn Datasets>,
    journal: Arc<Journal>,
    known: Arc<Course>,
    shelf: Shelf,
    /// The work directory as the plugin sees it.
    seen: PathBuf,
    ahead: Ahead,
}

#[derive(Deserialize)]
struct Counted {
    entries_total_count: u64,
}

impl Answers {
    pub(super) fn new(
        datasets: Arc<dyn Datasets>,
        journal: Arc<Journal>,
        known: Arc<Course>,
        shelf: Shelf,
        seen: PathBuf,
    ) -> Self {
        let ahead = Ahead::new(Arc::clone(&datasets));
        Self { datasets, journal, known, shelf, seen, ahead }
    }

    /// What is answered. An error ends the plugin: the source, or the disk, fails.
    pub(super) async fn answer(&mut self, wanted: Wanted) -> Result<Answered, PluginError> {
        self.known.is_waiting.store(true, Ordering::Relaxed);
        let answered = self.find(wanted).await;
        self.known.is_waiting.store(false, Ordering::Relaxed);
        answered
    }

    async fn find(&mut self, wanted: Wanted) -> Result<Answered, PluginError> {
        Ok(match wanted {
            Wanted::Dataset { dataset_id } => {
                let dataset = self.datasets.dataset(&dataset_id).await?;
                let entries = dataset.as_deref().and_then(entries_of);
                self.known.headway.at_dataset(&dataset_id, entries);
                Answered::Ok(Given::One(dataset))
            }
            Wanted::Entries { dataset_id, filter, after } => {
                let filter = self.filter(filter, RecordKind::Entry);
                let page = PageOf { dataset: dataset_id, filter, after };
                Answered::Ok(Given::Page(self.entries(page).await?))
            }
            Wanted::Annotations { entry_ids, filter } => {
                self.related(RecordKind::Annotation, filter, &entry_ids).await?
            }
            Wanted::Medias { entry_ids, filter } => {
                self.related(RecordKind::Media, filter, &entry_ids).await?
            }
            Wanted::Download { media, to } => self.download(&media, to.as_deref()).await?,
        })
    }

    async fn entries(&mut self, page: PageOf) -> Result<Vec<Record>, PluginError> {
        let dataset = page.dataset.clone();
        let entries = self.ahead.entries(page).await?;
        self.known.entries.fetch_add(entries.len() as u64, Ordering::Relaxed);
        self.known.headway.given(&dataset, entries.len() as u64);
        Ok(entries)
    }

    /// What belongs to entries, a list for each.
    async fn related(
        &mut self,
        kind: RecordKind,
        filter: Option<Map<String, Value>>,
        ids: &[String],
    ) -> Result<Answered, PluginError> {
        let filter = self.filter(filter, kind);
        if let Some(refused) = too_many(ids) {
            return Ok(refused);
        }
        Ok(Answered::Ok(Given::OfEach(self.ahead.related(Want { kind, filter }, ids).await?)))
    }

    async fn download(&mut self, media: &Value, to: Option<&str>) -> Result<Answered, PluginError> {
        let record = serde_json::value::to_raw_value(media).expect("JSON is JSON");
        let name = media["filename"].as_str().or(to).unwrap_or("a media").to_owned();
        let asset = match self.datasets.media(&record).await {
            Ok(asset) => asset,
            Err(error) => return self.missing(error),
        };
        match self.shelf.lay(asset, to).await {
            Ok(Laid { path, is_renamed }) => {
                if is_renamed {
                    let given = path.display();
                    self.journal.warn(&format!(
                        "several media are called {name:?}: one more is laid down as {given}"
                    ));
                }
                let path = self.seen.join(path).to_string_lossy().into_owned();
                Ok(Answered::Ok(Given::File { path }))
            }
            Err(Unlaid::Place(why)) => {
                Ok(refused(Code::InvalidValue, format!("{name:?} cannot be laid there: {why}")))
            }
            Err(Unlaid::Source(error)) => self.missing(error),
            Err(Unlaid::Scratch(error)) => Err(PluginError::Scratch(error)),
        }
    }

    /// What is said of a file that the source does not give: the plugin decides what that means.
    fn missing(&self, error: SourceError) -> Result<Answered, PluginError> {
        if error.is_transient() {
            return Err(error.into());
        }
        let Fault { code, message, .. } = error.warning();
        self.journal.warn(&message);
        Ok(refused(code, message))
    }

    /// The conditions; of those that mean nothing a warning is given, once.
    fn filter(&self, filter: Option<Map<String, Value>>, kind: RecordKind) -> Filter {
        let filter = Filter(filter.unwrap_or_default());
        for key in filter.unknown(kind) {
            let records = kind.plural();
            self.journal.warn_once(&format!(
                "the condition {key:?} means nothing of {records}, and all of them are given"
            ));
        }
        filter
    }
}

/// How many entries the record of a dataset tells of.
fn entries_of(record: &RawValue) -> Option<u64> {
    let counted: Result<Counted, _> = serde_json::from_str(record.get());
    counted.ok().map(|counted| counted.entries_total_count)
}

fn too_many(entry_ids: &[String]) -> Option<Answered> {
    (entry_ids.len() > MOST_ENTRIES).then(|| {
        refused(Code::TooLarge, format!("at most {MOST_ENTRIES} entries are asked for at once"))
    })
}

fn refused(code: Code, message: String) -> Answered {
    Answered::Err(Refusal { code: code.as_str(), message })
}
