//! Hatrac: objects under their versions, with their checksums, whole or in part.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest, Md5};
use sha2::Sha256;

use super::call::Call;
use super::lock;
use super::refusal::Refusal;

/// An object.
#[derive(Debug, Clone)]
pub struct HatracObject {
    /// Where it is, with its version: `/hatrac/space/name:VERSION`.
    pub path: String,
    /// What a file with its content is called, where that is told.
    pub filename: Option<String>,
    /// What it is.
    pub bytes: Bytes,
    /// Whether its SHA-256 is told besides its MD5.
    pub has_sha256: bool,
}

/// The objects that there are.
#[derive(Default)]
pub(super) struct Objects {
    all: Mutex<BTreeMap<String, HatracObject>>,
    /// Whether only those get them who have signed in.
    is_guarded: AtomicBool,
}

impl Objects {
    pub(super) fn put(&self, object: HatracObject) {
        lock(&self.all).insert(object.path.clone(), object);
    }

    pub(super) fn guard(&self) {
        self.is_guarded.store(true, Ordering::Relaxed);
    }

    /// The object of a path; of one without a version, the last.
    fn find(&self, path: &str) -> Option<HatracObject> {
        let all = lock(&self.all);
        let versions = format!("{path}:");
        let last = || all.iter().rev().find(|(known, _)| known.starts_with(&versions));
        all.get(path).or_else(|| last().map(|(_, object)| object)).cloned()
    }
}

/// `/hatrac/…`: an object.
pub(super) fn answer(objects: &Objects, call: &Call) -> Result<Response, Refusal> {
    if objects.is_guarded.load(Ordering::Relaxed) && call.user.is_none() {
        return Err(Refusal::forbidden(None, format!("read access on {}", call.path)));
    }
    let object = objects.find(&call.path);
    let object = object.ok_or_else(|| Refusal::missing(call.path.as_str()))?;
    let len = object.bytes.len();
    let (status, bytes, range) = match range(call.header("range"), len) {
        None => (StatusCode::OK, object.bytes.clone(), None),
        Some((begin, end)) if begin < end => {
            let told = format!("bytes {begin}-{}/{len}", end - 1);
            (StatusCode::PARTIAL_CONTENT, object.bytes.slice(begin..end), Some(told))
        }
        Some(_) => {
            let told = format!("bytes */{len}");
            (StatusCode::RANGE_NOT_SATISFIABLE, Bytes::new(), Some(told))
        }
    };
    let (_, version) = object.path.rsplit_once(':').unwrap_or_default();
    let mut told = vec![
        ("content-type", "application/octet-stream".to_owned()),
        ("content-length", bytes.len().to_string()),
        ("content-md5", BASE64_STANDARD.encode(Md5::digest(&object.bytes))),
        ("content-location", object.path.clone()),
        ("etag", format!("\"{version}\"")),
        ("vary", "cookie".to_owned()),
    ];
    if object.has_sha256 {
        told.push(("content-sha256", BASE64_STANDARD.encode(Sha256::digest(&object.bytes))));
    }
    if let Some(filename) = &object.filename {
        told.push(("content-disposition", format!("filename*=UTF-8''{}", quoted(filename))));
    }
    if let Some(range) = range {
        told.push(("content-range", range));
    }
    if call.method == Method::HEAD {
        told.push(("accept-ranges", "bytes".to_owned()));
    }
    let mut response = (status, Body::from(bytes)).into_response();
    for (name, value) in told {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

/// The begin and the end of what is asked for, where only a part is.
fn range(asked: &str, len: usize) -> Option<(usize, usize)> {
    let (begin, end) = asked.strip_prefix("bytes=")?.split_once('-')?;
    if begin.is_empty() {
        return Some((len.saturating_sub(end.parse().ok()?), len));
    }
    let end = match end {
        "" => len,
        last => len.min(last.parse::<usize>().ok()?.saturating_add(1)),
    };
    Some((begin.parse().ok()?, end))
}

/// A name for a header: every byte but letters, digits and a few signs with a percent sign.
fn quoted(name: &str) -> String {
    let letters = name.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    letters.collect()
}
