//! `_files` of an export, streamed: there may be more of them than memory is for.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fabric::store::StoreError;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use proto::commit::MemberOf;
use proto::id::RunId;
use serde_json::{Map, Value, json};

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
        .map_ok(move |file| line(&file.path, file.size, file.of.as_ref(), made, product))
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

fn line(
    path: &str,
    size: u64,
    of: Option<&MemberOf>,
    made: Option<Timestamp>,
    product: Product,
) -> String {
    let escaped = path.split('/').map(passkey::escaped).collect::<Vec<_>>().join("/");
    let shown = match product {
        Product::Easydb5 => path,
        Product::Fylr => &escaped,
    };
    let mut line = json!({"path": shown, "size": size, "url": format!("file/{escaped}")});
    line["date_created"] = json!(made);
    if let Some(of) = of {
        line["eas_id"] = json!(of.eas_id);
        line["eas_version"] = json!(of.version);
        line["eas_fileclass"] = json!(of.class);
        line["system_object_id"] = json!(of.system_object_id);
    }
    line.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(path: &str, of: Option<&MemberOf>, product: Product) -> Value {
        let made: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        serde_json::from_str(&line(path, 7, of, Some(made), product)).unwrap()
    }

    #[test]
    fn paths_are_plain_for_easydb_and_escaped_for_fylr_and_lead_to_the_same_file() {
        let check = |path: &str, escaped: &str| {
            for (product, shown) in [(Product::Easydb5, path), (Product::Fylr, escaped)] {
                let expected = json!({
                    "path": shown, "size": 7, "url": format!("file/{escaped}"),
                    "date_created": "2026-03-01T10:00:00Z",
                });
                assert_eq!(parsed(path, None, product), expected, "{product:?}");
            }
        };
        check("plain.json", "plain.json");
        check("Köln/Dom west.jpg", "K%C3%B6ln/Dom%20west.jpg");
        check("a/b+c?d#e%20.xml", "a/b%2Bc%3Fd%23e%2520.xml");
        check("says \"so\"\\.csv", "says%20%22so%22%5C.csv");
    }

    #[test]
    fn a_file_of_a_catalogue_says_for_both_products_which_it_is() {
        let of = MemberOf {
            eas_id: 11,
            version: "original".to_owned(),
            class: "image".to_owned(),
            system_object_id: 1046,
        };
        for product in [Product::Easydb5, Product::Fylr] {
            let line = parsed("a.jpg", Some(&of), product);
            let told = ["eas_id", "eas_version", "eas_fileclass", "system_object_id"];
            let told = told.map(|key| line[key].clone());
            assert_eq!(told, [json!(11), json!("original"), json!("image"), json!(1046)]);
        }
    }
}
