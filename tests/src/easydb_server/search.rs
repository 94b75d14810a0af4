//! `POST /api/v1/search`: who asks sees what is in their pools, in pages of a limited length.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde_json::{Map, Value, json};

use super::{MOST, Shared, error, lock, user};

/// How far Elasticsearch looks.
const FARTHEST: usize = 10_000;

pub(super) async fn search(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let user = match user(&shared, uri.query(), &headers) {
        Ok(user) => user,
        Err(response) => return *response,
    };
    let Ok(Value::Object(body)) = serde_json::from_str(&body) else {
        return error("api", "invalid_content");
    };
    let foreign = if shared.is_fylr { "language" } else { "languages" };
    if body.contains_key(foreign) {
        return error("api", "invalid_value");
    }
    let number = |key: &str, usual: usize| match &body.get(key) {
        None | Some(Value::Null) => Some(usual),
        Some(value) => value.as_u64().and_then(|number| usize::try_from(number).ok()),
    };
    let most = *lock(&shared.most);
    let (Some(offset), Some(limit)) = (number("offset", 0), number("limit", MOST)) else {
        return error("api", "type_mismatch");
    };
    if limit > MOST {
        return error("api", "invalid_value");
    }
    if offset + limit > FARTHEST {
        return error("server", "generic");
    }
    if names_unknown_types(&shared, &body) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Ok(mut ids) = shared.objects.found(body.clone()).await else {
        return error("user", "search_failed");
    };
    if user != "ann" {
        match seen(&shared).await {
            Some(seen) => ids.retain(|id| seen.contains(id)),
            None => return error("server", "generic"),
        }
    }
    let Some(ids) = sorted(&shared, ids, body.get("sort")) else {
        return error("api", "invalid_value");
    };
    let count = ids.len();
    let page: Vec<u64> = ids.into_iter().skip(offset).take(limit.min(most)).collect();
    let format = body.get("format").and_then(Value::as_str).unwrap_or("long");
    let is_old = shared.is_old.load(Ordering::Relaxed);
    if !["short", "long", "full"].contains(&format) || (format == "full" && is_old) {
        return error("api", "invalid_value");
    }
    if format != "short" && named(&body).min(limit) > *lock(&shared.quick) {
        return StatusCode::GATEWAY_TIMEOUT.into_response();
    }
    let objects = if format == "short" {
        let read = shared.objects.read();
        let short = page.iter().map(|id| read.short[id].to_string());
        short.collect()
    } else if page.len() > *lock(&shared.roomy) {
        return endless();
    } else {
        let own = format!("\"{}/eas/files/", shared.url);
        match shared.objects.whole(&page).await {
            Ok(objects) => {
                let objects = objects.iter().map(|object| formed(object, format));
                objects.map(|object| object.replace("\"files/", &own)).collect::<Vec<_>>()
            }
            Err(_) => return error("server", "generic"),
        }
    };
    let head =
        json!({"type": "object", "offset": offset, "limit": limit.min(most), "count": count});
    let head = head.to_string();
    let text = format!("{},\"objects\":[{}]}}", head.trim_end_matches('}'), objects.join(","));
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// Whether a search is for types that the catalogue does not have.
fn names_unknown_types(shared: &Shared, body: &Map<String, Value>) -> bool {
    let types = body.get("objecttypes").and_then(Value::as_array).into_iter().flatten();
    let mut names = types.filter_map(Value::as_str);
    names.any(|name| shared.about["types"].get(name).is_none())
}

/// How many objects a search gives at most, by the numbers that it names.
fn named(body: &Map<String, Value>) -> usize {
    let elements = body.get("search").and_then(Value::as_array).into_iter().flatten();
    let by_number = elements.filter(|element| element["fields"] == json!(["_system_object_id"]));
    let named = by_number.filter_map(|element| element["in"].as_array().map(Vec::len));
    named.min().unwrap_or(usize::MAX)
}

/// A whole object in a format: its changes are in `full` alone.
fn formed(object: &str, format: &str) -> String {
    if format == "long" && !object.contains("\"_changelog\"") {
        return object.to_owned();
    }
    let Ok(mut told) = serde_json::from_str::<Map<String, Value>>(object) else {
        return object.to_owned();
    };
    if format == "long" {
        told.shift_remove("_changelog");
    }
    told.insert("_format".to_owned(), json!(format));
    Value::Object(told).to_string()
}

/// An answer that says that it has 65 MiB, of which no more than the beginning ever comes.
fn endless() -> Response {
    let beginning = futures::stream::once(async { Ok::<_, std::io::Error>("{") });
    let body = Body::from_stream(beginning.chain(futures::stream::pending()));
    let head = [(header::CONTENT_TYPE, "application/json"), (header::CONTENT_LENGTH, "68157440")];
    (head, body).into_response()
}

/// What a user sees who sees not everything.
async fn seen(shared: &Shared) -> Option<BTreeSet<u64>> {
    let ids =
        |search: Value| async move { shared.objects.found(search.as_object()?.clone()).await.ok() };
    let pool =
        |values: Value| json!({"type": "in", "fields": ["bild._pool.pool._id"], "in": values});
    let seen = ids(json!({"search": [pool(json!([10, 11, null]))]})).await?;
    let hidden = lock(&shared.hidden);
    Some(seen.into_iter().filter(|id| !hidden.contains(id)).collect())
}

/// What sorts by the last change.
fn changed(shared: &Shared) -> &'static str {
    if shared.is_fylr { "_changelog.date_last_updated" } else { "_last_modified" }
}

/// In the order that is asked for, by a number or by the last change; else the last ones first, as if they
/// were the most relevant.
fn sorted(shared: &Shared, mut ids: Vec<u64>, sort: Option<&Value>) -> Option<Vec<u64>> {
    let Some(by) = sort.and_then(|sort| sort.get(0)) else {
        ids.reverse();
        return Some(ids);
    };
    let field = by["field"].as_str()?;
    if field == changed(shared) {
        let read = shared.objects.read();
        ids.sort_by_key(|id| read.short[id]["_last_modified"].to_string());
    } else if field != "_system_object_id" {
        return None;
    }
    if by["order"] == "DESC" {
        ids.reverse();
    }
    Some(ids)
}
