//! Links that strangers may follow.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::Ground;
use crate::store::Presign;

pub(super) async fn a_link_serves_the_object_under_its_name(ground: &Ground) {
    ground.put("linked", &Bytes::from_static(b"what was linked")).await;
    let link = Presign {
        lifetime: Duration::from_mins(1),
        disposition: "attachment; filename=\"My export.zip\"; filename*=UTF-8''%C3%9Cbersicht.zip"
            .to_owned(),
        content_type: "application/zip".to_owned(),
    };
    let url = ground.store.presign(&ground.key("linked"), &link).await.expect("a link can be made");
    let Some(url) = url else { return };
    // Only what a plain connection can reach is fetched here.
    if url.scheme() == "http" {
        let answer = fetch(&url).await;
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head and a body");
        let head_lower = head.to_lowercase();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(head.contains(&link.disposition), "{head}");
        assert!(head_lower.contains("content-type: application/zip"), "{head}");
        assert!(body.contains("what was linked"), "{body}");
        let mut tampered = url.clone();
        tampered.set_path(&url.path().replace("linked", "exists.json"));
        let refused = fetch(&tampered).await;
        assert!(refused.starts_with("HTTP/1.1 403"), "a link to another object: {refused}");
    }
}

async fn fetch(url: &Url) -> String {
    let authority = url.authority();
    let mut connection = TcpStream::connect(authority).await.expect("the store can be reached");
    let target = &url[url::Position::BeforePath..];
    let request =
        format!("GET {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.expect("a request can be sent");
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.expect("an answer ends");
    String::from_utf8_lossy(&answer).into_owned()
}
