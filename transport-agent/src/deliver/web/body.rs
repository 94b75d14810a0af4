//! What a request carries, and what went wrong with reading it, of which the client would only tell that
//! something did.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use fabric::store::StoreError;
use futures::TryStreamExt;
use futures::stream::BoxStream;
use reqwest::Body;

/// Why the body of a request was not read to its end.
#[derive(Default)]
pub(in crate::deliver) struct Broken(Arc<Mutex<Option<StoreError>>>);

/// A body of bytes from the store. It breaks off where they do, so that a server that was told the
/// length knows that it has not everything.
pub(in crate::deliver) fn body(
    bytes: BoxStream<'static, Result<Bytes, StoreError>>,
) -> (Body, Broken) {
    let broken = Broken::default();
    let noted = Arc::clone(&broken.0);
    let bytes = bytes.map_err(move |error| {
        let told = error.to_string();
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        told
    });
    (Body::wrap_stream(bytes), broken)
}

impl Broken {
    /// The error, where there was one; to be asked once the request has ended.
    pub(in crate::deliver) fn told(self) -> Result<(), StoreError> {
        let error = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        error.map_or(Ok(()), Err)
    }
}
