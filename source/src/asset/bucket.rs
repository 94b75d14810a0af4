//! Assets in a bucket, below a prefix.

use std::sync::Arc;

use async_trait::async_trait;
use fabric::store::{Store, StoreError};
use futures::{StreamExt, TryStreamExt};
use proto::key::Key;

use super::below::{below, missing};
use super::whole::{Length, whole};
use super::{Asset, AssetRoot};
pub(super) use crate::files::BUCKET_SCHEME;
use crate::files::bucket_named;
use crate::{Context, SourceError};

/// Objects whose keys begin with a prefix.
pub struct BucketAssets {
    store: Arc<dyn Store>,
    prefix: String,
}

impl BucketAssets {
    /// The objects below a prefix, taken as a folder: a `/` is put after it.
    pub fn new(store: Arc<dyn Store>, prefix: &str) -> Self {
        let folder = prefix.trim_matches('/');
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        Self { store, prefix }
    }

    /// The objects at a place without its scheme.
    pub(super) fn open(place: &str, context: &Context) -> Result<Self, SourceError> {
        let (store, _, prefix) = bucket_named(place, context)?;
        Ok(Self::new(store, prefix))
    }
}

#[async_trait]
impl AssetRoot for BucketAssets {
    async fn open(&self, reference: &str) -> Result<Asset, SourceError> {
        let key = Key::listed(format!("{}{}", self.prefix, below(reference)?.join("/")));
        let found = |error: StoreError| {
            if error.is_missing() {
                missing(reference, format!("there is no object {key}"))
            } else {
                error.into()
            }
        };
        let entry = self.store.head(&key).await.map_err(found)?;
        let len = entry.len;
        let bytes = self.store.read(&key, 0..len, Some(&entry.tag)).await.map_err(found)?;
        let named = reference.to_owned();
        let bytes =
            whole(bytes.map_err(SourceError::from).boxed(), Length::Exactly(len), move |seen| {
                SourceError::Unavailable {
                    what: format!("the asset {named:?} has {len} bytes, and {seen} came"),
                }
            });
        Ok(Asset { len: Some(len), name: None, is_object: false, is_checked: false, bytes })
    }
}
