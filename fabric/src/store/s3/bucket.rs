//! The bucket, and what all requests to it share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::ObjectCannedAcl;
use proto::key::{Key, Prefix};

use super::buffers::Buffers;
use super::connect::S3Config;
use super::copying::Copying;
use super::failure::{failure, status};
use crate::retry::Backoff;
use crate::store::{Entry, StoreError, Tag};

/// How often a request is sent whose repetition the client leaves to us.
pub(crate) const TRIES: u32 = 5;

/// What an object's metadata calls the write that made it.
const WRITER: &str = "writer";

/// A bucket, below a prefix.
pub(crate) struct Bucket {
    pub(crate) client: Client,
    name: String,
    /// Empty, or ends in `/`.
    prefix: String,
    moved: AtomicU64,
    /// Whom objects that are uploaded are open to; as the bucket has it where nothing is said.
    pub(crate) acl: Option<ObjectCannedAcl>,
    /// How the server copies parts, once that is known.
    pub(crate) copying: Arc<OnceLock<Copying>>,
    pub(crate) buffers: Arc<Buffers>,
}

/// An object as the server describes it.
pub(crate) struct Head {
    pub(crate) entry: Entry,
    writer: Option<String>,
}

/// The name of one write, by which its object is recognised when the answer got lost.
#[derive(Debug, Clone)]
pub(crate) struct Writer(String);

impl Bucket {
    pub(crate) fn new(client: Client, config: S3Config) -> Self {
        let prefix = config.prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Self {
            client,
            name: config.bucket,
            prefix,
            moved: AtomicU64::new(0),
            acl: None,
            copying: Arc::default(),
            buffers: Arc::default(),
        }
    }

    /// The same bucket, by the same connections, which counts from 0.
    pub(crate) fn counted(&self) -> Self {
        Self {
            client: self.client.clone(),
            name: self.name.clone(),
            prefix: self.prefix.clone(),
            moved: AtomicU64::new(0),
            acl: self.acl.clone(),
            copying: Arc::clone(&self.copying),
            buffers: Arc::clone(&self.buffers),
        }
    }

    /// The same, with objects that are open to those whom a canned ACL names.
    pub(crate) fn open_to(&self, acl: Option<&str>) -> Self {
        Self { acl: acl.map(ObjectCannedAcl::from), ..self.counted() }
    }

    /// Whether the bucket is there and accessible.
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        let during = "find the bucket";
        match self.client.head_bucket().bucket(&self.name).send().await {
            Ok(_) => Ok(()),
            // The answer has no words for a bucket that is missing, only its status.
            Err(error) if status(&error) == Some(404) => {
                let source = format!("there is no bucket {}", self.name).into();
                Err(StoreError::Refused { during, source })
            }
            Err(error) => Err(failure(&Key::listed(self.name.clone()), during, error)),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What a key is called in the bucket.
    pub(crate) fn path(&self, key: &Key) -> String {
        format!("{}{key}", self.prefix)
    }

    /// What the beginning of keys is called in the bucket.
    pub(crate) fn prefix_path(&self, prefix: &Prefix) -> String {
        format!("{}{}", self.prefix, prefix.as_str())
    }

    /// The key of what is called so in the bucket.
    pub(crate) fn key(&self, path: &str) -> Option<Key> {
        path.strip_prefix(&self.prefix).map(|key| Key::listed(key.to_owned()))
    }

    pub(crate) async fn head(&self, key: &Key) -> Result<Head, StoreError> {
        let request = self.client.head_object().bucket(&self.name).key(self.path(key));
        let head =
            request.send().await.map_err(|error| failure(key, "look at an object", error))?;
        let entry =
            Entry { key: key.clone(), len: length(head.content_length()), tag: tag(head.e_tag()) };
        Ok(Head { entry, writer: head.metadata().and_then(|all| all.get(WRITER)).cloned() })
    }

    pub(crate) fn count(&self, bytes: usize) {
        self.moved.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }
}

impl Head {
    /// Whether this very write made the object.
    pub(crate) fn is_by(&self, writer: &Writer) -> bool {
        self.writer.as_ref() == Some(&writer.0)
    }
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }

    /// The metadata that goes with the object.
    pub(crate) fn metadata(&self) -> (&'static str, &str) {
        (WRITER, &self.0)
    }
}

/// A tag as we keep it: without the quotes of the header.
pub(crate) fn tag(header: Option<&str>) -> Tag {
    Tag(header.unwrap_or_default().trim_matches('"').to_owned())
}

/// A tag as headers have it.
pub(crate) fn quoted(tag: &Tag) -> String {
    format!("\"{}\"", tag.0)
}

/// A length as answers tell it; nonsense is taken as nothing, which no check accepts.
pub(crate) fn length(header: Option<i64>) -> u64 {
    header.and_then(|len| u64::try_from(len).ok()).unwrap_or(0)
}

/// Waits before the next try, after so many that failed.
pub(crate) async fn pause(failed: u32) {
    let backoff = Backoff { first: Duration::from_millis(200), most: Duration::from_secs(5) };
    tokio::time::sleep(backoff.after(failed, rand::random())).await;
}
