//! Exports of the dialect: made, listed, shown, changed, deleted.

use std::collections::HashMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, StreamExt, TryStreamExt};
use proto::easydb::Document;
use proto::run::Head;
use serde_json::{Map, Value, json};

use super::asker::Asker;
use super::filter::Filter;
use super::kept::{Known, Theirs, kept, numbered};
use super::profile::{check_named, with_profiles};
use super::revision::{check_id, check_version};
use super::shape::{self, Format};
use super::state::{Standing, state};
use super::trouble::Trouble;
use super::{Dialect, Product, listing};
use crate::easydb::{Kept, NotKept, What};

/// Most exports that are listed at once, and how many easydb lists unless asked for fewer.
const MOST: usize = 1000;

/// How many exports fylr lists unless asked for more.
const USUAL_OF_FYLR: usize = 100;

/// How many exports are read at once.
const READ_AHEAD: usize = 16;

/// Parameters of a query.
pub(super) type Asked = Query<HashMap<String, String>>;

/// Lists exports, the newest first.
pub(super) async fn list(
    State(dialect): State<Dialect>,
    asker: Asker,
    Query(query): Asked,
) -> Result<Json<Value>, Trouble> {
    let limit = number(&query, "limit")?;
    let offset = number(&query, "offset")?.unwrap_or(0);
    let filter = Filter::parse(query.get("filter").map_or("", String::as_str))?;
    let limit = limit.filter(|limit| *limit > 0).map(|limit| limit.min(MOST));
    // What easydb tells is what was asked for, if anything was.
    let (most, told) = match asker.product {
        Product::Easydb5 => (limit.unwrap_or(MOST), limit),
        Product::Fylr => {
            let most = limit.unwrap_or(USUAL_OF_FYLR);
            (most, Some(most))
        }
    };
    let coordinator = &dialect.api.coordinator;
    let exports = coordinator.numbers_of(&asker.owner).await?;
    let (dialect, owner) = (&dialect, &asker.owner);
    let mut found = stream::iter(exports)
        .map(|export| async move {
            // One that is being deleted loses its head first.
            let Ok(head) = coordinator.head(owner, export).await else { return Ok(None) };
            match Known::current(dialect, head).await {
                Ok(known) => {
                    let standing = Standing::of(dialect, &known.head).await?;
                    Ok(Some((known, standing)))
                }
                Err(Trouble::NoExport) => Ok(None),
                Err(trouble) => Err(trouble),
            }
        })
        .buffered(READ_AHEAD);
    let (mut count, mut objects) = (0, Vec::new());
    while let Some(found) = found.try_next().await? {
        let Some((known, standing)) = found else { continue };
        let word = state(&known.head, standing.as_ref(), asker.product);
        if !filter.fits(known.document.kind, word) {
            continue;
        }
        if count >= offset && objects.len() < most {
            let shown = shape::listed(dialect, &known, standing.as_ref(), asker.product);
            objects.push(Value::Object(shown));
        }
        count += 1;
    }
    Ok(Json(json!({"limit": told, "offset": offset, "count": count, "objects": objects})))
}

pub(super) fn number(
    query: &HashMap<String, String>,
    name: &'static str,
) -> Result<Option<usize>, Trouble> {
    let text = query.get(name).filter(|text| !text.is_empty() && *text != "null");
    let number = text.map(|text| text.parse::<usize>()).transpose();
    number.map_err(|_| Trouble::Parameter { name, why: "a whole number is expected".to_owned() })
}

/// Shows an export with its files.
pub(super) async fn show(
    State(dialect): State<Dialect>,
    Theirs { asker, known }: Theirs,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    let format = Format::parse(query.get("format").map(String::as_str))?;
    answer(&dialect, &known, asker.product, format).await
}

/// An export as an answer: what is known of it, and its files as they come.
pub(super) async fn answer(
    dialect: &Dialect,
    known: &Known,
    product: Product,
    format: Format,
) -> Result<Response, Trouble> {
    let (shown, standing) = shape::shown(dialect, known, product, format).await?;
    let files = standing.filter(Standing::is_readable);
    let files = files.map(|all| (all.run, all.outcome.as_ref().map(|outcome| outcome.at)));
    Ok(listing::with_files(dialect, shown, files, product).into_response())
}

/// Makes an export. Without schedules its first run starts at once.
pub(super) async fn create(
    State(dialect): State<Dialect>,
    asker: Asker,
    body: Bytes,
) -> Result<Response, Trouble> {
    let (sent, now) = (document(&body)?, dialect.api.coordinator.ambient.now());
    let (instance, told) = with_profiles(&dialect, &asker.owner, &sent, None).await?;
    let read = Document::read(&sent, &instance, asker.product.generation())?;
    let (mut document, warnings) = (read.document, [read.warnings, told].concat());
    check_named(&dialect, &asker.owner, &mut document, None).await?;
    let document = sealed(&dialect, document);
    // Whatever is wrong is told before a number is drawn.
    let coordinator = &dialect.api.coordinator;
    let named = document.name.as_deref().unwrap_or("export");
    let checked = kept(document.clone(), named, &instance, now, None)?.checked(coordinator);
    checked.map_err(|error| trouble(error, named))?;
    let new = coordinator.draw_number(&asker.owner).await?;
    let usual = format!("easydb-{}-{}", document.kind.as_str(), new.number);
    let name = document.name.clone().unwrap_or(usual);
    let waits = !document.schedules.is_empty();
    let kept = kept(document, &name, &instance, now, None)?;
    let head = coordinator.keep_numbered(&asker.owner, &new, kept).await;
    let head = head.map_err(|error| trouble(error, &name))?;
    tell(&dialect, &head, What::Insert, "insert", &warnings).await?;
    if !waits {
        coordinator.start_by_itself(&asker.owner, head.id).await?;
    }
    let known = Known::current(&dialect, coordinator.head(&asker.owner, head.id).await?).await?;
    answer(&dialect, &known, asker.product, Format::Long).await
}

/// Changes what a document names of an export; all else stays.
pub(super) async fn update(
    State(dialect): State<Dialect>,
    Theirs { asker, known }: Theirs,
    body: Bytes,
) -> Result<Response, Trouble> {
    let Known { head, document: before, .. } = &known;
    let (sent, now) = (document(&body)?, dialect.api.coordinator.ambient.now());
    check_id(&sent, head, asker.product)?;
    let (instance, told) = with_profiles(&dialect, &asker.owner, &sent, Some(before)).await?;
    let read = before.changed(&sent, &instance, asker.product.generation())?;
    let (mut document, warnings) = (read.document, [read.warnings, told].concat());
    check_version(&document, head, asker.product)?;
    check_named(&dialect, &asker.owner, &mut document, Some(before)).await?;
    let (provided, document) = (document.version, sealed(&dialect, document));
    let waits = !document.schedules.is_empty();
    let name = document.name.clone().unwrap_or_else(|| head.name.clone());
    let kept = kept(document, &name, &instance, now, Some(&known))?;
    let (coordinator, named) = (&dialect.api.coordinator, (name.as_str(), provided));
    // Whatever is wrong is told before anything is stopped.
    if let Err(error) = coordinator.prepare_change(head, &kept).await {
        return Err(refused(&dialect, head, error, named).await);
    }
    if let Err(trouble) = change(&dialect, head, kept, named).await {
        coordinator.forgo_name(head, &name).await?;
        return Err(trouble);
    }
    let head = coordinator.head(&asker.owner, head.id).await?;
    let of = format!("update-{}", head.version);
    tell(&dialect, &head, What::Update, &of, &warnings).await?;
    // One that began in between.
    super::running::halt(&dialect, &head).await?;
    if !waits {
        coordinator.start_by_itself(&asker.owner, head.id).await?;
    }
    answer(&dialect, &known.again(&dialect).await?, asker.product, Format::Long).await
}

/// Gives an export another definition once its run under way has ended.
async fn change(
    dialect: &Dialect,
    head: &Head,
    kept: Kept,
    named: (&str, Option<u64>),
) -> Result<(), Trouble> {
    // What runs does so with a definition that will be none. Where it does not end, nothing is changed.
    super::running::halt(dialect, head).await?;
    let coordinator = &dialect.api.coordinator;
    match coordinator.change_numbered(head, kept, Some(head.version)).await {
        Ok(()) => Ok(()),
        Err(error) => Err(refused(dialect, head, error, named).await),
    }
}

/// Why a change with this name and for this version is refused.
async fn refused(
    dialect: &Dialect,
    head: &Head,
    error: NotKept,
    (name, provided): (&str, Option<u64>),
) -> Trouble {
    if !error.is_stale() {
        return trouble(error, name);
    }
    // Somebody else changed it meanwhile; the next version is the one after theirs.
    match dialect.api.coordinator.head(&head.owner, head.id).await {
        Ok(now) => Trouble::Version { provided, expected: u64::from(now.version) + 1 },
        Err(fault) => fault.into(),
    }
}

/// Deletes an export with everything it made.
pub(super) async fn delete(
    State(dialect): State<Dialect>,
    asker: Asker,
    Path(number): Path<String>,
) -> Result<Json<Value>, Trouble> {
    let coordinator = &dialect.api.coordinator;
    let head = numbered(&dialect, &asker.owner, &number).await?;
    coordinator.delete_numbered(&head).await?;
    let at = coordinator.ambient.now();
    let happened = crate::easydb::Happened {
        what: What::Delete,
        of: "delete".to_owned(),
        at,
        export: head.id,
        number: head.number.unwrap_or_default(),
        version: head.version,
        info: Map::new(),
        each: None,
    };
    coordinator.chronicle.append(&head.owner, &happened).await?;
    Ok(Json(json!({})))
}

fn document(body: &Bytes) -> Result<Value, Trouble> {
    serde_json::from_slice(body).map_err(|error| Trouble::Content(error.to_string()))
}

/// The document with nothing in it that nobody may read.
fn sealed(dialect: &Dialect, mut document: Document) -> Document {
    let ambient = &dialect.api.coordinator.ambient;
    let uuid = || {
        let bits = ambient.nonce();
        // A random uuid (RFC 9562, version 4), for it opens files to whoever has it.
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string()
    };
    let keys = &dialect.api.settings.links.keys;
    document.seal(uuid, |text| keys.seal(text));
    document
}

/// Tells that an export was made or changed, and what was tolerated.
async fn tell(
    dialect: &Dialect,
    head: &Head,
    what: What,
    of: &str,
    warnings: &[String],
) -> Result<(), Trouble> {
    let (coordinator, now) = (&dialect.api.coordinator, dialect.api.coordinator.ambient.now());
    coordinator.chronicle(head, what, of, now, json!({"name": head.name})).await?;
    if !warnings.is_empty() {
        let of = format!("warning-{}", head.version);
        let info = json!({"warnings": warnings});
        coordinator.chronicle(head, What::Warning, &of, now, info).await?;
    }
    Ok(())
}

fn trouble(error: NotKept, name: &str) -> Trouble {
    match error {
        NotKept::Duplicate => Trouble::DuplicateName(name.to_owned()),
        NotKept::Faults(faults) => {
            faults.into_iter().next().map_or(Trouble::NoExport, Trouble::from)
        }
    }
}
