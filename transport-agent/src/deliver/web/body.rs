//! What a request carries: how far it was read, and what went wrong with reading it, of which the client
//! would only tell that something did.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use fabric::store::StoreError;
use futures::TryStreamExt;
use futures::stream::BoxStream;
use reqwest::Body;

/// How the reading of a request's body goes.
#[derive(Default)]
pub(in crate::deliver) struct Reading {
    bytes: Arc<AtomicU64>,
    broken: Arc<Mutex<Option<StoreError>>>,
}

/// A body of bytes from the store. It breaks off where they do, so that a server that was told the
/// length knows that it has not everything.
pub(in crate::deliver) fn body(
    bytes: BoxStream<'static, Result<Bytes, StoreError>>,
) -> (Body, Reading) {
    let reading = Reading::default();
    let (read, noted) = (Arc::clone(&reading.bytes), Arc::clone(&reading.broken));
    let bytes = bytes
        .inspect_ok(move |chunk| {
            read.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        })
        .map_err(move |error| {
            let told = error.to_string();
            *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            told
        });
    (Body::wrap_stream(bytes), reading)
}

impl Reading {
    /// How many bytes were read, which are sent or about to be.
    pub(in crate::deliver) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The error, where there was one; to be asked once the request has ended.
    pub(in crate::deliver) fn told(self) -> Result<(), StoreError> {
        let error = self.broken.lock().unwrap_or_else(PoisonError::into_inner).take();
        error.map_or(Ok(()), Err)
    }
}
