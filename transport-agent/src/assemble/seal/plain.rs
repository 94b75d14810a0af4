//! What was made to be sealed, and is kept until it is.

use fabric::record::{self, Created};
use fabric::store::StoreError;
use proto::archive::{Archive, Volume};
use proto::id::RunId;
use proto::key::Key;

use crate::Agent;

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
        match record::create(&*self.store, &key, &joined).await? {
            Created::Now => Ok(joined),
            Created::Before => {
                self.delete_made(joined).await?;
                record::read(&*self.store, &key).await
            }
        }
    }

    /// Takes away what was joined to be sealed. To be called once the sealed archive is recorded:
    /// nothing else is made from it, for each transport has an archive of its own.
    pub(in crate::assemble) async fn forget_plain(
        &self,
        run: RunId,
        transport: u32,
    ) -> Result<(), StoreError> {
        let Some(plain) = self.find_plain(run, transport).await? else { return Ok(()) };
        self.delete_made(plain).await?;
        self.store.delete(&[Key::plain_archive(run, transport)]).await
    }

    /// Takes away the volumes of an archive and the texts of its bag.
    pub(in crate::assemble) async fn delete_made(&self, made: Archive) -> Result<(), StoreError> {
        self.delete_volumes(made.volumes).await?;
        self.delete_volumes(made.bag.map(|bag| bag.texts).unwrap_or_default()).await
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
