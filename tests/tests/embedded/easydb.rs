//! Exports of a catalogue, from saved search answers: every object is read back by another program and held
//! against the answers; what comes out is compared with files that are checked in.

mod checked;
mod read_back;
mod files;
mod names;
mod custom;
mod listed;
mod chosen;
mod versions;
mod texts;
mod forms;
mod profiles;
mod parents;
mod standard_texts;
mod fylr;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::desk::{Desk, below};
use super::material::scenario;
use super::ran::Ran;
use super::tool::tool;

/// The folder of answers.
fn small() -> PathBuf {
    catalogue("small")
}

/// The folder of a catalogue.
fn catalogue(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues").join(name)
}

/// An export of the catalogue in batches of ten.
fn export(easydb: &Value) -> Value {
    let mut easydb = easydb.clone();
    easydb["exported_at"] = "2026-03-05T09:07:00Z".into();
    json!({
        "name": "Kai",
        "batch_size": 10,
        "outputs": [{
            "to": "{_time} {_catalogue} {_extent} {_name}/",
            "from": "museum",
            "easydb": easydb,
        }],
        "sources": {"museum": {"kind": "easydb", "path": small()}},
    })
}

/// What the folder of that is called.
const TOP: &str = "2026-03-05 09_07 hafenmuseum FULL Kai";

fn config() -> String {
    let folder = scenario("easydb");
    let folder = folder.display();
    format!("[worker]\nstylesheets = \"{folder}\"\nmappings = \"{folder}\"\n")
}

async fn run(desk: &Desk, easydb: &Value) -> Ran {
    let name = format!("{:x}", told_apart(&easydb.to_string()));
    desk.define(&export(easydb)).apart(&name).config(&config()).done().await
}

/// Something to tell runs apart by.
fn told_apart(text: &str) -> u64 {
    text.bytes().fold(14_695_981_039_346_656_037, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(1_099_511_628_211)
    })
}

/// Lets xmllint read every XML file that came out; how many there are.
fn lint(ran: &Ran) -> usize {
    let files = below(&ran.unpacked());
    let is_xml = |path: &&std::path::PathBuf| path.extension() == Some("xml".as_ref());
    let files: Vec<_> = files.iter().filter(is_xml).collect();
    for file in &files {
        tool("xmllint", ["--noout".as_ref(), file.as_os_str()]);
    }
    files.len()
}

/// Lets Python hold what came out against the answers of the small catalogue; how many objects it found merged.
fn judge(ran: &Ran, rule: &str, depth: u8, types: &[&str]) -> u64 {
    judged(ran, &small(), (rule, depth, types), "").merged
}

/// What Python saw.
pub(super) struct Judged {
    pub(super) objects: u64,
    /// Texts and attributes of the XML, and cells of tables, each of which was held against the answers.
    pub(super) values: u64,
    pub(super) merged: u64,
    /// Columns of the catalogue in which no object has anything, so that nothing was seen of them.
    pub(super) empty: u64,
}

/// Lets Python hold every value that came out against the answers in a folder, by a rule, a depth and the types
/// that the search gives, `bild:10` being those in a pool; `besides` is `all` for all languages, `fylr` for its
/// forms, or empty.
fn judged(ran: &Ran, catalogue: &Path, asked: (&str, u8, &[&str]), besides: &str) -> Judged {
    lint(ran);
    judged_in(&ran.unpacked(), catalogue, asked, besides)
}

/// The same of what lies in a folder.
pub(super) fn judged_in(
    unpacked: &Path,
    catalogue: &Path,
    (rule, depth, types): (&str, u8, &[&str]),
    besides: &str,
) -> Judged {
    let (program, depth) = (scenario("easydb").join("judge.py"), depth.to_string());
    let types = types.join(",");
    let arguments: [&OsStr; 7] = [
        program.as_os_str(),
        catalogue.as_os_str(),
        unpacked.as_os_str(),
        rule.as_ref(),
        depth.as_ref(),
        types.as_ref(),
        besides.as_ref(),
    ];
    let verdict = tool("python3", arguments);
    assert!(verdict.starts_with("as it should be: "), "{rule} {depth}: {verdict}");
    let numbers = verdict.split_whitespace().filter_map(|word| word.parse().ok());
    let [objects, values, merged, empty] = numbers.collect::<Vec<u64>>()[..] else {
        panic!("{verdict}")
    };
    Judged { objects, values, merged, empty }
}

/// The paths of what came out, without the folder that all is in.
fn paths(ran: &Ran) -> Vec<String> {
    let entries = ran.entries();
    let path = |path: &str| path.strip_prefix(TOP).unwrap_or(path).trim_matches('/').to_owned();
    entries.iter().map(|entry| path(&entry.name)).collect()
}

/// What openpyxl finds in the workbooks that came out.
fn workbook(ran: &Ran) -> String {
    let python = tests::env::venv().join("bin/python");
    let (program, folder) = (scenario("easydb/workbook.py"), ran.unpacked());
    tool(python.to_str().unwrap(), [program.as_os_str(), folder.as_os_str()])
}

#[tokio::test]
async fn a_profile_that_nobody_has_is_told() {
    let desk = Desk::new();
    let asked = export(&json!({"xml": true, "mapping": "nobody"}));
    let ran = desk.define(&asked).config(&config()).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["unknown_mapping", "nobody"]);
}

/// A file that is gone costs itself alone: it is told, all others and the objects are there.
#[tokio::test]
async fn one_bad_file_is_left_out_and_told() {
    let desk = Desk::new();
    for path in below(&small()) {
        let name = path.strip_prefix(small()).unwrap().display().to_string();
        if name != "files/leaflet.pdf" {
            desk.write(&format!("catalogue/{name}"), std::fs::read(&path).unwrap());
        }
    }
    let files = json!({"bild.datei": {"files": true}});
    let mut asked = export(&json!({"xml": true, "eas_fields": files}));
    asked["on_error"] = "warn".into();
    asked["sources"]["museum"]["path"] = desk.path("catalogue").to_str().unwrap().into();
    let ran = desk.define(&asked).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    assert!(ran.text("warnings.jsonl").contains("files/leaflet.pdf"));
    let pictures = paths(&ran).iter().filter(|path| path.contains("sid-")).count();
    assert_eq!(pictures, 10);
    asked["on_error"] = "fail".into();
    let ran = desk.define(&asked).apart("strict").run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["asset_missing"]);
}
