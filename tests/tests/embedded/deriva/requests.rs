//! The requests that `ermrestjs` builds from the annotations of two catalogues, as it was recorded to build them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::door::Door;

/// A page of a catalogue, with what can be exported of it.
#[derive(Deserialize)]
struct Page {
    templates: Vec<Template>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Template {
    #[serde(rename = "type")]
    kind: String,
    export_parameters: Value,
}

/// Each request that there is, with the kind of its export.
fn requests(door: &Door) -> Vec<(&'static str, Value)> {
    let place = "../proto/src/deriva/templates/tests/recorded/requests.json";
    let recorded = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(place)).unwrap();
    let pages: Vec<Page> = serde_json::from_slice(&recorded).unwrap();
    let templates = pages.into_iter().flat_map(|page| page.templates);
    let requests: BTreeSet<(&str, String)> = templates
        .map(|template| {
            let kind = if template.kind == "BAG" { "bdbag" } else { "file" };
            let mut request = template.export_parameters;
            // The server of a page is always the one that exports it.
            request["catalog"]["host"] = door.catalogue.url.as_str().into();
            (kind, request.to_string())
        })
        .collect();
    let parsed =
        |(kind, text): (&'static str, String)| (kind, serde_json::from_str(&text).unwrap());
    requests.into_iter().map(parsed).collect()
}

/// Whether it asks for an identifier, which a service that is told of none cannot give.
fn is_to_be_identified(request: &Value) -> bool {
    request["post_processors"].is_array()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_of_the_library_is_taken_at_once() {
    let door = Door::with("hold = \"1ms\"", "").await;
    let requests = requests(&door);
    assert_eq!(requests.len(), 42);
    for (kind, request) in &requests {
        let asked = door.ask(kind, request).await;
        let due = if is_to_be_identified(request) { 409 } else { 201 };
        assert_eq!(asked.status, due, "{asked:?}: {request:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_the_library_for_tables_with_rows_bring_bags() {
    let door = Door::open().await;
    door.catalogue.change("7", |catalog| catalog.make("pnc", "big", 10)).unwrap();
    let mut brought = 0;
    for (kind, request) in requests(&door) {
        let is_of_rows = request["catalog"]["catalog_id"] == "7"
            && request["bag"]["bag_name"] != "empty_t"
            && !is_to_be_identified(&request);
        if !is_of_rows {
            continue;
        }
        let asked = door.ask(kind, &request).await;
        let url = asked.url();
        let seen = door.ready(url, &door.token).await;
        assert_eq!(seen, StatusCode::OK, "{request:#}\n{}", door.log());
        brought += 1;
    }
    assert!(brought > 0);
}
