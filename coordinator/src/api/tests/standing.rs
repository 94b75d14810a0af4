//! Links of no one run, and the list that every link opens.

use axum::http::Method;
use bytes::Bytes;
use fabric::record;
use proto::archive::{Archive, Handover, Volume};
use proto::definition::Packer;
use proto::id::RunId;
use proto::key::Key;
use serde_json::{Value, json};

use super::scene::{ARCHIVE, Answer, Scene};

/// Makes a standing link of the first transport.
async fn make(scene: &Scene, run: RunId, lifetime: &str) -> Value {
    let path = format!("/v1/exports/{}/links", run.export);
    let body = json!({"transport": 0, "lifetime": lifetime});
    let made = scene.post(&path, &scene.ann, &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.json()
}

fn url(link: &Value) -> &str {
    link["volumes"][0]["url"].as_str().unwrap()
}

/// A later run whose first transport delivers these bytes.
async fn run_again(scene: &Scene, run: RunId, bytes: &'static [u8]) {
    let start = format!("/v1/exports/{}/start", run.export);
    assert_eq!(scene.post(&start, &scene.ann, &Value::Null).await.status, 202);
    let run = RunId { run: run.run + 1, ..run };
    let key = Key::volume(run, 0, 0, "b");
    scene.store.put_if_absent(&key, Bytes::from_static(bytes)).await.unwrap();
    let (name, len, crc32) = ("Again.zip".to_owned(), bytes.len() as u64, crc32fast::hash(bytes));
    let volumes = vec![Volume { name, key, len, crc32, sha256: None }];
    let archive = Archive {
        transport: 0,
        packer: Packer::Zip,
        volumes,
        bag: None,
        sealed: None,
        members: 1,
        bytes: 1,
        moved: 0,
    };
    record::create(&*scene.store, &Key::archive(run, 0), &archive).await.unwrap();
}

async fn hand_over(scene: &Scene, run: RunId) {
    let at = scene.coordinator.ambient.now();
    let handover = Handover { transport: 0, at, unreached: Vec::new() };
    record::create(&*scene.store, &Key::handover(run, 0), &handover).await.unwrap();
}

async fn browse(scene: &Scene, url: &str) -> Answer {
    scene.send(Method::GET, url, "", &[("accept", "text/html,*/*;q=0.8")], "").await
}

#[tokio::test]
async fn a_standing_link_leads_to_the_newest_run_that_delivered() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    let link = make(&scene, run, "30d").await;
    assert_eq!(link["run"], Value::Null);
    assert_eq!(scene.fetch(url(&link), "").await.body, ARCHIVE);
    run_again(&scene, run, b"again").await;
    assert_eq!(scene.fetch(url(&link), "").await.body, ARCHIVE, "nothing is handed over yet");
    hand_over(&scene, RunId { run: 2, ..run }).await;
    assert_eq!(scene.fetch(url(&link), "").await.body, &b"again"[..]);
    let listed = scene.fetch(link["url"].as_str().unwrap(), "").await.json();
    assert_eq!(listed["files"][0]["path"], "Again.zip");
    let href = listed["files"][0]["href"].as_str().unwrap();
    assert_eq!(scene.fetch(href, "bytes=1-2").await.body, &b"ga"[..]);
    let all = scene.get(&format!("/v1/exports/{}/links", run.export), &scene.ann).await.json();
    assert_eq!((&all["links"][0]["id"], &all["links"][1]["run"]), (&link["id"], &json!(1)));
}

#[tokio::test]
async fn a_standing_link_may_be_made_before_anything_is_delivered() {
    let scene = Scene::new().await;
    let made = scene.post("/v1/exports?start=false", &scene.ann, &super::scene::definition()).await;
    let path = format!("/v1/exports/{}/links", made.json()["id"].as_str().unwrap());
    let link = scene.post(&path, &scene.ann, &json!({})).await.json();
    assert_eq!(link["volumes"], json!([]));
    assert_eq!(scene.fetch(link["url"].as_str().unwrap(), "").await.status, 404);
    for (body, status) in
        [(json!({"transport": 1}), 404), (json!({"lifetime": "0s"}), 422), (json!({"x": 1}), 422)]
    {
        assert_eq!(scene.post(&path, &scene.ann, &body).await.status, status, "{body}");
    }
    assert_eq!(scene.post(&path, &scene.bob, &json!({})).await.status, 404);
}

#[tokio::test]
async fn a_renewed_link_holds_on_under_the_same_url() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    let link = make(&scene, run, "1h").await;
    scene.pass(3601);
    assert_eq!(scene.fetch(url(&link), "").await.status, 404);
    let path = format!("/v1/exports/{}/links/{}/renew", run.export, link["id"].as_str().unwrap());
    assert_eq!(scene.post(&path, &scene.bob, &json!({"lifetime": "1h"})).await.status, 404);
    let renewed = scene.post(&path, &scene.ann, &json!({"lifetime": "1h"})).await;
    assert_eq!(renewed.status, 200, "{renewed:?}");
    assert_eq!(url(&renewed.json()), url(&link));
    assert_eq!(scene.fetch(url(&link), "").await.status, 200);
    scene.pass(3601);
    assert_eq!(scene.fetch(url(&link), "").await.status, 404);
}

#[tokio::test]
async fn every_url_is_dead_at_once_after_revocation_or_deletion() {
    let scene = Scene::new().await;
    let run = scene.half_failed().await;
    let (one, two) = (make(&scene, run, "7d").await, make(&scene, run, "7d").await);
    let own = scene.signed(run).await;
    let shown = scene.get(&format!("/v1/exports/{}", run.export), &scene.ann).await.json();
    let own_list = shown["run"]["downloads"][0]["url"].as_str().unwrap().to_owned();
    let urls = |link: &Value| [url(link).to_owned(), link["url"].as_str().unwrap().to_owned()];
    for url in urls(&one).iter().chain(&urls(&two)).chain([&own, &own_list]) {
        assert_eq!(scene.fetch(url, "").await.status, 200, "{url}");
    }
    let revoke = format!("/v1/exports/{}/links/{}", run.export, one["id"].as_str().unwrap());
    assert_eq!(scene.delete(&revoke, &scene.bob).await.status, 404);
    assert_eq!(scene.delete(&revoke, &scene.ann).await.status, 204);
    assert_eq!(scene.delete(&revoke, &scene.ann).await.status, 404);
    for url in urls(&one) {
        assert_eq!(scene.fetch(&url, "").await.status, 404, "revoked");
    }
    assert_eq!(scene.fetch(url(&two), "").await.status, 200);
    let export = format!("/v1/exports/{}", run.export);
    assert_eq!(scene.delete(&export, &scene.ann).await.status, 204);
    for url in urls(&two).iter().chain([&own, &own_list]) {
        assert_eq!(scene.fetch(url, "").await.status, 404, "deleted");
    }
}

#[tokio::test]
async fn a_browser_pages_through_the_files_of_a_link() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::None).await;
    let url = scene.signed(run).await;
    let whole = browse(&scene, &url).await;
    assert_eq!(whole.header("content-type"), "text/html; charset=utf-8");
    assert!(whole.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(whole.header("cache-control"), "private, no-store");
    let whole = String::from_utf8(whole.body.to_vec()).unwrap();
    assert!(!whole.contains("<script") && !whole.contains("rel=\"next\""), "{whole}");
    let mut paths = Vec::new();
    let mut next = Some(format!("{url}?limit=1"));
    while let Some(url) = next {
        let page = browse(&scene, &url).await;
        let page = String::from_utf8(page.body.to_vec()).unwrap();
        let between = |begin: &str, end: &str| {
            let rest = page.split_once(begin)?.1;
            Some(rest.split_once(end)?.0.replace("&amp;", "&"))
        };
        if let Some(href) = between("<a download href=\"", "\"") {
            paths.push(between("<bdi>", "</bdi>").unwrap());
            assert_eq!(scene.fetch(&href, "").await.status, 200, "{href}");
        }
        next = between("rel=\"next\" href=\"", "\"");
    }
    assert_eq!(paths, ["flights.csv", "ä.json", "big/2.json"]);
}

#[tokio::test]
async fn a_browser_finds_the_volumes_of_an_archive() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let shown = scene.get(&format!("/v1/exports/{}", run.export), &scene.ann).await.json();
    let url = shown["run"]["downloads"][0]["url"].as_str().unwrap();
    let page = String::from_utf8(browse(&scene, url).await.body.to_vec()).unwrap();
    assert!(page.contains("<bdi>Flüge.zip</bdi>") && page.contains("/v0/"), "{page}");
    for name in ["v1/x", "0.s/x", "v/x", "v-1/x"] {
        assert_eq!(scene.fetch(&format!("{url}{name}"), "").await.status, 404, "{name}");
    }
    assert_eq!(scene.fetch(&format!("{url}v0/x"), "").await.body, ARCHIVE);
}
