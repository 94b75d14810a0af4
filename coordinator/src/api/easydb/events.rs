//! What happened to exports: polled, listed, and as the log of one.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use proto::id::Owner;
use proto::run::Head;
use serde_json::{Value, json};

use super::asker::Asker;
use super::exports::{Asked, number};
use super::trouble::Trouble;
use super::{Dialect, Product};
use crate::easydb::{Happened, What};

/// How long a poll waits for something to happen.
const HOLD: Duration = Duration::from_secs(30);

/// How many events a poll gives unless asked for more.
const USUAL: usize = 25;

/// Most events at once.
const MOST: usize = 1000;

/// What happened since somebody signed in.
pub(super) async fn poll(
    State(dialect): State<Dialect>,
    asker: Asker,
    Query(query): Asked,
) -> Result<Json<Value>, Trouble> {
    let after = match asker.last_event {
        Some(last) => last,
        None => dialect.api.coordinator.chronicle.last(&asker.owner).await?,
    };
    polled(&dialect, &asker, after, &query).await
}

/// What happened after an event.
pub(super) async fn poll_after(
    State(dialect): State<Dialect>,
    asker: Asker,
    Path(after): Path<String>,
    Query(query): Asked,
) -> Result<Json<Value>, Trouble> {
    let why = "the number of an event is expected".to_owned();
    let after = after.parse().map_err(|_| Trouble::Parameter { name: "last_max_id", why })?;
    polled(&dialect, &asker, after, &query).await
}

async fn polled(
    dialect: &Dialect,
    asker: &Asker,
    after: u64,
    query: &std::collections::HashMap<String, String>,
) -> Result<Json<Value>, Trouble> {
    let limit = match number(query, "limit")? {
        None => USUAL,
        Some(0) => MOST,
        Some(limit) => limit.min(MOST),
    };
    let hold = match asker.product {
        Product::Easydb5 => HOLD,
        // Its clients ask again by themselves.
        Product::Fylr => Duration::ZERO,
    };
    let chronicle = &dialect.api.coordinator.chronicle;
    let found = chronicle.wait(&asker.owner, after, limit, hold).await?;
    Ok(Json(shaped(&found, &asker.owner, asker.product)))
}

/// Lists what happened, filtered; the oldest first unless asked otherwise.
pub(super) async fn list(
    State(dialect): State<Dialect>,
    asker: Asker,
    Query(query): Asked,
) -> Result<Json<Value>, Trouble> {
    let limit = number(&query, "limit")?.filter(|limit| *limit > 0).unwrap_or(MOST).min(MOST);
    let offset = number(&query, "offset")?.unwrap_or(0);
    let types: Vec<&str> =
        query.get("type").map(|types| types.split([',', '|']).collect()).unwrap_or_default();
    let time = |name: &'static str| {
        let text = query.get(name).map(|text| text.parse::<jiff::Timestamp>()).transpose();
        text.map_err(|error| Trouble::Parameter { name, why: error.to_string() })
    };
    let (from, to) = (time("date_from")?, time("date_to")?);
    if let Some(base) = query.get("base_type").filter(|base| *base != "export") {
        let why = format!("nothing is told of {base}");
        return Err(Trouble::Parameter { name: "base_type", why });
    }
    let chronicle = &dialect.api.coordinator.chronicle;
    let (mut after, mut count, mut found) = (0, 0, Vec::new());
    loop {
        let page = chronicle.after(&asker.owner, after, MOST).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (id, happened) in page {
            let name = name(&happened, asker.product);
            let fits = (types.is_empty() || types.contains(&name))
                && from.is_none_or(|from| from <= happened.at)
                && to.is_none_or(|to| happened.at <= to);
            if fits {
                if count >= offset && found.len() < limit {
                    found.push((id, happened));
                }
                count += 1;
            }
        }
    }
    if query.get("sort").is_some_and(|sort| sort.to_uppercase().contains("DESC")) {
        found.reverse();
    }
    let objects = shaped(&found, &asker.owner, asker.product);
    Ok(Json(json!({"limit": limit, "offset": offset, "count": count, "objects": objects})))
}

/// The log of an export, or what its last run wrote into it.
pub(super) async fn log(
    dialect: &Dialect,
    head: &Head,
    product: Product,
    run: Option<u32>,
) -> Result<Value, Trouble> {
    let mut log = dialect.api.coordinator.chronicle.log(head.id).await?;
    if let Some(run) = run {
        let begin = format!("start-{run}");
        let from = log.iter().position(|(_, happened)| happened.of == begin);
        log.drain(..from.unwrap_or(log.len()));
    }
    Ok(shaped(&log, &head.owner, product))
}

fn shaped(found: &[(u64, Happened)], owner: &Owner, product: Product) -> Value {
    let shaped = found.iter().map(|(id, happened)| {
        json!({
            "_basetype": "event",
            "_user": {"_basetype": "user", "user": {"type": "easydb", "login": owner.as_str()}},
            "event": {
                "_id": id,
                "type": name(happened, product),
                "timestamp": happened.at,
                "basetype": "export",
                "object_id": happened.number,
                "object_version": happened.version,
                "pollable": product == Product::Easydb5,
                "info": happened.info,
            },
        })
    });
    Value::Array(shaped.collect())
}

/// What an event is called.
fn name(happened: &Happened, product: Product) -> &'static str {
    match (happened.what, product) {
        (What::Insert, _) => "EXPORT_INSERT",
        (What::Update, _) => "EXPORT_UPDATE",
        (What::Delete, _) => "EXPORT_DELETE",
        (What::Warning, _) => "EXPORT_WARNING",
        (What::Start, _) => "EXPORT_START",
        (What::Finish, Product::Fylr) if happened.info.get("totalCount") == Some(&json!(0)) => {
            "EXPORT_FINISH_EMPTY"
        }
        (What::Finish, _) => "EXPORT_FINISH",
        (What::Failed, _) => "EXPORT_FAILED",
        (What::Stopped, Product::Easydb5) => "EXPORT_STOPPED",
        (What::Stopped, Product::Fylr) => "EXPORT_CANCELED",
        (What::TransportFinish, _) => "EXPORT_TRANSPORT_FINISH",
        (What::TransportFailed, _) => "EXPORT_TRANSPORT_FAILED",
        (What::EmailSent, _) => "EMAIL_SENT",
        (What::Downloaded, Product::Easydb5) => "DOWNLOAD_EXPORT",
        (What::Downloaded, Product::Fylr) => "EXPORT_DOWNLOAD",
    }
}
