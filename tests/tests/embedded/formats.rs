//! Tables as other programs read them back: hard texts, exact numbers, every option, and nothing at
//! all.

use std::path::Path;

use serde_json::{Value, json};

use super::desk::Desk;
use super::material::scenario;
use super::ran::Ran;
use super::tool::tool;

/// A table in every shape, from one source.
fn every_shape(kind: &str, path: &str) -> Value {
    let csv = |to: &str, options: Value| json!({"to": to, "from": "s", "format": "csv", "options": options});
    json!({
        "name": "Shapes",
        "batch_size": 3,
        "outputs": [
            csv("plain.csv", json!({})),
            csv("semicolon.csv", json!({"delimiter": ";", "quote": "'"})),
            csv("tab.csv", json!({"delimiter": "\t", "always_quote": true})),
            csv("escaped.csv", json!({"escape": "\\"})),
            csv("safe.csv", json!({"bom": true, "spreadsheet_safe": true})),
            {"to": "table.json", "from": "s", "format": "json"},
            {"to": "table.jsonl", "from": "s", "format": "jsonl"},
            {"to": "table.xml", "from": "s", "format": "xml"},
            {"to": "table.xlsx", "from": "s", "format": "xlsx"},
            {"to": "table.parquet", "from": "s", "format": "parquet"},
        ],
        "sources": {"s": {"kind": kind, "path": path}},
    })
}

#[tokio::test]
async fn python_reads_back_every_text_and_the_exact_spelling_of_every_number() {
    let desk = Desk::new();
    let records = scenario("formats/records.jsonl");
    let ran = desk.define(&every_shape("jsonl", records.to_str().unwrap())).done().await;
    read_back(&ran, &records);
}

/// Every text that programs stumble over: what spreadsheets run, quotes and line ends, characters that a
/// format cannot hold, a mebibyte; in fields whose names are no names. What was replaced is told.
#[tokio::test]
async fn python_reads_back_what_is_hard_to_hold_and_is_told_what_was_replaced() {
    let desk = Desk::new();
    let texts = [
        "=cmd|'/c calc'!A1",
        "+1+1",
        "-2",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "＝1",
        "\"quotes\"\r\n'and' line\nends\r",
        "N\0U\0L",
        "a\u{8}b\u{FFFE}c]]>d<![CDATA[",
        &"1 MiB: \"ä\",\r\n;\t".repeat((1 << 20) / 17),
    ];
    let record = |(id, text): (usize, &&str)| {
        let record = json!({
            "id": id, "a b>": text, "1x": -2, "xml:foo": [text], "": text, "XmL": null, "=1+1": true,
        });
        record.to_string()
    };
    let lines: Vec<String> = texts.iter().enumerate().map(record).collect();
    let records = desk.write("records.jsonl", lines.join("\n"));
    let ran = desk.define(&every_shape("jsonl", records.to_str().unwrap())).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    read_back(&ran, &records);
    let warnings = ran.text("warnings.jsonl");
    for told in ["NUL characters", "characters that XML cannot hold", "texts were cut"] {
        assert!(warnings.contains(told), "{told:?} is not in {warnings}");
    }
}

/// Half a surrogate pair is no character, and JSON lets it be written all the same: every format has the
/// record, with U+FFFD where it is read as text and as it was where documents pass, and tells the place.
#[tokio::test]
async fn half_a_pair_costs_no_record_in_any_format_and_is_told_with_its_place() {
    let desk = Desk::new();
    let lines = [
        r#"{"id":1,"n":{"a":"whole \ud83d\udea2"},"s":"x","d":"ACGT"}"#,
        r#"{"id":2,"n":{"a":"\udc00b"},"s":"a\ud800","d":"ACGT"}"#,
        r#"{"id":3,"n":{"a":"c"},"s":"\ud800\ud800","d":"ACGT"}"#,
    ];
    desk.write("records.jsonl", lines.join("\n"));
    let mut definition = every_shape("jsonl", "records.jsonl");
    let fields = json!({"fields": ["id", "s"]});
    let outputs = definition["outputs"].as_array_mut().unwrap();
    outputs.push(
        json!({"to": "flat.csv", "from": "s", "format": "csv", "select": {"fields": ["id", "n"]},
                        "options": {"flatten": {}}}),
    );
    for (to, format) in [("fields.jsonl", "jsonl"), ("fields.json", "json"), ("fields.xml", "xml")]
    {
        outputs.push(json!({"to": to, "from": "s", "format": format, "select": fields}));
    }
    outputs.push(json!({"to": "sequences.fasta", "from": "s", "format": "fasta",
                        "options": {"comment": "s", "data": "d"}}));
    // Under `fail`, as under `warn`.
    let ran = desk.define(&definition).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    let text = ["x", "a\u{FFFD}", "\u{FFFD}\u{FFFD}"];
    let lines_of = |name: &str| ran.text(name).lines().map(str::to_owned).collect::<Vec<_>>();
    let documents: Vec<String> = lines
        .map(|line| {
            let start = line.find("{\"a\"").unwrap();
            line[start..=line.find("},").unwrap()].replace('"', "\"\"")
        })
        .to_vec();
    for (nth, text) in text.iter().enumerate() {
        let row = format!("{},\"{}\",{text},ACGT", nth + 1, documents[nth]);
        assert_eq!(lines_of("plain.csv")[nth + 1], row);
        assert_eq!(lines_of("table.jsonl")[nth], lines[nth]);
        assert_eq!(
            lines_of("fields.jsonl")[nth],
            format!("{{\"id\":{},\"s\":\"{text}\"}}", nth + 1)
        );
        let element = format!("<id>{}</id><s>{text}</s>", nth + 1);
        assert!(ran.text("fields.xml").contains(&element), "{}", ran.text("fields.xml"));
        assert!(ran.text("table.xml").contains(&format!("<s>{text}</s>")));
        assert!(ran.text("fields.json").contains(&format!("\"s\":\"{text}\"")));
        assert!(ran.text("sequences.fasta").contains(&format!(">{text}\nACGT\n")));
    }
    assert_eq!(lines_of("flat.csv"), ["id,n.a", "1,whole 🚢", "2,\u{FFFD}b", "3,c"]);
    let python = tests::env::venv().join("bin/python");
    let read = "import sys, openpyxl, pyarrow.parquet as p; \
                print(p.read_table('table.parquet').to_pydict()['s'] == [r[2].value for r in \
                list(openpyxl.load_workbook('table.xlsx').active.iter_rows())[1:]] == ['x', 'a\\ufffd', '\\ufffd\\ufffd'])";
    let read = format!("import os; os.chdir(r'{}'); {read}", ran.unpacked().display());
    assert_eq!(tool(python.to_str().unwrap(), ["-c".as_ref(), read.as_ref()]), "True\n");
    let warnings: Vec<Value> = ran
        .text("warnings.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |output: &str| warnings.iter().find(|warning| warning["output"] == output);
    for output in [
        "plain.csv",
        "semicolon.csv",
        "tab.csv",
        "escaped.csv",
        "safe.csv",
        "table.xlsx",
        "table.parquet",
        "fields.jsonl",
        "fields.json",
        "fields.xml",
        "sequences.fasta",
    ] {
        let warning = of(output).unwrap_or_else(|| panic!("{output} tells nothing"));
        let told = warning["message"].as_str().unwrap();
        assert_eq!(told, "halves of surrogate pairs were replaced by U+FFFD: 3", "{output}");
        let place = format!("records.jsonl:2, byte {}", lines[0].len() + 1);
        assert!(warning["place"].as_str().unwrap().ends_with(&place), "{output}: {warning}");
        assert_eq!(warning["subject"].as_str().unwrap().trim_end(), lines[1], "{output}");
    }
    // Of values within a record, the record is told.
    assert_eq!(of("flat.csv").unwrap()["subject"], r#"2 {"a":"\udc00b"}"#);
    assert!(of("table.xml").is_some());
    // What passes as it is, is not replaced.
    assert_eq!((of("table.jsonl"), of("table.json")), (None, None));
}

/// Records that are none, or cannot be held: they are left out of every format and named, and those
/// between them are exact.
#[tokio::test]
async fn what_is_no_record_is_left_out_of_every_format_and_told() {
    let desk = Desk::new();
    let deep = format!("{{\"id\":2,\"n\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    let half = [b"{\"id\":5,\"n\":\"".as_slice(), b"\xff\"}"].concat();
    let lines: [&[u8]; 7] = [
        b"{\"id\":1,\"n\":9007199254740993}",
        deep.as_bytes(),
        b"{\"id\":3,\"n\":1,\"n\":18446744073709551616}",
        b"{\"id\":4,\"n\":1e999}",
        &half,
        b"{\"id\":6,\"n\":01}",
        b"{\"id\":7,\"n\":0.10}",
    ];
    desk.write("records.jsonl", lines.join(&b'\n'));
    let mut definition = every_shape("jsonl", "records.jsonl");
    definition["on_error"] = "warn".into();
    let ran = desk.define(&definition).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    let table = "id,n\r\n1,9007199254740993\r\n3,18446744073709551616\r\n4,1e999\r\n7,0.10\r\n";
    assert_eq!(ran.text("plain.csv"), table);
    // A document passes as it is, whatever it says twice.
    let twice = "{\"id\":3,\"n\":1,\"n\":18446744073709551616}\n";
    assert!(ran.text("table.jsonl").contains(twice), "{}", ran.text("table.jsonl"));
    assert!(ran.text("table.xml").contains("<n>0.10</n>"));
    let python = tests::env::venv().join("bin/python");
    let read = "import sys, openpyxl, pyarrow.parquet as p; t = p.read_table('table.parquet').to_pydict(); \
                print(t['id'], t['n'], [r[1].value for r in openpyxl.load_workbook('table.xlsx').active.iter_rows()])";
    let read = format!("import os; os.chdir(r'{}'); {read}", ran.unpacked().display());
    let seen = tool(python.to_str().unwrap(), ["-c".as_ref(), read.as_ref()]);
    assert_eq!(
        seen,
        "[1, 3, 4, 7] ['9007199254740993', '18446744073709551616', '1e999', '0.10'] \
         ['n', '9007199254740993', '18446744073709551616', '1e999', 0.1]\n"
    );
    let warnings = ran.text("warnings.jsonl");
    for output in
        ["plain.csv", "table.json", "table.jsonl", "table.xml", "table.xlsx", "table.parquet"]
    {
        for told in ["nested deeper than 128", "is not UTF-8", "invalid number"] {
            let is_told = |line: &str| {
                line.contains(told) && line.contains(output) && line.contains("broken_record")
            };
            assert!(warnings.lines().any(is_told), "{told:?} of {output} is not in {warnings}");
        }
    }
}

/// Lets other people's programs read every file, and hold it against the records.
fn read_back(ran: &Ran, records: &Path) {
    ran.entries();
    let unpacked = ran.unpacked();
    tool("xmllint", ["--noout".as_ref(), unpacked.join("table.xml").as_os_str()]);
    let python = tests::env::venv().join("bin/python");
    let verdict = tool(
        python.to_str().unwrap(),
        [scenario("formats/judge.py").as_os_str(), records.as_os_str(), unpacked.as_os_str()],
    );
    assert_eq!(verdict, "read back\n");
}

#[tokio::test]
async fn a_source_without_records_gives_tables_without_rows() {
    for (kind, content, header) in [("csv", "id,name\n", "id,name\r\n"), ("jsonl", "", "")] {
        let desk = Desk::new();
        desk.write("empty", content);
        let ran = desk.define(&every_shape(kind, "empty")).done().await;
        assert_eq!(ran.entries().len(), 10, "{kind}");
        assert_eq!(ran.text("plain.csv"), header);
        let parsed: Value = serde_json::from_str(&ran.text("table.json")).unwrap();
        assert_eq!(parsed, json!([]));
        assert_eq!(ran.text("table.jsonl"), "");
        let table = ran.unpacked().join("table.xml");
        let count =
            tool("xmllint", ["--xpath".as_ref(), "count(/records/*)".as_ref(), table.as_os_str()]);
        assert_eq!(count.trim(), "0");
    }
}
