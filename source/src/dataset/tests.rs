//! Datasets of a folder, as rows and record by record.

use std::path::Path;
use std::sync::Arc;

use futures::TryStreamExt;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::SourceError;
use crate::datasets::{Datasets, Filter, Record};
use crate::reading::{Asked, Given, folder, read, read_slice, source};

const SPEC: &str = r#"{"kind": "dataset", "directory": "."}"#;

/// Two datasets, whose entries and annotations come by turns.
fn catalogue() -> TempDir {
    let dir = folder(&[
        ("datasets.jsonl", b"{\"id\":\"d1\",\"name\":\"One\"}\n{\"id\":\"d2\",\"name\":\"Two\"}\n"),
        (
            "entries.jsonl",
            "\u{feff}{\"id\":\"e1\",\"dataset_id\":\"d1\",\"name\":\"a.png\",\"resource\":\"r1\",\"status\":\"completed\"}\n\
             {\"id\":\"e2\",\"dataset_id\":\"d2\",\"name\":\"b.png\",\"resource\":\"r2\",\"status\":\"pending\"}\n\
             {\"id\":\"e3\",\"dataset_id\":\"d1\",\"name\":\"c.png\",\"resource\":null,\"status\":\"completed\",\"n\":1.0}\n"
                .as_bytes(),
        ),
        (
            "annotations.jsonl",
            b"{\"id\":\"a1\",\"entry_id\":\"e3\",\"dimensions\":{\"type\":\"idah-image:bounding-box\"}}\n\
              {\"id\":\"a2\",\"entry_id\":\"e1\",\"dimensions\":{\"type\":\"idah-image:polygon\"}}\n\
              {\"id\":\"a3\",\"entry_id\":\"e3\",\"deleted_at\":\"2026-01-14\"}\n\
              {\"id\":\"a4\",\"entry_id\":\"e3\",\"dimensions\":{\"type\":\"idah-image:polygon\"}}\n",
        ),
        (
            "medias.jsonl",
            b"{\"id\":\"m1\",\"resource\":\"r1\",\"key\":\"\",\"filename\":\"a.png\",\"meta\":{\"width\":64,\"height\":48}}\n\
              {\"id\":\"m2\",\"resource\":\"r1\",\"key\":\"thumb\",\"filename\":\"t.png\"}\n",
        ),
    ]);
    std::fs::create_dir(dir.path().join("media")).unwrap();
    std::fs::write(dir.path().join("media/a.png"), "picture").unwrap();
    dir
}

fn datasets(base: &Path) -> Arc<dyn Datasets> {
    source(base, SPEC).unwrap().datasets().unwrap()
}

fn filter(conditions: Value) -> Filter {
    serde_json::from_value(conditions).map(Filter).unwrap()
}

fn ids(records: &[Record]) -> Vec<String> {
    let id = |record: &Record| {
        let record: Value = serde_json::from_str(record.get()).unwrap();
        record["id"].as_str().unwrap().to_owned()
    };
    records.iter().map(id).collect()
}

fn texts(given: &Given) -> Vec<Vec<&str>> {
    given.rows.iter().map(|row| row.iter().map(|(_, text)| text.as_str()).collect()).collect()
}

#[tokio::test]
async fn a_row_is_an_entry_with_all_that_belongs_to_it() {
    let dir = catalogue();
    let source = source(dir.path(), SPEC).unwrap();
    let given = read(&*source, &Asked::all()).await.unwrap();
    let rows: Vec<Value> =
        texts(&given).iter().map(|row| serde_json::from_str(row[0]).unwrap()).collect();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            let len = |field: &str| row[field].as_array().unwrap().len();
            (row["dataset"]["name"].as_str().unwrap(), len("annotations"), len("files"))
        })
        .collect();
    assert_eq!(told, [("One", 1, 2), ("Two", 0, 0), ("One", 2, 0)]);
    assert_eq!((&rows[0]["width"], &rows[0]["file"]["file"]), (&json!(64), &json!("a.png")));
    assert_eq!(rows[2]["width"], Value::Null);
    assert!(texts(&given)[2][0].contains("\"n\":1.0"));

    let asked = Asked::all().fields(&["id", "height"]).batch_size(1);
    let completed = asked.filter(r#"{"status": "completed", "dataset": {"ne": null}}"#);
    let given = read(&*source, &completed).await.unwrap();
    assert_eq!((given.slices, texts(&given)), (3, vec![vec!["e1", "48"], vec!["e3", ""]]));
}

#[tokio::test]
async fn a_table_has_the_fields_of_entries_and_then_those_of_rows() {
    let dir = catalogue();
    let mut asked = Asked::all();
    asked.wanted.needs_columns = true;
    let given = read(&*source(dir.path(), SPEC).unwrap(), &asked).await.unwrap();
    let expected =
        "id dataset_id name resource status n width height file files dataset annotations medias";
    assert_eq!(given.fields.unwrap().join(" "), expected);
}

#[tokio::test]
async fn entries_come_page_by_page_and_what_belongs_to_many_at_once() {
    let dir = catalogue();
    let datasets = datasets(dir.path());
    assert_eq!(datasets.ids().await.unwrap(), ["d1", "d2"]);
    assert!(datasets.dataset("d3").await.unwrap().is_none());
    assert!(datasets.dataset("d2").await.unwrap().unwrap().get().contains("Two"));
    let all = Filter::default();
    assert_eq!(ids(&datasets.entries("d1", &all, None).await.unwrap()), ["e1", "e3"]);
    assert_eq!(ids(&datasets.entries("d1", &all, Some("e1")).await.unwrap()), ["e3"]);
    assert!(datasets.entries("d1", &all, Some("e3")).await.unwrap().is_empty());
    let pending = filter(json!({"status": "pending"}));
    assert!(datasets.entries("d1", &pending, None).await.unwrap().is_empty());

    let entries = ["e3", "e2", "e1"].map(str::to_owned);
    let of = |records: &[Vec<Record>]| records.iter().map(|some| ids(some)).collect::<Vec<_>>();
    let annotations = datasets.annotations(&entries, &all).await.unwrap();
    assert_eq!(of(&annotations), [vec!["a1", "a4"], vec![], vec!["a2"]]);
    let boxes = filter(json!({"type": "bounding_box"}));
    let annotations = datasets.annotations(&entries, &boxes).await.unwrap();
    assert_eq!(of(&annotations), [vec!["a1"], vec![], vec![]]);
    let medias = datasets.medias(&entries, &filter(json!({"key": ""}))).await.unwrap();
    assert_eq!(of(&medias), [vec![], vec![], vec!["m1"]]);

    let picture = datasets.media(&medias[2][0]).await.unwrap();
    let chunks: Vec<bytes::Bytes> = picture.bytes.try_collect().await.unwrap();
    assert_eq!(chunks.concat(), b"picture");
}

#[tokio::test]
async fn without_records_of_media_files_are_called_as_the_resources_of_entries() {
    let dir = catalogue();
    std::fs::remove_file(dir.path().join("medias.jsonl")).unwrap();
    std::fs::write(dir.path().join("media/r1"), "first").unwrap();
    let source = source(dir.path(), SPEC).unwrap();
    assert_eq!(source.holdings().await.unwrap().len(), 3);
    let given = read(&*source, &Asked::all()).await.unwrap();
    let rows: Vec<Value> =
        texts(&given).iter().map(|row| serde_json::from_str(row[0]).unwrap()).collect();
    let files: Vec<&Value> = rows.iter().map(|row| &row["file"]["file"]).collect();
    assert_eq!(files, [&json!("r1"), &json!("r2"), &Value::Null]);
    let datasets = source.datasets().unwrap();
    let entries = ["e1", "e3"].map(str::to_owned);
    let medias = datasets.medias(&entries, &filter(json!({"key": ""}))).await.unwrap();
    assert_eq!((ids(&medias[0]), medias[1].len()), (vec!["r1".to_owned()], 0));
    let picture = datasets.media(&medias[0][0]).await.unwrap();
    let chunks: Vec<bytes::Bytes> = picture.bytes.try_collect().await.unwrap();
    assert_eq!(chunks.concat(), b"first");
}

#[tokio::test]
async fn a_file_is_opened_only_where_the_source_itself_names_it() {
    let dir = catalogue();
    std::fs::write(dir.path().join("media/other"), "of nobody here").unwrap();
    let datasets = datasets(dir.path());
    let media = |record: &Value| serde_json::value::to_raw_value(record).unwrap();
    let own = json!({"id": "m1", "resource": "r1", "filename": "a.png"});
    assert!(datasets.media(&media(&own)).await.is_ok());
    for (field, value) in [("filename", "other"), ("path", "other"), ("url", "https://h/?told")] {
        let mut changed = own.clone();
        changed[field] = json!(value);
        let error = datasets.media(&media(&changed)).await.err().unwrap();
        assert!(matches!(error, SourceError::AssetMissing { .. }), "{field}: {error}");
    }
}

#[tokio::test]
async fn more_entries_than_a_page_holds_are_all_given_once() {
    let dir = catalogue();
    let entry = |nth: u32| format!("{{\"id\":\"e{nth}\",\"dataset_id\":\"d{}\"}}\n", nth % 2 + 1);
    let lines: String = (0..4500).map(entry).collect::<Vec<_>>().concat();
    std::fs::write(dir.path().join("entries.jsonl"), lines).unwrap();
    let datasets = datasets(dir.path());
    let odd: Vec<String> =
        (0..4500).filter(|nth| nth % 2 == 1).map(|nth| format!("e{nth}")).collect();
    let far = filter(json!({"id": ["e1", "e4001"]}));
    let cases = [(Filter::default(), odd), (far, ["e1", "e4001"].map(str::to_owned).to_vec())];
    for (filter, expected) in cases {
        let mut seen: Vec<String> = Vec::new();
        loop {
            let page =
                datasets.entries("d2", &filter, seen.last().map(String::as_str)).await.unwrap();
            if page.is_empty() {
                break;
            }
            seen.extend(ids(&page));
        }
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn a_file_that_was_written_anew_is_read_anew_or_told() {
    let dir = catalogue();
    let source = source(dir.path(), SPEC).unwrap();
    let datasets = source.datasets().unwrap();
    let entries = ["e1".to_owned()];
    datasets.annotations(&entries, &Filter::default()).await.unwrap();
    let survey = source.survey(&Asked::all().wanted).await.unwrap();
    let lines = "{\"id\":\"b1\",\"entry_id\":\"e1\"}\n{\"id\":\"b2\",\"entry_id\":\"e1\"}\n";
    std::fs::write(dir.path().join("annotations.jsonl"), lines).unwrap();
    let annotations = datasets.annotations(&entries, &Filter::default()).await.unwrap();
    assert_eq!(ids(&annotations[0]), ["b1", "b2"]);
    let read = crate::Read {
        slice: survey.slices[0].clone(),
        fields: None,
        besides: Vec::new(),
        filter: proto::filter::Where::new(),
        search: None,
        query: None,
        view: survey.view.clone(),
        on_error: proto::definition::OnError::Fail,
    };
    let (out, _rows) = tokio::sync::mpsc::channel(2);
    let error = source.rows(&read, out).await.unwrap_err();
    assert!(matches!(error, SourceError::Changed { .. }), "{error}");
}

#[tokio::test]
async fn a_broken_record_is_told_with_its_place() {
    let dir = catalogue();
    let path = dir.path().join("annotations.jsonl");
    std::fs::write(&path, "{\"id\":\"a1\",\"entry_id\":\"e1\"}\n{\"id\"\n").unwrap();
    let error = read(&*source(dir.path(), SPEC).unwrap(), &Asked::all()).await.unwrap_err();
    let fault = error.fault();
    assert_eq!(
        (fault.code.as_str(), fault.place.as_deref()),
        ("broken_record", Some("annotations.jsonl:2, byte 28"))
    );

    let dir = catalogue();
    let source = source(dir.path(), SPEC).unwrap();
    let path = dir.path().join("entries.jsonl");
    std::fs::write(&path, "{\"name\":\"none\"}\n{\"id\":\"e1\"}\n").unwrap();
    let asked = Asked::all().fields(&["id"]).warn();
    let survey = source.survey(&asked.wanted).await.unwrap();
    let mut given = read(&*source, &asked.clone().filter(r#"{"id": "nobody"}"#)).await.unwrap();
    assert!(given.rows.is_empty());
    given.broken.clear();
    read_slice(&*source, &asked, survey.slices[0].clone(), &mut given).await.unwrap();
    assert_eq!(texts(&given), [["e1"]]);
    assert_eq!(given.broken[0].0, "entries: the entry has no id");
}

#[test]
fn exactly_one_place_is_wanted() {
    let open = |spec: &str| source(Path::new("/"), spec).err().map(|error| error.to_string());
    let both = r#"{"kind": "dataset", "directory": "d", "http": {"url": "https://h"}}"#;
    for spec in [r#"{"kind": "dataset"}"#, both] {
        assert!(open(spec).unwrap().contains("exactly one"), "{spec}");
    }
    let reference = r#"{"kind": "dataset", "directory": "d", "reference": "{id"}"#;
    assert!(open(reference).unwrap().contains("`reference`"));
}
