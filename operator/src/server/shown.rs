//! An export as the API shows it, as far as resources show it too.

use jiff::Timestamp;
use proto::run::{Scheduled, State};
use serde::Deserialize;
use serde_json::Value;

use crate::resource::{Download, Finished, Progress, Trouble};

/// Most faults that a resource shows. The cluster keeps resources in its memory.
const MOST_FAULTS: usize = 10;

/// Most files that a resource shows.
const MOST_DOWNLOADS: usize = 20;

/// An export.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) state: State,
    pub(crate) schedule: Option<Scheduled>,
    pub(crate) definition: Value,
    pub(crate) run: Option<ShownRun>,
}

/// The exports that a search has found.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) exports: Vec<Made>,
}

/// An export that a key has made.
#[derive(Debug, Deserialize)]
pub(crate) struct Made {
    pub(crate) id: String,
    /// Its last run; 0 where there was none.
    pub(crate) run: i64,
}

/// Its last run.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct ShownRun {
    pub(crate) run: i64,
    pub(crate) state: State,
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) batches: Option<i64>,
    pub(crate) records: Option<i64>,
    pub(crate) finished: Finished,
    pub(crate) faults: Vec<Trouble>,
    pub(crate) downloads: Vec<Link>,
}

/// A link to what a transport delivered.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Link {
    pub(crate) expires: Timestamp,
    pub(crate) volumes: Vec<Volume>,
}

/// A file that a link opens.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Volume {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) len: Option<i64>,
    pub(crate) sha256: Option<String>,
}

impl ShownRun {
    /// As a resource shows it.
    pub(crate) fn progress(&self) -> Progress {
        let files = self.downloads.iter().flat_map(|link| {
            link.volumes.iter().map(|volume| Download {
                name: volume.name.clone(),
                url: volume.url.clone(),
                bytes: volume.len,
                sha256: volume.sha256.clone(),
                expires: link.expires,
            })
        });
        Progress {
            number: self.run,
            state: self.state.as_str().to_owned(),
            started: self.started,
            ended: self.ended,
            batches: self.batches,
            records: self.records,
            finished: self.finished.clone(),
            faults: self.faults.iter().take(MOST_FAULTS).cloned().collect(),
            downloads: files.take(MOST_DOWNLOADS).collect(),
        }
    }
}
