//! The files of a run, one by one.

use axum::http::Method;
use proto::definition::Packer;
use serde_json::Value;

use super::scene::{Scene, big};

async fn files(scene: &Scene, path: &str, token: &str) -> (Vec<Value>, Value) {
    let page = scene.get(path, token).await;
    assert_eq!(page.status, 200, "{page:?}");
    let page = page.json();
    (page["files"].as_array().unwrap().clone(), page["next"].clone())
}

#[tokio::test]
async fn files_are_listed_in_the_order_of_the_result() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let path = format!("/v1/exports/{}/runs/1/files", run.export);
    let (all, next) = files(&scene, &path, &scene.ann).await;
    let ids: Vec<_> = all
        .iter()
        .map(|file| (file["id"].as_str().unwrap(), file["path"].as_str().unwrap()))
        .collect();
    assert_eq!(ids, [("0.s", "flights.csv"), ("2.0", "ä.json"), ("2.1", "big/2.json")]);
    assert_eq!(next, Value::Null);
    let mut paged = Vec::new();
    let mut query = "?limit=1".to_owned();
    loop {
        let (page, next) = files(&scene, &format!("{path}{query}"), &scene.ann).await;
        paged.extend(page);
        let Some(cursor) = next.as_str() else { break };
        query = format!("?limit=1&cursor={cursor}");
    }
    assert_eq!(paged, all);
    assert_eq!(scene.get(&format!("{path}?cursor=x"), &scene.ann).await.status, 422);
}

#[tokio::test]
async fn a_file_is_what_the_archive_holds() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let (listed, _) =
        files(&scene, &format!("/v1/exports/{}/runs/1/files", run.export), &scene.ann).await;
    let expected: [&[u8]; 3] = [b"id,carrier\r\n1,UA\r\n2,AA\r\n", b"[1]", &big()];
    for (file, expected) in listed.iter().zip(expected) {
        let url = file["href"].as_str().unwrap();
        let whole = scene.get(url, &scene.ann).await;
        assert_eq!(whole.body, expected, "{url}");
        assert_eq!(file["size"], expected.len());
        assert_eq!(file["crc32"], format!("{:08x}", crc32fast::hash(expected)));
        let head = scene.send(Method::HEAD, url, &scene.ann, &[], "").await;
        assert_eq!(
            (head.header("content-length"), head.body.len()),
            (whole.header("content-length"), 0)
        );
        assert_eq!(head.header("etag"), whole.header("etag"));
        let len = expected.len();
        for (from, to) in
            [(0, 1), (1, 2), (len / 2, len), (len - 1, len), (0, len), (len / 3, len / 3 + 1)]
        {
            let range = format!("bytes={from}-{}", to - 1);
            let part = scene.send(Method::GET, url, &scene.ann, &[("range", &range)], "").await;
            assert_eq!(part.status, 206);
            assert_eq!(part.body, expected[from..to], "{url} {range}");
        }
    }
    let name = scene.get(listed[1]["href"].as_str().unwrap(), &scene.ann).await;
    assert_eq!(
        name.header("content-disposition"),
        "attachment; filename=\"_.json\"; filename*=UTF-8''%C3%A4.json"
    );
}

#[tokio::test]
async fn a_part_of_a_shared_file_may_begin_and_end_in_any_share() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    let url = format!("/v1/exports/{}/runs/1/files/0.s/x", run.export);
    let whole = b"id,carrier\r\n1,UA\r\n2,AA\r\n";
    for from in 0..whole.len() {
        for to in from + 1..=whole.len() {
            let range = format!("bytes={from}-{}", to - 1);
            let part = scene.send(Method::GET, &url, &scene.ann, &[("range", &range)], "").await;
            assert_eq!(part.body, whole[from..to], "{range}");
        }
    }
}

#[tokio::test]
async fn ids_of_no_file_lead_nowhere() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::Zip).await;
    for id in [
        "1.s",
        "2.s",
        "0.0",
        "2.2",
        "3.0",
        "9999999999.0",
        "x",
        "..%2f..%2fplan.json",
        "%2e%2e",
        "2.+0",
        "w",
    ] {
        let url = format!("/v1/exports/{}/runs/1/files/{id}/x", run.export);
        assert_eq!(scene.get(&url, &scene.ann).await.status, 404, "{id}");
    }
}

#[tokio::test]
async fn a_link_without_archive_opens_each_file() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::None).await;
    let url = scene.signed(run).await;
    assert!(url.ends_with('/'));
    let (listed, _) = files(&scene, &url, "").await;
    assert_eq!(listed.len(), 3);
    for file in &listed {
        let answer = scene.fetch(file["href"].as_str().unwrap(), "").await;
        assert_eq!(answer.body.len(), file["size"]);
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
    assert_eq!(scene.fetch(&format!("{url}flights.csv"), "").await.status, 404);
}

#[tokio::test]
async fn a_path_that_climbs_gives_the_file_that_its_id_names_or_nothing() {
    let scene = Scene::new().await;
    let run = scene.ended(Packer::None).await;
    let url = scene.signed(run).await;
    let expected = scene.fetch(&format!("{url}0.s/flights.csv"), "").await.body;
    let missing = scene.fetch("/d/x.y/z", "").await.body;
    let climbs = [
        "%2e%2e%2f%2e%2e%2fplan.json",
        "..%5c..%5cplan.json",
        "%252e%252e%252fplan.json",
        "%2Fetc%2Fpasswd",
        "..%00",
    ];
    for climb in climbs {
        let named = scene.fetch(&format!("{url}0.s/{climb}"), "").await;
        assert_eq!((named.status.as_u16(), &named.body), (200, &expected), "{climb}");
        let found = scene.fetch(&format!("{url}{climb}/x"), "").await;
        assert_eq!((found.status.as_u16(), &found.body), (404, &missing), "{climb}");
    }
}
