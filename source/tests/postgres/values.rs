//! Whatever the type, a cell's text is the server's own.

use source::page::Kind;

use crate::database::{Cells, Database, RFC_4180, csv, rows, whole};

/// Types with values; every column has NULL besides.
const TYPES: &[(&str, &[&str])] = &[
    ("bool", &["true", "false"]),
    ("int2", &["-32768", "0", "32767"]),
    ("int4", &["-2147483648", "7", "2147483647"]),
    ("int8", &["-9223372036854775808", "9007199254740993", "9223372036854775807"]),
    ("oid", &["0", "4294967295"]),
    (
        "float4",
        &[
            "0.1",
            "1e6",
            "123456",
            "-0",
            "1e-45",
            "3.4028235e38",
            "NaN",
            "Infinity",
            "16777217",
            "8.5e9",
        ],
    ),
    (
        "float8",
        &[
            "0.1",
            "1e15",
            "123456789012345",
            "-0",
            "5e-324",
            "1.7976931348623157e308",
            "NaN",
            "-Infinity",
            "1e23",
        ],
    ),
    (
        "numeric",
        &[
            "0",
            "0.00",
            "-12.3400",
            "1e-20",
            "1e40",
            "123456789012345678901234567890.00010",
            "10000",
            "NaN",
            "-Infinity",
        ],
    ),
    ("numeric(12,4)", &["0", "-1.5", "99999999.9999", "0.0001"]),
    (
        "date",
        &[
            "2013-01-31",
            "2000-02-29",
            "1900-03-01",
            "0044-03-15 BC",
            "5874897-12-31",
            "4713-01-01 BC",
            "infinity",
            "-infinity",
        ],
    ),
    ("time", &["00:00", "23:59:59.999999", "24:00:00", "12:30:00.5"]),
    ("timetz", &["04:05:06.789-08"]),
    (
        "timestamp",
        &[
            "2013-01-01 05:00:00",
            "1999-12-31 23:59:59.000001",
            "294276-12-31 23:59:59.999999",
            "4713-01-01 BC",
            "infinity",
        ],
    ),
    (
        "timestamptz",
        &[
            "2013-01-01 05:00:00+02",
            "0001-01-01 00:00:00+00 BC",
            "1969-07-20 20:17:40.1-04",
            "-infinity",
        ],
    ),
    ("interval", &["1 year 2 mons -3 days 04:05:06.7"]),
    ("uuid", &["00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
    ("bytea", &["", "\\x00ff10", "\\xdeadbeef"]),
    (
        "text",
        &[
            "",
            "O'Hare",
            "a,b",
            "say \"x\"",
            "line\nend",
            "\r",
            "ä€😀",
            " padded ",
            "\\.",
            "NULL",
            "=1+1",
            "\t",
        ],
    ),
    ("varchar(20)", &["", "Zürich"]),
    ("char(5)", &["", "ab", "abcde"]),
    ("name", &["pg_catalog"]),
    ("\"char\"", &["a"]),
    ("json", &["{\"a\" : 1.0}", " [1,\n2] ", "\"text\"", "null"]),
    ("jsonb", &["{\"b\":1, \"a\": [1.50, \"ä\"]}", "[]", "17"]),
    ("xml", &["<a b=\"c\">d</a>"]),
    ("inet", &["192.168.0.1", "10.0.0.0/8", "::1"]),
    ("cidr", &["10.0.0.0/8"]),
    ("macaddr", &["08:00:2b:01:02:03"]),
    ("bit(4)", &["1010"]),
    ("money", &["12.34"]),
    ("point", &["(1.5,-2)"]),
    ("int4[]", &["{1,NULL,3}", "{}"]),
    ("text[]", &["{\"a,b\",\"c \\\" d\",NULL}"]),
    ("int4range", &["[1,5)"]),
    ("tsvector", &["the:1 cat:2"]),
    ("mood", &["sad", "very ok"]),
    ("small", &["12"]),
    ("pair", &["(1,\"a b\")"]),
];

/// What the server's text depends on.
const SESSION: &str = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET lc_monetary = 'C'";

async fn table(database: &Database) {
    let columns: Vec<String> =
        (0..).zip(TYPES).map(|(at, (kind, _))| format!("c{at} {kind}")).collect();
    database
        .run(&format!(
            "{SESSION}; CREATE TYPE mood AS ENUM ('sad', 'very ok'); CREATE DOMAIN small AS int4 CHECK (value < 100);
            CREATE TYPE pair AS (a int4, b text); CREATE TABLE t (id int4 PRIMARY KEY, {})",
            columns.join(", ")
        ))
        .await;
    let longest = TYPES.iter().map(|(_, values)| values.len()).max().unwrap();
    for row in 0..=longest {
        let values: Vec<String> = TYPES
            .iter()
            .map(|(kind, values)| match values.get(row) {
                Some(value) => format!("'{}'::{kind}", value.replace('\'', "''")),
                None => "NULL".to_owned(),
            })
            .collect();
        database.run(&format!("INSERT INTO t VALUES ({row}, {})", values.join(", "))).await;
    }
}

fn text(value: &(Kind, String)) -> Option<String> {
    (value.0 != Kind::Null).then(|| value.1.clone())
}

#[tokio::test]
async fn every_type_has_the_servers_text() {
    let database = Database::new("values_text").await;
    table(&database).await;
    let source = database.table("t");
    let got = rows(&*source, &whole(&*source).await).await.unwrap();
    let expected = database.texts("SELECT * FROM t ORDER BY id").await;
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(&expected) {
        for ((value, expected), (kind, _)) in got[1..].iter().zip(&expected[1..]).zip(TYPES) {
            let expected = match (*kind, expected.as_deref()) {
                ("bool", Some("t")) => Some("true".to_owned()),
                ("bool", Some("f")) => Some("false".to_owned()),
                // Documents that are texts or nothing are those.
                ("json", Some("\"text\"")) => Some("text".to_owned()),
                ("json", Some("null")) => None,
                ("json", Some(document)) => Some(document.trim().to_owned()),
                (_, expected) => expected.map(str::to_owned),
            };
            assert_eq!(text(value), expected, "{kind}");
        }
    }
}

#[tokio::test]
async fn floats_of_all_magnitudes_have_the_servers_text() {
    let database = Database::new("values_floats").await;
    database.run("CREATE TABLE t (id int4, d float8, f float4)").await;
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut values = Vec::new();
    for id in 0..20_000 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Random bits, decimals times powers of ten, and powers of two with their neighbours.
        let decimal = f64::from(u32::try_from(state >> 54).unwrap()) * 10f64.powi(id % 40 - 8);
        let binary = f64::from_bits(
            ((state >> 53) << 52).wrapping_add(state & 1).wrapping_sub(state >> 1 & 1),
        );
        let double = [f64::from_bits(state), decimal, binary][usize::try_from(id % 3).unwrap()];
        let bits = u32::try_from(state >> 32).unwrap();
        let single = [
            f32::from_bits(bits),
            f32::from_bits(bits & 0xff80_0000),
            f32::from_bits(bits & 0xffff_fff0),
        ][usize::try_from(id % 3).unwrap()];
        let spelt = |finite: bool, text: String| if finite { text } else { "NaN".to_owned() };
        values.push(format!(
            "({id}, '{}', '{}')",
            spelt(double.is_finite(), format!("{double:e}")),
            spelt(single.is_finite(), format!("{single:e}"))
        ));
    }
    for some in values.chunks(1000) {
        database.run(&format!("INSERT INTO t VALUES {}", some.join(", "))).await;
    }
    let source = database.table("t");
    let got = rows(&*source, &whole(&*source).await).await.unwrap();
    let expected = database.texts("SELECT * FROM t ORDER BY id").await;
    assert_eq!(got.len(), 20_000);
    for (got, expected) in got.iter().zip(&expected) {
        assert_eq!(&got.iter().map(text).collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn ready_csv_is_what_a_writer_makes_of_the_rows() {
    let database = Database::new("values_csv").await;
    table(&database).await;
    let source = database.table("t");
    let read = whole(&*source).await;
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows(&*source, &read).await.unwrap() {
        writer.write_record(row.iter().map(|(_, text)| text)).unwrap();
    }
    let expected = String::from_utf8(writer.into_inner().unwrap()).unwrap();
    assert_eq!(String::from_utf8(csv(&*source, &read).await.unwrap()).unwrap(), expected);
}

#[tokio::test]
async fn kinds_are_those_of_json() {
    let database = Database::new("values_kinds").await;
    database
        .run(
            "CREATE TABLE t (id int4, n numeric, nan float8, b bool, t text, j jsonb, s jsonb, z json, d date, nothing int4);
            INSERT INTO t VALUES (1, 1.50, 'NaN', true, '1', '{\"a\": 1}', '\"ä\"', 'null', '2013-01-01', NULL)",
        )
        .await;
    let source = database.table("t");
    let got = rows(&*source, &whole(&*source).await).await.unwrap();
    let expected: Cells = [
        (Kind::Number, "1"),
        (Kind::Number, "1.50"),
        (Kind::Text, "NaN"),
        (Kind::Bool, "true"),
        (Kind::Text, "1"),
        (Kind::Json, "{\"a\": 1}"),
        (Kind::Text, "ä"),
        (Kind::Null, ""),
        (Kind::Text, "2013-01-01"),
        (Kind::Null, ""),
    ]
    .map(|(kind, text)| (kind, text.to_owned()))
    .into();
    assert_eq!(got, [expected]);
}

#[tokio::test]
async fn besides_come_after_the_fields_and_records_come_whole() {
    let database = Database::new("values_besides").await;
    database
        .run("CREATE TABLE t (id int4, a text, _row text); INSERT INTO t VALUES (1, 'x', 'y')")
        .await;
    let source = database.table("t");
    let mut read = whole(&*source).await;
    read.fields = Some(vec!["a".to_owned()]);
    read.besides = vec!["id".to_owned(), "a".to_owned()];
    let texts = |row: &Cells| row.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&rows(&*source, &read).await.unwrap()[0]), ["x", "1", "x"]);
    assert!(source.csv(&read, &RFC_4180).await.unwrap().is_none());
    read.fields = None;
    read.besides.clear();
    let document = &rows(&*source, &read).await.unwrap()[0];
    assert_eq!(document[0], (Kind::Json, r#"{"id":1,"a":"x","_row":"y"}"#.to_owned()));
}
