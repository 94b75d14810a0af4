//! Reading the body of an answer, as far as it may go.

use reqwest::Response;
use url::Url;

use super::api::refused;
use super::request::Denied;
use super::setback::Setback;
use crate::address::{told, unavailable};

/// Longest page, in bytes (64 MiB), as long as a record may be.
pub(crate) const MAX_PAGE_BYTES: usize = 64 << 20;

/// How much is read of what says why there is no page (64 KiB).
const MAX_REASON_BYTES: usize = 64 << 10;

/// A body, where it comes whole. One that says that it is too long is not waited for.
pub(super) async fn body(url: &Url, mut response: Response) -> Result<Vec<u8>, Setback> {
    if response.content_length().is_some_and(|len| len > MAX_PAGE_BYTES as u64) {
        return Err(too_long(url));
    }
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|error| Setback::later(unavailable(url, &error)))?;
        let Some(chunk) = chunk else { return Ok(body) };
        if body.len() + chunk.len() > MAX_PAGE_BYTES {
            return Err(too_long(url));
        }
        body.extend_from_slice(&chunk);
    }
}

/// The beginning of a body that says why there is no page, as far as it comes.
pub(crate) async fn beginning(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_REASON_BYTES {
            break;
        }
    }
    body.truncate(MAX_REASON_BYTES);
    body
}

/// That a page has no end, or one too far away.
pub(super) fn too_long(url: &Url) -> Setback {
    let most = MAX_PAGE_BYTES >> 20;
    let error = refused(format!(
        "{} sends a page longer than {most} MiB; ask for fewer records at once",
        told(url)
    ));
    let mut denied: Box<Denied> = error.into();
    denied.is_too_long = true;
    Setback::Never(denied)
}
