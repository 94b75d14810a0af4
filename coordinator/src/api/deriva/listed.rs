//! The answer to whoever made an export: the addresses of what there is, one a line, no end of line after the last.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fabric::record;
use futures::{StreamExt, TryStreamExt, stream};
use proto::archive::Archive;
use proto::deriva::afterwards::Step;
use proto::deriva::engine::Way;
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use tree::{File, FileId};

use super::kept::Kept;
use super::registering::Registered;
use super::trouble::Trouble;
use super::{Door, afterwards};

/// Most addresses that are gathered; more of them go out as they are found.
const GATHERED: usize = 1000;

/// The addresses of an export that goes on: of a bag one, of loose files those that there may be.
pub(super) fn early(door: &Door, key: &str, kept: &Kept) -> Response {
    let way = kept.way;
    let paths = if way == Way::Files { promised(kept) } else { vec![""] };
    let place = Place { door, way, key };
    let steps = afterwards::already(&kept.steps);
    let urls: Vec<String> = paths.into_iter().map(|path| place.of(&steps, path)).collect();
    answer(way, &urls)
}

/// The paths that are told before files are there. Where rows decide which there are, the whole export is among
/// them: whoever asks for it is told of all, and nobody takes a part for everything.
fn promised(kept: &Kept) -> Vec<&str> {
    let is_decided = |path: &&str| !path.is_empty() && !path.ends_with('/');
    let paths = kept.files.iter().map(|file| file.path.as_str());
    let mut promised: Vec<&str> = paths.filter(is_decided).collect();
    if promised.is_empty() || promised.len() < kept.files.len() {
        promised.push("");
    }
    promised
}

/// Where an export is.
struct Place<'a> {
    door: &'a Door,
    way: Way,
    key: &'a str,
}

impl Place<'_> {
    /// The address of a file, wherever steps have it; that of the whole export is always the service's.
    fn of(&self, steps: &[Step], path: &str) -> String {
        let Self { door, way, key } = self;
        let url = door.url(*way, key, path);
        if *way != Way::Files || path.is_empty() {
            return url;
        }
        afterwards::file(steps, path, &door.url(*way, key, ""), url)
    }
}

/// The addresses of an export that is done: of a bag one, of loose files those that are there.
pub(super) async fn listed(
    door: &Door,
    (run, key): (RunId, &str),
    kept: &Kept,
    registered: &[Registered],
) -> Result<Response, Trouble> {
    let way = kept.way;
    let store = &door.api.coordinator.store;
    let made: Option<Archive> = record::find(&**store, &Key::archive(run, 0)).await?;
    // What is packed is one file, even where there are references alone.
    let whole = || answer(way, &afterwards::bag(door.url(way, key, ""), registered));
    if made.is_some_and(|made| !made.volumes.is_empty()) {
        return Ok(whole());
    }
    let mut files = tree::files(store, run, None)
        .try_filter(|file| std::future::ready(is_result(file)))
        .boxed();
    let mut urls = Vec::new();
    while let Some(file) = files.try_next().await? {
        urls.push(Place { door, way, key }.of(&kept.steps, &file.path));
        if way != Way::Files || urls.len() == GATHERED {
            break;
        }
    }
    if urls.is_empty() {
        let why = "the export found nothing: all of its files would be empty";
        let fault = Fault::new(Code::NotFound, why).hint("look at what its queries find");
        return Err(Trouble::with(StatusCode::BAD_GATEWAY, vec![fault]));
    }
    if way != Way::Files {
        return Ok(whole());
    }
    if urls.len() < GATHERED {
        return Ok(answer(way, &urls));
    }
    let (door, key, steps) = (door.clone(), key.to_owned(), kept.steps.clone());
    let begin = stream::once(std::future::ready(Ok(Bytes::from(urls.join("\n")))));
    let rest = files.map_ok(move |file| {
        let place = Place { door: &door, way, key: &key };
        Bytes::from(format!("\n{}", place.of(&steps, &file.path)))
    });
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
    if let Some(url) = afterwards::location(way, urls)
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

#[cfg(test)]
mod tests {
    use proto::deriva::translation::PromisedFile;

    use super::*;
    use crate::api::deriva::opening::Reach;

    #[test]
    fn files_that_rows_decide_are_told_of_by_the_whole_export() {
        let check = |paths: &[&str], expected: &[&str]| {
            let file = |path: &&str| PromisedFile { path: (*path).to_owned(), is_certain: false };
            let told = (Way::Files, Reach::Owner);
            let kept = Kept::new(told, paths.iter().map(file).collect(), Vec::new());
            assert_eq!(promised(&kept), expected);
        };
        check(&["a.csv", "b/c.json"], &["a.csv", "b/c.json"]);
        check(&["a.csv", "images/"], &["a.csv", ""]);
        check(&[""], &[""]);
        check(&[], &[""]);
    }
}
