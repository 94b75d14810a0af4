//! What happened to one export, as its document shows it: the last of it.

use fabric::record::{self, Created};
use fabric::store::StoreError;
use futures::stream::{self, StreamExt, TryStreamExt};
use proto::id::ExportId;
use proto::key::{Key, Prefix};

use super::Chronicle;
use super::reading::Record;
use crate::easydb::{Happened, What};

/// Most events of an export that are shown with it.
pub(super) const SHOWN: usize = 1000;

impl Chronicle {
    /// The last that happened to an export, in order.
    pub(crate) async fn log_of(&self, export: ExportId) -> Result<Vec<Record>, StoreError> {
        let mut keys = self.logged(export).await?;
        keys.drain(..keys.len().saturating_sub(SHOWN));
        let keys = stream::iter(keys.into_iter().map(Ok)).boxed();
        let mut log: Vec<Record> = self.read(keys).try_collect().await?;
        let mut seen = std::collections::HashSet::new();
        log.retain(|(_, happened)| seen.insert(happened.of.clone()));
        Ok(log)
    }

    /// Notes with an export what happened to it.
    pub(super) async fn log(&self, id: u64, happened: &Happened) -> Result<(), StoreError> {
        if !happened.what.is_logged() {
            return Ok(());
        }
        let key = Key::logged(happened.export, id);
        let created = record::create(&*self.store, &key, happened).await?;
        // Once a run: each adds a few, and nothing but runs goes on for ever.
        if happened.what == What::Start && created == Created::Now {
            let mut keys = self.logged(happened.export).await?;
            keys.truncate(keys.len().saturating_sub(SHOWN));
            for keys in keys.chunks(SHOWN) {
                self.store.delete(keys).await?;
            }
        }
        Ok(())
    }

    async fn logged(&self, export: ExportId) -> Result<Vec<Key>, StoreError> {
        record::keys(&self.store, Prefix::logged(export)).try_collect().await
    }
}
