//! Many people at once, and what each of them sees.

use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::asked::Fetched;
use super::door::{Door, query};

fn subjects(door: &Door, bag: &str) -> Value {
    let queries = [
        query("csv", "/entity/pnc:subject?limit=none", "subject"),
        query("csv", "/entity/pnc:image_files?limit=none", "files"),
    ];
    json!({"bag": {"bag_name": bag, "bag_idempotent": true}, "catalog": door.catalog(&queries)})
}

/// The address of somebody's export, and its file.
async fn exported(door: &Door, token: &str, request: &Value) -> (String, Fetched) {
    let asked = door.ask_as(token, "bdbag", request).await;
    let url = asked.url();
    assert_eq!(door.ready(url, token).await, StatusCode::OK, "{}", door.log());
    (url.to_owned(), door.fetch_as(token, url).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_exports_of_four_people_at_once_all_succeed_and_are_the_same() {
    let door = Door::open().await;
    let people = ["ann", "bob", "cid", "dora"].map(|name| door.catalogue.sign_in(name));
    let request = subjects(&door, "subjects");
    let exports = (0..20).map(|number| exported(&door, &people[number % people.len()], &request));
    let fetched = join_all(exports).await;
    let (_, first) = &fetched[0];
    for (url, one) in &fetched {
        assert_eq!(one.status, 200, "{url}: {}", door.log());
        assert!(one.bytes == first.bytes, "{url} is another bag");
    }
    let mut urls: Vec<&str> = fetched.iter().map(|(url, _)| url.as_str()).collect();
    urls.sort_unstable();
    urls.dedup();
    assert_eq!(urls.len(), 20, "two exports have the same address");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_seen_by_others_only_if_it_is_public() {
    let door = Door::open().await;
    let [ann, bob] = ["ann", "bob"].map(|name| door.catalogue.sign_in(name));
    let request = subjects(&door, "subjects");
    for (kind, seen) in [
        ("bdbag", StatusCode::NOT_FOUND),
        ("bdbag?public=false", StatusCode::NOT_FOUND),
        ("bdbag?public=true", StatusCode::OK),
    ] {
        let asked = door.ask_as(&ann, kind, &request).await;
        let url = asked.url();
        assert_eq!(door.ready(url, &ann).await, StatusCode::OK, "{kind}: {}", door.log());
        assert_eq!(door.status(url, &bob).await, seen, "{kind}");
        assert_eq!(u16::from(seen), door.fetch_as(&bob, url).await.status, "{kind}");
    }
}
