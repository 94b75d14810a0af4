//! Files that records name: opened by reference, read as a stream.
//!
//! A reference is an `http(s)` URL, fetched under the rules of [`crate::address`], or a path below
//! the source's asset root. Which it is decides [`Assets::open`], and nothing else.

mod below;
mod whole;
mod checksum;
mod disposition;
mod header;
mod file;
mod bucket;
mod credentials;
mod http;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use proto::digest::Algorithm;
use url::Url;

use self::bucket::BUCKET_SCHEME;
pub use self::bucket::BucketAssets;
use self::checksum::Checksum;
pub(crate) use self::credentials::Renewal;
pub use self::credentials::{Credentials, FOREIGN};
pub use self::file::FileAssets;
pub use self::header::Header;
pub use self::http::{HttpAssets, HttpLimits};
use crate::address::told;
use crate::{Context, SourceError};

/// Where a source's relative references lie.
#[async_trait]
pub trait AssetRoot: Send + Sync {
    /// Opens a file below the root. A reference that would leave it is `address_refused`.
    async fn open(&self, reference: &str) -> Result<Asset, SourceError>;

    /// The whole URL of a reference, where others can ask for the file by one.
    fn url(&self, _reference: &str) -> Option<String> {
        None
    }
}

/// The asset root at a place in a source's configuration: a folder, or `s3://bucket/prefix`.
pub(crate) fn root_at(place: &str, context: &Context) -> Result<Arc<dyn AssetRoot>, SourceError> {
    Ok(match place.strip_prefix(BUCKET_SCHEME) {
        Some(rest) => Arc::new(BucketAssets::open(rest, context)?),
        None => Arc::new(FileAssets::new(context.base.join(place))),
    })
}

/// A file, opened.
pub struct Asset {
    /// Its length in bytes, where it is known beforehand. The stream is an error where it ends early
    /// or late.
    pub len: Option<u64>,
    /// What its server calls it, where that is told.
    pub name: Option<String>,
    /// Whether its server is an object store, which keeps files under other names than their own.
    pub is_object: bool,
    /// Whether its bytes are held against a checksum already.
    pub is_checked: bool,
    /// Its bytes, in chunks of at most 1 MiB.
    pub bytes: BoxStream<'static, Result<Bytes, SourceError>>,
}

impl Asset {
    /// The same file, whose stream ends with an error where it does not have the digest that its record tells, MD5
    /// or SHA-256 in hexadecimal. What its server tells goes before.
    #[must_use]
    pub fn held_against(self, algorithm: Algorithm, digest: &str, reference: &str) -> Self {
        match Checksum::of_hex(algorithm, digest) {
            Some(checksum) if !self.is_checked => {
                checksum.held_against(self, &shown(reference), "record")
            }
            Some(_) | None => self,
        }
    }
}

/// Opens what records of one source refer to.
#[derive(Clone)]
pub struct Assets {
    /// Where relative references lie; without it only URLs can be fetched.
    pub root: Option<Arc<dyn AssetRoot>>,
    /// Fetches URLs.
    pub http: Arc<HttpAssets>,
    /// What opens those on the source's own server.
    pub credentials: Option<Arc<Credentials>>,
}

impl Assets {
    /// Opens a reference.
    pub async fn open(&self, reference: &str) -> Result<Asset, SourceError> {
        if is_url(reference) {
            return self.http.open(reference, self.credentials.as_deref()).await;
        }
        match &self.root {
            Some(root) => root.open(reference).await,
            None => Err(SourceError::AssetMissing {
                reference: shown(reference),
                why: "it is no URL, and the source has no `assets` folder".to_owned(),
            }),
        }
    }

    /// The whole URL of a reference; nothing where there is none by which others can ask for the file.
    pub fn url(&self, reference: &str) -> Option<String> {
        if is_url(reference) {
            return Some(reference.to_owned());
        }
        self.root.as_ref().and_then(|root| root.url(reference))
    }

    /// Whether a URL leads to an object store of another server than the source's: see [`FOREIGN`].
    pub fn is_foreign(&self, url: &str) -> bool {
        let is_foreign = |credentials: &Arc<Credentials>| {
            Url::parse(url).is_ok_and(|url| credentials.is_foreign(&url))
        };
        self.credentials.as_ref().is_some_and(is_foreign)
    }

    /// What the server of a URL tells of the file.
    pub async fn head(&self, url: &str) -> Result<Header, SourceError> {
        self.http.head(url, self.credentials.as_deref()).await
    }
}

fn is_url(reference: &str) -> bool {
    reference.starts_with("http://") || reference.starts_with("https://")
}

/// A reference as it may be shown: of a URL neither query nor user, for these may let others in.
pub fn shown(reference: &str) -> String {
    match Url::parse(reference.trim()) {
        Ok(url) if url.has_host() => told(&url),
        Ok(_) | Err(_) => match reference.split_once("://") {
            Some((scheme, _)) => format!("{scheme}://…"),
            None => reference.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_shown_without_what_may_let_others_in() {
        for (reference, expected) in [
            ("https://h/a.png?X-Amz-Signature=canary", "https://h/a.png"),
            (" https://bob:canary@h/a.png#canary", "https://h/a.png"),
            ("https://bob:canary@h:port/a.png?canary", "https://…"),
            ("a/b.png", "a/b.png"),
            ("100% ?.png", "100% ?.png"),
        ] {
            assert_eq!(shown(reference), expected);
        }
    }
}
