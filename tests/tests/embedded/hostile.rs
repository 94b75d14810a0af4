//! Records that nobody should write: taken exactly, or left out with their place. The process lives, and
//! in little memory.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};

use serde_json::{Value, json};

use super::desk::Desk;
use super::tool::tool;

fn definition(fields: Option<&[&str]>) -> Value {
    let select = fields.map_or_else(|| json!({}), |fields| json!({ "fields": fields }));
    json!({
        "name": "Hostile",
        "on_error": "warn",
        "outputs": [
            {"to": "all.jsonl", "from": "t", "format": "jsonl"},
            {"to": "all.csv", "from": "t", "format": "csv", "select": select},
        ],
        "sources": {"t": {"kind": "jsonl", "path": "t.jsonl"}},
    })
}

#[tokio::test]
async fn numbers_and_keys_of_any_kind_are_exact_and_what_is_no_json_is_left_out() {
    let desk = Desk::new();
    let deep = format!("{{\"n\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    let good = [
        r#"{"n":1e999,"k":1}"#,
        r#"{"n":18446744073709551615,"k":9007199254740993}"#,
        r#"{"n":-0.0,"k":0.10}"#,
        r#"{"n":1,"n":2,"k":3}"#,
        r#"{"n":123456789012345678901234567890.123456789,"k":1E-400}"#,
    ];
    let mut lines: Vec<Vec<u8>> = good.iter().map(|line| line.as_bytes().to_vec()).collect();
    for bad in [
        deep.as_bytes(),
        b"{\"n\":\"\xff\xfe\"}",
        b"{\"n\":NaN}",
        b"{\"n\":01}",
        b"{\"n\":\"\x00\"}",
        b"{\"n\":1} {\"n\":2}",
        b"[1]",
    ] {
        lines.push(bad.to_vec());
    }
    desk.write("t.jsonl", lines.join(&b'\n'));
    let ran = desk.define(&definition(Some(&["n", "k"]))).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    assert_eq!(ran.text("all.jsonl").lines().collect::<Vec<_>>(), good);
    assert_eq!(
        ran.text("all.csv").lines().collect::<Vec<_>>(),
        [
            "n,k",
            "1e999,1",
            "18446744073709551615,9007199254740993",
            "-0.0,0.10",
            // Of a key that comes twice, the last one counts.
            "2,3",
            "123456789012345678901234567890.123456789,1E-400",
        ]
    );
    let warnings = ran.text("warnings.jsonl");
    for (place, why) in [
        ("t.jsonl:6", "nested deeper than 128"),
        ("t.jsonl:7", "not UTF-8"),
        ("t.jsonl:8", "not valid JSON"),
        ("t.jsonl:9", "not valid JSON"),
        ("t.jsonl:10", "not valid JSON"),
        ("t.jsonl:11", "not valid JSON"),
        ("t.jsonl:12", "no JSON object"),
    ] {
        let told = warnings.lines().filter(|line| line.contains(&format!("{place},")));
        // Each output tells what it left out.
        assert_eq!(told.filter(|line| line.contains(why)).count(), 2, "{place}: {warnings}");
    }
}

#[tokio::test]
async fn a_text_of_a_gibibyte_is_left_out_in_little_memory() {
    let desk = Desk::new();
    let path = desk.write("t.jsonl", "{\"n\":1}\n{\"n\":\"");
    let mut file = File::options().append(false).write(true).open(path).unwrap();
    // Zeros that take no room on the disk.
    file.seek(SeekFrom::End(1 << 30)).unwrap();
    file.write_all(b"\"}\n{\"n\":3}\n").unwrap();
    let mut definition = definition(None);
    // One batch: each of many would look for the end of the text anew.
    definition["batch_size"] = json!(0);
    definition["outputs"].as_array_mut().unwrap().truncate(1);
    let (ran, peak) = desk.define(&definition).start().measured().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    assert_eq!(ran.text("all.jsonl"), "{\"n\":1}\n{\"n\":3}\n");
    assert!(ran.text("warnings.jsonl").contains("record longer than 64 MiB"));
    assert!(peak > 1 << 20 && peak < 500 << 20, "{peak} bytes");
}

#[tokio::test]
async fn cells_with_quotes_line_ends_and_a_mebibyte_are_read_back_by_python() {
    let desk = Desk::new();
    let texts = [
        "a \"quoted\" b".to_owned(),
        "\r".to_owned(),
        "\n".to_owned(),
        "\r\n\t,;".to_owned(),
        "x\"\n".repeat((1 << 20) / 3),
        "\u{0}null\u{0}".to_owned(),
    ];
    let lines: Vec<String> = texts.iter().map(|text| json!({ "n": text }).to_string()).collect();
    desk.write("t.jsonl", lines.join("\n"));
    // Half of a pair stands for no character, and cannot be written.
    let ran = desk.define(&definition(Some(&["n"]))).run().await;
    let judge = "import csv, json, sys\n\
        csv.field_size_limit(1 << 30)\n\
        rows = list(csv.reader(open(sys.argv[1], newline='', encoding='utf-8')))\n\
        records = [json.loads(line)['n'] for line in open(sys.argv[2], encoding='utf-8')]\n\
        assert [row[0] for row in rows[1:]] == [text.replace('\\0', '\\ufffd') for text in records]\n\
        print(len(rows))";
    let (made, given) = (ran.unpacked().join("all.csv"), desk.path("t.jsonl"));
    let said =
        tool("python3", ["-c".as_ref(), judge.as_ref(), made.as_os_str(), given.as_os_str()]);
    assert_eq!(said, "7\n");
    assert_eq!(ran.code, 3, "{}", ran.said);
    ran.assert_said(&["NUL characters were replaced by U+FFFD in CSV"]);
}
