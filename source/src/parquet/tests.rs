//! Parquet files as other programs write them, and as nobody should.

mod written;
mod hostile;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use proto::plan::Slice;
use serde_json::Value;

use self::written::{Written, file};
use crate::error::SourceError;
use crate::page::Kind;
use crate::reading::{Asked, Given, folder, read, read_slice, source};

/// Reads a file of a folder.
async fn given(folder: &Path, path: &str, asked: &Asked) -> Result<Given, SourceError> {
    let spec = format!(r#"{{"kind": "parquet", "path": "{path}"}}"#);
    read(&*source(folder, &spec)?, asked).await
}

/// A file of `id` (0 to 99, in groups of 25), `name`, `score` and `tags`.
fn records() -> Vec<u8> {
    file(&Written { rows: 100, group: 25 })
}

fn ids(given: &Given) -> Vec<u32> {
    given.rows.iter().map(|row| row[0].1.parse().unwrap()).collect()
}

/// Whether a cell is what pyarrow says it is.
fn is_same((kind, text): &(Kind, String), told: &Value) -> bool {
    let wanted = told[1].as_str().unwrap();
    match told[0].as_str().unwrap() {
        "null" => *kind == Kind::Null,
        "bool" => *kind == Kind::Bool && text == wanted,
        "number" => *kind == Kind::Number && text == wanted,
        "text" => *kind == Kind::Text && text == wanted,
        "f64" => {
            let (read, wanted): (f64, f64) = (text.parse().unwrap(), wanted.parse().unwrap());
            *kind == Kind::Number && read.to_bits() == wanted.to_bits()
        }
        "f32" | "f16" => {
            let (read, wanted): (f32, f32) = (text.parse().unwrap(), wanted.parse().unwrap());
            *kind == Kind::Number && read.to_bits() == wanted.to_bits()
        }
        "json" => {
            let (read, wanted): (Value, Value) =
                (serde_json::from_str(text).unwrap(), serde_json::from_str(wanted).unwrap());
            *kind == Kind::Json && read == wanted
        }
        other => panic!("{other} is no kind"),
    }
}

#[tokio::test]
async fn files_of_every_type_codec_and_encoding_are_read_as_pyarrow_reads_them() {
    let dir = folder(&[]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/scenarios/parquet/write.py");
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../.cache/venv/bin/python");
    let ended = Command::new(python).arg(script).arg(dir.path()).status().unwrap();
    assert!(ended.success());
    let expected = std::fs::read_to_string(dir.path().join("expected.jsonl")).unwrap();
    let expected: Vec<BTreeMap<String, Value>> =
        expected.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut files = 0;
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".parquet") {
            continue;
        }
        files += 1;
        // Each in another way, across pages and row groups.
        let asked = Asked::all().batch_size([0, 350, 97, 500][files % 4]);
        let given = given(dir.path(), &name, &asked).await.unwrap();
        let fields = given.fields.unwrap();
        assert_eq!((given.rows.len(), given.records), (expected.len(), Some(1200)), "{name}");
        for (nth, (row, wanted)) in given.rows.iter().zip(&expected).enumerate() {
            for (cell, field) in row.iter().zip(&fields) {
                let told = &wanted[field];
                assert!(is_same(cell, told), "{name}, row {nth}, {field}: {cell:?} is not {told}");
            }
        }
    }
    assert_eq!(files, 14);
}

#[tokio::test]
async fn slices_cut_anywhere_give_the_rows_of_the_whole() {
    let dir = folder(&[("1.parquet", &records()), ("2.parquet", &records())]);
    let whole = given(dir.path(), "*.parquet", &Asked::all()).await.unwrap();
    assert_eq!((whole.slices, whole.rows.len()), (1, 200));
    assert_eq!(whole.rows[99][3], (Kind::Json, r#"["a","b"]"#.to_owned()));
    for (asked, least) in [
        (Asked::all().batch_size(1), 200),
        (Asked::all().batch_size(30), 7),
        (Asked::all().batch_size(1000), 1),
        (Asked::all().target_bytes(1), 200),
        (Asked::all().target_bytes(1500), 3),
    ] {
        let cut = given(dir.path(), "*.parquet", &asked).await.unwrap();
        assert_eq!(cut.rows, whole.rows, "{asked:?}", asked = asked.wanted);
        assert!(cut.slices >= least, "{} slices", cut.slices);
    }
}

#[tokio::test]
async fn row_groups_without_a_match_are_not_read() {
    let dir = folder(&[("f.parquet", &records())]);
    for (filter, groups, expected) in [
        (r#"{"id": {"ge": 30, "lt": 33}}"#, 1, vec![30, 31, 32]),
        (r#"{"id": [1, 99]}"#, 2, vec![1, 99]),
        (r#"{"name": "name 007"}"#, 1, vec![7]),
        (r#"{"name": {"gt": "name 097"}}"#, 1, vec![98, 99]),
        (r#"{"score": null, "id": {"lt": 30}}"#, 2, vec![0, 10, 20]),
        (r#"{"score": 0.5}"#, 1, vec![1]),
        (r#"{"id": {"gt": 99}}"#, 0, vec![]),
        // Of lists, nothing is told.
        (r#"{"tags": "[\"a\"]", "id": {"lt": 4}}"#, 1, vec![1, 3]),
    ] {
        let asked = Asked::all().fields(&["id"]).filter(filter);
        let given = given(dir.path(), "f.parquet", &asked).await.unwrap();
        assert_eq!(ids(&given), expected, "{filter}");
        assert_eq!(given.records, Some(groups * 25), "{filter}");
    }
}

#[tokio::test]
async fn only_columns_that_are_wanted_are_read() {
    let mut bytes = records();
    // The first pages are those of `id`, whose values begin after its header: without them, all else
    // can be read.
    bytes[4..24].fill(0xff);
    let dir = folder(&[("f.parquet", &bytes)]);
    let asked = Asked::all().fields(&["tags", "name"]);
    let rows = given(dir.path(), "f.parquet", &asked).await.unwrap().rows;
    assert_eq!(
        rows[7],
        [(Kind::Json, r#"["a"]"#.to_owned()), (Kind::Text, "name 007".to_owned()),]
    );
    let error = given(dir.path(), "f.parquet", &Asked::all()).await.unwrap_err();
    assert_eq!(error.fault().code.as_str(), "broken_file", "{error}");
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let dir = folder(&[("f.parquet", &records())]);
    let error = given(dir.path(), "f.parquet", &Asked::all().fields(&["nom"])).await.unwrap_err();
    assert_eq!(error.to_string(), "the source has no field \"nom\"; it has id, name, score, tags");
}

#[tokio::test]
async fn a_file_that_was_written_anew_has_changed() {
    let dir = folder(&[("f.parquet", &records())]);
    let source = source(dir.path(), r#"{"kind": "parquet", "path": "f.parquet"}"#).unwrap();
    let asked = Asked::all();
    let survey = source.survey(&asked.wanted).await.unwrap();
    let slice: Slice = survey.slices.into_iter().next().unwrap();
    // As long as before, with another least value in its footer.
    let mut bytes = records();
    let at = bytes.windows(8).rposition(|part| part == b"name 000").unwrap();
    bytes[at + 7] = b'!';
    std::fs::write(dir.path().join("f.parquet"), bytes).unwrap();
    let mut given = Given {
        fields: survey.fields,
        slices: 1,
        records: None,
        rows: Vec::new(),
        broken: Vec::new(),
    };
    let error = read_slice(&*source, &asked, slice, &mut given).await.unwrap_err();
    assert!(matches!(error, SourceError::Changed { .. }), "{error}");
}

#[tokio::test]
async fn files_of_one_source_have_the_same_columns() {
    let other = written::single("message m { required int32 other; }", &[1, 2]);
    let dir = folder(&[("1.parquet", &records()), ("2.parquet", &other)]);
    let error = given(dir.path(), "*.parquet", &Asked::all()).await.unwrap_err();
    assert!(error.to_string().contains("2.parquet has other columns than 1.parquet"), "{error}");
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_left_out_with_its_place() {
    let days = written::single("message m { required int32 day (DATE); }", &[0, i32::MAX, 1]);
    let dir = folder(&[("f.parquet", &days)]);
    let given = given(dir.path(), "f.parquet", &Asked::all().warn()).await.unwrap();
    assert_eq!(given.rows.len(), 2);
    let (told, _) = &given.broken[0];
    assert_eq!(
        told,
        "f.parquet, row group 0, row 1: a time before the year -9999 or after 9999, in the field \"day\""
    );
}
