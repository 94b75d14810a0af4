//! Memory does not grow with an export: what has ten times as much takes hardly more of it.

use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};
use tests::{FtpServer, Namespace, Receiver, Reply, SshServer, WebdavServer, env};

use super::desk::Desk;
use super::packers::noise;

/// How many files of a mebibyte the shorter export has, enough to fill whatever is read ahead; and how many
/// records for each of them.
const FILES: usize = 32;
const RECORDS_PER_FILE: usize = 32;

/// How many of the files differ: no compressor looks back as far as to the last one that was the same.
const DISTINCT: usize = 16;

/// How many times as much the longer one has.
const TIMES: usize = 10;

/// What it may take besides half as much again, in bytes: whatever is kept ahead comes to be full.
const ALLOWED: u64 = 16 << 20;

/// What no compressor makes shorter: a table, a file of each record, and files of a mebibyte. Each of these
/// has many names, so that they take little room.
fn definition(desk: &Desk, times: usize, transport: &Value) -> Value {
    let folder = desk.path(&format!("{times}"));
    let distinct: Vec<_> = noise(DISTINCT << 20)
        .chunks(1 << 20)
        .enumerate()
        .map(|(number, content)| desk.write(&format!("{times}/distinct/{number}"), content))
        .collect();
    let (mut files, mut records) = (String::new(), String::new());
    for file in 0..FILES * times {
        fs::hard_link(&distinct[file % DISTINCT], folder.join(format!("{file}.bin"))).unwrap();
        writeln!(files, "{{\"file\":\"{file}.bin\"}}").unwrap();
    }
    for (id, bytes) in noise(FILES * times * RECORDS_PER_FILE * 304).chunks(304).enumerate() {
        write!(records, "{{\"id\":{id},\"text\":\"").unwrap();
        for word in bytes.as_chunks().0 {
            write!(records, "{:016x}", u64::from_be_bytes(*word)).unwrap();
        }
        records.push_str("\"}\n");
    }
    desk.write(&format!("{times}/records.jsonl"), records);
    desk.write(&format!("{times}/files.jsonl"), files);
    let source = |name: &str| json!({"kind": "jsonl", "path": format!("{times}/{name}.jsonl")});
    json!({
        "name": "Memory",
        "outputs": [
            {"to": "records.csv", "from": "records", "format": "csv"},
            {"to": "records/{id}.json", "from": "records", "format": "json", "per": "record",
             "select": {"fields": ["id"]}},
            {"to": "files/", "from": "files", "assets": {"field": "file"}},
        ],
        "transports": [transport],
        "sources": {"records": source("records"), "files": source("files")},
    })
}

/// Runs both, each in a process of its own, and compares the most memory that these had.
async fn check(desk: &Desk, transport: Value, targets: Value) {
    let mut measured = Vec::new();
    for times in [1, TIMES] {
        let mut asked = definition(desk, times, &transport);
        asked["targets"] = targets.clone();
        let ask = desk.define(&asked).apart(&format!("of-{times}")).with("--workers=2");
        let (ran, peak) = ask.start().measured().await;
        assert_eq!(ran.code, 0, "{}", ran.said);
        let bytes = ran.result()["counts"]["bytes"].as_u64().unwrap();
        measured.push((peak, bytes));
    }
    let [(peak, bytes), (peak_of_many, bytes_of_many)] = measured[..] else { unreachable!() };
    let most = peak + peak / 2 + ALLOWED;
    // Otherwise nothing would be said of what is kept.
    assert!(bytes_of_many - bytes > 3 * (most - peak), "{measured:?}");
    assert!(peak_of_many <= most, "{transport}: {measured:?}");
}

/// The same of an archive, or a tree, that is laid down.
async fn check_packer(packer: Value) {
    check(&Desk::new(), json!({"type": "download", "packer": packer}), json!({})).await;
}

#[tokio::test]
async fn memory_does_not_grow_with_a_zip_archive() {
    check_packer(json!("zip")).await;
}

#[tokio::test]
async fn memory_does_not_grow_with_a_tree() {
    check_packer(json!("none")).await;
}

#[tokio::test]
async fn memory_does_not_grow_with_a_compressed_tar_archive() {
    check_packer(json!("tar_gz")).await;
}

#[tokio::test]
async fn memory_does_not_grow_with_volumes() {
    check_packer(json!("zip_10mb")).await;
}

#[tokio::test]
async fn memory_does_not_grow_with_a_bag() {
    let algorithms = ["sha256"];
    let bag = json!({"archive": "tar_zst", "algorithms": algorithms, "research_object": {}});
    check_packer(json!({"bag": bag})).await;
}

#[tokio::test]
async fn memory_does_not_grow_with_what_is_sent_by_http() {
    let receiver = Receiver::start(|_, _| Reply::Status(201, String::new())).await.unwrap();
    let url = format!("http://127.0.0.1:{}/{{path}}", receiver.port);
    let transport = json!({"type": "http", "target": "far"});
    check(&Desk::new(), transport, json!({"far": {"kind": "http", "url": url}})).await;
}

#[tokio::test]
async fn memory_does_not_grow_with_what_is_put_by_webdav() {
    let desk = Desk::new();
    let server = WebdavServer::start(&desk.path(""), &desk.path("there")).await.unwrap();
    let transport = json!({"type": "webdav", "target": "far", "options": {"verify": true}});
    check(&desk, transport, json!({"far": super::webdav::of(&server)})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_does_not_grow_with_what_is_put_into_a_bucket() {
    let (desk, server) = (Desk::new(), env::s3().unwrap());
    desk.write("secret", server.secret_key.clone());
    let far = super::buckets::target(&server, Namespace::new().name());
    let transport = json!({"type": "s3", "target": "far", "options": {"verify": true}});
    check(&desk, transport, json!({"far": far})).await;
}

#[tokio::test]
async fn memory_does_not_grow_with_what_is_put_by_ftp() {
    let desk = Desk::new();
    let server = FtpServer::plain(&desk.path(""), &desk.path("there")).await.unwrap();
    let transport = json!({"type": "ftp", "target": "far"});
    check(&desk, transport, json!({"far": super::ftp::of(&server)})).await;
}

#[tokio::test]
async fn memory_does_not_grow_with_what_is_put_by_sftp() {
    let desk = Desk::new();
    let folder = desk.path("there");
    fs::create_dir_all(&folder).unwrap();
    let server = SshServer::start(&desk.path(""), "restrict").await.unwrap();
    let far = super::sftp::of(&server, folder.to_str().unwrap());
    check(&desk, json!({"type": "sftp", "target": "far"}), json!({"far": far})).await;
}

#[tokio::test]
async fn memory_does_not_grow_with_what_rsync_sends() {
    let desk = Desk::new();
    let folder = desk.path("there");
    fs::create_dir_all(&folder).unwrap();
    let far = json!({"kind": "rsync", "to": folder});
    let transport = json!({"type": "rsync", "target": "far", "packer": "none"});
    check(&desk, transport, json!({"far": far})).await;
}
