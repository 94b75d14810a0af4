//! A tree whose files are sealed one by one, bundle by bundle.
//!
//! Each bundle is recorded when it is whole, so that whoever comes after a crash goes on after the last
//! one. Of two agents at once the first one's bundle counts, and the other goes on from there. Where a
//! passphrase is to open them, the first bundle is the key of all others.

use std::sync::Arc;

use fabric::record;
use fabric::store::StoreError;
use futures::{StreamExt, TryStreamExt};
use proto::archive::Archive;
use proto::definition::Encrypt;
use proto::id::RunId;
use proto::key::Key;
use proto::sealed::{Bundle, SealedTree};

use super::bundle::{Ready, Waiting};
use super::key::TreeKey;
use super::lock::Lock;
use crate::Agent;
use crate::error::AgentError;
use crate::parcel::parcels_after;

/// Longest file that is read before it is its turn (256 KiB), for small ones cost a round trip to the
/// store each.
const SMALL_BYTES: u64 = 256 << 10;

/// How many files are read ahead.
const AT_ONCE: usize = 16;

impl Agent {
    /// Seals every file of a tree, from where somebody ended before.
    pub(super) async fn seal_tree(
        &self,
        run: RunId,
        encrypt: &Encrypt,
        plain: &Archive,
    ) -> Result<SealedTree, AgentError> {
        let attempt = self.ambient.id().simple().to_string();
        let mut sealed = SealedTree::default();
        let lock = match encrypt {
            Encrypt::Recipients(recipients) => Lock::of_recipients(recipients)?,
            Encrypt::Passphrase(name) => {
                let TreeKey { bundle, lock } = self.tree_key(run, plain, name, &attempt).await?;
                add(&mut sealed, &bundle);
                sealed.key = bundle.files.into_iter().next().map(|file| file.path);
                lock
            }
        };
        let lock = Arc::new(lock);
        let mut files = self.sealed_before(run, plain.transport, &mut sealed).await?;
        let mut waiting = self.waiting(run, plain, files);
        loop {
            let object = Key::bundled(run, plain.transport, sealed.bundles, &attempt);
            let made = self.seal_bundle(&lock, object, &mut waiting).await?;
            let Some(ours) = made else { return Ok(sealed) };
            let ends = files + ours.files.len() as u64;
            let key = Key::bundle(run, plain.transport, sealed.bundles);
            let bundle = self.keep_bundle(&key, ours).await?;
            files += bundle.files.len() as u64;
            if files != ends {
                waiting = self.waiting(run, plain, files);
            }
            add(&mut sealed, &bundle);
        }
    }

    /// Adds what was sealed before; how many files that is.
    async fn sealed_before(
        &self,
        run: RunId,
        transport: u32,
        sealed: &mut SealedTree,
    ) -> Result<u64, StoreError> {
        let mut files = 0;
        loop {
            let key = Key::bundle(run, transport, sealed.bundles);
            let Some(bundle) = record::find::<Bundle>(&*self.store, &key).await? else {
                return Ok(files);
            };
            files += bundle.files.len() as u64;
            add(sealed, &bundle);
        }
    }

    /// Writes down a bundle. Where another agent did before, theirs counts.
    pub(super) async fn keep_bundle(
        &self,
        key: &Key,
        bundle: Bundle,
    ) -> Result<Bundle, StoreError> {
        record::settle(&*self.store, key, bundle, |bundle| vec![bundle.key.clone()]).await
    }

    /// The files of a tree that come after so many.
    fn waiting(&self, run: RunId, plain: &Archive, after: u64) -> Waiting {
        let store = Arc::clone(&self.store);
        parcels_after(&self.store, run, plain, after)
            .map(move |parcel| {
                let store = Arc::clone(&store);
                async move {
                    let parcel = parcel?;
                    let mut content = None;
                    if parcel.size <= SMALL_BYTES {
                        let chunks = parcel.read(&store).await?;
                        content = Some(chunks.try_collect().await?);
                    }
                    Ok(Ready { parcel, content })
                }
            })
            .buffered(AT_ONCE)
            .boxed()
            .peekable()
    }
}

fn add(sealed: &mut SealedTree, bundle: &Bundle) {
    sealed.bundles += 1;
    sealed.bytes += bundle.files.iter().map(|file| file.len).sum::<u64>();
}
