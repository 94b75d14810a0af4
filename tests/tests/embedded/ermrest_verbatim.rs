//! Answers of a catalogue that are kept byte for byte, snapshots that outputs name, and files that are left out where
//! they are empty: in archives, in trees and in bags.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::Trouble;

use super::bags::valid;
use super::desk::below;
use super::ermrest::Deriva;
use super::ran::Ran;
use super::tool::tool;

/// Files, each with the query and the form that it is made from, and what the server is asked for to have it at once.
const KEPT: [(&str, &str, &str, &str); 7] = [
    ("subjects.csv", "/entity/pnc:subject", "csv", "entity/pnc:subject@sort(RID)?limit=none"),
    (
        "titles.csv",
        "/attribute/pnc:subject/title,subject_id@sort(subject_id)",
        "csv",
        "attribute/pnc:subject/title,subject_id@sort(subject_id)?limit=none",
    ),
    (
        "files.json",
        "/entity/pnc:image_files",
        "json",
        "entity/pnc:image_files@sort(RID)?limit=none",
    ),
    (
        "titles.jsonl",
        "/attribute/pnc:subject/title,subject_id@sort(subject_id)?limit=none",
        "json_stream",
        "attribute/pnc:subject/title,subject_id@sort(subject_id)?limit=none",
    ),
    (
        "three.csv",
        "/entity/pnc:subject@sort(title)?limit=3",
        "csv",
        "entity/pnc:subject@sort(title,RID)?limit=3",
    ),
    ("count.json", "/aggregate/pnc:subject/n:=cnt(*)", "json", "aggregate/pnc:subject/n:=cnt(*)"),
    ("schema.json", "/schema", "json", "schema"),
];

/// The type of a form.
fn accepted(form: &str) -> &'static str {
    match form {
        "csv" => "text/csv",
        "json" => "application/json",
        _ => "application/x-json-stream",
    }
}

impl Deriva {
    /// The snapshot of now.
    async fn view(&self) -> String {
        let cookie = self.asked.cookie();
        let headers = [("cookie", cookie.as_str())];
        let told = self.asked.ask("GET", "/ermrest/catalog/7", &headers).await;
        let document: Value = serde_json::from_slice(&told.body).unwrap();
        document["snaptime"].as_str().unwrap().to_owned()
    }

    /// What the server answers at once.
    async fn at_once(&self, view: &str, path: &str, accepted: &str) -> String {
        let cookie = self.asked.cookie();
        let headers = [("cookie", cookie.as_str()), ("accept", accepted)];
        let uri = format!("/ermrest/catalog/7@{view}/{path}");
        let told = self.asked.ask("GET", &uri, &headers).await;
        assert_eq!(told.status, 200, "{uri}: {}", told.text());
        told.text()
    }

    /// What is kept, files without records that are left out or not, and an archive, a tree and a bag of them.
    fn kept(&self, batch_size: u64) -> Value {
        let empty = "/entity/pnc:empty_t";
        let mut outputs: Vec<Value> = KEPT
            .iter()
            .map(|(to, query, form, _)| {
                json!({"to": to, "from": "deriva", "query": query, "verbatim": form, "empty_file": "drop"})
            })
            .collect();
        outputs.extend([
            json!({"to": "none.csv", "from": "deriva", "query": empty, "verbatim": "csv", "empty_file": "drop"}),
            json!({"to": "none.jsonl", "from": "deriva", "query": empty, "format": "jsonl", "empty_file": "drop"}),
            json!({"to": "empty.json", "from": "deriva", "query": empty, "verbatim": "json"}),
            json!({"to": "bare.csv", "from": "deriva", "query": empty, "format": "csv", "empty_file": "keep"}),
        ]);
        let packers = [
            json!("zip"),
            json!("none"),
            json!({"bag": {"archive": "tar", "algorithms": ["md5", "sha256"]}}),
        ];
        let transports = packers.map(|packer| json!({"type": "download", "packer": packer}));
        json!({"name": "Kept", "batch_size": batch_size, "outputs": outputs, "index": {},
            "transports": transports, "sources": {"deriva": self.source(&json!({}))}})
    }
}

/// The names of the files of a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let files = below(folder).into_iter();
    files.map(|file| file.strip_prefix(folder).unwrap().display().to_string()).collect()
}

/// The bag of a run, unpacked.
fn bag(ran: &Ran) -> PathBuf {
    let archive = PathBuf::from(ran.result()["archives"][1]["path"].as_str().unwrap());
    let folder = ran.out.join("bag");
    fs::create_dir(&folder).unwrap();
    let place = ["-C".as_ref(), folder.as_os_str()];
    tool("bsdtar", ["-xf".as_ref(), archive.as_os_str(), place[0], place[1]]);
    folder.join("Kept")
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_kept_byte_for_byte_and_empty_files_left_out_everywhere() {
    let deriva = Deriva::new().await;
    let view = deriva.view().await;
    for batch_size in [1, 2, 100] {
        deriva.asked.server.fail_nth("/ermrest/catalog/7@", 9, Trouble::Half);
        let ask = deriva.desk.define(&deriva.kept(batch_size)).apart(&batch_size.to_string());
        let ran = ask.config(&deriva.addresses()).done().await;
        let unpacked = ran.unpacked();
        for (file, _, form, path) in KEPT {
            let expected = deriva.at_once(&view, path, accepted(form)).await;
            let found = fs::read_to_string(unpacked.join(file)).unwrap();
            assert_eq!(found, expected, "{file} in batches of {batch_size}");
        }
        assert_eq!(fs::read_to_string(unpacked.join("empty.json")).unwrap(), "[]\n");
        let there: BTreeSet<String> = KEPT
            .iter()
            .map(|(file, ..)| (*file).to_owned())
            .chain(["empty.json", "bare.csv", "index.html"].map(str::to_owned))
            .collect();
        assert_eq!(names(&unpacked), there);
        let tree = PathBuf::from(ran.result()["trees"][0]["path"].as_str().unwrap());
        let bag = bag(&ran);
        assert_eq!(names(&tree), there);
        assert_eq!(names(&bag.join("data")), there);
        valid(&bag, &deriva.desk.path(""));
        for text in [tree.join("index.html"), bag.join("manifest-md5.txt")] {
            let text = fs::read_to_string(text).unwrap();
            assert!(text.contains("titles.csv") && !text.contains("none."), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_reads_the_snapshot_that_it_names_and_the_others_that_of_now() {
    let deriva = Deriva::new().await;
    let view = deriva.view().await;
    deriva.asked.server.change("7", |catalog| catalog.delete("pnc", "subject", "20A")).unwrap();
    let now = deriva.view().await;
    let query = "/attribute/pnc:subject/RID,title";
    let definition = json!({
        "name": "Then and now",
        "outputs": [
            {"to": "then.csv", "from": "deriva", "query": query, "view": view, "verbatim": "csv"},
            {"to": "then.jsonl", "from": "deriva", "query": query, "view": view, "format": "jsonl"},
            {"to": "now.csv", "from": "deriva", "query": query, "verbatim": "csv"},
        ],
        "sources": {"deriva": deriva.source(&json!({}))},
    });
    let ran = deriva.desk.define(&definition).config(&deriva.addresses()).done().await;
    let path = format!("{}@sort(RID)?limit=none", &query[1..]);
    let (then, now) = (
        deriva.at_once(&view, &path, "text/csv").await,
        deriva.at_once(&now, &path, "text/csv").await,
    );
    assert_ne!(then, now);
    assert_eq!((ran.text("then.csv"), ran.text("now.csv")), (then, now));
    assert_eq!(ran.text("then.jsonl").lines().count(), 4);
    let mut definition = definition;
    definition["sources"]["deriva"]["catalog"] = json!("7@361-FY5J-NNKA");
    let ran = deriva.desk.define(&definition).apart("b").config(&deriva.addresses()).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["is configured to be read as it was at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_source_with_queries_answers_with_something_to_keep() {
    let deriva = Deriva::new().await;
    deriva.desk.write("a.jsonl", "{\"a\": 1}\n");
    for (key, output) in [
        ("verbatim", json!({"to": "a.csv", "from": "a", "verbatim": "csv"})),
        ("view", json!({"to": "a.csv", "from": "a", "format": "csv", "view": "3-A"})),
    ] {
        let definition = json!({"name": "A", "outputs": [output],
            "sources": {"a": {"kind": "jsonl", "path": "a.jsonl"}}});
        let ran = deriva.desk.define(&definition).apart(key).run().await;
        ran.assert_said(&[&format!("/outputs/0/{key}")]);
    }
}
