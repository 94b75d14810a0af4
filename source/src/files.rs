//! The files of a source: which there are, and their bytes.
//!
//! A `path` is one file or a glob, on a disk or in a bucket; the rest of the crate sees names, lengths
//! and a blocking reader. A file is always named as its source's `path` would name it, and only
//! files that the `path` covers are opened, whatever a plan says.

mod pattern;
mod surveyed;
mod local;
mod bucket;
mod reader;
mod window;
mod slicer;

use std::ops::Range;

use proto::plan::{FileRange, Slice};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use self::bucket::BucketFiles;
pub(crate) use self::bucket::{BUCKET_SCHEME, bucket_named};
use self::local::LocalFiles;
pub(crate) use self::reader::FileReader;
pub(crate) use self::slicer::{Cut, Slicer};
pub(crate) use self::window::{MAX_RECORD_BYTES, TOO_LONG, Window};
use crate::{Context, Holding, MOST_HOLDINGS, Read, SourceError};

/// The files that a `path` covers.
#[derive(Debug, Clone)]
pub(crate) enum Files {
    /// Files on a disk.
    Local(LocalFiles),
    /// Objects of a bucket.
    Bucket(BucketFiles),
}

/// A file, as a listing tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its name, as the source's `path` would have it.
    pub(crate) path: String,
    /// Its length in bytes.
    pub(crate) len: u64,
    /// What its content goes by; see [`FileRange::version`].
    pub(crate) version: Option<String>,
}

impl Listed {
    /// A range of it, with the number of the line that it begins on.
    pub(crate) fn range(&self, bytes: Range<u64>, line: Option<u64>) -> FileRange {
        FileRange {
            path: self.path.clone(),
            file_len: self.len,
            version: self.version.clone(),
            start: bytes.start,
            end: bytes.end,
            line,
        }
    }
}

impl Files {
    /// The files of a `path`; nothing is read yet.
    pub(crate) fn open(path: &str, context: &Context) -> Result<Self, SourceError> {
        Ok(match path.strip_prefix(BUCKET_SCHEME) {
            Some(rest) => Self::Bucket(BucketFiles::open(rest, context)?),
            None => Self::Local(LocalFiles::open(path, context)?),
        })
    }

    /// The files, in the order of their names; at least one.
    pub(crate) async fn list(&self) -> Result<Vec<Listed>, SourceError> {
        match self {
            Self::Local(local) => {
                let local = local.clone();
                in_thread(move |_| local.list()).await
            }
            Self::Bucket(bucket) => bucket.list().await,
        }
    }

    /// The one file of a `path` without signs of a glob; nothing where there is none.
    pub(crate) async fn find(&self) -> Result<Option<Listed>, SourceError> {
        match self {
            Self::Local(local) => {
                let local = local.clone();
                in_thread(move |_| local.find()).await
            }
            Self::Bucket(bucket) => bucket.find().await,
        }
    }

    /// The files, as a source tells what it holds.
    pub(crate) async fn holdings(&self) -> Result<Vec<Holding>, SourceError> {
        let listed = self.list().await?.into_iter().take(MOST_HOLDINGS);
        Ok(listed.map(|file| Holding { name: file.path, bytes: Some(file.len) }).collect())
    }

    /// The folder that the files are in, in the spelling of a `path`.
    pub(crate) fn folder(&self) -> String {
        match self {
            Self::Local(local) => local.folder(),
            Self::Bucket(bucket) => bucket.folder(),
        }
    }

    /// Opens a file at the beginning of a range, to be read to its end or, where the caller wants
    /// it, beyond. Blocks; for [`in_thread`].
    pub(crate) fn read(
        &self,
        range: &FileRange,
        stop: &CancellationToken,
    ) -> Result<FileReader, SourceError> {
        let opened = match self {
            Self::Local(local) => local.read(range)?,
            Self::Bucket(bucket) => bucket.read(range, Handle::current())?,
        };
        Ok(FileReader::new(opened, range, stop.clone()))
    }

    /// The number of the line that a byte is on, from 1, where counting lines costs no transfer.
    /// Blocks; for [`in_thread`].
    pub(crate) fn line_at(&self, path: &str, byte: u64) -> Option<u64> {
        match self {
            Self::Local(local) => local.line_at(path, byte),
            Self::Bucket(_) => None,
        }
    }
}

/// The file ranges that a plan wants read.
pub(crate) fn ranges(read: &Read) -> Result<&[FileRange], SourceError> {
    match &read.slice {
        Slice::Files(ranges) => Ok(ranges),
        Slice::Groups(_) | Slice::Keys(_) | Slice::Pages(_) | Slice::Listed(_) => {
            Err(SourceError::Changed {
                what: "the plan names other things than files, and the source is made of files"
                    .to_owned(),
            })
        }
    }
}

/// Does blocking work beside the async threads.
///
/// Dropped, it cancels the token, upon which readers fail at their next chunk.
pub(crate) async fn in_thread<T: Send + 'static>(
    work: impl FnOnce(CancellationToken) -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    let stop = CancellationToken::new();
    let _guard = stop.clone().drop_guard();
    match tokio::task::spawn_blocking(move || work(stop)).await {
        Ok(done) => done,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(stopped()),
        },
    }
}

/// What a reader says that was stopped.
fn stopped() -> SourceError {
    SourceError::Unavailable { what: "the reading was stopped".to_owned() }
}
