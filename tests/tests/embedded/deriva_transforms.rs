//! Files that are made of what a catalogue answers: by definitions, and by the transforms of configurations.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tests::{Entry, Trouble};

use super::desk::Ask;
use super::ermrest::Deriva;
use super::ran::Ran;

/// What the files are made of.
const ROWS: &str = "/attribute/pnc:subject/RID,subject_id";

impl Deriva {
    /// The rows of [`ROWS`], as the server has them.
    async fn rows(&self) -> Vec<Value> {
        let cookie = self.asked.cookie();
        let headers = [("cookie", cookie.as_str()), ("accept", "application/json")];
        let uri = format!("/ermrest/catalog/7{ROWS}@sort(RID)?limit=none");
        let told = self.asked.ask("GET", &uri, &headers).await;
        serde_json::from_slice(&told.body).unwrap()
    }

    /// Asks for a run of a configuration.
    fn ask(&self, configuration: &Value) -> Ask<'_> {
        let host = format!("--host={}", self.asked.server.url);
        let cookie = format!("--cookie-file={}", self.desk.path("cookie").display());
        self.desk.define(configuration).with(&host).with(&cookie)
    }

    /// Files of one answer, of two, and of none.
    fn made(&self, batch_size: u64) -> Value {
        let answer = json!({"query": ROWS, "verbatim": "json"});
        let filled = json!({"making": {"interpolation": {"template": "$RID is $subject_id\n"}},
            "of": [answer]});
        let none = json!({"query": "/entity/pnc:empty_t", "verbatim": "csv"});
        let file = |to: &str, made: Value, more: Value| {
            let mut output = json!({"to": to, "from": "deriva", "made": made});
            output.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            output
        };
        let drop = json!({"empty_file": "drop"});
        let outputs = [
            file("filled.txt", filled.clone(), json!({})),
            file(
                "both.txt",
                json!({"making": "cat", "of": [{"made": filled.clone()}, none, {"made": filled}]}),
                drop.clone(),
            ),
            file("rows.csv", json!({"making": {"json2csv": {}}, "of": [answer]}), json!({})),
            file("none.txt", json!({"making": "cat", "of": [none]}), drop),
            file("empty.txt", json!({"making": "cat", "of": [none]}), json!({})),
        ];
        let packers = [json!("zip"), json!("none")];
        let transports = packers.map(|packer| json!({"type": "download", "packer": packer}));
        json!({"name": "Made", "batch_size": batch_size, "outputs": outputs,
            "transports": transports, "sources": {"deriva": self.source(&json!({"page_size": 2}))}})
    }
}

/// What the template makes of rows.
fn filled(rows: &[Value]) -> String {
    rows.iter().fold(String::new(), |mut text, row| {
        let cell = |column: &str| row[column].as_str().unwrap().to_owned();
        writeln!(text, "{} is {}", cell("RID"), cell("subject_id")).unwrap();
        text
    })
}

/// A configuration for a bag of the rows, with transforms.
fn configuration(transforms: &[Value]) -> Value {
    let rows = json!({"processor": "json-stream", "processor_params": {
        "query_path": format!("{ROWS}?limit=none"), "output_path": "rows"}});
    json!({"bag": {"bag_name": "b", "bag_archiver": "zip"}, "transform_processors": transforms,
        "catalog": {"catalog_id": "7", "query_processors": [rows]}})
}

fn transform(processor: &str, input: &str, output: &str, more: &Value) -> Value {
    let mut params = json!({"input_path": input, "output_path": output});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"processor": processor, "processor_params": params})
}

/// The payload of a bag, by its paths.
fn payload(ran: &Ran) -> BTreeSet<String> {
    let entries = ran.entries().into_iter();
    entries
        .filter_map(|Entry { name, .. }| Some(name.strip_prefix("b/data/")?.to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_made_of_answers_in_the_same_bytes_whatever_fails() {
    let deriva = Deriva::new().await;
    let rows = deriva.rows().await;
    assert!(rows.len() > 2, "{rows:?}");
    let filled = filled(&rows);
    let mut sums = BTreeSet::new();
    for batch_size in [1, 100] {
        for (nth, trouble) in (3..).zip([Trouble::Status(503, None), Trouble::Half, Trouble::Cut]) {
            deriva.asked.server.fail_nth("/ermrest/catalog/7@", nth, trouble);
        }
        let ask = deriva.desk.define(&deriva.made(batch_size)).apart(&batch_size.to_string());
        let ran = ask.config(&deriva.addresses()).done().await;
        sums.insert(ran.sha256());
        assert_eq!(ran.text("filled.txt"), filled);
        assert_eq!(ran.text("both.txt"), format!("{filled}{filled}"));
        assert_eq!(ran.text("empty.txt"), "");
        let csv = filled.replace(" is ", ",");
        assert_eq!(ran.text("rows.csv"), format!("RID,subject_id\n{csv}"));
        let tree = PathBuf::from(ran.result()["trees"][0]["path"].as_str().unwrap());
        assert_eq!(fs::read_to_string(tree.join("both.txt")).unwrap(), format!("{filled}{filled}"));
        for folder in [ran.unpacked(), tree] {
            assert!(!folder.join("none.txt").exists(), "{}", folder.display());
        }
    }
    assert_eq!(sums.len(), 1, "the archives are not the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_makes_the_same_files() {
    let deriva = Deriva::new().await;
    deriva.asked.server.change("7", |catalog| catalog.make("pnc", "big", 600)).unwrap();
    let filled = json!({"making": {"interpolation": {"template": "$RID\n"}},
        "of": [{"query": "/entity/pnc:big", "verbatim": "json_stream"}]});
    let definition = json!({
        "name": "Rows", "batch_size": 10,
        "outputs": [
            {"to": "big.jsonl", "from": "deriva", "query": "/entity/pnc:big", "format": "jsonl"},
            {"to": "big.txt", "from": "deriva", "made": filled},
        ],
        "sources": {"deriva": deriva.source(&json!({"per_second": 40, "page_size": 1000}))},
    });
    let ask = |name| deriva.desk.define(&definition).apart(name).config(&deriva.addresses());
    let undisturbed = ask("undisturbed").done().await;
    assert_eq!(undisturbed.text("big.txt").lines().count(), 600);
    let killed = ask("killed");
    let mut under = killed.start();
    under.is_amid(&deriva.desk.path("killed/data"), 3).await;
    under.killed().await;
    let ran = killed.done().await;
    ran.assert_said(&["going on with the run that was cut off"]);
    assert_eq!(ran.sha256(), undisturbed.sha256());
}

#[tokio::test(flavor = "multi_thread")]
async fn transforms_of_a_configuration_make_the_files_of_a_bag() {
    let deriva = Deriva::new().await;
    let filled = filled(&deriva.rows().await);
    let replaced = json!({"substitutions": [
        {"input": "subject_id", "output": "subject_id", "pattern": "^S(.*)$", "repl": "T\\1"}]});
    let template = json!({"template": "$RID is $subject_id\n", "delete_input": false});
    let ran = deriva
        .ask(&configuration(&[
            transform("interpolation", "rows.json", "texts/rows.txt", &template),
            transform("strsub", "rows.json", "between.json", &replaced),
            transform("json2csv", "between.json", "rows.csv", &json!({"include_header": false})),
            transform("cat", "texts/rows.txt", "copy.txt", &json!({"delete_input": false})),
        ]))
        .done()
        .await;
    let expected = ["copy.txt", "rows.csv", "texts/rows.txt"].map(str::to_owned);
    assert_eq!(payload(&ran), BTreeSet::from(expected), "{}", ran.said);
    assert_eq!(ran.text("b/data/texts/rows.txt"), filled);
    assert_eq!(ran.text("b/data/copy.txt"), filled);
    let csv = filled.replace(" is S", ",T");
    assert_eq!(ran.text("b/data/rows.csv"), csv);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_made_is_told_with_its_place_or_its_row() {
    let deriva = Deriva::new().await;
    let missing = configuration(&[transform("cat", "other.json", "all", &json!({}))]);
    let ran = deriva.ask(&missing).apart("missing").run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&["/transform_processors/0/processor_params/input_path", "rows.json"]);
    ran.assert_nothing_made();
    let columns = json!({"column_map": {"RID": "comment", "subject_id": "data"}});
    let letters = configuration(&[transform("fasta", "rows.json", "all.fa", &columns)]);
    let ran = deriva.ask(&letters).apart("letters").run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert_eq!(ran.result()["faults"][0]["code"], "unrenderable", "{}", ran.said);
    ran.assert_said(&["`fasta`", "row 1 "]);
    ran.assert_nothing_made();
}
