//! Files that records name: opened by reference, read as a stream.
//!
//! A reference is an `http(s)` URL, fetched under the rules of [`crate::address`], or a path below
//! the source's asset root. Which it is decides [`Assets::open`], and nothing else.

mod file;
mod bucket;
mod http;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

pub use self::bucket::BucketAssets;
pub use self::file::FileAssets;
pub use self::http::{HttpAssets, HttpLimits};
use crate::SourceError;

/// Where a source's relative references lie.
#[async_trait]
pub trait AssetRoot: Send + Sync {
    /// Opens a file below the root. A reference that would leave it is `address_refused`.
    async fn open(&self, reference: &str) -> Result<Asset, SourceError>;
}

/// A file, opened.
pub struct Asset {
    /// Its length in bytes, where it is known beforehand. The stream is an error where it ends early
    /// or late.
    pub len: Option<u64>,
    /// Its bytes, in chunks of at most 1 MiB.
    pub bytes: BoxStream<'static, Result<Bytes, SourceError>>,
}

/// Opens what records of one source refer to.
#[derive(Clone)]
pub struct Assets {
    /// Where relative references lie; without it only URLs can be fetched.
    pub root: Option<Arc<dyn AssetRoot>>,
    /// Fetches URLs.
    pub http: Arc<HttpAssets>,
}

impl Assets {
    /// Opens a reference.
    pub async fn open(&self, reference: &str) -> Result<Asset, SourceError> {
        if reference.starts_with("http://") || reference.starts_with("https://") {
            return self.http.open(reference).await;
        }
        match &self.root {
            Some(root) => root.open(reference).await,
            None => Err(SourceError::AssetMissing {
                reference: reference.to_owned(),
                why: "it is no URL, and the source has no `assets` folder".to_owned(),
            }),
        }
    }
}
