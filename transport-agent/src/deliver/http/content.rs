//! What a request carries: a file, or a page of records. It can be read as often as needed.

use std::sync::Arc;

use bytes::Bytes;
use fabric::store::{Store, StoreError};
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use crate::parcel::Parcel;

/// The body of a request.
pub(super) enum Content<'c> {
    File(&'c Parcel),
    Page(Bytes),
}

impl Content<'_> {
    /// Its length in bytes.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::File(file) => file.size,
            Self::Page(bytes) => bytes.len() as u64,
        }
    }

    pub(super) fn media_type(&self) -> &'static str {
        match self {
            Self::File(_) => "application/octet-stream",
            Self::Page(_) => "application/json",
        }
    }

    /// Its bytes, from the first.
    pub(super) async fn read(
        &self,
        store: &Arc<dyn Store>,
    ) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
        match self {
            Self::File(file) => file.read(store).await,
            Self::Page(bytes) => Ok(stream::iter([Ok(bytes.clone())]).boxed()),
        }
    }
}
