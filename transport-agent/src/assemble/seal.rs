//! Sealing: what is handed over becomes what only those it is meant for can open (age,
//! <https://age-encryption.org/v1>).
//!
//! age encrypts one stream, in chunks that are numbered from the first, so that sealed pieces do not
//! join: each volume, or each file where files go one by one, is read once and written again, and
//! everything after is served from that. What is joined is recorded before it is sealed, so that whoever
//! comes after a crash seals again and joins nothing; and taken away once what is sealed is recorded.
//!
//! The key of a file is random, as it must be: the same archive sealed again has other bytes.

mod lock;
mod plain;
mod outlet;
mod stream;
mod volume;
mod tree;
mod key;
mod bundle;
mod name;

use std::sync::Arc;

use proto::archive::{Archive, BagTree};
use proto::definition::Encrypt;
use proto::id::RunId;
use proto::key::Key;

use self::lock::Lock;
use crate::Agent;
use crate::error::AgentError;

impl Agent {
    /// Seals all that was made, and checks it. A seal that is broken off leaves nothing that anyone
    /// sees.
    pub(super) async fn seal(
        &self,
        run: RunId,
        encrypt: &Encrypt,
        plain: Archive,
    ) -> Result<Archive, AgentError> {
        if plain.volumes.is_empty() {
            let sealed = self.seal_tree(run, encrypt, &plain).await?;
            let members = plain.members + u64::from(sealed.key.is_some());
            let folder = plain.bag.map(|bag| bag.folder);
            // The texts of a bag are among the files that were sealed.
            let bag = folder.map(|folder| BagTree { folder, texts: Vec::new() });
            return Ok(Archive { bag, sealed: Some(sealed), members, ..plain });
        }
        let lock = Arc::new(Lock::new(self, encrypt)?);
        let attempt = self.ambient.id().simple().to_string();
        let mut sealed = Vec::with_capacity(plain.volumes.len());
        for (number, volume) in (0..).zip(&plain.volumes) {
            let key = Key::volume(run, plain.transport, number, &attempt);
            match self.seal_volume(&lock, volume, key).await {
                Ok(volume) => sealed.push(volume),
                Err(error) => {
                    self.delete_volumes(sealed).await?;
                    return Err(error);
                }
            }
        }
        Ok(Archive { volumes: sealed, ..plain })
    }
}
