//! A MySQL or MariaDB database read through the source, against a real server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod database;
mod encrypted;
mod refusals;

use std::fmt::Write as _;

use proto::source::MysqlSpec;
use source::Chunk;
use source::page::Kind;

use self::database::{Cells, Database, batches_of, open, rows};

fn texts(rows: &[Cells], column: usize) -> Vec<&str> {
    rows.iter().map(|row| row[column].1.as_str()).collect()
}

/// The keys, in small letters.
fn folded(rows: &[Cells]) -> Vec<String> {
    texts(rows, 1).into_iter().map(str::to_lowercase).collect()
}

#[tokio::test]
async fn every_type_is_written_exactly() {
    let mut database = Database::new("every_type").await;
    database
        .run(
            "CREATE TABLE t (id BIGINT UNSIGNED PRIMARY KEY, small TINYINT, zero INT(6) ZEROFILL, \
            price DECIMAL(40,10), single FLOAT, wide DOUBLE, flags BIT(64), day DATE, \
            moment DATETIME(6), stamp TIMESTAMP(3) NULL, span TIME, made YEAR, name VARCHAR(50), \
            letter CHAR(3) CHARACTER SET latin1, kind ENUM('a','b'), tags SET('x','y'), doc JSON, \
            raw VARBINARY(10), large LONGBLOB, note LONGTEXT) DEFAULT CHARSET utf8mb4",
        )
        .await;
    database.run("SET sql_mode = '', time_zone = '+02:00'").await;
    database
        .run(
            "INSERT INTO t VALUES (18446744073709551615, -128, 42, \
            123456789012345678901234567890.0123456780, 16777217.1, 0.1, b'1', '0000-00-00', \
            '2024-02-30 00:00:00', '2024-06-01 12:00:00.125', '-838:59:59', 2024, 'ä😀', 'é', 'b', 'x,y', \
            '{\"n\":\\n 1.0, \"s\": \"a b\"}', x'00ff', x'', 'a\\nb')",
        )
        .await;
    database.run("INSERT INTO t (id, wide, single) VALUES (1, 1e300, 0.1)").await;
    let (rows, survey) = rows(&*database.table("t"), &batches_of(0)).await.unwrap();
    assert_eq!(survey.records, Some(2));
    let wanted = [
        (Kind::Number, "18446744073709551615"),
        (Kind::Number, "-128"),
        (Kind::Text, "000042"),
        (Kind::Number, "123456789012345678901234567890.0123456780"),
        (Kind::Number, "16777218"),
        (Kind::Number, "0.1"),
        (Kind::Number, "1"),
        (Kind::Text, "0000-00-00"),
        (Kind::Text, "0000-00-00 00:00:00.000000"),
        (Kind::Text, "2024-06-01 10:00:00.125"),
        (Kind::Text, "-838:59:59"),
        (Kind::Number, "2024"),
        (Kind::Text, "ä😀"),
        (Kind::Text, "é"),
        (Kind::Text, "b"),
        (Kind::Text, "x,y"),
        (Kind::Json, "{\"n\":1.0,\"s\":\"a b\"}"),
        (Kind::Text, "0x00ff"),
        (Kind::Text, "0x"),
        (Kind::Text, "a\nb"),
    ];
    let wanted: Cells = wanted.map(|(kind, text)| (kind, text.to_owned())).to_vec();
    assert_eq!(rows[1], wanted);
    assert_eq!(rows[0][4], (Kind::Number, "0.1".to_owned()));
    assert_eq!(rows[0][5], (Kind::Number, "1e300".to_owned()));
    assert_eq!(rows[0][12], (Kind::Null, String::new()));
}

#[tokio::test]
async fn rows_are_the_same_for_any_batch_size_and_any_key() {
    let mut database = Database::new("any_key").await;
    for (table, key, value) in [
        ("numbers", "BIGINT PRIMARY KEY", "n * 3 - 100"),
        ("texts", "VARCHAR(20) PRIMARY KEY", "concat('K''\\\\', lpad(n, 3, '0'))"),
        ("bytes", "BINARY(16) PRIMARY KEY", "unhex(md5(n))"),
        ("days", "DATETIME PRIMARY KEY", "date_add('2024-01-01', interval n hour)"),
        ("plain", "BIGINT NOT NULL", "n"),
        ("shared", "INT NOT NULL, KEY (id)", "n DIV 7"),
        ("cases", "VARCHAR(20) NOT NULL, KEY (id)", "concat(if(n MOD 2, 'A', 'a'), n DIV 4)"),
    ] {
        database.run(&format!("CREATE TABLE {table} (n INT NOT NULL, id {key})")).await;
        database
            .run(&format!(
                "INSERT INTO {table} SELECT n, {value} FROM (SELECT CAST(seq AS SIGNED) AS n FROM seq_0_to_99) AS s"
            ))
            .await;
        let source = database.table(table);
        let (all, _) = rows(&*source, &batches_of(0)).await.unwrap();
        for size in [1, 7, 10, 99, 100, 101] {
            let (cut, survey) = rows(&*source, &batches_of(size)).await.unwrap();
            assert_eq!((cut.len(), survey.records), (100, Some(100)), "{table} {size}");
            // Among keys that are equal to the server any order will do.
            assert_eq!(folded(&cut), folded(&all), "{table} {size}");
            if !["shared", "cases"].contains(&table) {
                assert_eq!(survey.slices.len() as u64, 100_u64.div_ceil(size), "{table} {size}");
            }
        }
    }
}

#[tokio::test]
async fn conditions_mean_what_they_mean_elsewhere() {
    let mut database = Database::new("conditions").await;
    database
        .run("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9), n INT, price DECIMAL(5,2))")
        .await;
    database
        .run("INSERT INTO t VALUES (1,'UA',1,2.00),(2,'ua',2,2.50),(3,NULL,NULL,NULL),(4,'UA ',3,-1.00)")
        .await;
    for (filter, expected) in [
        (r#"{"name": "UA"}"#, vec!["1"]),
        (r#"{"name": ["UA", null]}"#, vec!["1", "3"]),
        (r#"{"name": {"ne": "UA"}}"#, vec!["2", "3", "4"]),
        (r#"{"name": {"ne": null}}"#, vec!["1", "2", "4"]),
        (r#"{"n": {"ge": 2}}"#, vec!["2", "4"]),
        (r#"{"n": [1, 3], "name": "UA"}"#, vec!["1"]),
        (r#"{"price": 2}"#, vec!["1"]),
        (r#"{"price": {"lt": 2.25}}"#, vec!["1", "4"]),
        (r#"{"name": "x' OR '1'='1"}"#, vec![]),
        (r#"{"name": []}"#, vec![]),
    ] {
        let mut wanted = batches_of(2);
        wanted.filter = serde_json::from_str(filter).unwrap();
        wanted.fields = Some(vec!["id".to_owned()]);
        let (rows, _) = rows(&*database.table("t"), &wanted).await.unwrap();
        assert_eq!(texts(&rows, 0), expected, "{filter}");
    }
}

#[tokio::test]
async fn a_query_is_a_table_of_its_own() {
    let mut database = Database::new("queries").await;
    database.run("CREATE TABLE t (id INT PRIMARY KEY, doc JSON)").await;
    database.run("INSERT INTO t VALUES (1, '[1]'), (2, '[2]'), (3, '[3]')").await;
    let query = "SELECT id, doc, id * 2 AS twice FROM t WHERE id > 1 -- the others\n;";
    let spec = MysqlSpec { table: None, query: Some(query.to_owned()), ..database.spec("") };
    let (rows, survey) = rows(&*open(spec).unwrap(), &batches_of(1)).await.unwrap();
    assert_eq!(survey.fields.unwrap(), ["id", "doc", "twice"]);
    assert_eq!((survey.slices.len(), texts(&rows, 2)), (2, vec!["4", "6"]));
    // What the server says of a query does not tell that it is a document.
    assert_eq!(rows[0][1], (Kind::Text, "[2]".to_owned()));
}

#[tokio::test]
async fn rows_larger_than_a_packet_of_network_come_whole() {
    let mut database = Database::new("large").await;
    database.run("CREATE TABLE t (id INT PRIMARY KEY, body LONGTEXT)").await;
    let mut sql = String::from("INSERT INTO t VALUES ");
    for id in 1..=8 {
        write!(sql, "{}({id}, repeat('{id}', 3000000))", if id > 1 { "," } else { "" }).unwrap();
    }
    database.run(&sql).await;
    let mut wanted = batches_of(0);
    wanted.batch_size = None;
    wanted.target_bytes = 7 << 20;
    let (rows, survey) = rows(&*database.table("t"), &wanted).await.unwrap();
    assert_eq!((rows.len(), survey.slices.len()), (8, 4));
    assert!(rows.iter().all(|row| row[1].1.len() == 3_000_000));
}

/// Whether the survey of a table steps from bound to bound through an index, by what the server was asked.
async fn steps(database: &mut Database, table: &str) -> bool {
    let source = database.table(table);
    let (rows, survey) = rows(&*source, &batches_of(10)).await.unwrap();
    assert_eq!((rows.len(), survey.slices.len()), (100, 10), "{table}");
    let said = database.log(&format!("`{table}` AS")).await;
    let orders =
        |said: &&String| said.contains("ORDER BY _row.`id`") && !said.contains("octet_length");
    let mut said = said.iter().filter(orders);
    assert!(said.clone().next().is_some(), "the server's log has nothing of {table}");
    said.any(|said| said.contains("LIMIT 9, 2"))
}

/// Every column of a primary key bears its flag, but an index finds rows by its first one: stepping by
/// another would sort the table for each batch.
#[tokio::test]
async fn a_key_of_several_columns_is_stepped_through_by_its_first_one_alone() {
    let mut database = Database::new("composites").await;
    for (table, key) in [
        ("begins_primary", "PRIMARY KEY (id, shop)"),
        ("ends_primary", "PRIMARY KEY (shop, id)"),
        ("begins_other", "PRIMARY KEY (shop, id), KEY (id, note)"),
        ("ends_other", "PRIMARY KEY (shop, id), KEY (note, id)"),
    ] {
        let columns = "shop INT NOT NULL, id INT NOT NULL, note INT NOT NULL";
        database.run(&format!("CREATE TABLE {table} ({columns}, {key})")).await;
        let values = "SELECT seq MOD 3, seq, seq FROM seq_1_to_100";
        database.run(&format!("INSERT INTO {table} {values}")).await;
    }
    database.run("SET GLOBAL log_output = 'TABLE', GLOBAL general_log = ON").await;
    let mut found = Vec::new();
    for table in ["begins_primary", "ends_primary", "begins_other", "ends_other"] {
        found.push((table, steps(&mut database, table).await));
    }
    database.run("SET GLOBAL general_log = OFF").await;
    let expected = [
        ("begins_primary", true),
        ("ends_primary", false),
        ("begins_other", true),
        ("ends_other", false),
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn another_table_or_view_is_looked_into_whatever_its_key() {
    let mut database = Database::new("peeks").await;
    database.run("CREATE TABLE t (id INT PRIMARY KEY)").await;
    database.run("CREATE TABLE other (price DECIMAL(5,2), doc JSON, bits BIT(3))").await;
    database
        .run("INSERT INTO other VALUES (1.50, '{\"a\": 1}', 5), (2.00, NULL, 1), (3.25, NULL, 0)")
        .await;
    database.run("CREATE VIEW cheap AS SELECT price FROM other WHERE price < 3").await;
    let source = database.table("t");
    let peek = source.peek("other", 2).await.unwrap().unwrap();
    assert_eq!(peek.fields, ["price", "doc", "bits"]);
    let [Chunk::Page(page)] = &peek.chunks[..] else { panic!("{:?}", peek.chunks) };
    let first: Vec<_> = page.rows().next().unwrap().cells(2).collect();
    assert_eq!((page.len(), first[0].text, first[1].kind), (2, "1.50", Kind::Json));
    let view = source.peek("peeks.cheap", 10).await.unwrap().unwrap();
    let [Chunk::Page(page)] = &view.chunks[..] else { panic!("{:?}", view.chunks) };
    assert_eq!((view.fields, page.len()), (vec!["price".to_owned()], 2));
    for (name, told) in [("none", "doesn't exist"), ("a.b.c", "is no name of a table")] {
        let error = source.peek(name, 1).await.unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[tokio::test]
async fn tables_and_views_are_told_with_how_long_their_data_is() {
    // Before all others, of which only so many are told.
    let mut database = Database::new("a_holdings").await;
    database.run("CREATE TABLE orders (id INT PRIMARY KEY)").await;
    database.run("CREATE TABLE `order lines` (id INT PRIMARY KEY, note LONGTEXT)").await;
    database.run("INSERT INTO `order lines` VALUES (1, repeat('x', 300000))").await;
    database.run("ANALYZE TABLE `order lines`").await;
    database.run("CREATE VIEW few AS SELECT id FROM orders").await;
    let told = database.table("orders").holdings().await.unwrap();
    let ours: Vec<_> =
        told.iter().filter(|holding| holding.name.starts_with("a_holdings.")).collect();
    let names: Vec<_> = ours.iter().map(|holding| holding.name.as_str()).collect();
    assert_eq!(names, ["a_holdings.few", "a_holdings.order lines", "a_holdings.orders"]);
    assert_eq!(ours[0].bytes, None);
    assert!(ours[1].bytes.unwrap() > 300_000, "{:?}", ours[1]);
    let kept = ["information_schema.", "mysql.", "performance_schema.", "sys."];
    assert!(told.iter().all(|holding| kept.iter().all(|kept| !holding.name.starts_with(kept))));
}
