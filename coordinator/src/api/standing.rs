//! Standing links: of a transport of an export, not of a run. They lead to what the newest run
//! delivered, so that the URL of a scheduled export stays the same; their owner renews and revokes
//! them.

use std::time::Duration;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use fabric::link::NEWEST;
use fabric::record;
use proto::archive::{self, Archive};
use proto::fault::{Code, Fault};
use proto::id::{ExportId, RunId};
use proto::key::{Key, Prefix};
use proto::run::{Head, StoredDefinition};

use super::Api;
use super::ask::{At, Document};
use super::caller::Caller;
use super::links::{extend, new_id, remove, renewal, shape, wanted};
use super::problem::{Problem, Refusal};
use super::shape::{Link, NewLink, Renewal};

/// Longest life of a standing link (366 days) until it is renewed.
const LONGEST: Duration = Duration::from_hours(366 * 24);

/// Most standing links of an export.
const MOST: usize = 100;

/// Most runs that are looked through for the newest that delivered: what failed so often is seen to.
const MOST_RUNS: usize = 100;

/// Makes a link that leads to what the newest run delivered, whichever that is when it is followed.
#[utoipa::path(post, path = "/exports/{export}/links", operation_id = "make_standing_link", tag = "links", security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export")),
    request_body(content = NewLink),
    responses((status = 201, description = "It is made", body = Link),
              (status = 404, description = "There is no such export or transport", body = Problem),
              (status = 409, description = "The export has too many links", body = Problem),
              (status = 422, description = "The document cannot be used", body = Problem)))]
pub(super) async fn create(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At(export): At<ExportId>,
    Document(document): Document,
) -> Result<(StatusCode, Json<Link>), Refusal> {
    let (wanted, lifetime) = wanted(&document, LONGEST)?;
    let head = api.coordinator.head(&owner, export).await?;
    let store = &*api.coordinator.store;
    let stored: StoredDefinition =
        record::read(store, &Key::definition(export, head.version)).await?;
    if stored.definition.transports.len() <= wanted as usize {
        return Err(Fault::new(Code::NotFound, "there is no such transport")
            .at("/transport")
            .into());
    }
    if store.list(&Prefix::standing_links(export), None, MOST).await?.len() >= MOST {
        return Err(Fault::new(Code::Conflict, format!("the export has {MOST} links"))
            .hint("revoke some that nobody needs")
            .into());
    }
    let now = api.coordinator.ambient.now();
    let expires = now + lifetime;
    let link = archive::Link { transport: wanted, created: now, expires, changed: None };
    let id = new_id(&api.coordinator.ambient);
    record::create(store, &Key::standing_link(export, &id), &link).await?;
    Ok((StatusCode::CREATED, Json(shown(&api, &head, id, &link).await?)))
}

/// Lets a standing link hold for longer, or for shorter; its URLs stay the same.
#[utoipa::path(post, path = "/exports/{export}/links/{link}/renew", operation_id = "renew_standing_link", tag = "links", security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export"),
           ("link" = String, Path, description = "The link's id, as listed")),
    request_body(content = Renewal),
    responses((status = 200, description = "It is renewed", body = Link),
              (status = 404, description = "There is no such link", body = Problem),
              (status = 409, description = "It was changed at the same moment", body = Problem),
              (status = 422, description = "The document cannot be used", body = Problem)))]
pub(super) async fn renew(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At((export, id)): At<(ExportId, String)>,
    Document(document): Document,
) -> Result<Json<Link>, Refusal> {
    let lifetime = renewal(&document, LONGEST)?;
    let head = api.coordinator.head(&owner, export).await?;
    let key = Key::standing_link(export, &id);
    let link = extend(&api, &key, &id, api.coordinator.ambient.now() + lifetime).await?;
    Ok(Json(shown(&api, &head, id, &link).await?))
}

/// Revokes a standing link: its URLs lead nowhere from now on.
#[utoipa::path(delete, path = "/exports/{export}/links/{link}", operation_id = "revoke_standing_link", tag = "links",
    security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export"),
           ("link" = String, Path, description = "The link's id, as listed")),
    responses((status = 204, description = "It is revoked"),
              (status = 404, description = "There is no such link", body = Problem)))]
pub(super) async fn revoke(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At((export, id)): At<(ExportId, String)>,
) -> Result<StatusCode, Refusal> {
    api.coordinator.head(&owner, export).await?;
    remove(&api, Key::standing_link(export, &id), &id).await
}

/// The standing links of an export that hold now.
pub(super) async fn active(api: &Api, head: &Head) -> Result<Vec<Link>, Refusal> {
    let (store, now) = (&*api.coordinator.store, api.coordinator.ambient.now());
    let prefix = Prefix::standing_links(head.id);
    let mut links = Vec::new();
    for entry in store.list(&prefix, None, MOST).await? {
        let name = entry.key.as_str().strip_prefix(prefix.as_str());
        let id = name.and_then(|name| name.strip_suffix(".json"));
        let link: Option<archive::Link> = record::find(store, &entry.key).await?;
        if let (Some(id), Some(link)) = (id, link.filter(|link| now < link.expires)) {
            links.push(shown(api, head, id.to_owned(), &link).await?);
        }
    }
    Ok(links)
}

async fn shown(api: &Api, head: &Head, id: String, link: &archive::Link) -> Result<Link, Refusal> {
    let newest = newest(api, head, link.transport).await?;
    let archive = newest.map(|(_, archive)| archive);
    let all_runs = RunId { export: head.id, run: NEWEST };
    Ok(Link { run: None, ..shape(api, all_runs, id, link, archive.as_ref()) })
}

/// The newest run in which a transport delivered what is still kept, with its archive.
pub(super) async fn newest(
    api: &Api,
    head: &Head,
    transport: u32,
) -> Result<Option<(RunId, Archive)>, Refusal> {
    let store = &*api.coordinator.store;
    for run in (1..=head.run).rev().take(MOST_RUNS) {
        let run = RunId { export: head.id, run };
        if !record::exists(store, &Key::handover(run, transport)).await? {
            continue;
        }
        if let Some(archive) = record::find(store, &Key::archive(run, transport)).await? {
            return Ok(Some((run, archive)));
        }
    }
    Ok(None)
}
