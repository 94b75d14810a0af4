//! What happened to one export, as its document shows it: the last of it.

use fabric::record;
use fabric::store::StoreError;
use futures::TryStreamExt;
use proto::id::ExportId;
use proto::key::{Key, Prefix};

use super::{Chronicle, SWEPT_AFTER};
use crate::easydb::Happened;

/// Most events of an export that are shown with it.
const SHOWN: usize = 1000;

impl Chronicle {
    /// The last that happened to an export, in order.
    pub(crate) async fn log_of(
        &self,
        export: ExportId,
    ) -> Result<Vec<(u64, Happened)>, StoreError> {
        let mut keys = self.logged(export).await?;
        keys.drain(..keys.len().saturating_sub(SHOWN));
        let mut log = self.read(keys).await?;
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
        record::create(&*self.store, &key, happened).await?;
        if id.is_multiple_of(SWEPT_AFTER) {
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
