//! Several packings of one export read its sources once: counted where they are read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use tests::Site;

use super::desk::Desk;

const FILES: usize = 40;

#[tokio::test]
async fn four_packings_and_a_tree_fetch_each_file_once() {
    let desk = Desk::new();
    let site = Site::start(&desk.path("site")).unwrap();
    let mut lines = String::new();
    for number in 0..FILES {
        // Some wait in a scratch file, for they are longer than a worker holds.
        let len = if number % 10 == 0 { 5 << 20 } else { 1000 * number };
        let content: Vec<u8> = (0..len).map(|at: usize| at.to_le_bytes()[0]).collect();
        desk.write(&format!("site/{number}.bin"), content);
        writeln!(lines, "{}", json!({"url": site.url(&format!("{number}.bin"))})).unwrap();
    }
    desk.write("files.jsonl", lines);
    let packers = [
        json!("zip_10mb"),
        json!("tar_gz"),
        json!("tar_bz2"),
        json!({"bag": {"archive": "tar_zst", "algorithms": ["sha256", "md5"]}}),
        json!("none"),
    ];
    let transports: Vec<Value> =
        packers.iter().map(|packer| json!({"type": "download", "packer": packer})).collect();
    let definition = json!({
        "name": "Once",
        "batch_size": 7,
        "outputs": [{"to": "files/", "from": "files", "assets": {"field": "url"}}],
        "transports": transports,
        "sources": {"files": {"kind": "jsonl", "path": "files.jsonl"}},
    });
    let allowed = format!("[addresses]\nallow = [\"127.0.0.1:{}\"]\n", site.port());
    let ran = desk.define(&definition).config(&allowed).done().await;
    assert!(ran.result()["archives"].as_array().unwrap().len() > packers.len() - 1);
    let mut asked = BTreeMap::new();
    for path in site.asked() {
        *asked.entry(path).or_insert(0) += 1;
    }
    assert_eq!(asked.len(), FILES);
    assert!(asked.values().all(|times| *times == 1), "{asked:?}");
}
