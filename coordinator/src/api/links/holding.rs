//! What a link is besides where it leads: how long it is to hold, made longer, taken away, shown. The same
//! for links of a run and standing ones.

use std::time::Duration;

use axum::http::StatusCode;
use fabric::ambient::Ambient;
use fabric::link::is_id;
use fabric::record;
use fabric::store::{Store, StoreError};
use jiff::Timestamp;
use proto::archive::{self, Archive, LinkChange};
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::api::problem::Refusal;
use crate::api::shape::{Download, Link, NewLink, Renewal};

/// How long a link holds where nobody says (7 days).
const USUAL: Duration = Duration::from_hours(7 * 24);

/// How often a link is revoked that somebody changed meanwhile.
const TRIES: u32 = 5;

/// A link as its owner sees it; without volumes where nothing is delivered yet.
pub(in crate::api) fn shape(
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

/// The transport that a new link is wanted for, and how long it is to hold, at most `longest`.
pub(in crate::api) fn wanted(
    document: &str,
    longest: Duration,
) -> Result<(u32, Duration), Refusal> {
    let wanted: NewLink = parsed(document)?;
    Ok((wanted.transport, lifetime(wanted.lifetime.as_deref(), longest)?))
}

/// A document about a link.
fn parsed<T: DeserializeOwned>(document: &str) -> Result<T, Refusal> {
    serde_json::from_str(document)
        .map_err(|error| Fault::new(Code::InvalidValue, error.to_string()).at("body").into())
}

/// What a new link is called.
pub(in crate::api) fn new_id(ambient: &Ambient) -> String {
    format!("{:032x}", ambient.nonce())
}

/// How long a link is to hold from now on, at most `longest`.
pub(in crate::api) fn renewal(document: &str, longest: Duration) -> Result<Duration, Refusal> {
    let wanted: Renewal = parsed(document)?;
    lifetime(wanted.lifetime.as_deref(), longest)
}

/// How long a link is to hold: [`USUAL`] unless said otherwise, at most `longest`.
fn lifetime(text: Option<&str>, longest: Duration) -> Result<Duration, Refusal> {
    let Some(text) = text else { return Ok(USUAL.min(longest)) };
    match humantime::parse_duration(text) {
        Ok(lifetime) if !lifetime.is_zero() => Ok(lifetime.min(longest)),
        Ok(_) | Err(_) => Err(Fault::new(Code::InvalidValue, format!("{text:?} is no lifetime"))
            .at("/lifetime")
            .hint("such as `24h` or `7d`")
            .into()),
    }
}

/// Gives a link another end.
pub(in crate::api) async fn extend(
    api: &Api,
    key: &Key,
    id: &str,
    expires: Timestamp,
) -> Result<archive::Link, Refusal> {
    let store = &*api.coordinator.store;
    let found = if is_id(id.as_bytes()) { store.get(key).await } else { return Err(unknown()) };
    let (bytes, tag) =
        found.map_err(|error| if error.is_missing() { unknown() } else { error.into() })?;
    let before: archive::Link = record::decode(key, &bytes)?;
    if before.is_revoked() {
        return Err(unknown());
    }
    let link = archive::Link { expires, changed: Some(LinkChange::Renewed), ..before };
    match store.replace(key, record::encode(&link), &tag).await {
        Ok(_) => Ok(link),
        Err(StoreError::Changed { .. }) => Err(changed_meanwhile()),
        Err(error) => Err(error.into()),
    }
}

/// Takes a link back.
pub(in crate::api) async fn remove(api: &Api, key: Key, id: &str) -> Result<StatusCode, Refusal> {
    let store = &*api.coordinator.store;
    if !is_id(id.as_bytes()) || !record::exists(store, &key).await? {
        return Err(unknown());
    }
    if archive::Link::is_of_delivery(id) {
        revoke(store, &key).await?;
    } else {
        store.delete(&[key]).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Writes that a link is revoked which a delivery made: without its record, another try would make the very same
/// again, and every URL of it would open.
async fn revoke(store: &dyn Store, key: &Key) -> Result<(), Refusal> {
    for _ in 0..TRIES {
        let found = store.get(key).await;
        let (bytes, tag) =
            found.map_err(|error| if error.is_missing() { unknown() } else { error.into() })?;
        let link: archive::Link = record::decode(key, &bytes)?;
        if link.is_revoked() {
            return Err(unknown());
        }
        match store.replace(key, record::encode(&link.revoked()), &tag).await {
            Ok(_) => return Ok(()),
            // Whoever delivers gave it a later end just now.
            Err(StoreError::Changed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(changed_meanwhile())
}

fn changed_meanwhile() -> Refusal {
    Fault::new(Code::Conflict, "the link was changed at the same moment").into()
}

fn unknown() -> Refusal {
    Fault::new(Code::NotFound, "there is no such link").into()
}
