//! What the server keeps for exports besides objects: stylesheets, which are files (`stylesheets/4711.xsl` in the
//! folder), and mappings (`mappings/12.json`). Only `ann` sees either.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::{Shared, error, user};

/// What stylesheets are called like; the last is none.
const EXTENSIONS: [&str; 3] = ["xsl", "xslt", "txt"];

/// `GET /api/v1/eas`: what is told of files, by their numbers.
pub(super) async fn files(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if let Err(response) = seer(&shared, &uri, &headers) {
        return *response;
    }
    let ids = query.get("ids").map_or("", String::as_str);
    let Ok(ids) = serde_json::from_str::<Vec<u64>>(ids) else {
        return error("api", "invalid_value");
    };
    let mut files = Map::new();
    for id in ids {
        for extension in EXTENSIONS {
            let path = format!("stylesheets/{id}.{extension}");
            if shared.objects.folder().join(&path).is_file() {
                let url = format!("{}/eas/{path}", shared.url);
                let original = json!({"status": "done", "url": url, "download_url": url});
                let told = json!({"id": id, "class_extension": format!("unknown.{extension}"),
                    "versions": {"original": original}});
                files.insert(id.to_string(), told);
            }
        }
    }
    if files.is_empty() {
        return error("user", "asset_not_found");
    }
    Json(Value::Object(files)).into_response()
}

/// `GET /api/v1/xmlmapping/list`: the profiles with their mappings.
pub(super) async fn mappings(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if let Err(response) = seer(&shared, &uri, &headers) {
        return *response;
    }
    let folder = std::fs::read_dir(shared.objects.folder().join("mappings"));
    let mut profiles = Vec::new();
    for entry in folder.into_iter().flatten().flatten() {
        let text = std::fs::read(entry.path()).unwrap_or_default();
        let mapping: Value = serde_json::from_slice(&text).unwrap_or_default();
        let own = json!({"id": mapping["id"], "displayname": mapping["displayname"]});
        profiles.push(json!({"profile": mapping["profile"], "displayname": {}, "mappings": [own]}));
    }
    profiles.sort_by_key(Value::to_string);
    Json(Value::Array(profiles)).into_response()
}

/// `GET /api/v1/xmlmapping/mapping/<id>`.
pub(super) async fn mapping(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<u64>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if let Err(response) = seer(&shared, &uri, &headers) {
        return *response;
    }
    let path = shared.objects.folder().join(format!("mappings/{id}.json"));
    match std::fs::read(path).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok()) {
        Some(mapping) => Json(mapping).into_response(),
        None => error("user", "mapping_not_found"),
    }
}

/// Whoever may see what is kept.
fn seer(shared: &Shared, uri: &Uri, headers: &HeaderMap) -> Result<(), Box<Response>> {
    if user(shared, uri.query(), headers)? == "ann" {
        return Ok(());
    }
    Err(Box::new(error("user", "insufficient_rights")))
}
