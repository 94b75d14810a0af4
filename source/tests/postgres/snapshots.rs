//! With `consistency = "snapshot"`, all workers see the moment of the survey.

use std::time::Duration;

use proto::source::{Consistency, PostgresSpec};
use source::SourceError;

use crate::database::{Database, batches_of, firsts, open, read, rows};

fn held(database: &Database) -> PostgresSpec {
    PostgresSpec { consistency: Consistency::Snapshot, ..database.spec("t") }
}

#[tokio::test]
async fn all_slices_show_one_moment_while_rows_change() {
    let database = Database::new("snapshots_one_moment").await;
    database
        .run("CREATE TABLE t AS SELECT g AS id, 'old' AS x FROM generate_series(1, 100) g")
        .await;
    let survey = open(held(&database)).unwrap().survey(&batches_of(30)).await.unwrap();
    assert!(survey.view.is_some());
    let mut seen = Vec::new();
    for slice in &survey.slices {
        database
            .run(
                "UPDATE t SET x = 'new'; DELETE FROM t WHERE id % 2 = 0;
                INSERT INTO t SELECT id + 1000, 'new' FROM t WHERE id < 1000",
            )
            .await;
        // Another process's source.
        let worker = open(held(&database)).unwrap();
        for row in rows(&*worker, &read(&survey, slice)).await.unwrap() {
            assert_eq!(row[1].1, "old");
            seen.push(row[0].1.parse::<u32>().unwrap());
        }
    }
    assert_eq!(seen, (1..=100).collect::<Vec<_>>());
    drop(survey.hold);
}

#[tokio::test]
async fn without_a_snapshot_each_batch_sees_what_is_committed() {
    let database = Database::new("snapshots_none").await;
    database.run("CREATE TABLE t AS SELECT g AS id FROM generate_series(1, 10) g").await;
    let source = database.table("t");
    let survey = source.survey(&batches_of(5)).await.unwrap();
    assert!(survey.view.is_none() && survey.hold.is_none());
    database.run("DELETE FROM t WHERE id = 10; INSERT INTO t VALUES (11)").await;
    assert_eq!(
        firsts(&*source, &read(&survey, &survey.slices[1])).await,
        ["6", "7", "8", "9", "11"]
    );
}

#[tokio::test]
async fn a_snapshot_is_lost_with_its_hold() {
    let database = Database::new("snapshots_lost").await;
    database.run("CREATE TABLE t AS SELECT g AS id FROM generate_series(1, 10) g").await;
    let source = open(held(&database)).unwrap();
    let mut survey = source.survey(&batches_of(0)).await.unwrap();
    let read = read(&survey, &survey.slices[0]);
    assert_eq!(rows(&*source, &read).await.unwrap().len(), 10);
    survey.hold = None;
    // The server hears of it a moment later.
    let lost = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            if let Err(error) = rows(&*source, &read).await {
                return error;
            }
        }
    });
    let error = lost.await.unwrap();
    assert!(matches!(error, SourceError::SnapshotLost), "{error}");
}

#[tokio::test]
async fn the_name_of_a_snapshot_is_no_way_into_the_statement() {
    let database = Database::new("snapshots_name").await;
    database.run("CREATE TABLE t AS SELECT 1 AS id").await;
    let source = database.table("t");
    let survey = source.survey(&batches_of(0)).await.unwrap();
    let mut read = read(&survey, &survey.slices[0]);
    for view in ["'; DROP TABLE t; --", "00000003-0000001B-1", "../x"] {
        read.view = Some(view.to_owned());
        let error = rows(&*source, &read).await.unwrap_err();
        assert!(matches!(error, SourceError::SnapshotLost), "{view}: {error}");
    }
}
