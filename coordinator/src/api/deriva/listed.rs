//! The answer to whoever made an export: the addresses of what there is, one a line, no end of line after the last.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fabric::record;
use futures::{StreamExt, TryStreamExt, stream};
use proto::archive::Archive;
use proto::deriva::engine::Way;
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use tree::{File, FileId};

use super::Door;
use super::kept::Kept;
use super::trouble::Trouble;

/// Most addresses that are gathered; more of them go out as they are found.
const GATHERED: usize = 1000;

/// The addresses of an export that goes on: of a bag one, of loose files those that there may be.
pub(super) fn early(door: &Door, way: Way, key: &str, kept: &Kept) -> Response {
    let files = kept.files.iter().map(|file| door.url(way, key, &file.path));
    let mut urls: Vec<String> = if way == Way::Files { files.collect() } else { Vec::new() };
    if urls.is_empty() {
        urls.push(door.url(way, key, ""));
    }
    answer(way, &urls)
}

/// The addresses of an export that is done: of a bag one, of loose files those that are there.
pub(super) async fn listed(
    door: &Door,
    way: Way,
    run: RunId,
    key: &str,
) -> Result<Response, Trouble> {
    let store = &door.api.coordinator.store;
    let made: Option<Archive> = record::find(&**store, &Key::archive(run, 0)).await?;
    // What is packed is one file, even where there are references alone.
    if made.is_some_and(|made| !made.volumes.is_empty()) {
        return Ok(answer(way, &[door.url(way, key, "")]));
    }
    let mut files = tree::files(store, run, None)
        .try_filter(|file| std::future::ready(is_result(file)))
        .boxed();
    let mut urls = Vec::new();
    while let Some(file) = files.try_next().await? {
        urls.push(door.url(way, key, &file.path));
        if way != Way::Files || urls.len() == GATHERED {
            break;
        }
    }
    if urls.is_empty() {
        let why = "the export found nothing: all of its files would be empty";
        let fault = Fault::new(Code::NotFound, why).hint("look at what its queries find");
        return Err(Trouble { status: StatusCode::BAD_GATEWAY, faults: vec![fault] });
    }
    if way != Way::Files {
        return Ok(answer(way, &[door.url(way, key, "")]));
    }
    if urls.len() < GATHERED {
        return Ok(answer(way, &urls));
    }
    let (door, key) = (door.clone(), key.to_owned());
    let begin = stream::once(std::future::ready(Ok(Bytes::from(urls.join("\n")))));
    let rest =
        files.map_ok(move |file| Bytes::from(format!("\n{}", door.url(way, &key, &file.path))));
    Ok(shaped(Body::from_stream(begin.chain(rest))))
}

/// Whether a file is one that the configuration asks for, and not a list of what was left out.
pub(super) fn is_result(file: &File) -> bool {
    match file.id {
        FileId::Batch { .. } | FileId::Sealed { .. } => true,
        FileId::Originals | FileId::Warnings | FileId::Index => false,
    }
}

fn answer(way: Way, urls: &[String]) -> Response {
    let mut response = shaped(urls.join("\n").into());
    if let (Way::Files, [url]) = (way, urls)
        && let Ok(url) = HeaderValue::from_str(url)
    {
        response.headers_mut().insert(header::LOCATION, url);
    }
    response
}

fn shaped(body: Body) -> Response {
    let mut response = (StatusCode::CREATED, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/uri-list"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
