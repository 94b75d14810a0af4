//! What happened to exports: polled, listed, and as the log of one.

mod end;
mod shape;
mod filter;
mod page;
mod window;
mod table;
mod forget;

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use futures::TryStreamExt;
use proto::run::Head;
use serde_json::{Value, json};

use self::filter::Filter;
pub(super) use self::forget::delete;
use self::page::{Order, Page};
use self::shape::Shape;
use self::window::{Window, count, window};
use super::asker::Asker;
use super::exports::{Asked, number};
use super::noted::tell_fetched;
use super::shape::Format;
use super::trouble::Trouble;
use super::{Dialect, Product};
use crate::easydb::{Each, What};

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
    tell_fetched(dialect, &asker.owner).await;
    let found = dialect.api.coordinator.chronicle.wait(&asker.owner, after, limit, hold).await?;
    let shape = Shape::new(dialect, &asker.owner, asker.product);
    let mut shaped = Vec::new();
    for (first, happened) in &found {
        match &happened.each {
            Some(Each::These(these)) => {
                let each = (*first..).zip(these);
                shaped.extend(each.map(|(id, one)| shape.one(id, happened, Some(one))));
            }
            Some(Each::Objects { .. } | Each::Assets { .. } | Each::Gone { .. }) | None => {
                shaped.push(shape.one(*first, happened, None));
            }
        }
    }
    Ok(Json(Value::Array(shaped)))
}

/// Lists what happened, filtered; the newest first unless asked otherwise.
pub(super) async fn list(
    State(dialect): State<Dialect>,
    asker: Asker,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    let page = Page::read(&query)?;
    let filter = Filter::read(&query, asker.product)?;
    let form = table::Form::read(&query)?;
    let is_counted = !query.get("skip_count").is_some_and(|skip| skip == "true" || skip == "1");
    tell_fetched(&dialect, &asker.owner).await;
    let counted = if is_counted || page.order == Order::NewestFirst {
        Some(count(&dialect, &asker.owner, &filter).await?)
    } else {
        None
    };
    let wanted = page.places(counted.as_ref().map_or(0, |counted| counted.total));
    let shape = Shape::new(&dialect, &asker.owner, asker.product);
    let window_of = Window { filter: &filter, shape: &shape, wanted, counted: counted.as_ref() };
    let mut found = window(&dialect, window_of).await?;
    if page.order == Order::NewestFirst {
        found.reverse();
    }
    Ok(match form {
        table::Form::Csv(table) => table.answer(&found),
        table::Form::Json => {
            let count = counted.filter(|_| is_counted).map(|counted| counted.total);
            let listed = json!({"limit": page.limit, "offset": page.offset, "count": count,
                "objects": found});
            Json(listed).into_response()
        }
    })
}

/// Shows one event.
pub(super) async fn show(
    State(dialect): State<Dialect>,
    asker: Asker,
    Path(event): Path<String>,
) -> Result<Json<Value>, Trouble> {
    let id: u64 = event.parse().map_err(|_| Trouble::NoPath)?;
    let coordinator = &dialect.api.coordinator;
    let found = coordinator.chronicle.find(&asker.owner, id).await?;
    let (first, happened) = found.ok_or(Trouble::NoEvent(id))?;
    let shape = Shape::new(&dialect, &asker.owner, asker.product);
    if happened.what == What::Gone {
        return Err(Trouble::NoEvent(id));
    }
    if happened.each.is_none() {
        return Ok(Json(shape.one(id, &happened, None)));
    }
    let thing = coordinator.each(&happened, id - first).try_next().await?;
    let thing = thing.ok_or(Trouble::NoEvent(id))?;
    Ok(Json(shape.one(id, &happened, Some(&thing))))
}

/// The log of an export, or what is told in it of its last run; a run that found nothing may be told of nowhere.
pub(super) async fn log(
    dialect: &Dialect,
    head: &Head,
    product: Product,
    format: Format,
) -> Result<Value, Trouble> {
    let mut log = dialect.api.coordinator.chronicle.log_of(head.id).await?;
    let from = match format {
        Format::Long => Some(0),
        Format::Standard => log.iter().rposition(|(_, happened)| happened.what == What::Start),
        Format::Short => None,
    };
    log.drain(..from.unwrap_or(log.len()));
    let shape = Shape::new(dialect, &head.owner, product);
    Ok(log.iter().map(|(id, happened)| shape.one(*id, happened, None)).collect())
}
