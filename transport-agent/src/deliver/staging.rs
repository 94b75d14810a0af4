//! Laying files down for programs that read files: a batch at a time, so that the disk they take is
//! bounded by the budget or the largest single file. A volume that is a file of the store already
//! gets a second name instead of a copy, where the scratch directory is on the same file system.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use fabric::record;
use fabric::store::{Store, StoreError};
use futures::stream::{self, BoxStream, Peekable, StreamExt, TryStreamExt};
use jiff::Timestamp;
use proto::key::Key;
use proto::run::Start;
use tokio::io::AsyncWriteExt;

use super::Delivery;
use super::folder::Folder;
use crate::error::AgentError;
use crate::parcel::{Parcel, Tally};

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
    /// What files are called.
    pub(super) naming: Naming,
}

/// What files are called while they wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// By their paths.
    Paths,
    /// By their place in the batch, from 0, all in one folder.
    Numbers,
}

/// Files that are laid down; dropped, they are gone.
pub(super) struct Batch {
    pub(super) folder: Folder,
    /// The files, in the order of the archive.
    pub(super) files: Vec<Waiting>,
    pub(super) bytes: u64,
}

/// A file that is laid down.
pub(super) struct Waiting {
    /// Its path below the place it goes to, whatever it is called here.
    pub(super) path: String,
    /// Its length in bytes.
    pub(super) size: u64,
}

impl Delivery<'_> {
    /// The place where this delivery's files wait, with the time that their run began.
    pub(super) async fn staging(&self, naming: Naming) -> Result<Staging<'_>, StoreError> {
        let Delivery { agent, run, .. } = self;
        let start: Start = record::read(&*agent.store, &Key::start(*run)).await?;
        Ok(Staging {
            store: &agent.store,
            scratch: &agent.settings.scratch,
            budget: agent.settings.staging_bytes,
            at: start.at,
            naming,
        })
    }
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
        let waiting = |parcel: &Parcel| Waiting { path: parcel.path.clone(), size: parcel.size };
        let files = parcels.iter().map(waiting).collect();
        stream::iter((0_usize..).zip(parcels).map(Ok))
            .try_for_each_concurrent(AT_ONCE, |(place, parcel)| {
                let path = match self.naming {
                    Naming::Paths => root.join(&parcel.path),
                    Naming::Numbers => root.join(place.to_string()),
                };
                self.lay_down(parcel, path)
            })
            .await?;
        Ok(Some(Batch { folder, files, bytes }))
    }

    /// Lays down an empty file for each, which is enough to say what there is.
    pub(super) async fn names(&self, waiting: Parcels) -> Result<Folder, AgentError> {
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

    /// An empty folder of the scratch directory.
    pub(super) fn folder(&self) -> Result<Folder, AgentError> {
        Folder::make(self.scratch).map_err(AgentError::Scratch)
    }

    async fn lay_down(&self, parcel: Parcel, path: PathBuf) -> Result<(), AgentError> {
        if let Some(file) = parcel.local_path(&**self.store)
            && fs::hard_link(file, &path).is_ok()
        {
            return Ok(parcel.check(self.store).await?);
        }
        let file = create(&path).map_err(AgentError::Scratch)?;
        let mut file = tokio::fs::File::from_std(file);
        let mut bytes = parcel.read(self.store).await?;
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
