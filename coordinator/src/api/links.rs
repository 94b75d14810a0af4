//! Links: what an owner has given away, made anew, and taken back.

use std::time::Duration;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use fabric::ambient::Ambient;
use fabric::link::is_id;
use fabric::record;
use fabric::store::StoreError;
use futures::stream::{self, StreamExt, TryStreamExt};
use proto::archive::{self, Archive};
use proto::fault::{Code, Fault};
use proto::id::{ExportId, RunId};
use proto::key::{Key, Prefix};
use proto::run::{Head, Start, StoredDefinition};
use serde::de::DeserializeOwned;

use super::Api;
use super::ask::{At, Document};
use super::caller::Caller;
use super::problem::{Problem, Refusal};
use super::runs::{owned, whole};
use super::shape::{Download, Link, Links, NewLink};

/// Longest life of a link (7 days); the owner makes another.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// How many runs are looked at at once.
const AT_ONCE: usize = 16;

/// Most links of a run that are looked at.
const MOST: usize = 1000;

/// Lists every link of an export and its runs that holds now, so that its owner sees who may still fetch.
#[utoipa::path(get, path = "/exports/{export}/links", operation_id = "list_links", tag = "links", security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export")),
    responses((status = 200, description = "The links", body = Links),
              (status = 404, description = "There is no such export", body = Problem)))]
pub(super) async fn list(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At(export): At<ExportId>,
) -> Result<Json<Links>, Refusal> {
    let head = api.coordinator.head(&owner, export).await?;
    let mut links = super::standing::active(&api, &head).await?;
    let lifetime = longest_lifetime(&api, &head).await?;
    let runs = (1..=head.run).rev().map(|run| RunId { export, run });
    let kept = stream::iter(runs)
        .map(|run| kept(&api, run, lifetime))
        .buffered(AT_ONCE)
        // Runs begin one after another, so that all before one that is gone are gone too.
        .try_take_while(|kept| std::future::ready(Ok(kept.is_some())));
    let kept: Vec<Option<Vec<Link>>> = kept.try_collect().await?;
    links.extend(kept.into_iter().flatten().flatten());
    Ok(Json(Links { links }))
}

/// The longest that runs of an export were ever kept.
async fn longest_lifetime(api: &Api, head: &Head) -> Result<Duration, Refusal> {
    let store = &*api.coordinator.store;
    let lifetimes = stream::iter(1..=head.version).map(|version| async move {
        let key = Key::definition(head.id, version);
        let stored: Option<StoredDefinition> = record::find(store, &key).await?;
        Ok::<_, StoreError>(stored.map_or(Duration::ZERO, |stored| stored.definition.lifetime))
    });
    let longest = lifetimes
        .buffer_unordered(AT_ONCE)
        .try_fold(Duration::ZERO, |longest, next| std::future::ready(Ok(longest.max(next))));
    Ok(longest.await?)
}

/// The links of a run that hold now; nothing where a later one began so long ago that this one ended
/// before that, and is gone.
async fn kept(api: &Api, run: RunId, lifetime: Duration) -> Result<Option<Vec<Link>>, Refusal> {
    let next = RunId { run: run.run + 1, ..run };
    let began: Option<Start> = record::find(&*api.coordinator.store, &Key::start(next)).await?;
    let gone = began.and_then(|start| start.at.checked_add(lifetime).ok());
    if gone.is_some_and(|gone| gone <= api.coordinator.ambient.now()) {
        return Ok(None);
    }
    Ok(Some(active(api, run).await?))
}

/// Makes a link; the former ones hold on.
#[utoipa::path(post, path = "/exports/{export}/runs/{run}/links", operation_id = "make_link", tag = "links", security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export"),
           ("run" = u32, Path, description = "Which of its runs, from 1")),
    request_body(content = NewLink),
    responses((status = 201, description = "It is made", body = Link),
              (status = 404, description = "There is no such run or transport", body = Problem),
              (status = 409, description = "The run has not ended, or failed", body = Problem),
              (status = 422, description = "The document cannot be used", body = Problem)))]
pub(super) async fn create(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At((export, run)): At<(ExportId, u32)>,
    Document(document): Document,
) -> Result<(StatusCode, Json<Link>), Refusal> {
    let (wanted, lifetime) = wanted(&document, LONGEST)?;
    let view = whole(owned(&api, &owner, RunId { export, run }).await?)?;
    let (store, now) = (&*api.coordinator.store, api.coordinator.ambient.now());
    if !view.has_delivered(wanted) && view.transports.len() > wanted as usize {
        return Err(Fault::new(Code::Conflict, "the transport has not delivered")
            .at("/transport")
            .hint("wait until it has, or retry it")
            .into());
    }
    let archive: Option<Archive> = record::find(store, &Key::archive(view.id, wanted)).await?;
    let archive = archive
        .ok_or_else(|| Fault::new(Code::NotFound, "there is no such transport").at("/transport"))?;
    let mut expires = now + lifetime;
    if let Some(outcome) = view.outcome {
        let start: Start = record::read(store, &Key::start(view.id)).await?;
        let kept: StoredDefinition =
            record::read(store, &Key::definition(export, start.version)).await?;
        expires = expires.min(outcome.at + kept.definition.lifetime);
    }
    let id = new_id(&api.coordinator.ambient);
    let link = archive::Link { transport: wanted, created: now, expires };
    record::create(store, &Key::link(view.id, &id), &link).await?;
    Ok((StatusCode::CREATED, Json(shape(&api, view.id, id, &link, Some(&archive)))))
}

/// The transport that a new link is wanted for, and how long it is to hold, at most `longest`.
pub(super) fn wanted(document: &str, longest: Duration) -> Result<(u32, Duration), Refusal> {
    let wanted: NewLink = parsed(document)?;
    Ok((wanted.transport, lifetime(wanted.lifetime.as_deref(), longest)?))
}

/// A document about a link.
pub(super) fn parsed<T: DeserializeOwned>(document: &str) -> Result<T, Refusal> {
    serde_json::from_str(document)
        .map_err(|error| Fault::new(Code::InvalidValue, error.to_string()).at("body").into())
}

/// What a new link is called.
pub(super) fn new_id(ambient: &Ambient) -> String {
    format!("{:032x}", ambient.nonce())
}

/// How long a link is to hold: [`LONGEST`] unless said otherwise, at most `longest`.
pub(super) fn lifetime(text: Option<&str>, longest: Duration) -> Result<Duration, Refusal> {
    let Some(text) = text else { return Ok(LONGEST) };
    match humantime::parse_duration(text) {
        Ok(lifetime) if !lifetime.is_zero() => Ok(lifetime.min(longest)),
        Ok(_) | Err(_) => Err(Fault::new(Code::InvalidValue, format!("{text:?} is no lifetime"))
            .at("/lifetime")
            .hint("such as `24h` or `7d`")
            .into()),
    }
}

/// Revokes a link: its URLs lead nowhere from now on.
#[utoipa::path(delete, path = "/exports/{export}/runs/{run}/links/{link}", operation_id = "revoke_link", tag = "links",
    security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export"),
           ("run" = u32, Path, description = "Which of its runs, from 1"),
           ("link" = String, Path, description = "The link's id, as listed")),
    responses((status = 204, description = "It is revoked"),
              (status = 404, description = "There is no such link", body = Problem)))]
pub(super) async fn revoke(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At((export, run, link)): At<(ExportId, u32, String)>,
) -> Result<StatusCode, Refusal> {
    let view = owned(&api, &owner, RunId { export, run }).await?;
    let key = Key::link(view.id, &link);
    if !is_id(link.as_bytes()) || !record::exists(&*api.coordinator.store, &key).await? {
        return Err(Fault::new(Code::NotFound, "there is no such link").into());
    }
    api.coordinator.store.delete(&[key]).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The links of a run that hold now.
pub(super) async fn active(api: &Api, run: RunId) -> Result<Vec<Link>, Refusal> {
    let (store, now) = (&*api.coordinator.store, api.coordinator.ambient.now());
    let prefix = Prefix::links(run);
    let mut links = Vec::new();
    for entry in store.list(&prefix, None, MOST).await? {
        let id = entry
            .key
            .as_str()
            .strip_prefix(prefix.as_str())
            .and_then(|name| name.strip_suffix(".json"));
        // One that was revoked between the listing and now holds no more.
        let link: Option<archive::Link> = record::find(store, &entry.key).await?;
        let (Some(id), Some(link)) = (id, link) else { continue };
        if now >= link.expires {
            continue;
        }
        let archive: Option<Archive> =
            record::find(store, &Key::archive(run, link.transport)).await?;
        if let Some(archive) = archive {
            links.push(shape(api, run, id.to_owned(), &link, Some(&archive)));
        }
    }
    Ok(links)
}

/// A link as its owner sees it; without volumes where nothing is delivered yet.
pub(super) fn shape(
    api: &Api,
    run: RunId,
    id: String,
    link: &archive::Link,
    archive: Option<&Archive>,
) -> Link {
    let links = &api.settings.links;
    let urls = archive.into_iter().flat_map(|archive| links.urls(run, &id, link, archive));
    let volumes = urls
        .map(|signed| Download {
            name: signed.volume.map_or_else(String::new, |volume| volume.name.clone()),
            url: signed.url,
            len: signed.volume.map(|volume| volume.len),
            crc32: signed.volume.map(|volume| format!("{:08x}", volume.crc32)),
            sha256: signed.volume.and_then(|volume| volume.sha256.clone()),
        })
        .collect();
    let (created, expires, url) = (link.created, link.expires, links.listing(run, &id, link));
    Link { id, run: Some(run.run), transport: link.transport, created, expires, url, volumes }
}
