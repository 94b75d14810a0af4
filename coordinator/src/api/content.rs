//! A file as an answer: whole or a part of it, with what a client needs to check and to resume.

use std::ops::Range;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fabric::store::StoreError;
use futures::stream::BoxStream;
use proto::archive::Volume;
use proto::fault::{Code, Fault};
use tree::File;

use super::disposition::attachment;
use super::problem::Refusal;
use super::range::{Wanted, wanted};

/// What is known of a file before it is read.
pub(super) struct Content {
    len: u64,
    etag: String,
    pub(super) media_type: &'static str,
    pub(super) disposition: String,
}

/// Bytes on the way.
pub(super) type Bytestream = BoxStream<'static, Result<Bytes, StoreError>>;

impl Content {
    pub(super) fn of_volume(volume: &Volume) -> Self {
        Self::new(&volume.name, volume.crc32, volume.len)
    }

    pub(super) fn of_file(file: &File) -> Self {
        Self::new(file.name(), file.crc32, file.size)
    }

    /// An archive that is made while it is sent, known by the CRC-32 of what tells one from another.
    pub(super) fn of_archive(name: &str, check: u32, len: u64) -> Self {
        Self::new(name, check, len)
    }

    fn new(name: &str, crc32: u32, len: u64) -> Self {
        Self {
            len,
            etag: format!("\"{crc32:08x}-{len:x}\""),
            media_type: media_type(name),
            disposition: attachment(name),
        }
    }

    /// The answer to a request for the file; `open` gives a range of it and is asked only where bytes
    /// are sent.
    pub(super) async fn answer(
        &self,
        method: &Method,
        headers: &HeaderMap,
        open: impl AsyncFnOnce(Range<u64>) -> Result<Bytestream, StoreError>,
    ) -> Result<Response, Refusal> {
        // A range has a meaning for GET alone.
        let wanted = if method == Method::GET {
            wanted(headers, &self.etag, self.len)
        } else {
            Wanted::Whole
        };
        let (status, range) = match wanted {
            Wanted::Whole => (StatusCode::OK, 0..self.len),
            Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
            Wanted::Unsatisfiable => return Ok(self.unsatisfiable()),
        };
        let sent = range.end - range.start;
        let body = if method == Method::HEAD || sent == 0 {
            Body::empty()
        } else {
            Body::from_stream(open(range.clone()).await?)
        };
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::PARTIAL_CONTENT {
            let part = format!("bytes {}-{}/{}", range.start, range.end - 1, self.len);
            insert(headers, header::CONTENT_RANGE, &part);
        }
        headers.insert(header::CONTENT_LENGTH, sent.into());
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        insert(headers, header::ETAG, &self.etag);
        if !self.disposition.is_empty() {
            insert(headers, header::CONTENT_DISPOSITION, &self.disposition);
        }
        keep_private(headers);
        Ok(response)
    }

    fn unsatisfiable(&self) -> Response {
        let fault =
            Fault::new(Code::RangeNotSatisfiable, format!("the file has {} bytes", self.len));
        let mut response = Refusal::from(fault).into_response();
        insert(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{}", self.len));
        keep_private(response.headers_mut());
        response
    }
}

/// Keeps an answer out of caches, and its URL out of other people's logs.
pub(super) fn keep_private(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The type that a file's name promises. Files are saved and never shown, so that a wrong one does
/// no harm.
pub(super) fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).as_deref() {
        Some("zip") => "application/zip",
        Some("tar") => "application/x-tar",
        Some("gz") => "application/gzip",
        Some("bz2") => "application/x-bzip2",
        Some("zst") => "application/zstd",
        Some("xz") => "application/x-xz",
        Some("csv") => "text/csv; charset=utf-8",
        Some("json") => "application/json",
        Some("jsonl") => "application/jsonl",
        Some("xml") => "application/xml",
        Some(_) | None => "application/octet-stream",
    }
}
