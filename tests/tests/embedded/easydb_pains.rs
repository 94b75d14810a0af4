//! What has hurt users of such exports elsewhere: files that cannot be had, names that cannot be kept, and very large
//! files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{EasydbServer, Mishap, Reader};

use super::desk::{Desk, below};
use super::served::Served;
use super::tool::tool;
use crate::dialect::{self, Guest, paths};

fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small")
}

/// The files of the small catalogue as they were uploaded, by their numbers.
fn originals() -> BTreeMap<u64, Vec<u8>> {
    let answer: Value =
        serde_json::from_slice(&fs::read(small().join("search-00000.json")).unwrap()).unwrap();
    let objects = answer["objects"].as_array().unwrap().iter();
    let files = objects.flat_map(|object| object["bild"]["datei"].as_array().into_iter().flatten());
    let original = |file: &Value| {
        let url = file["versions"]["original"]["url"].as_str().unwrap();
        (file["_id"].as_u64().unwrap(), fs::read(small().join(url)).unwrap())
    };
    files.map(original).collect()
}

/// What a file is called.
fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Exports the small catalogue from its server, where something happens to one of its files for ever.
async fn check(mishap: Mishap) {
    let desk = Desk::new();
    let server = EasydbServer::start(&small()).await.unwrap();
    server.fail_next("/eas/files/leaflet.pdf", vec![mishap.clone(); 100]);
    let (_, address) = server.url.split_once("//").unwrap();
    let password = desk.write("password", "secret\n");
    let definition = json!({
        "name": "Kai", "batch_size": 10, "on_error": "warn",
        "outputs": [{"to": "kai/", "from": "museum", "easydb": {
            "xml": true, "eas_fields": {"bild.datei": {"files": true}}}}],
        "sources": {"museum": {"kind": "easydb", "url": server.url, "login": "ann",
            "password_file": password}},
    });
    let config = format!("[addresses]\nallow = [\"{address}\"]\n");
    let ran = desk.define(&definition).config(&config).run().await;
    assert_eq!(ran.code, 3, "{mishap:?}: {}", ran.said);
    let warnings = ran.text("warnings.jsonl");
    assert!(!warnings.is_empty(), "{mishap:?}");
    for warning in warnings.lines() {
        assert!(warning.contains("/eas/files/leaflet.pdf"), "{mishap:?}: {warning}");
    }
    let unpacked = below(&ran.unpacked());
    let is_xml = |path: &&PathBuf| path.extension() == Some("xml".as_ref());
    let texts: Vec<String> =
        unpacked.iter().filter(is_xml).map(|path| fs::read_to_string(path).unwrap()).collect();
    let count = |text: &str| texts.iter().map(|xml| xml.matches(text).count()).sum::<usize>();
    assert_eq!((count("<_exported_at>"), count("<_relative_filename>")), (30, 10), "{mishap:?}");
    let originals = originals();
    let files = unpacked.iter().filter(|path| name(path).starts_with("sid-"));
    for path in files {
        let id = name(path).split('-').nth(3).unwrap().parse::<u64>().unwrap();
        assert!(fs::read(path).unwrap() == originals[&id], "{mishap:?}: {}", path.display());
    }
    let entries = ran.entries();
    let files = entries.iter().filter(|entry| entry.name.contains("sid-")).count();
    assert_eq!(files, 10, "{mishap:?}");
}

#[tokio::test]
async fn a_file_that_is_gone_costs_itself_alone() {
    check(Mishap::Status(404, None)).await;
}

#[tokio::test]
async fn a_file_that_its_server_fails_over_for_ever_costs_itself_alone() {
    check(Mishap::Status(500, None)).await;
}

#[tokio::test]
async fn a_file_that_never_comes_whole_costs_itself_alone() {
    check(Mishap::Cut).await;
}

#[tokio::test]
async fn a_server_whose_files_all_fail_is_waited_for_and_told_of() {
    let desk = Desk::new();
    let server = EasydbServer::start(&small()).await.unwrap();
    server.fail_next("/eas/", vec![Mishap::Status(500, None); 10_000]);
    server.fail_next("/api/v1/session", [Mishap::Half]);
    let (_, address) = server.url.split_once("//").unwrap();
    let password = desk.write("password", "secret\n");
    let mut definition = json!({
        "name": "Kai", "batch_size": 0, "on_error": "fail",
        "outputs": [{"to": "kai/", "from": "museum", "easydb": {
            "xml": true, "eas_fields": {"bild.datei": {"files": true}}}}],
        "sources": {"museum": {"kind": "easydb", "url": server.url, "login": "ann",
            "password_file": password}},
    });
    let config = format!("[addresses]\nallow = [\"{address}\"]\n[coordinator]\nattempts = 3\n");
    for on_error in ["fail", "warn"] {
        definition["on_error"] = on_error.into();
        let ran = desk.define(&definition).apart(on_error).config(&config).run().await;
        assert_eq!(ran.code, 1, "{}", ran.said);
        ran.assert_said(&["source_unavailable"]);
    }
}

/// Names as long as files had where they came from, the same ones again and again, and some that no file
/// can have.
#[tokio::test]
async fn overlong_and_clashing_names_make_files_of_their_own() {
    let folder = small().display().to_string();
    let served = Served::start(&format!(
        "[easydb]\nsource = \"c\"\n[sources.c]\nkind = \"easydb\"\npath = \"{folder}\"\n"
    ))
    .await;
    let local = Guest(served.api.clone());
    let template = format!("{}%_asset.original_filename%", "ä".repeat(90));
    let originals = originals();
    for besides in [
        json!({"filename_original": true, "flat": true}),
        json!({"filename_template": template}),
        json!({"filename_template": "same"}),
        json!({"filename_template": "../../%_asset.class%"}),
    ] {
        let mut there = BTreeSet::new();
        let export = local.makes(&besides.to_string(), &besides).await;
        let done = local.sees_end(&export, 1).await;
        let paths = paths(&done);
        let files: Vec<&String> = paths.iter().filter(|path| !path.ends_with("json")).collect();
        assert_eq!(files.len(), 11, "{besides}: {paths:?}");
        let distinct: BTreeSet<String> = paths.iter().map(|path| path.to_lowercase()).collect();
        assert_eq!(distinct.len(), paths.len(), "{paths:?}");
        for path in &paths {
            assert!(path.split('/').all(|name| name.len() <= 255 && name != ".."), "{path}");
        }
        let archive = served.path("all.zip");
        let zip = format!("{export}/zip/");
        local.0.download(&zip, &archive).await.unwrap();
        let entries = Reader::Python.read(&archive).unwrap();
        assert_eq!(entries.len(), paths.len());
        let unpacked = served.path("unpacked");
        tool("unzip", ["-qo".as_ref(), archive.as_os_str(), "-d".as_ref(), unpacked.as_os_str()]);
        assert_eq!(below(&unpacked).len(), paths.len(), "{besides}");
        for file in done["_files"].as_array().unwrap() {
            if let Some(id) = file["eas_id"].as_u64() {
                let path = dialect::path(file);
                let is_it = fs::read(unpacked.join(&path)).unwrap() == originals[&id];
                assert!(is_it, "{besides}: {path} is not the file {id}");
                there.insert(id);
            }
        }
        assert_eq!(there.len(), 11, "{besides}: {there:?}");
        fs::remove_dir_all(&unpacked).unwrap();
    }
}

/// A file beyond 4 GiB, nearly all of which is a hole that takes up no room: its length is told whole, its last bytes
/// are had from beyond all that fits into 32 bits, and the directory of the dialect's own ZIP knows it.
#[tokio::test]
async fn a_file_over_four_gibibytes_is_there_to_its_last_byte() {
    const LEN: u64 = (4 << 30) + 4096;
    const END: &[u8] = b"the end";
    let served = Served::start(
        "[easydb]\nsource = \"c\"\n[sources.c]\nkind = \"easydb\"\npath = \"{folder}/c\"\n",
    )
    .await;
    let folder = served.path("c");
    fs::create_dir_all(folder.join("files")).unwrap();
    fs::copy(small().join("catalogue.json"), folder.join("catalogue.json")).unwrap();
    let object = json!({"_objecttype": "file", "_mask": "file__all", "_system_object_id": 7,
        "file": {"_id": 7, "_version": 1, "scan": [{"_id": 70, "class": "office", "extension": "pdf",
            "original_filename": "a.pdf",
            "versions": {"original": {"url": "files/large.pdf", "extension": "pdf"}}}]}});
    fs::write(folder.join("search-0.json"), json!({"objects": [object]}).to_string()).unwrap();
    let mut large = File::create(folder.join("files/large.pdf")).unwrap();
    large.seek(SeekFrom::Start(LEN - END.len() as u64)).unwrap();
    large.write_all(END).unwrap();
    let local = Guest(served.api.clone());
    let export = local.makes("large", &json!({"eas_fields": {"file.scan": {"files": true}}})).await;
    let done = local.sees_end(&export, 1).await;
    let files = done["_files"].as_array().unwrap();
    let file = files.iter().find(|file| file["eas_id"] == 70).unwrap_or_else(|| panic!("{done:#}"));
    assert_eq!(file["size"], LEN);
    let url = format!("{export}/file/{}", file["path"].as_str().unwrap());
    let from = LEN - END.len() as u64 - 1;
    let request = local.0.request(Method::GET, &url).header("range", format!("bytes={from}-"));
    let part = request.send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], format!("bytes {from}-{}/{LEN}", LEN - 1));
    assert_eq!(&part.bytes().await.unwrap()[..], b"\0the end");
    let archive = served.path("large.zip");
    local.0.download(&format!("{export}/zip/"), &archive).await.unwrap();
    let listed = tool("unzip", ["-l".as_ref(), archive.as_os_str()]);
    assert!(listed.contains(&LEN.to_string()), "{listed}");
    // Reads all of it, and holds it against its checksum.
    tool("unzip", ["-tq".as_ref(), archive.as_os_str()]);
}
