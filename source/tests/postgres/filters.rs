//! A condition means on the server what it means here.

use proto::filter::Condition;
use source::Source;

use crate::database::{Database, RFC_4180, firsts, rows, whole};

/// Columns with values to trip over.
const COLUMNS: &[(&str, &[&str])] = &[
    ("int4", &["-1", "0", "1", "5", "10", "2147483647"]),
    (
        "int8",
        &[
            "-9223372036854775808",
            "1",
            "9007199254740992",
            "9007199254740993",
            "9223372036854775807",
        ],
    ),
    ("float4", &["0.1", "1", "5", "-0", "NaN", "Infinity", "-Infinity", "16777216", "1e30"]),
    ("float8", &["0.1", "1", "5", "-0", "NaN", "Infinity", "9007199254740992", "1e300", "5e-324"]),
    (
        "numeric",
        &[
            "1",
            "1.0",
            "5.00",
            "0.1",
            "NaN",
            "Infinity",
            "-Infinity",
            "9007199254740993",
            "9007199254740993.0",
            "1e400",
            "-1e400",
            "1e-400",
            "5.00000000000000000000001",
            "9223372036854775808",
        ],
    ),
    (
        "text",
        &[
            "", "1", " 1 ", "1.0", "01", "5e0", "abc", "UA", "ua", "true", "NaN", "inf", "1e999",
            "Ärger", "O'Hare", "5x", "\t5",
        ],
    ),
    ("char(5)", &["1", "UA", "ua", "true", ""]),
    ("bool", &["true", "false"]),
    ("date", &["2013-01-31", "2013-02-01", "infinity"]),
    ("timestamp", &["2013-01-31 00:00:00", "2013-02-01 12:00:00.5"]),
    ("uuid", &["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
    ("jsonb", &["1", "\"UA\"", "true", "{\"a\": 1}"]),
    ("int4[]", &["{1,2}"]),
    ("bytea", &["\\x31"]),
];

const CONDITIONS: &[&str] = &[
    "null",
    "true",
    "false",
    "1",
    "1.0",
    "5",
    "0.1",
    "-0.0",
    "9007199254740993",
    "9007199254740992.0",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "1e300",
    "\"\"",
    "\"1\"",
    "\"UA\"",
    "\"O'Hare\"",
    "\"true\"",
    "\"NaN\"",
    "[]",
    "[1, 5]",
    "[1, \"UA\", null]",
    "[true, 0.1]",
    "[\"UA\", \"ua\", \"1.0\"]",
    "[null]",
    "[9007199254740993, 1]",
    r#"{"ne": null}"#,
    r#"{"ne": 1}"#,
    r#"{"ne": "UA"}"#,
    r#"{"ne": true}"#,
    r#"{"lt": null}"#,
    r#"{"ge": false}"#,
    r#"{"lt": 5}"#,
    r#"{"le": 5}"#,
    r#"{"gt": 1}"#,
    r#"{"ge": 1}"#,
    r#"{"ge": 1, "lt": 10}"#,
    r#"{"gt": 0.1, "ne": 5}"#,
    r#"{"gt": 9007199254740992}"#,
    r#"{"le": 9007199254740992.0}"#,
    r#"{"gt": -1e308}"#,
    r#"{"lt": 1e-300}"#,
    r#"{"ge": "UA"}"#,
    r#"{"lt": "a"}"#,
    r#"{"gt": "2013-01-31"}"#,
    r#"{"ge": "1", "le": "5"}"#,
    "{}",
];

async fn ids(source: &dyn Source, condition: &Condition) -> Vec<String> {
    let mut read = whole(source).await;
    read.filter.insert("c".to_owned(), condition.clone());
    firsts(source, &read).await
}

#[tokio::test]
async fn the_server_and_the_definition_of_a_condition_agree() {
    let database = Database::new("filters_agree").await;
    for (at, (kind, values)) in COLUMNS.iter().enumerate() {
        database
            .run(&format!(
                "CREATE TABLE t{at} (id int4, c {kind}); INSERT INTO t{at} VALUES (-1, NULL)"
            ))
            .await;
        for (id, value) in values.iter().enumerate() {
            let value = value.replace('\'', "''");
            database.run(&format!("INSERT INTO t{at} VALUES ({id}, '{value}')")).await;
        }
        let source = database.table(&format!("t{at}"));
        let all = rows(&*source, &whole(&*source).await).await.unwrap();
        for json in CONDITIONS {
            let condition: Condition = serde_json::from_str(json).unwrap();
            let expected: Vec<String> = all
                .iter()
                .filter(|row| {
                    let (kind, text) = &row[1];
                    condition.matches((*kind != source::page::Kind::Null).then_some(text))
                })
                .map(|row| row[0].1.clone())
                .collect();
            assert_eq!(ids(&*source, &condition).await, expected, "{kind}: {json}");
        }
    }
}

#[tokio::test]
async fn a_condition_holds_for_ready_csv_too() {
    let database = Database::new("filters_csv").await;
    database.run("CREATE TABLE t (id int4, c text); INSERT INTO t VALUES (1, '5'), (2, 'x'), (3, '5.0'), (4, NULL)").await;
    let source = database.table("t");
    let mut read = whole(&*source).await;
    read.filter.insert("c".to_owned(), serde_json::from_str("5").unwrap());
    assert_eq!(crate::database::csv(&*source, &read).await.unwrap(), b"1,5\r\n3,5.0\r\n");
    assert!(source.csv(&read, &RFC_4180).await.unwrap().is_some());
}

#[tokio::test]
async fn an_export_by_ids_takes_thousands_of_them() {
    let database = Database::new("filters_ids").await;
    database.run("CREATE TABLE t AS SELECT g AS id, g AS c FROM generate_series(1, 20000) g").await;
    let source = database.table("t");
    let wanted: Vec<u32> = (0..10_000).map(|n| n * 3).collect();
    let condition = serde_json::from_value(serde_json::to_value(wanted).unwrap()).unwrap();
    assert_eq!(ids(&*source, &condition).await.len(), 6666);
}
