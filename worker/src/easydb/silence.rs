//! Files that their server does not give, one after another: whether it is they that are bad, or the server
//! that went down, so that nothing is left out for that.

use std::sync::Arc;

use futures::StreamExt;
use source::SourceError;
use source::asset::Assets;
use source::catalogue::Catalogue;

use crate::Worker;
use crate::batch::Task;
use crate::error::BatchError;

/// Most files in a row that are not given before it is asked for one that was.
const MOST_SILENT: usize = 20;

/// How long no file has come.
pub(super) struct Silence {
    assets: Assets,
    catalogue: Option<Arc<dyn Catalogue>>,
    /// A file that came, or that its server knows not to be there.
    witness: Option<String>,
    /// Why the first one since did not come, and how many there were.
    since: Option<(BatchError, usize)>,
}

impl Silence {
    /// Of a batch that has not asked for any file.
    pub(super) fn new(worker: &Worker, task: &Task) -> Self {
        Self {
            assets: worker.catalog.assets(&*task.source),
            catalogue: task.source.catalogue(),
            witness: None,
            since: None,
        }
    }

    /// A file came.
    pub(super) fn came(&mut self, place: &str) {
        self.since = None;
        self.witness = Some(place.to_owned());
    }

    /// A file cannot be had, for another reason than that its server is silent.
    pub(super) fn failed(&mut self, place: &str, error: &BatchError) {
        // Nobody was asked for a file whose address is refused.
        if !matches!(error, BatchError::Source(SourceError::AddressRefused { .. })) {
            self.since = None;
            self.witness.get_or_insert_with(|| place.to_owned());
        }
    }

    /// A file did not come. An error where none would: it is not this file that is bad.
    pub(super) async fn goes_on(&mut self, error: BatchError) -> Result<(), BatchError> {
        let (first, count) = self.since.take().unwrap_or((error, 0));
        self.since = Some((first, count + 1));
        if count + 1 == MOST_SILENT { self.judge().await } else { Ok(()) }
    }

    /// There are no more files. An error where the last ones did not come because none would.
    pub(super) async fn end(mut self) -> Result<(), BatchError> {
        self.judge().await
    }

    async fn judge(&mut self) -> Result<(), BatchError> {
        let Some((first, count)) = self.since.take() else { return Ok(()) };
        let answers = match (&self.witness, &self.catalogue) {
            (Some(place), _) => gives(&self.assets, place).await,
            // Where nothing is given it is the server that is bad, unless all that is asked of it is one file.
            (None, Some(catalogue)) => count == 1 && catalogue.answers().await,
            (None, None) => count == 1,
        };
        if answers { Ok(()) } else { Err(first) }
    }
}

/// Whether a file is still given, or not there for the same reason as before.
async fn gives(assets: &Assets, place: &str) -> bool {
    match assets.open(place).await {
        Ok(mut asset) => {
            !matches!(asset.bytes.next().await, Some(Err(error)) if error.is_transient())
        }
        Err(error) => !error.is_transient(),
    }
}
