//! Laying files down for rsync: a batch at a time, so that the disk they take is bounded by the budget
//! or the largest single file. A volume that is a file of the store already gets a second name instead
//! of a copy, where the scratch directory is on the same file system.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use fabric::store::{Store, StoreError};
use futures::stream::{self, BoxStream, Peekable, StreamExt, TryStreamExt};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

use crate::deliver::parcel::{Parcel, Tally};
use crate::error::AgentError;

/// Most files of a batch.
const MOST_FILES: usize = 10_000;

/// How many files are read at once; a small file costs a round trip to the store.
const AT_ONCE: usize = 16;

/// How many names are laid down at a time, for a listing.
const NAMES_AT_ONCE: usize = 1000;

type Parcels = BoxStream<'static, Result<Parcel, StoreError>>;

/// Where and how files are laid down.
pub(super) struct Staging<'s> {
    pub(super) store: &'s Arc<dyn Store>,
    pub(super) scratch: &'s Path,
    /// Most bytes of a batch, unless a single file has more.
    pub(super) budget: u64,
    /// The time that files get.
    pub(super) at: Timestamp,
}

/// Files that are laid down; dropped, they are gone.
pub(super) struct Batch {
    pub(super) folder: TempDir,
    pub(super) bytes: u64,
}

impl Staging<'_> {
    /// Lays down the next files, or nothing where there are no more.
    pub(super) async fn next(
        &self,
        waiting: &mut Peekable<Parcels>,
        tally: &mut Tally,
    ) -> Result<Option<Batch>, AgentError> {
        let (mut parcels, mut bytes) = (Vec::new(), 0_u64);
        let mut waiting = Pin::new(waiting);
        while parcels.len() < MOST_FILES {
            let fits = |next: &Result<Parcel, StoreError>| {
                let Ok(next) = next else { return true };
                bytes == 0 || bytes.saturating_add(next.size) <= self.budget
            };
            let Some(next) = waiting.as_mut().next_if(fits).await else { break };
            let parcel = next?;
            bytes += parcel.size;
            tally.add(&parcel);
            parcels.push(parcel);
        }
        if parcels.is_empty() {
            return Ok(None);
        }
        let folder = self.folder()?;
        let root = folder.path();
        stream::iter(parcels.into_iter().map(Ok))
            .try_for_each_concurrent(AT_ONCE, |parcel| self.lay_down(parcel, root))
            .await?;
        Ok(Some(Batch { folder, bytes }))
    }

    /// Lays down an empty file for each, which is enough to say what there is.
    pub(super) async fn names(&self, waiting: Parcels) -> Result<TempDir, AgentError> {
        let folder = self.folder()?;
        let mut chunks = waiting.try_chunks(NAMES_AT_ONCE);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| error.1)?;
            let root = folder.path().to_owned();
            let laid = tokio::task::spawn_blocking(move || {
                chunk.iter().try_for_each(|parcel| create(&root.join(&parcel.path)).map(drop))
            });
            laid.await.expect("laying down names does not panic").map_err(AgentError::Scratch)?;
        }
        Ok(folder)
    }

    fn folder(&self) -> Result<TempDir, AgentError> {
        tempfile::Builder::new()
            .prefix("rsync-")
            .tempdir_in(self.scratch)
            .map_err(AgentError::Scratch)
    }

    async fn lay_down(&self, parcel: Parcel, root: &Path) -> Result<(), AgentError> {
        let path = root.join(&parcel.path);
        if let Some(file) = parcel.local_path(&**self.store)
            && fs::hard_link(file, &path).is_ok()
        {
            return Ok(());
        }
        let file = create(&path).map_err(AgentError::Scratch)?;
        let mut file = tokio::fs::File::from_std(file);
        let mut bytes = parcel.read(self.store, 0..parcel.size).await?;
        while let Some(chunk) = bytes.try_next().await? {
            file.write_all(&chunk).await.map_err(AgentError::Scratch)?;
        }
        file.flush().await.map_err(AgentError::Scratch)?;
        let file = file.into_std().await;
        file.set_modified(SystemTime::from(self.at)).map_err(AgentError::Scratch)
    }
}

/// Makes a file and the folders above it.
fn create(path: &Path) -> io::Result<File> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    File::create_new(path)
}
