//! What cannot be read says why, and whether to try again.

use proto::fault::Code;
use proto::source::PostgresSpec;
use source::page::Kind;
use source::{Chunk, Source, SourceError, Wanted};

use crate::database::{Database, batches_of, open, read, rows, whole};

async fn refusal(source: &dyn Source) -> SourceError {
    source.survey(&batches_of(0)).await.err().unwrap()
}

fn check(error: &SourceError, code: Code, words: &str) {
    assert_eq!(error.fault().code, code, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_refused_before_connecting() {
    let database = Database::new("refusals_configuration").await;
    let spec = database.spec("t");
    let refused = |spec: PostgresSpec, words: &str| {
        check(&open(spec).err().unwrap(), Code::SourceRefused, words);
    };
    refused(
        PostgresSpec { url: "postgresql://u:secret@h/d".to_owned(), ..spec.clone() },
        "password_file",
    );
    refused(
        PostgresSpec { url: "postgresql://u@h/d?password=secret".to_owned(), ..spec.clone() },
        "password_file",
    );
    refused(
        PostgresSpec { url: "postgresql://u@h/d?sslmode=require".to_owned(), ..spec.clone() },
        "TLS",
    );
    refused(
        PostgresSpec { url: "postgresql://u@h/d?sslmode=verify-full".to_owned(), ..spec.clone() },
        "sslmode",
    );
    refused(PostgresSpec { query: Some("SELECT 1".to_owned()), ..spec.clone() }, "both");
    refused(PostgresSpec { table: None, ..spec.clone() }, "neither");
    refused(PostgresSpec { table: Some("a..b".to_owned()), ..spec.clone() }, "no name of a table");
    refused(PostgresSpec { password_file: Some("no/such/file".into()), ..spec }, "no/such/file");
}

#[tokio::test]
async fn what_is_not_there_is_told_by_name() {
    let database = Database::new("refusals_names").await;
    check(&refusal(&*database.table("nothing")).await, Code::SourceRefused, "nothing");
    database.run("CREATE TABLE t (id int4, a text); CREATE TABLE u (a text, b text)").await;
    check(&refusal(&*database.table("u")).await, Code::UnknownSourceField, "it has a, b");
    let source = database.table("t");
    let mut wanted = Vec::from([batches_of(0), batches_of(0), batches_of(0)]);
    wanted[0].fields = Some(vec!["id".to_owned(), "x\"y".to_owned()]);
    wanted[1].besides = vec!["x\"y".to_owned()];
    wanted[2].filter.insert("x\"y".to_owned(), serde_json::from_str("1").unwrap());
    for wanted in &wanted {
        check(&source.survey(wanted).await.err().unwrap(), Code::UnknownSourceField, "x\\\"y");
    }
}

#[tokio::test]
async fn a_key_that_cannot_bound_slices_is_refused() {
    let database = Database::new("refusals_key").await;
    database
        .run(
            "CREATE TABLE t (id timestamptz); CREATE TABLE u (id int4); INSERT INTO u VALUES (1), (NULL), (NULL);
            CREATE TABLE v (id int4 PRIMARY KEY)",
        )
        .await;
    check(&refusal(&*database.table("t")).await, Code::SourceRefused, "timestamptz");
    check(&refusal(&*database.table("u")).await, Code::SourceRefused, "NULL in 2 of 3 rows");
    let twice =
        database.query("SELECT a.id, b.id FROM refusals_key.v a JOIN refusals_key.v b USING (id)");
    check(&refusal(&*twice).await, Code::SourceRefused, "two columns");
}

#[tokio::test]
async fn a_field_that_went_away_since_the_plan_is_a_change() {
    let database = Database::new("refusals_gone").await;
    database.run("CREATE TABLE t (id int4, a text)").await;
    let source = database.table("t");
    let survey = source.survey(&batches_of(0)).await.unwrap();
    database.run("ALTER TABLE t DROP COLUMN a").await;
    let error = rows(&*source, &read(&survey, &survey.slices[0])).await.unwrap_err();
    check(&error, Code::SourceChanged, "\"a\"");
}

#[tokio::test]
async fn a_role_without_rights_is_refused_and_nothing_can_be_written() {
    let database = Database::new("refusals_rights").await;
    database
        .run("DROP ROLE IF EXISTS longshore_nobody; CREATE ROLE longshore_nobody LOGIN; CREATE TABLE t (id int4)")
        .await;
    let mut url = url::Url::parse(&database.url).unwrap();
    url.set_username("longshore_nobody").unwrap();
    let spec = PostgresSpec { url: url.to_string(), ..database.spec("t") };
    let error = refusal(&*open(spec).unwrap()).await;
    assert!(!error.is_transient());
    check(&error, Code::SourceRefused, "permission denied");
    let writes = database.query(
        "WITH w AS (INSERT INTO refusals_rights.t VALUES (1) RETURNING id) SELECT id FROM w",
    );
    check(&refusal(&*writes).await, Code::SourceRefused, "");
    database.run("DROP ROLE longshore_nobody").await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_worth_another_try() {
    let database = Database::new("refusals_server").await;
    // A port that nobody listens on: it was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgresql://postgres@127.0.0.1:{port}/postgres");
    let error = refusal(&*open(PostgresSpec { url, ..database.spec("t") }).unwrap()).await;
    assert!(error.is_transient());
    check(&error, Code::SourceUnavailable, "refused");
    let mut url = url::Url::parse(&database.url).unwrap();
    url.set_path("/no_such_database");
    let error =
        refusal(&*open(PostgresSpec { url: url.to_string(), ..database.spec("t") }).unwrap()).await;
    assert!(!error.is_transient());
    check(&error, Code::SourceRefused, "no_such_database");
}

#[tokio::test]
async fn text_that_is_not_utf8_breaks_its_row_alone() {
    let database = Database::new("refusals_ascii").await;
    database.run("DROP DATABASE IF EXISTS longshore_ascii").await;
    database
        .run("CREATE DATABASE longshore_ascii ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
        .await;
    let mut url = url::Url::parse(&database.url).unwrap();
    url.set_path("/longshore_ascii");
    let client = crate::database::connect(url.as_str()).await;
    client
        .batch_execute("CREATE TABLE t (id int4, x text); INSERT INTO t VALUES (1, 'a'), (2, E'\\xfc'), (3, 'c')")
        .await
        .unwrap();
    let spec =
        PostgresSpec { url: url.to_string(), table: Some("t".to_owned()), ..database.spec("t") };
    let source = open(spec).unwrap();
    let mut read = whole(&*source).await;
    check(&rows(&*source, &read).await.unwrap_err(), Code::BrokenRecord, "\"x\" is not UTF-8");
    read.on_error = proto::definition::OnError::Warn;
    let got = rows(&*source, &read).await.unwrap();
    assert_eq!(got.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 2]);
    assert!(source.csv(&read, &crate::database::RFC_4180).await.unwrap().is_none());
    drop(source);
    drop(client);
    database.run("DROP DATABASE longshore_ascii WITH (FORCE)").await;
}

#[tokio::test]
async fn a_row_longer_than_a_record_may_be_is_broken_alone() {
    let database = Database::new("refusals_long").await;
    database
        .run("CREATE TABLE t (id int4, x text); INSERT INTO t VALUES (1, 'a'), (2, repeat('x', 70000000)), (3, 'c')")
        .await;
    let source = database.table("t");
    let mut read = whole(&*source).await;
    check(&rows(&*source, &read).await.unwrap_err(), Code::BrokenRecord, "longer than 64 MiB");
    read.on_error = proto::definition::OnError::Warn;
    let got = rows(&*source, &read).await.unwrap();
    assert_eq!(got.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 2]);
}

#[tokio::test]
async fn a_survey_wants_a_number_of_fields() {
    let database = Database::new("refusals_none").await;
    database.run("CREATE TABLE t (id int4)").await;
    let source = database.table("t");
    let wanted = Wanted { fields: Some(Vec::new()), ..batches_of(0) };
    let survey = source.survey(&wanted).await.unwrap();
    check(
        &rows(&*source, &read(&survey, &survey.slices[0])).await.unwrap_err(),
        Code::SourceRefused,
        "no field",
    );
}

#[tokio::test]
async fn another_table_or_view_is_looked_into_whatever_its_key() {
    let database = Database::new("refusals_peeks").await;
    database
        .run(
            "CREATE TABLE t (id int4); CREATE TABLE other (price numeric, doc jsonb, at timestamptz); \
            INSERT INTO other VALUES (1.50, '{\"a\": 1}', now()), (2, NULL, NULL), (3.25, NULL, NULL); \
            CREATE VIEW cheap AS SELECT price FROM other WHERE price < 3; CREATE TABLE nothing ()",
        )
        .await;
    let source = database.table("t");
    let peek = source.peek("refusals_peeks.other", 2).await.unwrap().unwrap();
    assert_eq!(peek.fields, ["price", "doc", "at"]);
    let [Chunk::Page(page)] = &peek.chunks[..] else { panic!("{:?}", peek.chunks) };
    let first: Vec<_> = page.rows().next().unwrap().cells(2).collect();
    assert_eq!((page.len(), first[0].text, first[1].kind), (2, "1.50", Kind::Json));
    let view = source.peek("refusals_peeks.cheap", 10).await.unwrap().unwrap();
    let [Chunk::Page(page)] = &view.chunks[..] else { panic!("{:?}", view.chunks) };
    assert_eq!((view.fields, page.len()), (vec!["price".to_owned()], 2));
    let nothing = source.peek("refusals_peeks.nothing", 1).await.unwrap().unwrap();
    assert!(nothing.fields.is_empty() && nothing.chunks.is_empty());
    let gone = source.peek("refusals_peeks.gone", 1).await.unwrap_err();
    check(&gone, Code::SourceRefused, "does not exist");
}
