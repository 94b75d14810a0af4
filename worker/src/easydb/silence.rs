//! Files that their server does not give, one after another: whether it is they that are bad, or the server
//! that went down, so that nothing is left out for that.

mod row;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use futures::StreamExt;
use source::asset::Assets;
use source::catalogue::Catalogue;

use self::row::{Row, Witness};
use crate::Worker;
use crate::batch::Task;
use crate::error::BatchError;

/// How long no file has come.
pub(super) struct Silence {
    assets: Assets,
    catalogue: Option<Arc<dyn Catalogue>>,
    row: Row,
}

impl Silence {
    /// Of a batch that has not asked for any file.
    pub(super) fn new(worker: &Worker, task: &Task) -> Self {
        Self {
            assets: worker.catalog.assets(&*task.source),
            catalogue: task.source.catalogue(),
            row: Row::default(),
        }
    }

    /// Whether it lasts, for those who ask for files meanwhile.
    pub(super) fn lasts(&self) -> Arc<AtomicBool> {
        self.row.lasts()
    }

    /// A file came.
    pub(super) fn came(&mut self, place: &str) {
        self.row.came(place);
    }

    /// A file cannot be had, for another reason than that its server is silent.
    pub(super) fn failed(&mut self, place: &str, error: &BatchError) {
        self.row.failed(place, error);
    }

    /// A file did not come. An error where none would: it is not this file that is bad.
    pub(super) async fn goes_on(&mut self, error: BatchError) -> Result<(), BatchError> {
        let (assets, catalogue) = (self.assets.clone(), self.catalogue.clone());
        self.row.goes_on(error, |witness| gives(assets, catalogue, witness)).await
    }

    /// There are no more files for now. An error where the last ones did not come because none would.
    pub(super) async fn end(&mut self) -> Result<(), BatchError> {
        let (assets, catalogue) = (self.assets.clone(), self.catalogue.clone());
        self.row.end(|witness| gives(assets, catalogue, witness)).await
    }
}

/// Whether a witness is still answered as before; where there is none, whether the catalogue answers.
async fn gives(
    assets: Assets,
    catalogue: Option<Arc<dyn Catalogue>>,
    witness: Option<Witness>,
) -> bool {
    let Some(witness) = witness else {
        return match catalogue {
            Some(catalogue) => catalogue.answers().await,
            None => true,
        };
    };
    match assets.open(&witness.place).await {
        Ok(mut asset) => {
            !matches!(asset.bytes.next().await, Some(Err(error)) if error.is_transient())
        }
        Err(error) => witness.known.is_told_by(&error),
    }
}
