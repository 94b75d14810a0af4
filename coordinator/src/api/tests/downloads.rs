//! Signed links: what they give, and when they end.

use std::time::Duration;

use axum::http::Method;
use fabric::record;
use futures::future::try_join_all;
use proto::archive::Link;
use proto::definition::Packer;
use proto::key::Key;
use serde_json::json;

use super::scene::{ARCHIVE, Scene};

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_link_gives_the_archive_to_be_saved_under_its_name() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let url = scene.signed(run).await;
    let whole = scene.fetch(&url, "").await;
    assert_eq!((whole.status.as_u16(), &whole.body[..]), (200, ARCHIVE));
    for (name, value) in [
        (
            "content-disposition",
            "attachment; filename=\"Fl_ge.zip\"; filename*=UTF-8''Fl%C3%BCge.zip",
        ),
        ("content-type", "application/zip"),
        ("content-length", "10"),
        ("accept-ranges", "bytes"),
        ("cache-control", "private, no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("etag", "\"a684c7c6-a\""),
    ] {
        assert_eq!(whole.header(name), value, "{name}");
    }
    let head = scene.send(Method::HEAD, &url, "", &[("range", "bytes=1-2")], "").await;
    assert_eq!(
        (head.status.as_u16(), head.header("content-length"), head.body.len()),
        (200, "10", 0)
    );
}

#[tokio::test]
async fn ranges_are_answered_as_rfc_9110_says() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let url = scene.signed(run).await;
    let many = format!("bytes={}", vec!["0-1"; 1000].join(","));
    for (range, status, body, content_range) in [
        ("bytes=2-4", 206, "234", "bytes 2-4/10"),
        ("bytes=8-", 206, "89", "bytes 8-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=0-18446744073709551615", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=-0", 416, "", "bytes */10"),
        ("bytes=10-", 416, "", "bytes */10"),
        ("bytes=5-2", 200, "0123456789", ""),
        ("bytes=abc", 200, "0123456789", ""),
        ("bytes=0-1,4-5", 200, "0123456789", ""),
        (&many, 200, "0123456789", ""),
    ] {
        let answer = scene.fetch(&url, range).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-range")),
            (status, content_range),
            "{range}"
        );
        if status == 416 {
            assert_eq!(answer.json()["code"], "range_not_satisfiable");
        } else {
            assert_eq!(answer.body, body, "{range}");
        }
    }
    let headers = [("range", "bytes=2-4"), ("if-range", "\"another\"")];
    assert_eq!(scene.send(Method::GET, &url, "", &headers, "").await.body, ARCHIVE);
}

#[tokio::test]
async fn an_altered_link_leads_nowhere_like_any_other() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let url = scene.signed(run).await;
    let begin = url.find("/d/").unwrap() + 3;
    let end = begin + url[begin..].find('/').unwrap();
    let missing = scene.fetch("/d/x.y/z", "").await;
    assert_eq!(missing.status, 404);
    for at in begin..end {
        let mut altered = url.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        let answer = scene.fetch(std::str::from_utf8(&altered).unwrap(), "").await;
        assert_eq!((answer.status, &answer.body), (missing.status, &missing.body), "byte {at}");
    }
}

#[tokio::test]
async fn a_link_ends_with_its_time() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let url = scene.signed(run).await;
    scene.pass(7 * 24 * 3600 - 1);
    assert_eq!(scene.fetch(&url, "").await.status, 200);
    scene.pass(1);
    let answer = scene.fetch(&url, "").await;
    assert_eq!(
        (answer.status.as_u16(), answer.body),
        (404, scene.fetch("/d/x.y/z", "").await.body)
    );
    let links = scene.get(&format!("/v1/exports/{}/links", run.export), &scene.ann).await.json();
    assert_eq!(links["links"], json!([]));
}

#[tokio::test]
async fn a_revoked_link_is_dead_at_once_and_others_live_on() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let first = scene.signed(run).await;
    let links = format!("/v1/exports/{}/runs/1/links", run.export);
    let made = scene.post(&links, &scene.ann, &json!({"transport": 0, "lifetime": "1h"})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let second = made.json()["volumes"][0]["url"].as_str().unwrap().to_owned();
    let shown = scene.get(&format!("/v1/exports/{}/links", run.export), &scene.ann).await.json();
    assert_eq!(shown["links"].as_array().unwrap().len(), 2);
    assert_eq!(scene.delete(&format!("{links}/t0"), &scene.ann).await.status, 204);
    assert_eq!(scene.delete(&format!("{links}/t0"), &scene.ann).await.status, 404);
    assert_eq!(scene.fetch(&first, "").await.status, 404);
    assert_eq!(scene.fetch(&second, "").await.status, 200);
    let renew = format!("{links}/t0/renew");
    assert_eq!(scene.post(&renew, &scene.ann, &json!({"lifetime": "1h"})).await.status, 404);
    let shown = scene.get(&format!("/v1/exports/{}/links", run.export), &scene.ann).await.json();
    assert_eq!(shown["links"].as_array().unwrap().len(), 1);
    // Whoever delivers it once more finds that it was.
    let kept: Link = record::read(&*scene.store, &Key::link(run, "t0")).await.unwrap();
    assert!(kept.is_revoked());
    scene.pass(3601);
    assert_eq!(scene.fetch(&second, "").await.status, 404);
}

#[tokio::test]
async fn a_renewed_link_of_a_run_holds_on_under_the_same_url_until_the_run_ends() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let links = format!("/v1/exports/{}/runs/1/links", run.export);
    let made = scene.post(&links, &scene.ann, &json!({"lifetime": "1h"})).await.json();
    let url = made["volumes"][0]["url"].as_str().unwrap();
    scene.pass(3601);
    assert_eq!(scene.fetch(url, "").await.status, 404);
    let renew = format!("{links}/{}/renew", made["id"].as_str().unwrap());
    assert_eq!(scene.post(&renew, &scene.bob, &json!({"lifetime": "1h"})).await.status, 404);
    let renewed = scene.post(&renew, &scene.ann, &json!({"lifetime": "2h"})).await;
    assert_eq!(renewed.status, 200, "{renewed:?}");
    assert_eq!(renewed.json()["volumes"], made["volumes"]);
    assert_eq!(scene.fetch(url, "").await.status, 200);
    scene.pass(7201);
    assert_eq!(scene.fetch(url, "").await.status, 404);

    let own = scene.signed(run).await;
    let first = scene.get(&format!("/v1/exports/{}/links", run.export), &scene.ann).await.json();
    let last = scene.post(&renew, &scene.ann, &json!({"lifetime": "30d"})).await.json();
    assert_eq!(last["expires"], first["links"][0]["expires"], "longer than the run is kept");
    let own_renew = format!("{links}/t0/renew");
    let shorter = scene.post(&own_renew, &scene.ann, &json!({"lifetime": "1s"})).await;
    assert_eq!(shorter.status, 200, "{shorter:?}");
    scene.pass(1);
    assert_eq!(scene.fetch(&own, "").await.status, 404);
    assert_eq!(scene.fetch(url, "").await.status, 200);
    for (path, body, status) in [
        (format!("{links}/x/renew"), json!({}), 404),
        (format!("{links}/%2e%2e/renew"), json!({}), 404),
        (renew.clone(), json!({"lifetime": "0s"}), 422),
        (renew, json!({"until": "1h"}), 422),
    ] {
        assert_eq!(scene.post(&path, &scene.ann, &body).await.status, status, "{path} {body}");
    }
}

/// What is listed is all that there is, so that its owner can revoke it.
#[tokio::test]
async fn a_run_has_no_more_links_than_its_owner_can_see_and_those_that_have_ended_make_room() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let created = scene.coordinator.ambient.now();
    let link = Link { transport: 0, created, expires: created + HOUR, changed: None };
    let keys: Vec<Key> = (0..900).map(|n| Key::link(run, &format!("{n:032x}"))).collect();
    let writing = keys.iter().map(|key| record::create(&*scene.store, key, &link));
    try_join_all(writing).await.unwrap();
    let links = format!("/v1/exports/{}/runs/1/links", run.export);
    let refused = scene.post(&links, &scene.ann, &json!({})).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    scene.pass(3600);
    let made = scene.post(&links, &scene.ann, &json!({})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let shown = scene.get(&format!("/v1/exports/{}/links", run.export), &scene.ann).await.json();
    assert_eq!(shown["links"].as_array().unwrap().len(), 2);
    assert!(!record::exists(&*scene.store, &keys[899]).await.unwrap());
}

#[tokio::test]
async fn a_new_link_ends_with_the_run_at_the_latest() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    scene.pass(6 * 24 * 3600);
    let links = format!("/v1/exports/{}/runs/1/links", run.export);
    let made = scene.post(&links, &scene.ann, &json!({"lifetime": "30d"})).await.json();
    let first = scene.get(&format!("/v1/exports/{}/links", run.export), &scene.ann).await.json();
    assert_eq!(made["expires"], first["links"][1]["expires"]);
    for (body, status) in [
        (json!({"transport": 1}), 404),
        (json!({"lifetime": "soon"}), 422),
        (json!({"lifetime": "0s"}), 422),
        (json!({"lifetme": "1h"}), 422),
    ] {
        assert_eq!(scene.post(&links, &scene.ann, &body).await.status, status, "{body}");
    }
}
