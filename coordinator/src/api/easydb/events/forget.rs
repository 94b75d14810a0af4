//! Forgetting what happened: what a list with the same parameters shows, or what a body names by numbers.
//!
//! Whoever mistypes a filter loses nothing: a parameter that means nothing here is refused, and no more goes
//! than a list shows at once.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use serde_json::{Value, json};

use super::super::Dialect;
use super::super::asker::Asker;
use super::super::exports::{Asked, number};
use super::super::noted::tell_fetched;
use super::super::trouble::Trouble;
use super::MOST;
use super::filter::Filter;
use super::page::{Order, Page};
use super::window::count;
use crate::easydb::Happened;

/// How a request says who asks.
const SIGNED: [&str; 2] = ["token", "access_token"];

/// The parameters by which events are forgotten: those by which they are listed, but for the form of the list.
const TAKEN: [&str; 13] = [
    "limit",
    "offset",
    "sort",
    "pollable",
    "type",
    "base_type",
    "basetype",
    "object_id",
    "user_id",
    "group_id",
    "user_type",
    "date_from",
    "date_to",
];

/// Takes away what a list with the same parameters shows; how many events there were.
pub(in crate::api::easydb) async fn delete(
    State(dialect): State<Dialect>,
    asker: Asker,
    Query(query): Asked,
    body: Bytes,
) -> Result<Json<Value>, Trouble> {
    let removed = match named(&body)? {
        Some(numbers) => {
            only(&query, &[])?;
            named_by(&dialect, &asker, &numbers).await?
        }
        None => {
            only(&query, &TAKEN)?;
            listed(&dialect, &asker, &query).await?
        }
    };
    Ok(Json(json!({"count": removed})))
}

/// The numbers that a body names; nothing where there is none.
fn named(body: &Bytes) -> Result<Option<BTreeSet<u64>>, Trouble> {
    if body.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(body).map_err(|error| Trouble::Content(error.to_string()))
}

/// Refuses parameters that are none of these.
fn only(query: &HashMap<String, String>, taken: &[&str]) -> Result<(), Trouble> {
    let is_other = |name: &&str| !SIGNED.contains(name) && !taken.contains(name);
    // Of several the same one is told each time.
    match query.keys().map(String::as_str).filter(is_other).min() {
        Some(other) => Err(Trouble::UnknownParameter(other.to_owned())),
        None => Ok(()),
    }
}

/// Takes away what is told under numbers. What is told of many things at once goes where all of them are named.
async fn named_by(
    dialect: &Dialect,
    asker: &Asker,
    numbers: &BTreeSet<u64>,
) -> Result<u64, Trouble> {
    let goes = |first: u64, happened: &Happened| {
        let span = happened.span();
        numbers.range(first..first + span).count() as u64 == span
    };
    Ok(dialect.api.coordinator.chronicle.remove(&asker.owner, goes).await?)
}

/// Takes away what a list shows.
async fn listed(
    dialect: &Dialect,
    asker: &Asker,
    query: &HashMap<String, String>,
) -> Result<u64, Trouble> {
    let page = Page::read(query)?;
    let filter = Filter::read(query, asker.product)?;
    let limit = match number(query, "limit")? {
        None | Some(0) => Limit::Usual,
        Some(_) => Limit::Asked,
    };
    tell_fetched(dialect, &asker.owner).await;
    let total = match page.order {
        Order::OldestFirst => 0,
        Order::NewestFirst => count(dialect, &asker.owner, &filter).await?.total,
    };
    let (places, mut place) = (page.places(total), 0_u64);
    let goes = |_, happened: &Happened| {
        if !filter.fits(happened, &asker.owner) {
            return false;
        }
        let here = place..place + happened.span();
        place = here.end;
        is_within(&here, &places, page.order, limit)
    };
    Ok(dialect.api.coordinator.chronicle.remove(&asker.owner, goes).await?)
}

/// Whether a request says how many events are to go.
#[derive(Debug, Clone, Copy)]
enum Limit {
    Asked,
    Usual,
}

/// Whether what is told of at once goes with a part of a list: as a whole, where the part shows all of it. What
/// is too long for any goes with the part that it begins in, where nobody said how many may go.
fn is_within(here: &Range<u64>, part: &Range<u64>, order: Order, limit: Limit) -> bool {
    if part.start <= here.start && here.end <= part.end {
        return true;
    }
    let shown_first = match order {
        Order::OldestFirst => here.start,
        Order::NewestFirst => here.end - 1,
    };
    match limit {
        Limit::Asked => false,
        Limit::Usual => here.end - here.start > MOST as u64 && part.contains(&shown_first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_at_once_goes_as_a_whole() {
        let all = |limit| is_within(&(10..40), &(0..40), Order::NewestFirst, limit);
        assert!(all(Limit::Asked) && all(Limit::Usual));
        let half = |limit| is_within(&(10..40), &(20..40), Order::NewestFirst, limit);
        assert!(!half(Limit::Asked) && !half(Limit::Usual));
        // No part of a list holds it.
        let long = |part, order, limit| is_within(&(10..5000), &part, order, limit);
        assert!(long(4010..5010, Order::NewestFirst, Limit::Usual));
        assert!(!long(4010..5010, Order::NewestFirst, Limit::Asked));
        assert!(!long(3000..4000, Order::NewestFirst, Limit::Usual));
        assert!(long(0..1000, Order::OldestFirst, Limit::Usual));
        assert!(!long(1000..2000, Order::OldestFirst, Limit::Usual));
    }
}
