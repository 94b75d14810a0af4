//! What is handed over, file by file: the volumes of an archive, or the tree of a run.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use fabric::store::{Store, StoreError};
use futures::future;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use proto::archive::{Archive, Delivered, Volume};
use proto::digest::hex;
use proto::id::RunId;
use proto::key::Key;
use sha2::{Digest, Sha256};

use crate::checked::{Expected, checked};

/// One file that is handed over.
#[derive(Debug)]
pub(crate) struct Parcel {
    /// Its path below the place it goes to; safe on every system.
    pub(crate) path: String,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// CRC-32 of its content.
    pub(crate) crc32: u32,
    origin: Origin,
}

/// Where its bytes are.
#[derive(Debug)]
enum Origin {
    Volume(Key),
    Tree(Box<tree::File>),
}

/// Everything that is handed over, in the order of the archive.
pub(crate) fn parcels(
    store: &Arc<dyn Store>,
    run: RunId,
    archive: &Archive,
) -> BoxStream<'static, Result<Parcel, StoreError>> {
    if archive.volumes.is_empty() {
        let (bag, texts) = (archive.clone(), archive.texts().to_vec());
        let texts = texts.into_iter().map(|text| Ok(Parcel::of_volume(&text)));
        return tree::files_of(store, run, archive, None)
            .map_ok(move |file| Parcel { path: bag.path(&file.path), ..Parcel::of_tree(file) })
            .chain(stream::iter(texts))
            .boxed();
    }
    let volumes: Vec<Parcel> = archive.volumes.iter().map(Parcel::of_volume).collect();
    stream::iter(volumes.into_iter().map(Ok)).boxed()
}

/// The same without the first ones.
pub(crate) fn parcels_after(
    store: &Arc<dyn Store>,
    run: RunId,
    archive: &Archive,
    skipped: u64,
) -> BoxStream<'static, Result<Parcel, StoreError>> {
    let mut left = skipped;
    let is_skipped = move |_: &Parcel| {
        let is_skipped = left > 0;
        left = left.saturating_sub(1);
        future::ready(Ok(is_skipped))
    };
    parcels(store, run, archive).try_skip_while(is_skipped).boxed()
}

impl Parcel {
    fn of_volume(volume: &Volume) -> Self {
        Self {
            path: volume.name.clone(),
            size: volume.len,
            crc32: volume.crc32,
            origin: Origin::Volume(volume.key.clone()),
        }
    }

    /// A file of the tree, or what it was encrypted to.
    pub(crate) fn of_tree(file: tree::File) -> Self {
        Self {
            path: file.path.clone(),
            size: file.size,
            crc32: file.crc32,
            origin: Origin::Tree(Box::new(file)),
        }
    }

    /// All of its bytes; where they are not what was written, an error instead of the last of them.
    pub(crate) async fn read(
        &self,
        store: &Arc<dyn Store>,
    ) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
        let bytes = self.read_from(store, 0).await?;
        let key = match &self.origin {
            Origin::Volume(key) => key.clone(),
            Origin::Tree(file) => file.key(),
        };
        let Self { size, crc32, .. } = *self;
        Ok(checked(bytes, Expected { size, crc32, path: self.path.clone(), key }))
    }

    /// Its bytes from a place on, which must lie within. They are not checked.
    pub(crate) async fn read_from(
        &self,
        store: &Arc<dyn Store>,
        start: u64,
    ) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
        let range = start..self.size;
        match &self.origin {
            Origin::Volume(key) => store.read(key, range, None).await,
            Origin::Tree(file) => file.read(store, range).await,
        }
    }

    /// Reads all of its bytes, only to see that they are what was written.
    pub(crate) async fn check(&self, store: &Arc<dyn Store>) -> Result<(), StoreError> {
        self.read(store).await?.try_for_each(|_| future::ready(Ok(()))).await
    }

    /// The object of the store that it is, where it is one.
    pub(crate) fn object(&self) -> Option<&Key> {
        match &self.origin {
            Origin::Volume(key) => Some(key),
            Origin::Tree(_) => None,
        }
    }

    /// The file that holds exactly its bytes, where the store has one.
    pub(crate) fn local_path(&self, store: &dyn Store) -> Option<PathBuf> {
        match &self.origin {
            Origin::Volume(key) => store.local_path(key),
            Origin::Tree(_) => None,
        }
    }
}

/// What has been handed over so far, for the receipt. Does not grow with the number of files.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    files: u64,
    bytes: u64,
    digest: Sha256,
}

impl Tally {
    /// Counts a file; to be called in the order of the archive.
    pub(crate) fn add(&mut self, parcel: &Parcel) {
        self.files += 1;
        self.bytes += parcel.size;
        let Parcel { path, size, crc32, .. } = parcel;
        self.digest.update(format!("{crc32:08x} {size} {path}\n"));
    }

    /// How many files were counted.
    pub(crate) fn files(&self) -> u64 {
        self.files
    }

    /// How many bytes these have.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What the receipt says.
    pub(crate) fn delivered(self, place: String, answer: String) -> Delivered {
        let digest = hex(&self.digest.finalize());
        Delivered { place, files: self.files, bytes: self.bytes, digest, moved: None, answer }
    }
}
