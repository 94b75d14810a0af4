//! Links of a run: what its owner has given away, lets hold for longer, and takes back.

mod holding;

use std::time::Duration;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use fabric::record;
use fabric::store::StoreError;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use proto::archive::{self, Archive};
use proto::fault::{Code, Fault};
use proto::id::{ExportId, RunId};
use proto::key::{Key, Prefix};
use proto::run::{Start, StoredDefinition};

pub(super) use self::holding::{extend, new_id, remove, renewal, shape, wanted};
use super::Api;
use super::ask::{At, Document};
use super::caller::Caller;
use super::problem::{Problem, Refusal};
use super::runs::{owned, whole};
use super::shape::{Link, Links, NewLink, Renewal};
use crate::service::RunView;

/// Longest life of a link (7 days) until it is renewed.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// How many runs are looked at at once.
const AT_ONCE: usize = 16;

/// Most links of a run that are looked at.
const MOST: usize = 1000;

/// Most links of a run when its owner makes another: deliveries make some too, and all are to be seen.
const MOST_MADE: usize = 900;

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
    let lifetime = api.coordinator.longest_lifetime(export, head.version).await?;
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
              (status = 409, description = "The run has not ended, or failed, or has too many links", body = Problem),
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
    make_room(&api, view.id).await?;
    let expires = within_its_run(&api, &view, now + lifetime).await?;
    let id = new_id(&api.coordinator.ambient);
    let link = archive::Link { transport: wanted, created: now, expires, changed: None };
    record::create(store, &Key::link(view.id, &id), &link).await?;
    Ok((StatusCode::CREATED, Json(shape(&api, view.id, id, &link, Some(&archive)))))
}

/// Sees to it that a run has fewer links than it may: where it has not, those that owners made and that have ended
/// are taken away, for nobody sees them to revoke them.
async fn make_room(api: &Api, run: RunId) -> Result<(), Refusal> {
    let (store, now) = (&*api.coordinator.store, api.coordinator.ambient.now());
    let prefix = Prefix::links(run);
    let listed = store.list(&prefix, None, MOST).await?;
    if listed.len() < MOST_MADE {
        return Ok(());
    }
    let made = listed.into_iter().map(|entry| entry.key);
    let made = made.filter(|key| !id_of(&prefix, key).is_some_and(archive::Link::is_of_delivery));
    let made: Vec<Key> = made.collect();
    let ended = stream::iter(made).map(|key| async move {
        let link: Option<archive::Link> = record::find(store, &key).await?;
        Ok::<_, StoreError>(link.is_none_or(|link| !link.holds(now)).then_some(key))
    });
    let ended: Vec<Option<Key>> = ended.buffer_unordered(AT_ONCE).try_collect().await?;
    let ended: Vec<Key> = ended.into_iter().flatten().collect();
    if ended.is_empty() {
        return Err(Fault::new(Code::Conflict, format!("the run has {MOST_MADE} links"))
            .hint("revoke some that nobody needs")
            .into());
    }
    store.delete(&ended).await?;
    Ok(())
}

/// The id of a link, by where its record is.
fn id_of<'k>(prefix: &Prefix, key: &'k Key) -> Option<&'k str> {
    key.as_str().strip_prefix(prefix.as_str())?.strip_suffix(".json")
}

/// Lets a link of a run hold for longer, or for shorter; its URLs stay the same.
#[utoipa::path(post, path = "/exports/{export}/runs/{run}/links/{link}/renew", operation_id = "renew_link", tag = "links",
    security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export"),
           ("run" = u32, Path, description = "Which of its runs, from 1"),
           ("link" = String, Path, description = "The link's id, as listed")),
    request_body(content = Renewal),
    responses((status = 200, description = "It is renewed", body = Link),
              (status = 404, description = "There is no such link", body = Problem),
              (status = 409, description = "It was changed at the same moment", body = Problem),
              (status = 422, description = "The document cannot be used", body = Problem)))]
pub(super) async fn renew(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At((export, run, id)): At<(ExportId, u32, String)>,
    Document(document): Document,
) -> Result<Json<Link>, Refusal> {
    let lifetime = renewal(&document, LONGEST)?;
    let view = owned(&api, &owner, RunId { export, run }).await?;
    let expires = within_its_run(&api, &view, api.coordinator.ambient.now() + lifetime).await?;
    let link = extend(&api, &Key::link(view.id, &id), &id, expires).await?;
    let archive = Key::archive(view.id, link.transport);
    let archive: Option<Archive> = record::find(&*api.coordinator.store, &archive).await?;
    Ok(Json(shape(&api, view.id, id, &link, archive.as_ref())))
}

/// A time, or the end of a run's files where that is earlier.
async fn within_its_run(
    api: &Api,
    view: &RunView,
    expires: Timestamp,
) -> Result<Timestamp, Refusal> {
    let Some(outcome) = &view.outcome else { return Ok(expires) };
    let store = &*api.coordinator.store;
    let start: Start = record::read(store, &Key::start(view.id)).await?;
    let definition = Key::definition(view.id.export, start.version);
    let kept: StoredDefinition = record::read(store, &definition).await?;
    Ok(expires.min(outcome.at + kept.definition.lifetime))
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
    remove(&api, Key::link(view.id, &link), &link).await
}

/// The links of a run that hold now.
pub(super) async fn active(api: &Api, run: RunId) -> Result<Vec<Link>, Refusal> {
    let (store, now) = (&*api.coordinator.store, api.coordinator.ambient.now());
    let prefix = Prefix::links(run);
    let mut links = Vec::new();
    for entry in store.list(&prefix, None, MOST).await? {
        let id = id_of(&prefix, &entry.key);
        // One that was revoked between the listing and now holds no more.
        let link: Option<archive::Link> = record::find(store, &entry.key).await?;
        let (Some(id), Some(link)) = (id, link) else { continue };
        if !link.holds(now) {
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
