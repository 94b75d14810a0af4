//! Downloads without a token: whoever has a signed URL fetches what it names.
//!
//! A URL that was altered, has ended, was revoked or whose archive is gone answers the same, so that
//! it tells nothing. Where the store can serve strangers itself, it does, by a URL of a minute.

use std::time::Duration;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fabric::link::{Claim, Part};
use fabric::record;
use fabric::store::{Presign, StoreError};
use proto::archive::{Archive, Link};
use proto::fault::{Code, Fault};
use proto::key::Key;
use tree::NoFileId;

use super::Api;
use super::ask::{Asked, At};
use super::content::{Content, keep_private};
use super::problem::{Problem, Refusal};
use super::shape::Files;

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
    let content = Content::of_volume(volume);
    let store = &api.coordinator.store;
    if method == Method::GET {
        let link = Presign {
            lifetime: STORE_LINK,
            disposition: content.disposition.clone(),
            content_type: content.media_type.to_owned(),
        };
        if let Some(url) = store.presign(&volume.key, &link).await? {
            return Ok(elsewhere(url.as_str()));
        }
    }
    content
        .answer(&method, &headers, async |range| store.read(&volume.key, range, None).await)
        .await
}

fn elsewhere(url: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    if let Ok(url) = HeaderValue::from_str(url) {
        response.headers_mut().insert(header::LOCATION, url);
    }
    keep_private(response.headers_mut());
    response
}

/// Lists the files of a link whose transport packs nothing.
#[utoipa::path(get, path = "/d/{token}/", operation_id = "list_downloads", tag = "downloads",
    params(("token" = String, Path, description = "The signed part of the URL"), super::run_files::Part),
    responses((status = 200, description = "A page of files", body = Files),
              (status = 404, description = "The link does not hold", body = Problem)))]
pub(super) async fn files(
    Shared(api): Shared<Api>,
    At(token): At<String>,
    Asked(part): Asked<super::run_files::Part>,
) -> Result<Response, Refusal> {
    let claim = open_files(&api, &token).await?;
    let limit = part.limit()?;
    let listed = tree::list(&api.coordinator.store, claim.run, part.after()?, limit).await;
    let page = Files::page(&listed.map_err(missing_is_no_link)?, limit, |file, name| {
        api.url(&["d", &token, file, name])
    });
    let mut response = Json(page).into_response();
    keep_private(response.headers_mut());
    Ok(response)
}

/// Fetches one file of a link whose transport packs nothing.
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
    let claim = open_files(&api, &token).await?;
    let store = &api.coordinator.store;
    let id = file.parse().map_err(|NoFileId| no_link())?;
    let file =
        tree::find(store, claim.run, id).await.map_err(missing_is_no_link)?.ok_or_else(no_link)?;
    Content::of_file(&file)
        .answer(&method, &headers, async |range| file.read(store, range).await)
        .await
}

async fn open_files(api: &Api, token: &str) -> Result<Claim, Refusal> {
    let (claim, _) = open(api, token).await?;
    match claim.part {
        Part::Files => Ok(claim),
        Part::Volume(_) => Err(no_link().into()),
    }
}

/// What a token opens, if it holds: signed by us, not ended, its record and its archive there.
async fn open(api: &Api, token: &str) -> Result<(Claim, Archive), Refusal> {
    let (store, now) = (&*api.coordinator.store, api.coordinator.ambient.now());
    let claim = api.settings.links.keys.verify(token, now).ok_or_else(no_link)?;
    let link: Option<Link> = record::find(store, &Key::link(claim.run, &claim.link)).await?;
    let link = link.filter(|link| link.transport == claim.transport && now < link.expires);
    link.ok_or_else(no_link)?;
    let archive: Option<Archive> =
        record::find(store, &Key::archive(claim.run, claim.transport)).await?;
    Ok((claim, archive.ok_or_else(no_link)?))
}

fn no_link() -> Fault {
    Fault::new(Code::NotFound, "this link does not exist, or has ended")
}

/// The archive may be deleted between looking at its record and reading it.
fn missing_is_no_link(error: StoreError) -> Refusal {
    match error {
        StoreError::Missing { .. } => no_link().into(),
        other @ (StoreError::Exists { .. }
        | StoreError::Changed { .. }
        | StoreError::Damaged { .. }
        | StoreError::Unavailable { .. }
        | StoreError::Refused { .. }
        | StoreError::Full { .. }) => other.into(),
    }
}
