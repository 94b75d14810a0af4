//! Part of an export as an archive that is made while it is sent.
//!
//! A ZIP archive is known byte by byte before it is made, so that any range of it is answered. How long a
//! compressed tar becomes nobody knows: it goes out whole.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use futures::stream::StreamExt;
use proto::id::RunId;

use super::kept::Known;
use super::noted::{is_whole, note_archive};
use super::selection::Selection;
use super::trouble::Trouble;
use super::wanted::{Form, Wanted};
use super::{Dialect, tar_gz, zip};
use crate::api::content::{Content, keep_private};

/// The files that are wanted, in an archive.
pub(super) async fn archive(
    dialect: &Dialect,
    known: &Known,
    run: RunId,
    wanted: &Wanted,
    (method, headers): (&Method, &HeaderMap),
) -> Result<Response, Trouble> {
    let selection = Arc::new(Selection::new(run, &wanted.path));
    let leaf = wanted.path.rsplit('/').next().unwrap_or_default();
    let usual = [known.head.name.as_str(), leaf].join(" ");
    let name = wanted.saved.name(usual.trim(), wanted.form.extension());
    let disposition = wanted.saved.disposition(&name);
    // A folder or file is there or not; an export may have found nothing, as one of changes does between them.
    let is_missing = |has_files: bool| !has_files && !wanted.path.is_empty();
    let (response, len) = match wanted.form {
        Form::TarGz => {
            if is_missing(selection.files(dialect).next().await.transpose()?.is_some()) {
                return Err(Trouble::NoFile(wanted.path.clone()));
            }
            (unmeasured(dialect, &selection, &disposition, method), None)
        }
        Form::File | Form::Zip => {
            let measured = zip::measure(dialect, &selection).await?;
            if is_missing(!measured.is_empty()) {
                return Err(Trouble::NoFile(wanted.path.clone()));
            }
            let mut content = Content::of_archive(&name, measured.check, measured.len());
            content.disposition = disposition;
            let open = async |range| Ok(zip::stream(dialect, &selection, &measured, range));
            (content.answer(method, headers, open).await?, Some(measured.len()))
        }
    };
    if is_whole(method, headers) {
        note_archive(dialect, &known.head, &name, len, None);
    }
    Ok(response)
}

/// A compressed tar, of a length that is known at its end.
fn unmeasured(
    dialect: &Dialect,
    selection: &Arc<Selection>,
    disposition: &str,
    method: &Method,
) -> Response {
    let body = match *method {
        Method::GET => Body::from_stream(tar_gz::stream(dialect, selection)),
        _ => Body::empty(),
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/gzip"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
    if let Ok(value) = HeaderValue::from_str(disposition)
        && !disposition.is_empty()
    {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    keep_private(headers);
    response
}
