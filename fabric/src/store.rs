//! The store: objects under keys. It is the truth; whatever is not here did not happen.

mod directory;
pub mod interposed;
mod s3;
pub mod suite;

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use proto::fault::{Code, Fault};
use proto::key::{Key, Prefix};
use url::Url;

pub use self::directory::DirectoryStore;
pub use self::s3::{Checksums, S3Config, S3Store};

/// Largest object that [`Store::get`] reads into memory, in bytes (64 MiB).
pub const MAX_WHOLE_BYTES: u64 = 64 << 20;

/// Keeps objects.
///
/// What has been acknowledged survives a crash. A reader sees an object whole or not at all.
#[async_trait]
pub trait Store: Send + Sync {
    /// Reads a whole object of at most [`MAX_WHOLE_BYTES`], with its tag.
    async fn get(&self, key: &Key) -> Result<(Bytes, Tag), StoreError>;

    /// Length and tag of an object.
    async fn head(&self, key: &Key) -> Result<Entry, StoreError>;

    /// Reads a range as a stream of chunks of at most 1 MiB. A range beyond the end is
    /// [`StoreError::Damaged`]; so is an object whose tag is not the one asked for.
    async fn read(
        &self,
        key: &Key,
        range: Range<u64>,
        tag: Option<&Tag>,
    ) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError>;

    /// Writes an object that is not there yet; [`StoreError::Exists`] where it is. Of several at
    /// once, exactly one succeeds.
    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> Result<Tag, StoreError>;

    /// Writes over an object whose tag is still `expected`; [`StoreError::Changed`] where it is not.
    /// Of several at once with the same tag, exactly one succeeds.
    async fn replace(&self, key: &Key, bytes: Bytes, expected: &Tag) -> Result<Tag, StoreError>;

    /// Begins an object that is written in pieces. Nothing is visible until it is finished; dropped
    /// unfinished, it leaves nothing but what [`Store::sweep`] takes away.
    async fn upload(&self, key: &Key) -> Result<Box<dyn Upload>, StoreError>;

    /// Objects whose keys begin with the prefix and are greater than `after`, in the order of keys,
    /// at most `limit` of them (1 to 1,000).
    async fn list(
        &self,
        prefix: &Prefix,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError>;

    /// Deletes objects; one that is not there is no error.
    async fn delete(&self, keys: &[Key]) -> Result<(), StoreError>;

    /// A URL by which anyone can fetch the object for a while, where the store can serve strangers
    /// itself; nothing where it cannot.
    async fn presign(&self, key: &Key, link: &Presign) -> Result<Option<Url>, StoreError>;

    /// The file that holds the object, where the store is made of files that the reader may open,
    /// link or copy, but never change; nothing elsewhere.
    fn local_path(&self, key: &Key) -> Option<std::path::PathBuf>;

    /// Takes away what uploads begun before `before` and never finished left behind.
    async fn sweep(&self, prefix: &Prefix, before: SystemTime) -> Result<(), StoreError>;

    /// The shortest range that [`Upload::copy`] leaves to the store itself, in bytes; shorter ones
    /// are read and written again.
    fn shortest_copy(&self) -> u64 {
        0
    }

    /// How many bytes of objects were sent to and received from the store by this value since it
    /// was made, without what the store copied by itself.
    fn moved(&self) -> u64;

    /// The same store as a value of its own, which counts what it moves from 0.
    fn counted(&self) -> Arc<dyn Store>;
}

/// An object under way.
///
/// Memory is bounded whatever the length of the object. Both backends lay down the same bytes.
#[async_trait]
pub trait Upload: Send {
    /// Appends bytes.
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError>;

    /// Appends a range of another object, moved by the store itself wherever it can; an object whose
    /// tag is not the one asked for is [`StoreError::Damaged`].
    async fn copy(&mut self, from: &Key, range: Range<u64>, tag: &Tag) -> Result<(), StoreError>;

    /// Makes the object visible, over whatever was there.
    async fn finish(self: Box<Self>) -> Result<Entry, StoreError>;

    /// Gives the object up and takes away what it left.
    async fn abort(self: Box<Self>) -> Result<(), StoreError>;
}

/// The store's own mark of an object's content; changes whenever the content does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag(pub String);

/// An object, as a listing tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it lies.
    pub key: Key,
    /// Its length in bytes.
    pub len: u64,
    /// The mark of its content.
    pub tag: Tag,
}

/// How a stranger may fetch an object.
#[derive(Debug, Clone)]
pub struct Presign {
    /// For how long; at most seven days.
    pub lifetime: Duration,
    /// The `Content-Disposition` of the answer.
    pub disposition: String,
    /// The `Content-Type` of the answer.
    pub content_type: String,
}

/// What a store answers instead.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing lies there.
    #[error("nothing is stored under {key}")]
    Missing {
        /// Where.
        key: Key,
    },
    /// Something lies there already.
    #[error("{key} exists already")]
    Exists {
        /// Where.
        key: Key,
    },
    /// What lies there is not what was read before.
    #[error("{key} was changed meanwhile")]
    Changed {
        /// Where.
        key: Key,
    },
    /// What lies there is not what was written, or larger than it can be.
    #[error("{key} is damaged: {what}")]
    Damaged {
        /// Where.
        key: Key,
        /// What is wrong with it.
        what: String,
    },
    /// A record is longer than [`Store::get`] would read again.
    #[error("the record {key} has {len} bytes, and at most {MAX_WHOLE_BYTES} are kept")]
    TooLarge {
        /// Where it would lie.
        key: Key,
        /// Its length in bytes.
        len: u64,
    },
    /// No answer, or an answer to try again later.
    #[error("the store does not answer ({during})")]
    Unavailable {
        /// What was asked.
        during: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store will not: credentials, rights, a bucket that is not there.
    #[error("the store refuses ({during})")]
    Refused {
        /// What was asked.
        during: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No space is left.
    #[error("no space is left in the store ({during})")]
    Full {
        /// What was asked.
        during: &'static str,
    },
}

impl StoreError {
    /// Whether nothing lies there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }

    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Full { .. } => true,
            Self::Missing { .. }
            | Self::Exists { .. }
            | Self::Changed { .. }
            | Self::Damaged { .. }
            | Self::TooLarge { .. }
            | Self::Refused { .. } => false,
        }
    }

    /// The same, counted where it tells of the store and not of what lies there.
    pub(crate) fn counted(self) -> Self {
        match self {
            Self::Unavailable { .. }
            | Self::Refused { .. }
            | Self::Full { .. }
            | Self::Damaged { .. } => {
                metrics::counter!("longshore_store_errors_total").increment(1);
            }
            Self::Missing { .. }
            | Self::Exists { .. }
            | Self::Changed { .. }
            | Self::TooLarge { .. } => {}
        }
        self
    }

    /// What a person is told.
    pub fn fault(&self) -> Fault {
        let message = crate::causes::chain(self);
        match self {
            Self::Missing { .. }
            | Self::Exists { .. }
            | Self::Changed { .. }
            | Self::Damaged { .. } => Fault::new(Code::StoreDamaged, message),
            Self::TooLarge { .. } => Fault::new(Code::TooLarge, message)
                .hint("make `batch_size` smaller: what is known of a batch lies in one record"),
            Self::Unavailable { .. } => Fault::new(Code::StoreUnavailable, message),
            Self::Refused { .. } => Fault::new(Code::StoreRefused, message)
                .hint("check the credentials and the bucket in [store] of the configuration"),
            Self::Full { .. } => Fault::new(Code::DiskFull, message)
                .hint("free some space; the run goes on by itself"),
        }
    }
}
