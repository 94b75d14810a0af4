//! What was made to be sealed, and is kept until it is.

use fabric::record;
use fabric::store::StoreError;
use proto::archive::{Archive, Volume};
use proto::id::RunId;
use proto::key::Key;

use crate::Agent;
use crate::assemble::objects;

impl Agent {
    /// What was joined to be sealed, where it is there.
    pub(in crate::assemble) async fn find_plain(
        &self,
        run: RunId,
        transport: u32,
    ) -> Result<Option<Archive>, StoreError> {
        record::find(&*self.store, &Key::plain_archive(run, transport)).await
    }

    /// Writes down what was joined to be sealed. Where another agent did before, theirs counts.
    pub(in crate::assemble) async fn keep_plain(
        &self,
        run: RunId,
        joined: Archive,
    ) -> Result<Archive, StoreError> {
        let key = Key::plain_archive(run, joined.transport);
        record::settle(&*self.store, &key, joined, objects).await
    }

    /// Takes away what was joined to be sealed. To be called once the sealed archive is recorded:
    /// nothing else is made from it, for each transport has an archive of its own.
    pub(in crate::assemble) async fn forget_plain(
        &self,
        run: RunId,
        transport: u32,
    ) -> Result<(), StoreError> {
        let Some(plain) = self.find_plain(run, transport).await? else { return Ok(()) };
        self.store.delete(&objects(&plain)).await?;
        self.store.delete(&[Key::plain_archive(run, transport)]).await
    }

    /// Takes volumes away.
    pub(in crate::assemble) async fn delete_volumes(
        &self,
        volumes: Vec<Volume>,
    ) -> Result<(), StoreError> {
        let keys: Vec<Key> = volumes.into_iter().map(|volume| volume.key).collect();
        self.store.delete(&keys).await
    }
}
