//! The requests that bring a file to its place, one by one, and what their answers mean.

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use tokio::sync::Mutex;

use super::properties::{WANTED, is_folder};
use super::server::Server;
use crate::deliver::progress::Progress;
use crate::deliver::web::{Answer, Meaning, Silence, body};
use crate::error::AgentError;
use crate::parcel::Parcel;

const DEPTH: HeaderName = HeaderName::from_static("depth");
const DESTINATION: HeaderName = HeaderName::from_static("destination");
const OVERWRITE: HeaderName = HeaderName::from_static("overwrite");

/// What became of a file that was to be moved.
pub(super) enum Moved {
    /// It is in its place.
    Done(String),
    /// Something has its place.
    Taken,
    /// It is gone from where it was.
    Gone,
}

impl Server<'_> {
    /// Makes a folder, unless it is there.
    pub(super) async fn make_folder(&self, url: &Url) -> Result<Meaning<()>, AgentError> {
        let method = Method::from_bytes(b"MKCOL").expect("it is a token");
        let answer = self.web.send(self.web.request(method, url.clone(), 0)).await;
        Ok(judge(answer, |answer| {
            // It is there already.
            let is_there = answer.status == StatusCode::METHOD_NOT_ALLOWED;
            (is_there || answer.status.is_success()).then_some(())
        }))
    }

    /// Puts a file there, and tells how far that is.
    pub(super) async fn put(
        &self,
        url: &Url,
        file: &Parcel,
        progress: &Mutex<Progress<'_>>,
    ) -> Result<Meaning<()>, AgentError> {
        let (body, reading) = body(file.read(&self.web.delivery.agent.store).await?);
        let request = self
            .web
            .request(Method::PUT, url.clone(), file.size)
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_LENGTH, file.size)
            .body(body);
        let bytes = || Some(reading.bytes());
        let answer = progress.lock().await.watch(self.web.send(request), bytes).await;
        reading.told()?;
        Ok(judge(answer, |answer| answer.status.is_success().then_some(())))
    }

    /// Whether a file is there, with a length where the server tells one.
    pub(super) async fn is_there(&self, url: &Url, len: u64) -> Result<Meaning<bool>, AgentError> {
        let answer = self.web.send(self.web.request(Method::HEAD, url.clone(), 0)).await;
        Ok(judge(answer, |answer| match answer.status {
            StatusCode::NOT_FOUND => Some(false),
            status if status.is_success() => {
                let told = answer.headers.get(CONTENT_LENGTH).map(HeaderValue::as_bytes);
                Some(told.is_none_or(|told| told == len.to_string().as_bytes()))
            }
            _ => None,
        }))
    }

    /// The CRC-32 of what a file of some length holds.
    pub(super) async fn crc32(&self, url: &Url, len: u64) -> Result<Meaning<u32>, AgentError> {
        let mut response =
            match self.web.fetch(self.web.request(Method::GET, url.clone(), len)).await {
                Ok(response) if response.status().is_success() => response,
                Ok(response) => return Ok(self.web.read(response).await.refusal()),
                Err(silence) => return Ok(silence.meaning()),
            };
        let mut crc32 = crc32fast::Hasher::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => crc32.update(&chunk),
                Ok(None) => return Ok(Meaning::Taken(crc32.finalize())),
                Err(error) => {
                    let what = error.without_url().to_string();
                    return Ok(Meaning::Later { what, wait: None });
                }
            }
        }
    }

    /// Moves a file, over one that is there or not.
    pub(super) async fn relocate(
        &self,
        from: &Url,
        to: &Url,
        overwrite: &'static str,
    ) -> Result<Meaning<Moved>, AgentError> {
        let method = Method::from_bytes(b"MOVE").expect("it is a token");
        let request = self
            .web
            .request(method, from.clone(), 0)
            .header(DESTINATION, to.as_str())
            .header(OVERWRITE, overwrite);
        Ok(judge(self.web.send(request).await, |answer| match answer.status {
            StatusCode::PRECONDITION_FAILED => Some(Moved::Taken),
            StatusCode::NOT_FOUND => Some(Moved::Gone),
            // 207 tells of what went wrong in parts.
            StatusCode::MULTI_STATUS => None,
            status if status.is_success() => Some(Moved::Done(status.to_string())),
            _ => None,
        }))
    }

    /// Whether what is there is a folder; nothing where the server does not say it in a way that can be
    /// read.
    pub(super) async fn is_folder(&self, url: &Url) -> Result<Meaning<Option<bool>>, AgentError> {
        let method = Method::from_bytes(b"PROPFIND").expect("it is a token");
        let request = self
            .web
            .request(method, url.clone(), 0)
            .header(DEPTH, "0")
            .header(CONTENT_TYPE, "application/xml; charset=utf-8")
            .body(WANTED);
        Ok(judge(self.web.send(request).await, |answer| match answer.status {
            StatusCode::NOT_FOUND => Some(Some(false)),
            StatusCode::MULTI_STATUS => Some(is_folder(&answer.body)),
            _ => None,
        }))
    }
}

/// What an answer means, of which `taken` tells whether it is one that was hoped for.
fn judge<T>(
    answer: Result<Answer, Silence>,
    taken: impl FnOnce(&Answer) -> Option<T>,
) -> Meaning<T> {
    match answer {
        Err(silence) => silence.meaning(),
        Ok(answer) => taken(&answer).map_or_else(|| answer.refusal(), Meaning::Taken),
    }
}
