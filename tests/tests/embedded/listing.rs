//! The files that a server lists, against those of the archive that it made.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use tests::Api;

use super::material::scenario;
use super::served::Served;
use super::tool::tool;

/// Names that clash between batches, of files, tables and the list of warnings; `assets` of which
/// one is missing.
fn definition() -> Value {
    json!({
        "name": "Names",
        "batch_size": 1,
        "on_error": "warn",
        "outputs": [
            {"to": "{name}", "from": "records", "format": "json", "per": "record"},
            {"to": "media/", "from": "records", "assets": {"field": "file"}},
            {"to": "table", "from": "records", "format": "csv"},
        ],
        "transports": [{"type": "download"}, {"type": "download", "packer": "none"}],
    })
}

/// Every file that the API lists at a path, page by page.
async fn listed(api: &Api, path: &str) -> Vec<Value> {
    let (mut files, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("{path}?limit=7{cursor}")).await.unwrap();
        assert_eq!(page.status, 200, "{:?}", page.body);
        files.extend(page.body["files"].as_array().unwrap().iter().cloned());
        let Some(next) = page.body["next"].as_str() else { return files };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test]
async fn a_listing_shows_the_files_of_the_archive_by_name_and_byte() {
    let records = scenario("names/records.jsonl");
    let served =
        Served::start(&format!("[sources.records]\nkind = \"jsonl\"\npath = {records:?}\n")).await;
    let stranger = Api::new(&served.url).unwrap();
    let export = served.export(&definition()).await;
    let ended = served.ended(&export, 1).await;
    assert_eq!(ended["state"], "done_with_warnings", "{ended}");

    let archive = served.path("names.zip");
    let volumes = ended["downloads"][0]["volumes"].as_array().unwrap();
    stranger.download(volumes[0]["url"].as_str().unwrap(), &archive).await.unwrap();
    let unpacked = served.path("unpacked");
    tool("unzip", ["-qo".as_ref(), archive.as_os_str(), "-d".as_ref(), unpacked.as_ref()]);
    let entries = tool("unzip", ["-Z1".as_ref(), archive.as_os_str()]);

    let files = listed(&served.api, &format!("{export}/runs/1/files")).await;
    let paths: Vec<&str> = files.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths, entries.lines().collect::<Vec<_>>());
    for renamed in ["a~2.txt", "media~2/one.svg", "warnings~2.jsonl"] {
        assert!(paths.contains(&renamed), "{renamed} is not in {paths:?}");
    }
    assert_eq!(files.last().unwrap()["id"], "w");
    let original = |path: &str| {
        let file = files.iter().find(|file| file["path"] == path).unwrap();
        file.get("original").cloned().unwrap_or_default()
    };
    assert_eq!(original("A~4.TXT"), "A.TXT");
    assert_eq!(original("a~3.txt"), "a.txt");
    assert_eq!(original("_etc_passwd"), "/etc/passwd");
    assert_eq!(original("a.txt"), Value::Null);
    assert_eq!(original("renamed.jsonl"), Value::Null);
    for file in &files {
        let path = file["path"].as_str().unwrap();
        let fetched = served.path("fetched");
        served.api.download(file["href"].as_str().unwrap(), &fetched).await.unwrap();
        let bytes = fs::read(unpacked.join(path)).unwrap();
        assert!(fs::read(&fetched).unwrap() == bytes, "{path}");
        assert_eq!(file["size"], bytes.len(), "{path}");
        assert_eq!(file["crc32"], format!("{:08x}", crc32fast::hash(&bytes)), "{path}");
    }

    let link = ended["downloads"][1]["volumes"][0]["url"].as_str().unwrap();
    let told = |files: &[Value]| -> BTreeMap<String, Value> {
        files.iter().map(|file| (file["path"].to_string(), file["crc32"].clone())).collect()
    };
    assert_eq!(told(&listed(&stranger, link).await), told(&files));
}
