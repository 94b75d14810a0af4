//! JSONL files read through the source as a whole.

use proptest::prelude::*;

use crate::SourceError;
use crate::page::Kind;
use crate::reading::{Asked, Given, cut, folder, read, read_slice, source};

const SPEC: &str = r#"{"kind":"jsonl","path":"*.jsonl"}"#;

async fn given(files: &[(&str, &[u8])], asked: Asked) -> Result<Given, SourceError> {
    let dir = folder(files);
    read(&*source(dir.path(), SPEC)?, &asked).await
}

fn texts(given: &Given) -> Vec<Vec<&str>> {
    given.rows.iter().map(|row| row.iter().map(|(_, text)| text.as_str()).collect()).collect()
}

/// The rows of one file.
async fn check(bytes: &str, asked: Asked, expected: &[&[&str]]) {
    let given = given(&[("a.jsonl", bytes.as_bytes())], asked).await.unwrap();
    assert_eq!(texts(&given), expected);
}

#[tokio::test]
async fn documents_come_as_they_are_written() {
    let text = "\u{feff}{\"a\":1.0}\r\n\n \t\n{ \"a\" : 1e999 }";
    check(text, Asked::all(), &[&["{\"a\":1.0}"], &["{ \"a\" : 1e999 }"]]).await;
    check(text, Asked::all().fields(&["a", "b"]), &[&["1.0", ""], &["1e999", ""]]).await;
    check("", Asked::all(), &[]).await;
}

#[tokio::test]
async fn a_table_has_the_columns_of_all_records() {
    let mut asked = Asked::all();
    asked.wanted.needs_columns = true;
    let files: &[(&str, &[u8])] =
        &[("1.jsonl", b"{\"b\":1}\n{\"a\":2,\"b\":3}\n"), ("2.jsonl", b"{\"c\":4}")];
    let given = given(files, asked).await.unwrap();
    assert_eq!(given.fields.as_deref().unwrap(), ["b", "a", "c"]);
    assert_eq!(texts(&given), [["1", "", ""], ["3", "2", ""], ["", "", "4"]]);
}

#[tokio::test]
async fn records_are_counted_or_guessed() {
    let text = "{\"a\":1}\n".repeat(100);
    let files: &[(&str, &[u8])] =
        &[("1.jsonl", text.as_bytes()), ("2.jsonl", b""), ("3.jsonl", text.as_bytes())];
    let counted = given(files, Asked::all().batch_size(30)).await.unwrap();
    assert_eq!((counted.slices, counted.records, counted.rows.len()), (7, Some(200), 200));
    let guessed = given(files, Asked::all().target_bytes(300)).await.unwrap();
    assert_eq!((guessed.slices, guessed.records, guessed.rows.len()), (5, Some(200), 200));
}

#[tokio::test]
async fn broken_records_are_told_with_line_and_byte_however_the_file_is_cut() {
    let bytes = b"{\"a\":1}\n{\"a\":2\n\n[3]\n{\"a\":\xff}\n{\"a\":5}\nnonsense\n";
    for asked in [Asked::all(), Asked::all().batch_size(1), Asked::all().target_bytes(9)] {
        let given = given(&[("a.jsonl", bytes)], asked.warn()).await.unwrap();
        assert_eq!(texts(&given), [["{\"a\":1}"], ["{\"a\":5}"]]);
        let told: Vec<&str> = given.broken.iter().map(|(fault, _)| fault.as_str()).collect();
        assert_eq!(
            told,
            [
                "a.jsonl:2, byte 8: the record is not valid JSON: EOF while parsing an object at column 6",
                "a.jsonl:4, byte 16: the record is no JSON object",
                "a.jsonl:5, byte 20: the record is not UTF-8: invalid utf-8 sequence of 1 bytes from index 5",
                "a.jsonl:7, byte 36: the record is no JSON object",
            ]
        );
        assert_eq!(given.broken[3].1, "nonsense\n");
    }
}

#[tokio::test]
async fn a_broken_record_fails_the_slice_unless_warned_of() {
    let error = given(&[("a.jsonl", b"{}\n{")], Asked::all()).await.unwrap_err();
    assert!(error.to_string().starts_with("a.jsonl:2: the record is not valid JSON"), "{error}");
}

#[tokio::test]
async fn a_line_that_is_too_long_is_left_out() {
    let mut bytes = b"{\"a\":1}\n{\"a\":\"".to_vec();
    bytes.resize(65 << 20, b'x');
    bytes.extend_from_slice(b"\"}\n{\"a\":2}\n");
    for asked in [Asked::all(), Asked::all().target_bytes(8 << 20)] {
        let given = given(&[("a.jsonl", &bytes)], asked.fields(&["a"]).warn()).await.unwrap();
        assert_eq!(given.rows.iter().map(|row| row[0].1.len()).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(given.broken[0].0, "a.jsonl:2, byte 8: record longer than 64 MiB");
    }
}

#[tokio::test]
async fn a_file_that_grew_since_the_survey_has_changed() {
    let dir = folder(&[("a.jsonl", b"{}\n")]);
    let source = source(dir.path(), SPEC).unwrap();
    let asked = Asked::all();
    let slice = source.survey(&asked.wanted).await.unwrap().slices.remove(0);
    std::fs::write(dir.path().join("a.jsonl"), b"{}\n{}\n").unwrap();
    let mut given = read(&*source, &asked).await.unwrap();
    let error = read_slice(&*source, &asked, slice, &mut given).await.unwrap_err();
    assert!(matches!(error, SourceError::Changed { .. }), "{error}");
}

#[tokio::test]
async fn assets_lie_beside_the_file_unless_said_otherwise() {
    let dir = folder(&[("a.jsonl", b""), ("beside.txt", b"x")]);
    std::fs::create_dir(dir.path().join("media")).unwrap();
    std::fs::write(dir.path().join("media/below.txt"), "y").unwrap();
    let beside = source(dir.path(), SPEC).unwrap().assets().unwrap();
    assert_eq!(beside.open("beside.txt").await.unwrap().len, Some(1));
    let spec = r#"{"kind":"jsonl","path":"*.jsonl","assets":"media"}"#;
    let below = source(dir.path(), spec).unwrap().assets().unwrap();
    assert_eq!(below.open("below.txt").await.unwrap().len, Some(1));
    assert!(below.open("beside.txt").await.is_err());
}

#[tokio::test]
async fn a_table_without_columns_has_no_rows() {
    for text in ["", "{}\n{}\n"] {
        let given = given(&[("a.jsonl", text.as_bytes())], Asked::all().fields(&[])).await.unwrap();
        assert!(given.rows.is_empty(), "{text:?}");
    }
}

/// Lines that are records, blank, or broken.
fn file() -> impl Strategy<Value = String> {
    let number = "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?";
    let line = prop_oneof![
        number.prop_map(|number| format!("{{\"n\":{number}}}")),
        "[a-z\"\\\\\n\u{e4}]{0,9}"
            .prop_map(|text| serde_json::json!({"t": text, "n": [1]}).to_string()),
        Just(String::new()),
        Just("[]".to_owned()),
    ];
    let end = prop_oneof![Just("\n"), Just("\r\n")];
    (proptest::collection::vec((line, end), 0..20), any::<bool>()).prop_map(|(lines, ends)| {
        let text: String = lines.into_iter().map(|(line, end)| line + end).collect();
        if ends { text } else { text.trim_end().to_owned() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn slices_cut_anywhere_give_the_rows_of_the_whole(
        text in file(),
        size in 1_u64..5,
        target in 1_u64..40,
        places in proptest::collection::vec(0_u64..300, 0..10),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let dir = folder(&[("a.jsonl", text.as_bytes())]);
        let source = source(dir.path(), SPEC).unwrap();
        let all = Asked::all().fields(&["n", "t"]).warn();
        let whole = runtime.block_on(read(&*source, &all)).unwrap();
        let whole = Given { records: None, ..whole };
        for asked in [all.clone().batch_size(size), all.clone().target_bytes(target)] {
            let cut = runtime.block_on(read(&*source, &asked)).unwrap();
            prop_assert_eq!(&Given { slices: 1, records: None, ..cut }, &whole);
        }
        let mut anywhere = Given { rows: Vec::new(), broken: Vec::new(), ..whole.clone() };
        for slice in cut("a.jsonl", text.len() as u64, &places) {
            runtime.block_on(read_slice(&*source, &all, slice, &mut anywhere)).unwrap();
        }
        prop_assert_eq!(anywhere, whole);
    }

    #[test]
    fn numbers_and_texts_survive(number in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,3})?", text in any::<String>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let line = format!("{{\"n\":{number},\"t\":{}}}", serde_json::to_string(&text).unwrap());
        let given = runtime
            .block_on(given(&[("a.jsonl", line.as_bytes())], Asked::all().fields(&["n", "t"])))
            .unwrap();
        prop_assert_eq!(&given.rows, &[vec![(Kind::Number, number), (Kind::Text, text)]]);
    }
}
