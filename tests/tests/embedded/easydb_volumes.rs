//! Archives in several volumes, by the passkey of their transport: whoever has the address needs nothing else, gets
//! any part of any volume, and gets nothing while there is no run that is done.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use reqwest::{Client, Response, redirect};
use serde_json::{Value, json};

use super::packers::noise;
use super::served::Served;
use super::tool::tool;
use crate::dialect::{Guest, paths};

/// How long each of the files is; no two fit into a volume of 10 MB.
const LEN: usize = 6_000_000;

/// A server over a catalogue of two objects with such a file each.
async fn served() -> Served {
    let served = Served::start(
        "[easydb]\nsource = \"c\"\n[sources.c]\nkind = \"easydb\"\npath = \"{folder}/c\"\n",
    )
    .await;
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    let folder = served.path("c");
    fs::create_dir_all(folder.join("files")).unwrap();
    fs::copy(small.join("catalogue.json"), folder.join("catalogue.json")).unwrap();
    let content = noise(2 * LEN);
    for (name, content) in ["a.bin", "b.bin"].iter().zip(content.chunks(LEN)) {
        fs::write(folder.join("files").join(name), content).unwrap();
    }
    let object = |id: u64, name: &str| {
        json!({"_objecttype": "file", "_mask": "file__all", "_system_object_id": id, "file": {
            "_id": id, "_version": 1, "scan": [{"_id": 70 + id, "class": "office", "extension": "bin",
                "original_filename": name,
                "versions": {"original": {"url": format!("files/{name}"), "extension": "bin"}}}]}})
    };
    let objects = json!({"objects": [object(1, "a.bin"), object(2, "b.bin")]});
    fs::write(folder.join("search-0.json"), objects.to_string()).unwrap();
    served
}

/// Somebody who has signed in nowhere, and follows no redirects.
struct Stranger(Client, String);

impl Stranger {
    async fn asks(&self, path: &str, range: &str) -> Response {
        let url = format!("{}{}", self.1.trim_end_matches('/'), path);
        let request = self.0.get(url);
        let request = if range.is_empty() { request } else { request.header("range", range) };
        request.send().await.unwrap()
    }

    /// That an address leads nowhere, as easydb says it.
    async fn is_sent_away(&self, path: &str) {
        let answer = self.asks(path, "").await;
        assert_eq!(answer.status(), 302, "{path}");
        assert_eq!(answer.headers()["location"], "/#server_error:export.invalid.passkey", "{path}");
    }
}

#[tokio::test]
async fn every_volume_is_had_by_the_passkey_alone_from_any_byte_on() {
    let served = served().await;
    let guest = Guest(served.api.clone());
    let document = json!({"_transports": [{"type": "download", "packer": "zip_10mb"}],
        "export": {"name": "Kai 7-8", "search": {}, "json": true,
            "eas_fields": {"file.scan": {"files": true}}}});
    let export = guest.puts(&document).await;
    let done = guest.sees_end(&export, 1).await;
    assert_eq!(done["_state"], "done", "{done:#}");
    let volumes = done["_transports"][0]["_download"]["_files"].as_array().unwrap();
    assert_eq!(volumes.len(), 2, "{done:#}");
    let unfollowed = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
    let stranger = Stranger(unfollowed, served.url.clone());
    let mut names = BTreeSet::new();
    for (number, volume) in (1..).zip(volumes) {
        let url = volume["url"].as_str().unwrap();
        assert!(url.ends_with(&format!("/Kai%207-8.{number}.zip")), "{url}");
        let path = format!("{export}/download/{url}");
        let whole = stranger.asks(&path, "").await;
        assert_eq!(whole.status(), 200, "{url}");
        let whole = whole.bytes().await.unwrap();
        let len = whole.len();
        assert_eq!(volume["size"], len, "{url}");
        assert!(len > LEN, "{len}");
        for (from, to) in [(0, 4), (len / 2, len / 2 + 70_000), (len - 22, len)] {
            let part = stranger.asks(&path, &format!("bytes={from}-{}", to - 1)).await;
            assert_eq!(part.status(), 206, "{url}");
            let range = format!("bytes {from}-{}/{len}", to - 1);
            assert_eq!(part.headers()["content-range"], range);
            assert!(part.bytes().await.unwrap() == whole[from..to], "{range} of {url}");
        }
        let file = served.path(&format!("{number}.zip"));
        fs::write(&file, &whole).unwrap();
        tool("unzip", ["-tq".as_ref(), file.as_os_str()]);
        let listed = tool("zipinfo", ["-1".as_ref(), file.as_os_str()]);
        names.extend(listed.lines().map(str::to_owned));
    }
    assert_eq!(names, paths(&done).into_iter().collect::<BTreeSet<_>>());
    let url = volumes[0]["url"].as_str().unwrap();
    let (passkey, name) = url.split_once('/').unwrap();
    let beyond = name.replace(".1.zip", ".3.zip");
    let upset: String = passkey.chars().rev().collect();
    for wrong in [format!("{passkey}/{beyond}"), format!("{upset}/{name}"), format!("x/{name}")] {
        stranger.is_sent_away(&format!("{export}/download/{wrong}")).await;
    }
    fails_after(&served, &guest, &export).await;
    stranger.is_sent_away(&format!("{export}/download/{url}")).await;
}

/// Lets the next run fail.
async fn fails_after(served: &Served, guest: &Guest, export: &str) {
    fs::write(served.path("c/search-0.json"), "{").unwrap();
    // The first start takes the run that began by itself.
    guest.starts(export).await;
    guest.starts(export).await;
    let failed = guest.sees_end(export, 2).await;
    assert_eq!(failed["_state"], "failed", "{failed:#}");
    assert_eq!(failed["_transports"][0]["_download"], Value::Null);
}
