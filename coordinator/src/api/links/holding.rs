//! What a link is besides where it leads: how long it is to hold, made longer, taken away, shown. The same
//! for links of a run and standing ones.

use std::time::Duration;

use axum::http::StatusCode;
use fabric::ambient::Ambient;
use fabric::link::is_id;
use fabric::record;
use fabric::store::StoreError;
use jiff::Timestamp;
use proto::archive::{self, Archive};
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::api::problem::Refusal;
use crate::api::shape::{Download, Link, NewLink, Renewal};

/// How long a link holds where nobody says (7 days).
const USUAL: Duration = Duration::from_hours(7 * 24);

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
    let link = archive::Link { expires, ..record::decode(key, &bytes)? };
    match store.replace(key, record::encode(&link), &tag).await {
        Ok(_) => Ok(link),
        Err(StoreError::Changed { .. }) => {
            Err(Fault::new(Code::Conflict, "the link was changed at the same moment").into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes a link's record away.
pub(in crate::api) async fn remove(api: &Api, key: Key, id: &str) -> Result<StatusCode, Refusal> {
    if !is_id(id.as_bytes()) || !record::exists(&*api.coordinator.store, &key).await? {
        return Err(unknown());
    }
    api.coordinator.store.delete(&[key]).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn unknown() -> Refusal {
    Fault::new(Code::NotFound, "there is no such link").into()
}
