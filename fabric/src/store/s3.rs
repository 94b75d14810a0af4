//! A store in a bucket of S3, or of anything that speaks its language.
//!
//! Objects are sent from memory, in parts, so that every request can be repeated and none is
//! `aws-chunked`, which several servers refuse or store by mistake. Whatever may have happened after
//! an answer got lost is found out by looking, never assumed: every object carries the name of the
//! write that made it.

mod bucket;
mod conditional;
mod connect;
mod failure;
mod reading;
mod listing;
mod upload;
mod buffers;
mod parts;
mod under_way;
mod multipart;
mod copying;

use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use aws_sdk_s3::presigning::PresigningConfig;
use bytes::Bytes;
use futures::stream::BoxStream;
use proto::key::{Key, Prefix};
use url::Url;

use self::bucket::Bucket;
use self::conditional::Condition;
pub use self::connect::{Checksums, S3Config};
use self::failure::failure;
use self::upload::S3Upload;
use super::{Entry, Presign, Store, StoreError, Tag, Upload};

/// Longest that a link can be valid, in seconds (seven days); signatures allow no more:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html>
const MAX_LINK_SECONDS: u64 = 7 * 24 * 60 * 60;

/// Keeps objects in a bucket.
///
/// Credentials that may not list the bucket are told that an object is forbidden where it is
/// missing, so listing has to be allowed.
pub struct S3Store {
    bucket: Arc<Bucket>,
    /// The client that signs links; it speaks of the server as strangers do.
    links: aws_sdk_s3::Client,
}

impl S3Store {
    /// Makes a store of a bucket, which has to be there and to be accessible.
    pub async fn connect(config: S3Config) -> Result<Self, StoreError> {
        let store = Self::unchecked(config);
        store.bucket.check().await?;
        Ok(store)
    }

    /// Makes a store of a bucket without asking for it; a bucket that is not there shows with the
    /// first call.
    pub fn unchecked(config: S3Config) -> Self {
        let (client, links) = (connect::client(&config), connect::link_client(&config));
        Self { bucket: Arc::new(Bucket::new(client, config)), links }
    }

    /// The same, where what is uploaded is open to those whom a canned ACL of S3 names, such as `public-read`; to
    /// those to whom the bucket opens it where none is named.
    #[must_use]
    pub fn open_to(self, acl: Option<&str>) -> Self {
        let bucket = Arc::new(self.bucket.open_to(acl));
        Self { bucket, ..self }
    }

    /// Begins an object whose copied pieces come from another bucket, which has to be on the same
    /// server and open to the same credentials: [`S3Config::is_beside`].
    pub fn upload_from(&self, key: &Key, origin: &Self) -> Box<dyn Upload> {
        let (bucket, origin) = (Arc::clone(&self.bucket), Arc::clone(&origin.bucket));
        Box::new(S3Upload::begin(bucket, origin, key.clone()))
    }
}

#[async_trait]
impl Store for S3Store {
    async fn get(&self, key: &Key) -> Result<(Bytes, Tag), StoreError> {
        self.bucket.get(key).await
    }

    async fn head(&self, key: &Key) -> Result<Entry, StoreError> {
        Ok(self.bucket.head(key).await?.entry)
    }

    async fn read(
        &self,
        key: &Key,
        range: Range<u64>,
        tag: Option<&Tag>,
    ) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
        Bucket::read(&self.bucket, key, range, tag).await
    }

    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> Result<Tag, StoreError> {
        self.bucket.put_if(key, bytes, Condition::Absent).await
    }

    async fn replace(&self, key: &Key, bytes: Bytes, expected: &Tag) -> Result<Tag, StoreError> {
        self.bucket.put_if(key, bytes, Condition::Unchanged(expected)).await
    }

    async fn upload(&self, key: &Key) -> Result<Box<dyn Upload>, StoreError> {
        Ok(self.upload_from(key, self))
    }

    async fn list(
        &self,
        prefix: &Prefix,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.bucket.list(prefix, after, limit).await
    }

    async fn delete(&self, keys: &[Key]) -> Result<(), StoreError> {
        self.bucket.delete(keys).await
    }

    async fn presign(&self, key: &Key, link: &Presign) -> Result<Option<Url>, StoreError> {
        let during = "sign a link";
        let longest = std::time::Duration::from_secs(MAX_LINK_SECONDS);
        let lifetime = PresigningConfig::expires_in(link.lifetime.min(longest))
            .map_err(|error| StoreError::Refused { during, source: Box::new(error) })?;
        let request = self
            .links
            .get_object()
            .bucket(self.bucket.name())
            .key(self.bucket.path(key))
            .response_content_disposition(&link.disposition)
            .response_content_type(&link.content_type);
        let signed =
            request.presigned(lifetime).await.map_err(|error| failure(key, during, error))?;
        let url = Url::parse(signed.uri());
        url.map(Some).map_err(|error| StoreError::Refused { during, source: Box::new(error) })
    }

    fn local_path(&self, _key: &Key) -> Option<std::path::PathBuf> {
        None
    }

    async fn sweep(&self, prefix: &Prefix, before: SystemTime) -> Result<(), StoreError> {
        self.bucket.sweep(prefix, before).await
    }

    fn shortest_copy(&self) -> u64 {
        parts::LEAST_PART_BYTES
    }

    fn moved(&self) -> u64 {
        self.bucket.moved()
    }

    fn counted(&self) -> Arc<dyn Store> {
        Arc::new(Self { bucket: Arc::new(self.bucket.counted()), links: self.links.clone() })
    }
}
