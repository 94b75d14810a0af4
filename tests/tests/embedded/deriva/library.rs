//! `ermrestjs`, as npm has it: what Deriva's pages ask for, sent by the library by which they do.

use std::fs;
use std::path::Path;

use reqwest::StatusCode;
use serde::Deserialize;
use tests::env;
use tokio::process::Command;

use super::super::tool::tool;
use super::door::{DEADLINE, Door};

/// What became of a template of a page.
#[derive(Debug, Deserialize)]
struct Exported {
    displayname: String,
    /// Where the result is, if it was taken.
    #[serde(default)]
    urls: Vec<String>,
    /// Why it was not, else.
    status: Option<u16>,
    /// How often it was asked for.
    posts: usize,
}

impl Door {
    /// Exports every template of a page, with the session of its user; `broken` spoils what they ask for.
    async fn exported_by_the_library(&self, page: &str, broken: &[&str]) -> Vec<Exported> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/ermrestjs.cjs");
        let mut node = Command::new("node");
        node.arg(program)
            .arg(env::ermrestjs())
            .args([self.url.as_str(), &self.catalogue.url, page])
            .args(broken)
            .env("COOKIE", format!("webauthn={}", self.token))
            .env("NODE_EXTRA_CA_CERTS", self.path("door.ca.pem"))
            // The service listens by one kind of address alone, and no proxy leads to it.
            .env("NODE_OPTIONS", "--dns-result-order=ipv4first")
            .env("NO_PROXY", "localhost,127.0.0.1")
            .kill_on_drop(true);
        let ended = tokio::time::timeout(DEADLINE, node.output()).await.unwrap().unwrap();
        let [told, said] = [&ended.stdout, &ended.stderr].map(|text| String::from_utf8_lossy(text));
        assert!(ended.status.success(), "{told}{said}\n{}", self.log());
        told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A file of the bag that a template brought, as text.
    async fn brought(&self, exported: &Exported, name: &str) -> String {
        let [url] = exported.urls.as_slice() else { panic!("{exported:?}\n{}", self.log()) };
        assert_eq!(self.ready(url, &self.token).await, StatusCode::OK, "{}", self.log());
        let fetched = self.fetch(url).await;
        assert_eq!((fetched.status, fetched.content_type.as_str()), (200, "application/zip"));
        let archive = self.path("brought.zip");
        fs::write(&archive, fetched.bytes).unwrap();
        tool("unzip", ["-p".as_ref(), archive.as_os_str(), name.as_ref()])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_of_the_pages_gets_bags() {
    let door = Door::open().await;
    let page = "catalog/7/entity/pnc:image_files/RID=20J";
    let exported = door.exported_by_the_library(page, &[]).await;
    let [bag] = exported.as_slice() else { panic!("{exported:?}") };
    assert_eq!((bag.displayname.as_str(), bag.posts), ("BDBag", 1));
    let rows = door.brought(bag, "image_files/data/image_files.csv").await;
    assert_eq!(rows.lines().count(), 2, "{rows}");
    assert!(rows.contains("\n20J,"), "{rows}");
    let references = door.brought(bag, "image_files/fetch.txt").await;
    assert_eq!(references.lines().count(), 1, "{references}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_pages_may_not_have_they_ask_for_once() {
    let door = Door::open().await;
    let page = "catalog/7/entity/pnc:subject/RID=20A";
    // One wants an identifier, which nobody gives here, and one a program of its own.
    let exported = door.exported_by_the_library(page, &[]).await;
    let names: Vec<&str> = exported.iter().map(|one| one.displayname.as_str()).collect();
    assert_eq!(names, ["BDBag", "Frag bag", "Files"]);
    let rows = door.brought(&exported[0], "subject/data/subject.csv").await;
    assert!(rows.contains("\n20A,"), "{rows}");
    let spoiled = door.exported_by_the_library(page, &["broken"]).await;
    assert_eq!(spoiled.len(), 3);
    for one in exported[1..].iter().chain(&spoiled) {
        // Whatever is answered by 500 or 503 comes ten times more.
        assert!(matches!(one.status, Some(409 | 502)) && one.posts == 1, "{one:?}\n{}", door.log());
    }
}
