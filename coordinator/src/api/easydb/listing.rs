//! `_files` of an export, streamed: there may be more of them than memory is for.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fabric::store::StoreError;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use proto::id::RunId;
use serde_json::{Map, Value, json};
use tree::File;

use super::{Dialect, Product, passkey};

/// How many files go into a piece of the answer.
const AT_ONCE: usize = 500;

/// An export as a document whose last key is its files, which were there when their run had ended; none where
/// there is no run to read. Their paths are as they are for clients of easydb, who escape them in addresses, and
/// escaped for those of fylr, who take them as addresses.
pub(super) fn with_files(
    dialect: &Dialect,
    mut shown: Map<String, Value>,
    run: Option<(RunId, Option<Timestamp>)>,
    product: Product,
) -> Response {
    let Some((run, made)) = run else {
        shown.insert("_files".to_owned(), json!([]));
        return axum::Json(Value::Object(shown)).into_response();
    };
    let mut head = Value::Object(shown).to_string();
    head.pop();
    head.push_str(",\"_files\":[");
    let files = tree::files(&dialect.api.coordinator.store, run, None);
    let mut is_first = true;
    let lines = files
        .map_ok(move |file| line(&file, made, product))
        .try_chunks(AT_ONCE)
        .map_err(|error| error.1)
        .map_ok(move |lines| {
            let comma = if std::mem::take(&mut is_first) { "" } else { "," };
            Bytes::from(format!("{comma}{}", lines.join(",")))
        });
    let ends = |text: String| stream::once(async move { Ok::<_, StoreError>(Bytes::from(text)) });
    let body = ends(head).chain(lines).chain(ends("]}".to_owned()));
    let mut response = Body::from_stream(body).into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn line(file: &File, made: Option<Timestamp>, product: Product) -> String {
    let escaped = file.path.split('/').map(passkey::escaped).collect::<Vec<_>>().join("/");
    let path = match product {
        Product::Easydb5 => &file.path,
        Product::Fylr => &escaped,
    };
    let mut line = json!({"path": path, "size": file.size, "url": format!("file/{escaped}")});
    line["date_created"] = json!(made);
    if let Some(of) = &file.of {
        line["eas_id"] = json!(of.eas_id);
        line["eas_version"] = json!(of.version);
        line["eas_fileclass"] = json!(of.class);
        line["system_object_id"] = json!(of.system_object_id);
    }
    line.to_string()
}
