//! Downloads without a token: whoever has a signed URL fetches what it names.
//!
//! A URL that was altered, has ended, was revoked or whose archive is gone answers the same, so that
//! it tells nothing. Where the store can serve strangers itself, it does, by a URL of a minute.

use std::time::Duration;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fabric::link::{Claim, NEWEST, Part};
use fabric::record;
use fabric::store::{Presign, StoreError};
use futures::{StreamExt, TryStreamExt};
use proto::archive::{Archive, Link, Volume};
use proto::fault::{Code, Fault};
use proto::key::Key;
use proto::run::Head;
use tree::{File, NoFileId};

use super::Api;
use super::ask::{Asked, At};
use super::content::{Content, keep_private};
use super::problem::{Problem, Refusal};
use super::shape::Files;
use super::{page, standing};

/// How long the store serves a stranger by itself: long enough to begin, too short to pass on.
const STORE_LINK: Duration = Duration::from_mins(1);

/// Fetches a volume of an archive.
#[utoipa::path(get, path = "/d/{token}/{name}", operation_id = "download_volume", tag = "downloads",
    params(("token" = String, Path, description = "The signed part of the URL"),
           ("name" = String, Path, description = "The file's name; for people, any will do"),
           ("Range" = Option<String>, Header, description = "One range of bytes")),
    responses((status = 200, description = "The file", content_type = "application/octet-stream"),
              (status = 206, description = "The range", content_type = "application/octet-stream"),
              (status = 302, description = "The store serves it itself", headers(("Location" = String))),
              (status = 404, description = "The link does not hold", body = Problem),
              (status = 416, description = "The range is beyond the file", body = Problem)))]
pub(super) async fn volume(
    Shared(api): Shared<Api>,
    At((token, _name)): At<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (claim, archive) = open(&api, &token).await?;
    let volume = match claim.part {
        Part::Volume(number) => {
            usize::try_from(number).ok().and_then(|number| archive.volumes.get(number))
        }
        Part::Files => None,
    };
    let volume = volume.ok_or_else(no_link)?;
    serve_volume(&api, volume, &method, &headers).await
}

/// A volume, from here or from the store itself.
async fn serve_volume(
    api: &Api,
    volume: &Volume,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let content = Content::of_volume(volume);
    let store = &api.coordinator.store;
    if *method == Method::GET {
        let link = Presign {
            lifetime: STORE_LINK,
            disposition: content.disposition.clone(),
            content_type: content.media_type.to_owned(),
        };
        if let Some(url) = store.presign(&volume.key, &link).await? {
            return Ok(elsewhere(url.as_str()));
        }
    }
    content.answer(method, headers, async |range| store.read(&volume.key, range, None).await).await
}

fn elsewhere(url: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    if let Ok(url) = HeaderValue::from_str(url) {
        response.headers_mut().insert(header::LOCATION, url);
    }
    keep_private(response.headers_mut());
    response
}

/// Lists what a link opens: volumes, or the files one by one where nothing is packed. A page for
/// browsers, JSON for programs.
#[utoipa::path(get, path = "/d/{token}/", operation_id = "list_downloads", tag = "downloads",
    params(("token" = String, Path, description = "The signed part of the URL"), super::run_files::Part),
    responses((status = 200, description = "A part of the list; with `Accept: text/html` as a page of up to 200", body = Files),
              (status = 404, description = "The link does not hold", body = Problem)))]
pub(super) async fn files(
    Shared(api): Shared<Api>,
    At(token): At<String>,
    Asked(part): Asked<super::run_files::Part>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (claim, archive) = open_files(&api, &token).await?;
    let is_page = page::is_wanted(&headers);
    let limit = if is_page { part.limit_of_page()? } else { part.limit()? };
    let href = |file: &str, name: &str| api.url(&["d", &token, file, name]);
    let listed = if archive.volumes.is_empty() {
        let files = tree::files_of(&api.coordinator.store, claim.run, &archive, part.after()?);
        let listed = files.take(limit).try_collect().await;
        let mut listed: Vec<File> = listed.map_err(missing_is_no_link)?;
        for file in &mut listed {
            file.path = archive.path(&file.path);
        }
        Files::page(&listed, limit, href).with_texts(archive.texts(), href)
    } else {
        Files::volumes(&archive.volumes, href)
    };
    if is_page {
        let all = api.url(&["d", &token, ""]);
        let next = listed.next.as_ref().map(|next| format!("{all}?limit={limit}&cursor={next}"));
        return Ok(page::of(&listed, next.as_deref()));
    }
    let mut response = Json(listed).into_response();
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    keep_private(response.headers_mut());
    Ok(response)
}

/// Fetches one of what a link lists: a file, or a volume of the archive.
#[utoipa::path(get, path = "/d/{token}/{file}/{name}", operation_id = "download_file", tag = "downloads",
    params(("token" = String, Path, description = "The signed part of the URL"),
           ("file" = String, Path, description = "The file's id, as listed"),
           ("name" = String, Path, description = "The file's name; for people, any will do"),
           ("Range" = Option<String>, Header, description = "One range of bytes")),
    responses((status = 200, description = "The file", content_type = "application/octet-stream"),
              (status = 206, description = "The range", content_type = "application/octet-stream"),
              (status = 404, description = "The link does not hold, or has no such file", body = Problem),
              (status = 416, description = "The range is beyond the file", body = Problem)))]
pub(super) async fn file(
    Shared(api): Shared<Api>,
    At((token, file, _name)): At<(String, String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (claim, archive) = open_files(&api, &token).await?;
    let volume = file.strip_prefix('v').and_then(|number| number.parse::<usize>().ok());
    let mut volumes = archive.volumes.iter().chain(archive.texts());
    if let Some(volume) = volume.and_then(|number| volumes.nth(number)) {
        return serve_volume(&api, volume, &method, &headers).await;
    }
    if !archive.volumes.is_empty() {
        return Err(no_link().into());
    }
    let store = &api.coordinator.store;
    let id = file.parse().map_err(|NoFileId| no_link())?;
    let file = tree::find_of(store, claim.run, &archive, id).await;
    let file = file.map_err(missing_is_no_link)?.ok_or_else(no_link)?;
    Content::of_file(&file)
        .answer(&method, &headers, async |range| file.read(store, range).await)
        .await
}

async fn open_files(api: &Api, token: &str) -> Result<(Claim, Archive), Refusal> {
    let (claim, archive) = open(api, token).await?;
    match claim.part {
        Part::Files => Ok((claim, archive)),
        Part::Volume(_) => Err(no_link().into()),
    }
}

/// What a token opens, if it holds: signed by us, its record there and not ended, its archive there. A claim
/// of no one run is one of the newest run from here on.
async fn open(api: &Api, token: &str) -> Result<(Claim, Archive), Refusal> {
    let (store, now) = (&*api.coordinator.store, api.coordinator.ambient.now());
    let claim = api.settings.links.keys.verify(token).ok_or_else(no_link)?;
    let (export, is_standing) = (claim.run.export, claim.run.run == NEWEST);
    let key = if is_standing {
        Key::standing_link(export, &claim.link)
    } else {
        Key::link(claim.run, &claim.link)
    };
    let link: Option<Link> = record::find(store, &key).await?;
    let link = link.filter(|link| link.transport == claim.transport && link.holds(now));
    link.ok_or_else(no_link)?;
    if is_standing {
        // An export that is being deleted loses its head first.
        let head: Option<Head> = record::find(store, &Key::head(export)).await?;
        let head = head.ok_or_else(no_link)?;
        let newest = standing::newest(api, &head, claim.transport).await?;
        let (run, archive) = newest.ok_or_else(no_link)?;
        return Ok((Claim { run, ..claim }, archive));
    }
    let archive: Option<Archive> =
        record::find(store, &Key::archive(claim.run, claim.transport)).await?;
    Ok((claim, archive.ok_or_else(no_link)?))
}

fn no_link() -> Fault {
    Fault::new(Code::NotFound, "this link does not exist, or has ended")
}

/// The archive may be deleted between looking at its record and reading it.
fn missing_is_no_link(error: StoreError) -> Refusal {
    if error.is_missing() { no_link().into() } else { error.into() }
}
