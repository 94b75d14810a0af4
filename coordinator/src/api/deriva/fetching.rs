//! `GET` and `HEAD` of what an export made: whole or a part of it, as soon as it is there.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fabric::record;
use futures::{StreamExt, TryStreamExt};
use proto::archive::{Archive, Volume};
use proto::deriva::engine::Way;
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use proto::run::{Outcome, State as RunState};
use serde::Deserialize;
use tree::File;

use super::Door;
use super::kept::Kept;
use super::later;
use super::listed::is_result;
use super::names::{archive, disposition, media_type};
use super::opening::Opened;
use super::trouble::Trouble;
use crate::api::content::{Content, keep_private};

/// Most addresses that are named where one file is asked for and there are several.
const NAMED: usize = 100;

/// What of an export is asked for, as the path of a request says it.
#[derive(Deserialize)]
pub(super) struct Place {
    pub(super) key: String,
    /// The file; nothing where there is one only.
    #[serde(default)]
    path: String,
}

/// Fetches a file of an export, or the only one.
pub(super) async fn fetch(
    State(door): State<Door>,
    Path(place): Path<Place>,
    parts: Parts,
) -> Result<Response, Trouble> {
    let until = door.until();
    let Opened { head, kept, .. } = door.open(&place.key, &parts).await?;
    if head.run == 0 {
        return Err(Trouble::no_export());
    }
    let run = RunId { export: head.id, run: head.run };
    let Some(outcome) = door.ended(run, until).await? else {
        return Ok(later::answer(&head, door.api.coordinator.ambient.now(), &parts.headers));
    };
    match outcome.state {
        RunState::Done | RunState::DoneWithWarnings => {}
        RunState::New
        | RunState::Pending
        | RunState::Processing
        | RunState::Failed
        | RunState::Stopped
        | RunState::Expired => return Err(failed(outcome)),
    }
    door.register_rest(run, door.wanted(head.id, &kept)).await?;
    let made: Option<Archive> =
        record::find(&*door.api.coordinator.store, &Key::archive(run, 0)).await?;
    let made = made.ok_or_else(Trouble::no_export)?;
    let path = place.path.trim_end_matches('/');
    match made.volumes.as_slice() {
        [] => loose(&door, (run, &kept), &place.key, path, &parts).await,
        [volume] => packed(&door, volume, path, &parts).await,
        volumes => {
            let volume = volumes.iter().find(|volume| archive(&volume.name) == path);
            let volume = volume.ok_or_else(|| several(&[]))?;
            packed(&door, volume, path, &parts).await
        }
    }
}

/// Why a run has nothing to fetch.
pub(super) fn failed(outcome: Outcome) -> Trouble {
    let mut faults: Vec<Fault> = outcome.faults.into_iter().map(|failed| failed.fault).collect();
    let fault = match outcome.state {
        RunState::Expired => {
            Fault::new(Code::NotFound, "the export has expired, and its files with it")
                .hint("make it again")
        }
        RunState::Stopped => {
            Fault::new(Code::Stopped, "the export was stopped").hint("retry it, or make it again")
        }
        RunState::New
        | RunState::Pending
        | RunState::Processing
        | RunState::Done
        | RunState::DoneWithWarnings
        | RunState::Failed => Fault::new(Code::AttemptsExhausted, "the export failed"),
    };
    if faults.is_empty() || outcome.state != RunState::Failed {
        faults = vec![fault];
    }
    Trouble::of_run(faults)
}

/// An archive, any range of it.
async fn packed(
    door: &Door,
    volume: &Volume,
    path: &str,
    parts: &Parts,
) -> Result<Response, Trouble> {
    let name = archive(&volume.name);
    if !path.is_empty() && path != name {
        return Err(Trouble::no_file(path));
    }
    let content = named(Content::of_volume(volume), &name);
    let store = &door.api.coordinator.store;
    let open = async |range| store.read(&volume.key, range, None).await;
    Ok(content.answer(&parts.method, &parts.headers, open).await?)
}

/// A file that is in no archive, any range of it.
async fn loose(
    door: &Door,
    (run, kept): (RunId, &Kept),
    key: &str,
    path: &str,
    parts: &Parts,
) -> Result<Response, Trouble> {
    let store = &door.api.coordinator.store;
    let found = if path.is_empty() {
        only(door, run, key).await?
    } else {
        door.paths.find(store, run, path).await?
    };
    let Some(file) = found else {
        // Its address may have been told before it was known to be empty.
        return if kept.may_be_empty(path) { Ok(empty(path)) } else { Err(Trouble::no_file(path)) };
    };
    let content = named(Content::of_file(&file), file.name());
    let open = async |range| file.read(store, range).await;
    Ok(content.answer(&parts.method, &parts.headers, open).await?)
}

/// The only file of an export; nothing where it has none, and which there are where it has several.
async fn only(door: &Door, run: RunId, key: &str) -> Result<Option<File>, Trouble> {
    let files = tree::files(&door.api.coordinator.store, run, None);
    let files = files.try_filter(|file| std::future::ready(is_result(file)));
    let mut found: Vec<File> = files.boxed().take(NAMED).try_collect().await?;
    if found.len() > 1 {
        let urls = found.iter().map(|file| door.url(Way::Files, key, &file.path));
        return Err(several(&urls.collect::<Vec<_>>()));
    }
    Ok(found.pop())
}

fn several(urls: &[String]) -> Trouble {
    let fault = Fault::new(Code::InvalidValue, "the export has several files");
    let named = if urls.is_empty() { "name one".to_owned() } else { urls.join(", ") };
    Trouble::incomplete(fault.hint(named))
}

/// A content as the dialect calls it.
fn named(mut content: Content, name: &str) -> Content {
    content.media_type = media_type(name);
    content.disposition = disposition(name);
    content
}

/// A file of which nothing came.
fn empty(path: &str) -> Response {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut response = (StatusCode::OK, Body::empty()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(0_u64));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(name)));
    if let Ok(disposition) = HeaderValue::from_str(&disposition(name)) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    keep_private(headers);
    response
}
