//! CSV files read through the source as a whole.

use proptest::prelude::*;

use crate::SourceError;
use crate::page::Kind;
use crate::reading::{Asked, Given, folder, read, source};

async fn given(files: &[(&str, &[u8])], spec: &str, asked: Asked) -> Result<Given, SourceError> {
    let dir = folder(files);
    read(&*source(dir.path(), spec)?, &asked).await
}

fn texts(given: &Given) -> Vec<Vec<&str>> {
    given.rows.iter().map(|row| row.iter().map(|(_, text)| text.as_str()).collect()).collect()
}

/// The rows of one file.
async fn check(bytes: &str, asked: Asked, expected: &[&[&str]]) {
    let given = given(&[("a.csv", bytes.as_bytes())], r#"{"kind":"csv","path":"a.csv"}"#, asked)
        .await
        .unwrap();
    assert_eq!(texts(&given), expected);
}

/// What is said of files that cannot be read.
async fn refused(files: &[(&str, &[u8])], asked: Asked, expected: &str) {
    let error = given(files, r#"{"kind":"csv","path":"*.csv"}"#, asked).await.unwrap_err();
    assert!(error.to_string().contains(expected), "{error} does not say {expected}");
}

#[tokio::test]
async fn records_come_in_order_with_the_fields_that_are_asked_for() {
    let text = "\u{feff}a,b\r\n1,\"x\r\ny\"\r\n\r\n2,z";
    check(text, Asked::all(), &[&["1", "x\r\ny"], &["2", "z"]]).await;
    check(text, Asked::all().fields(&["b"]), &[&["x\r\ny"], &["z"]]).await;
    check(text, Asked::all().filter(r#"{"a": {"gt": 1}}"#), &[&["2", "z"]]).await;
    check("a\n", Asked::all(), &[]).await;
}

#[tokio::test]
async fn types_make_numbers_truths_and_nulls() {
    let spec =
        r#"{"kind":"csv","path":"a.csv","delimiter":";","types":{"n":"number","t":"boolean"}}"#;
    let given =
        given(&[("a.csv", b"n;t;s\n1.50;true;\nNA;;NA\n")], spec, Asked::all()).await.unwrap();
    let kinds: Vec<Kind> = given.rows.iter().flatten().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [Kind::Number, Kind::Bool, Kind::Text, Kind::Null, Kind::Null, Kind::Text]);
    assert_eq!(texts(&given), [["1.50", "true", ""], ["", "", "NA"]]);
}

#[tokio::test]
async fn slices_go_on_across_files() {
    let files: &[(&str, &[u8])] =
        &[("1.csv", b"a\n1\n2\n3\n"), ("2.csv", b"a\n4\n"), ("3.csv", b"a\n5\n")];
    let spec = r#"{"kind":"csv","path":"*.csv"}"#;
    let given = given(files, spec, Asked::all().batch_size(2)).await.unwrap();
    assert_eq!((given.slices, given.records), (3, Some(5)));
    assert_eq!(texts(&given), [["1"], ["2"], ["3"], ["4"], ["5"]]);
}

#[tokio::test]
async fn broken_records_are_told_with_line_and_byte() {
    let bytes = b"a,b\r\n1,2\r\n\"x\ny\",2,3\r\n4,\xff\r\n5,6\r\n7,\"8\r\n9,10\r\n";
    let spec = r#"{"kind":"csv","path":"a.csv"}"#;
    for asked in [Asked::all(), Asked::all().batch_size(1)] {
        let given = given(&[("a.csv", bytes)], spec, asked.warn()).await.unwrap();
        assert_eq!(texts(&given), [["1", "2"], ["5", "6"]]);
        let told: Vec<&str> = given.broken.iter().map(|(fault, _)| fault.as_str()).collect();
        assert_eq!(told[0], "a.csv:3, byte 10: the record has 3 fields, the header 2");
        assert!(told[1].starts_with("a.csv:5, byte 21: the record is not UTF-8"), "{}", told[1]);
        assert_eq!(told[2], "a.csv:7, byte 31: a quote is opened and never closed");
        assert_eq!(given.broken[2].1, "7,\"8\r\n9,10\r\n");
    }
}

#[tokio::test]
async fn a_broken_record_fails_the_slice_unless_warned_of() {
    refused(
        &[("a.csv", b"a,b\n1\n")],
        Asked::all(),
        "a.csv:2: the record has 1 fields, the header 2",
    )
    .await;
}

#[tokio::test]
async fn unknown_fields_are_told_by_the_survey() {
    let files: &[(&str, &[u8])] = &[("a.csv", b"a,b\n")];
    refused(files, Asked::all().fields(&["c"]), "no field \"c\"; it has a, b").await;
    refused(files, Asked::all().filter(r#"{"d": 1}"#), "no field \"d\"").await;
}

#[tokio::test]
async fn files_without_a_common_header_are_refused() {
    refused(
        &[("1.csv", b"a,b\n"), ("2.csv", b"b,a\n")],
        Asked::all(),
        "2.csv has another header than 1.csv",
    )
    .await;
    refused(&[("1.csv", b"")], Asked::all(), "1.csv: there is no header line").await;
}

#[tokio::test]
async fn a_record_that_is_too_long_is_left_out() {
    let mut bytes = b"a\n1\n\"".to_vec();
    bytes.resize(65 << 20, b'x');
    bytes.extend_from_slice(b"\"\n2\n");
    let spec = r#"{"kind":"csv","path":"a.csv"}"#;
    let given = given(&[("a.csv", &bytes)], spec, Asked::all().warn()).await.unwrap();
    // Compared by length, for a mistake would print all of it.
    assert_eq!(given.rows.iter().map(|row| row[0].1.len()).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(given.broken[0].0, "a.csv:3, byte 4: record longer than 64 MiB");
    assert_eq!(given.broken[0].1.len(), 1000);
}

#[tokio::test]
async fn long_headers_are_read_and_endless_ones_refused() {
    let name = "x".repeat(100 << 10);
    let text = format!("{name},b\n1,2\n");
    check(&text, Asked::all().fields(&["b"]), &[&["2"]]).await;
    let endless = "x".repeat(5 << 20);
    refused(&[("a.csv", endless.as_bytes())], Asked::all(), "the header line is longer than").await;
}

#[tokio::test]
async fn a_receiver_that_goes_away_is_no_error() {
    let text = format!("a\n{}", "0123456789\n".repeat(1 << 20));
    let dir = folder(&[("a.csv", text.as_bytes())]);
    let source = source(dir.path(), r#"{"kind":"csv","path":"a.csv"}"#).unwrap();
    let asked = Asked::all();
    let slice = source.survey(&asked.wanted).await.unwrap().slices.remove(0);
    let (out, mut chunks) = tokio::sync::mpsc::channel(1);
    let read = crate::Read {
        slice,
        fields: Some(vec!["a".to_owned()]),
        besides: Vec::new(),
        filter: asked.wanted.filter.clone(),
        search: None,
        query: None,
        view: None,
        on_error: asked.on_error,
    };
    let receive = async {
        chunks.recv().await.unwrap();
        drop(chunks);
    };
    assert!(tokio::join!(source.rows(&read, out), receive).0.is_ok());
}

/// Files of one column whose records have quotes, line ends and blank lines between them.
fn files() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let record =
        prop_oneof!["[x\"]{1,5}", "\"[x\n,\"]{0,3}", "\"x(\"\"|\n|\r\n|,)y\"", Just(String::new())];
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\n\n")];
    let file = proptest::collection::vec((record, end), 0..20).prop_map(|records| {
        let mut text = "a\n".to_owned();
        for (record, end) in records {
            text.push_str(&record);
            text.push_str(end);
        }
        text.into_bytes()
    });
    proptest::collection::vec(file, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn slices_of_any_size_give_the_rows_of_the_whole(files in files(), size in 1_u64..5, target in 1_u64..40) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let names: Vec<String> = (0..files.len()).map(|nth| format!("{nth}.csv")).collect();
        let named: Vec<(&str, &[u8])> =
            names.iter().zip(&files).map(|(name, file)| (name.as_str(), file.as_slice())).collect();
        let dir = folder(&named);
        let source = source(dir.path(), r#"{"kind":"csv","path":"*.csv"}"#).unwrap();
        let whole = runtime.block_on(read(&*source, &Asked::all().warn())).unwrap();
        prop_assert_eq!(whole.slices, 1);
        prop_assert_eq!(whole.records, Some((whole.rows.len() + whole.broken.len()) as u64));
        for asked in [Asked::all().batch_size(size), Asked::all().target_bytes(target)] {
            let cut = runtime.block_on(read(&*source, &asked.clone().warn())).unwrap();
            if let Some(size) = asked.wanted.batch_size {
                prop_assert_eq!(cut.slices as u64, whole.records.unwrap().div_ceil(size).max(1));
            }
            prop_assert_eq!(Given { slices: 1, ..cut }, Given { slices: 1, ..whole.clone() });
        }
    }
}
