//! The files that a server lists, against those of the archive that it made.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Api, Fleet, free_port, until};

use super::material::scenario;
use super::tool::tool;

/// How long a server may take to begin, and a run to end.
const DEADLINE: Duration = Duration::from_mins(3);

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
    let port = free_port().unwrap();
    let config = format!(
        "[api]\nlisten = \"127.0.0.1:{port}\"\nbase_url = \"http://127.0.0.1:{port}/\"\n\
         [sources.records]\nkind = \"jsonl\"\npath = {:?}\n",
        scenario("names/records.jsonl")
    );
    let fleet = Fleet::new(&config).unwrap();
    let data = fleet.dir().join("data");
    let file = fleet.dir().join("longshore.toml").display().to_string();
    let arguments = ["serve", "--config", &file, "--data", data.to_str().unwrap()];
    let _server = fleet.command("serve", &arguments).unwrap();
    let stranger = Api::new(&format!("http://127.0.0.1:{port}")).unwrap();
    stranger.serves("/health/ready", DEADLINE).await.unwrap();
    let api = stranger.with_token(fs::read_to_string(data.join("token")).unwrap().trim());

    let made = api.post("/v1/exports", &definition()).await.unwrap();
    assert_eq!(made.status, 201, "{:?}", made.body);
    let run = format!("/v1/exports/{}/runs/1", made.body["id"].as_str().unwrap());
    let ended = until("end of the run", DEADLINE, async || {
        let shown = api.get(&run).await?.body;
        Ok(shown["ended"].is_string().then_some(shown))
    });
    let ended = ended.await.unwrap();
    assert_eq!(ended["state"], "done_with_warnings", "{ended}");

    let archive = fleet.dir().join("names.zip");
    let volumes = ended["downloads"][0]["volumes"].as_array().unwrap();
    stranger.download(volumes[0]["url"].as_str().unwrap(), &archive).await.unwrap();
    let unpacked = fleet.dir().join("unpacked");
    tool("unzip", ["-qo".as_ref(), archive.as_os_str(), "-d".as_ref(), unpacked.as_ref()]);
    let entries = tool("unzip", ["-Z1".as_ref(), archive.as_os_str()]);

    let files = listed(&api, &format!("{run}/files")).await;
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
        let fetched = fleet.dir().join("fetched");
        api.download(file["href"].as_str().unwrap(), &fetched).await.unwrap();
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
