//! Signed links, from the outside: ranges, redirects, resumed downloads, revocation.

use std::fs;

use reqwest::{Method, redirect};
use serde_json::Value;
use tests::{Backends, sha256};

use super::crew::{Crew, DEADLINE};
use super::load::Load;

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_link_serves_ranges_until_it_is_revoked() {
    let load = Load::small();
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::working(&backends, &load.sources, 1).await;
    let run = crew.submit(&load.definition()).await;
    let shown = crew.ended(run).await;
    let link = &shown["downloads"][0];
    let volume = &link["volumes"][0];
    let (url, len) = (volume["url"].as_str().unwrap(), volume["len"].as_u64().unwrap());
    let whole = crew.fleet.dir().join("whole.zip");
    assert_eq!(crew.ann.download(url, &whole).await.unwrap(), len);
    let bytes = fs::read(&whole).unwrap();
    serves(url, &bytes).await;

    // Where strangers reach the store, it serves them itself.
    crew.kill("coordinator").await;
    let public = [("LONGSHORE_STORE__PUBLIC_ENDPOINT", backends.s3.endpoint.as_str())];
    crew.start("coordinator", "coordinator", &public);
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    let unfollowed = reqwest::Client::builder().redirect(redirect::Policy::none()).build().unwrap();
    let answer = unfollowed.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    let place = answer.headers()["location"].to_str().unwrap();
    assert!(place.starts_with(&backends.s3.endpoint), "{place}");
    // What is passed on is dead soon, whatever becomes of the link.
    let signed = reqwest::Url::parse(place).unwrap();
    let expires = signed.query_pairs().find(|(name, _)| name == "X-Amz-Expires").unwrap().1;
    assert!(expires.parse::<u64>().unwrap() <= 60, "{expires}");
    serves(url, &bytes).await;

    let id = link["id"].as_str().unwrap();
    let path = format!("/v1/exports/{}/runs/1/links/{id}", run.export);
    assert_eq!(crew.ann.delete(&path).await.unwrap().status, 204);
    assert_eq!(unfollowed.get(url).send().await.unwrap().status(), 404);
    assert_eq!(crew.ended(run).await["downloads"], Value::Array(Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_was_cut_off_goes_on_and_is_checked() {
    let load = Load::small();
    let mut crew = Crew::working(&Backends::shared().await.unwrap(), &load.sources, 1).await;
    let run = crew.submit(&load.definition()).await;
    let expected = crew.sha256(run).await;
    let bytes = fs::read(crew.fleet.dir().join("download.zip")).unwrap();
    let (token, url) = (crew.token("ann").await, format!("http://127.0.0.1:{}/", crew.port));
    let (export, out) = (run.export.to_string(), crew.fleet.dir().join("resumed"));
    let out = out.to_str().unwrap();
    let arguments = ["download", &export, "--out", out, "--url", &url, "--token", &token];
    let part = format!("{out}/Everything.zip.part");

    // What is there already is not fetched again, or damage in it would be mended.
    fs::create_dir_all(out).unwrap();
    fs::write(&part, vec![0; 1 << 20]).unwrap();
    let refused = crew.fleet.run(&arguments).await.unwrap_err().to_string();
    assert!(refused.contains("is not what the server made"), "{refused}");

    fs::write(&part, &bytes[..1 << 20]).unwrap();
    let said = crew.fleet.run(&arguments).await.unwrap();
    assert!(said.contains(&expected), "{said}");
    assert_eq!(sha256(format!("{out}/Everything.zip").as_ref()).unwrap(), expected);
}

/// Asserts what a link answers to a browser that asks first, begins in the middle, or asks too much.
async fn serves(url: &str, bytes: &[u8]) {
    let client = reqwest::Client::new();
    let head = client.head(url).send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-length"], bytes.len().to_string());
    assert_eq!(head.headers()["accept-ranges"], "bytes");
    let end = bytes.len() - 1;
    for (range, status, expected) in [
        ("bytes=0-99".to_owned(), 206, &bytes[..100]),
        ("bytes=1000000-".to_owned(), 206, &bytes[1_000_000..]),
        ("bytes=-7".to_owned(), 206, &bytes[end - 6..]),
    ] {
        let request = client.request(Method::GET, url).header("range", &range);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{range}");
        assert!(answer.headers().contains_key("content-range"), "{range}");
        assert_eq!(answer.bytes().await.unwrap(), expected, "{range}");
    }
    let beyond = client.get(url).header("range", format!("bytes={}-", bytes.len() + 1));
    assert_eq!(beyond.send().await.unwrap().status(), 416);
}
