//! What cannot be read, or not any more, and how that is told.

use proto::plan::Slice;
use proto::source::MysqlSpec;
use source::SourceError;

use crate::database::{Database, batches_of, open, rows};

/// What is wrong with a specification.
type Change = Box<dyn Fn(&mut MysqlSpec)>;

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_the_reason() {
    let mut database = Database::new("refusals").await;
    database.run("CREATE TABLE t (id INT NULL, price DECIMAL(5,2))").await;
    database.run("INSERT INTO t VALUES (1, 1), (NULL, 2)").await;
    let spec = database.spec("t");
    let failing = |change: &dyn Fn(&mut MysqlSpec)| {
        let mut spec = spec.clone();
        change(&mut spec);
        async move {
            match open(spec) {
                Ok(source) => rows(&*source, &batches_of(1)).await.err().unwrap(),
                Err(error) => error,
            }
        }
    };
    let cases: [(Change, &str); 8] = [
        (Box::new(|_| {}), "the key is NULL in 1 rows"),
        (Box::new(|spec| spec.key = "price".to_owned()), "the key \"price\" is a decimal"),
        (Box::new(|spec| spec.key = "ID".to_owned()), "no field \"ID\"; it has id, price"),
        (Box::new(|spec| spec.table = Some("none".to_owned())), "doesn't exist"),
        (Box::new(|spec| spec.query = Some("SELECT 1".to_owned())), "one of `table` and `query`"),
        (Box::new(|spec| spec.url += "?require_ssl=true"), "said in `tls`"),
        (Box::new(|spec| spec.url = spec.url.replace("root@", "nobody@")), "Access denied"),
        (Box::new(|spec| spec.url = spec.url.replace("root@", "root:x@")), "password_file"),
    ];
    for (change, told) in cases {
        let error = failing(&*change).await;
        assert!(error.to_string().contains(told) && !error.is_transient(), "{error}");
    }
    let gone = failing(&|spec| spec.url = "mysql://root@127.0.0.1:1/x".to_owned()).await;
    assert!(matches!(gone, SourceError::Unavailable { .. }), "{gone}");
}

#[tokio::test]
async fn a_slice_of_a_table_that_lost_a_field_has_changed() {
    let mut database = Database::new("changes").await;
    database.run("CREATE TABLE t (id INT PRIMARY KEY, a INT)").await;
    let source = database.table("t");
    let survey = source.survey(&batches_of(0)).await.unwrap();
    assert!(matches!(survey.slices[..], [Slice::Keys(_)]));
    database.run("ALTER TABLE t DROP COLUMN a").await;
    let read = source::Read {
        slice: survey.slices[0].clone(),
        fields: survey.fields,
        besides: Vec::new(),
        filter: proto::filter::Where::new(),
        search: None,
        query: None,
        view: None,
        on_error: proto::definition::OnError::Fail,
    };
    let (out, _chunks) = tokio::sync::mpsc::channel(1);
    let error = source.rows(&read, out).await.unwrap_err();
    assert!(matches!(error, SourceError::Changed { .. }), "{error}");
}

#[tokio::test]
async fn a_row_longer_than_a_record_may_be_is_broken() {
    let mut database = Database::new("longest").await;
    database.run("CREATE TABLE t (id INT PRIMARY KEY, a LONGTEXT, b LONGTEXT, c LONGTEXT, d LONGTEXT, e LONGTEXT)").await;
    database.run("INSERT INTO t (id) VALUES (1)").await;
    for column in ["a", "b", "c", "d", "e"] {
        database.run(&format!("UPDATE t SET {column} = repeat('x', 14000000)")).await;
    }
    let error = rows(&*database.table("t"), &batches_of(0)).await.map(drop).unwrap_err();
    assert!(error.to_string().ends_with("record longer than 64 MiB"), "{error}");
}
