//! Datasets record by record, from services that page: what plugins ask for.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use futures::TryStreamExt;
use serde_json::{Value, json};
use source::address::AddressRules;
use source::asset::{HttpAssets, HttpLimits};
use source::datasets::{Datasets, Filter, Record};
use source::{Context, NoBuckets, SourceError};
use tempfile::TempDir;
use tests::{IDAH_TOKEN, IdahServer};

/// Services with two datasets of 100 entries with three annotations each.
async fn services() -> (TempDir, IdahServer) {
    let dir = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/datasets.py");
    let numbers = ["2", "100", "3"];
    let ended = Command::new("python3").arg(script).arg(dir.path()).args(numbers).status();
    assert!(ended.unwrap().success());
    std::fs::write(dir.path().join("token"), IDAH_TOKEN).unwrap();
    let server = IdahServer::start(dir.path()).await.unwrap();
    (dir, server)
}

/// What is read of them, with these keys of the specification besides.
fn datasets(dir: &TempDir, server: &IdahServer, besides: &Value) -> Arc<dyn Datasets> {
    let mut http =
        json!({"url": format!("{}/api/v1/", server.url), "bearer_file": "token", "ids": 50});
    http.as_object_mut().unwrap().extend(besides.as_object().unwrap().clone());
    let spec = json!({"kind": "dataset", "http": http});
    let allowed = server.url.trim_start_matches("http://").to_owned();
    let rules = AddressRules::new(&[allowed]).unwrap();
    let http = Arc::new(HttpAssets::new(HttpLimits::default(), rules).unwrap());
    let context = Context { base: dir.path().to_owned(), buckets: Arc::new(NoBuckets), http };
    let spec = serde_json::from_value(spec).unwrap();
    source::open(&spec, &context).unwrap().datasets().unwrap()
}

fn filter(conditions: &Value) -> Filter {
    Filter(conditions.as_object().unwrap().clone())
}

fn id(record: &Record) -> String {
    let record: Value = serde_json::from_str(record.get()).unwrap();
    record["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn pages_of_services_make_whole_lists_and_nothing_is_asked_for_each_entry() {
    let (dir, server) = services().await;
    let datasets = datasets(&dir, &server, &json!({}));
    let sets = datasets.ids().await.unwrap();
    assert_eq!(sets.len(), 2);
    assert!(datasets.dataset(&sets[1]).await.unwrap().unwrap().get().contains("Häfen 2"));
    let all = Filter::default();
    let entries: Vec<String> =
        datasets.entries(&sets[1], &all, None).await.unwrap().iter().map(id).collect();
    assert_eq!(entries.len(), 100);
    let rest = datasets.entries(&sets[1], &all, Some(&entries[97])).await.unwrap();
    assert_eq!(rest.iter().map(id).collect::<Vec<_>>(), entries[98..]);
    assert!(datasets.entries(&sets[1], &all, Some(&entries[99])).await.unwrap().is_empty());

    let boxes = filter(&json!({"type": "bounding_box"}));
    let annotations = datasets.annotations(&entries, &boxes).await.unwrap();
    assert!(annotations.len() == 100 && annotations.iter().all(|some| some.len() == 1));
    let medias = datasets.medias(&entries, &filter(&json!({"key": ""}))).await.unwrap();
    assert_eq!(medias.iter().map(Vec::len).sum::<usize>(), 90);
    let picture = datasets.media(&medias[0][0]).await.unwrap();
    let chunks: Vec<bytes::Bytes> = picture.bytes.try_collect().await.unwrap();
    let file = dir.path().join("media/000101.png");
    assert_eq!(chunks.concat(), std::fs::read(file).unwrap());
    assert!(server.asked().len() < 60, "{}", server.asked().len());
}

#[tokio::test]
async fn services_that_pass_over_a_condition_are_refused() {
    let (dir, server) = services().await;
    let deaf = json!({"url": format!("{}/deaf", server.url)});
    let datasets = datasets(&dir, &server, &deaf);
    let entries = ["01900002-0000-7000-8000-000000000001".to_owned()];
    let all = Filter::default();
    let set = "01900001-0000-7000-8000-000000000001";
    for refused in [
        datasets.annotations(&entries, &all).await.err(),
        datasets.entries(set, &all, None).await.err(),
        datasets.dataset("none").await.err(),
    ] {
        let Some(SourceError::Refused { what }) = refused else { panic!("{refused:?}") };
        assert!(what.contains("know filter["), "{what}");
    }
}
