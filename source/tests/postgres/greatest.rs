//! The greatest value that the server finds is the one that reading them all finds.

use std::cmp::Ordering;
use std::time::Duration;

use proto::filter::{Condition, Operand, Where};
use source::page::Kind;
use source::{Greatest, Read, Sought, Source};

use crate::database::{Database, rows, whole};

/// Columns that the server may order, with values to trip over.
const ORDERED: &[(&str, &[&str])] = &[
    ("int2", &["-5", "9", "10"]),
    ("int4", &["-2147483648", "9", "10", "2147483647"]),
    ("int8", &["9007199254740993", "9007199254740992", "-1"]),
    ("oid", &["4294967295", "5"]),
    ("text", &["a", "B", "Z", "ä", "", "a ", "\u{1f600}", "\u{fffd}"]),
    ("varchar(9)", &["9", "10"]),
    ("uuid", &["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "0aeebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
    ("date", &["2013-01-31", "2013-02-01", "0001-01-01", "9999-12-31"]),
    ("timestamp", &["2013-01-31 00:00:00", "2013-01-31 00:00:00.5", "2013-01-31 00:00:00.12"]),
    (
        "timestamptz",
        &["2013-01-31 00:00:00.5+02", "2013-01-31 00:00:00+02", "1999-01-01 00:00:00-05"],
    ),
];

/// Columns whose order is for the reader to find.
const LEFT: &[(&str, &[&str])] = &[
    ("float8", &["1", "NaN"]),
    ("numeric", &["1", "1.5"]),
    ("bool", &["true"]),
    ("jsonb", &["1"]),
    ("char(3)", &["a", "b"]),
    ("date", &["2013-01-31", "infinity"]),
    ("timestamp", &["10000-01-01 00:00:00", "2013-01-31 00:00:00"]),
    ("timestamptz", &["2013-01-31 00:00:00+00", "0044-03-15 00:00:00+00 BC"]),
];

async fn table(database: &Database, name: &str, kind: &str, values: &[&str]) {
    database.run(&format!("CREATE TABLE {name} (id serial, keep bool, v {kind})")).await;
    for value in values {
        let value = value.replace('\'', "''");
        database.run(&format!("INSERT INTO {name} (keep, v) VALUES (true, '{value}')")).await;
    }
}

fn sought(until: Option<&str>) -> Sought {
    let until = until.map(|until| until.parse().unwrap());
    Sought { field: "v".to_owned(), filter: Where::new(), search: None, until }
}

/// By reading every value.
async fn read(source: &dyn Source) -> (Kind, String) {
    let read = Read { fields: Some(vec!["v".to_owned()]), ..whole(source).await };
    let mut cells = rows(source, &read).await.unwrap().into_iter().flatten().collect::<Vec<_>>();
    cells.sort_by(|one, other| match one.0 {
        Kind::Number => one.1.parse::<i64>().unwrap().cmp(&other.1.parse().unwrap()),
        Kind::Null | Kind::Text | Kind::Bool | Kind::Json => Ordering::Equal,
    });
    cells.sort_by(|one, other| match one.0 {
        Kind::Text => one.1.cmp(&other.1),
        Kind::Null | Kind::Number | Kind::Bool | Kind::Json => Ordering::Equal,
    });
    cells.pop().unwrap()
}

#[tokio::test]
async fn the_server_finds_what_reading_finds_or_leaves_it_to_the_reader() {
    let database = Database::new("greatest_found").await;
    for (number, (kind, values)) in ORDERED.iter().enumerate() {
        let name = format!("ordered_{number}");
        table(&database, &name, kind, values).await;
        let source = database.table(&name);
        let (found_kind, text) = read(&*source).await;
        let expected = Greatest::Value { kind: found_kind, text };
        assert_eq!(source.greatest(&sought(None)).await.unwrap(), Some(expected), "{kind}");
    }
    for (number, (kind, values)) in LEFT.iter().enumerate() {
        let name = format!("left_{number}");
        table(&database, &name, kind, values).await;
        let found = database.table(&name).greatest(&sought(None)).await.unwrap();
        assert_eq!(found, None, "{kind} {values:?}");
    }
}

#[tokio::test]
async fn conditions_and_the_latest_time_are_obeyed_and_missing_values_told() {
    let database = Database::new("greatest_conditions").await;
    let times =
        ["2026-01-01 10:00:00.999999+00", "2026-01-01 10:00:01+00", "2026-01-02 00:00:00+00"];
    table(&database, "t", "timestamptz", &times).await;
    database.run("INSERT INTO t (keep, v) VALUES (false, '2027-01-01')").await;
    let source = database.table("t");
    let kept = Where::from([("keep".to_owned(), Condition::Is(Operand::Bool(true)))]);
    let check = async |until: Option<&str>, filter: &Where, expected: Greatest| {
        let sought = Sought { filter: filter.clone(), ..sought(until) };
        assert_eq!(source.greatest(&sought).await.unwrap(), Some(expected), "{until:?}");
    };
    let value = |text: &str| Greatest::Value { kind: Kind::Text, text: text.to_owned() };
    check(None, &kept, value("2026-01-02 00:00:00+00")).await;
    check(None, &Where::new(), value("2027-01-01 00:00:00+00")).await;
    let until = Some("2026-01-01T10:00:00.9999999Z");
    check(until, &kept, value("2026-01-01 10:00:00.999999+00")).await;
    check(Some("2020-01-01T00:00:00Z"), &kept, Greatest::Nothing).await;

    database.run("INSERT INTO t (keep) VALUES (false)").await;
    check(None, &kept, value("2026-01-02 00:00:00+00")).await;
    check(None, &Where::new(), Greatest::Null).await;
    // A condition that only the reader decides.
    let undecided = Condition::Is(Operand::Number(5.into()));
    let undecided = Where::from([("v".to_owned(), undecided)]);
    let undecided = Sought { filter: undecided, ..sought(None) };
    assert_eq!(source.greatest(&undecided).await.unwrap(), None);
    database.run("CREATE TABLE empty (id int, v int8)").await;
    let found = database.table("empty").greatest(&sought(None)).await.unwrap();
    assert_eq!(found, Some(Greatest::Nothing));
}

#[tokio::test]
async fn an_index_on_the_column_is_all_that_is_read() {
    let database = Database::new("greatest_index").await;
    database
        .run(
            "CREATE TABLE t AS SELECT g AS id, g::int8 AS v FROM generate_series(1, 50000) g;
            CREATE INDEX ON t (v); ANALYZE t;",
        )
        .await;
    database.run("SELECT pg_stat_force_next_flush()").await;
    database.run("SELECT pg_stat_reset_single_table_counters('t'::regclass)").await;
    let expected = Greatest::Value { kind: Kind::Number, text: "50000".to_owned() };
    let source = database.table("t");
    assert_eq!(source.greatest(&sought(None)).await.unwrap(), Some(expected));
    // What a session has read is told at its end.
    drop(source);
    let told = "SELECT idx_scan, seq_tup_read FROM pg_stat_user_tables WHERE relid = 't'::regclass";
    let seen = async {
        loop {
            let row = database.client.query_one(told, &[]).await.unwrap();
            let (scans, read): (i64, i64) = (row.get(0), row.get(1));
            if scans >= 2 {
                return read;
            }
            database.run("SELECT pg_sleep(0.05)").await;
        }
    };
    let read = tokio::time::timeout(Duration::from_secs(30), seen).await;
    assert_eq!(read.expect("the session ended, and its reading was told"), 0);
}
