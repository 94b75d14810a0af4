//! Long slices: constant memory, and what happens when either side goes away.

use futures::StreamExt;
use source::SourceError;
use tokio::sync::mpsc;

use crate::database::{Database, RFC_4180, firsts, rows, whole};

/// A row of 1,000 characters for each number up to so many.
fn long(rows: u32) -> String {
    format!("SELECT g AS id, repeat('x', 990) AS x FROM generate_series(1, {rows}) g")
}

fn most_resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn memory_does_not_grow_with_the_slice() {
    let database = Database::new("streams_memory").await;
    let source = database.query(&long(300_000));
    let read = whole(&*source).await;
    let before = most_resident_kib();
    let mut stream = source.csv(&read, &RFC_4180).await.unwrap().unwrap();
    let mut len = 0;
    while let Some(chunk) = stream.next().await {
        len += chunk.unwrap().len();
    }
    assert!(len > 290_000_000);
    let (out, mut chunks) = mpsc::channel(2);
    let drain = async { while chunks.recv().await.is_some() {} };
    let (done, ()) = tokio::join!(source.rows(&read, out), drain);
    done.unwrap();
    assert!(most_resident_kib() - before < 32 << 10, "{} KiB", most_resident_kib() - before);
}

#[tokio::test]
async fn a_receiver_that_goes_away_ends_the_reading_without_error() {
    let database = Database::new("streams_receiver").await;
    let source = database.query(&long(10_000));
    let read = whole(&*source).await;
    let (out, mut chunks) = mpsc::channel(1);
    let take_one = async {
        chunks.recv().await.unwrap();
        drop(chunks);
    };
    let (done, ()) = tokio::join!(source.rows(&read, out), take_one);
    done.unwrap();
    assert_eq!(rows(&*source, &read).await.unwrap().len(), 10_000);
}

#[tokio::test]
async fn a_connection_that_is_cut_is_worth_another_try() {
    let database = Database::new("streams_cut").await;
    let source = database.query(&format!("{} -- streams_cut", long(300_000)));
    let read = whole(&*source).await;
    let mut stream = source.csv(&read, &RFC_4180).await.unwrap().unwrap();
    stream.next().await.unwrap().unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE application_name = 'longshore' AND query LIKE '%streams_cut%'";
    assert_eq!(database.texts(cut).await.len(), 1);
    let error = loop {
        match stream.next().await.expect("the stream ends with an error") {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(error, SourceError::Unavailable { .. }), "{error}");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn an_idle_connection_that_was_cut_is_not_used_again() {
    let database = Database::new("streams_idle").await;
    let source = database.query("SELECT pg_backend_pid() AS id");
    let read = whole(&*source).await;
    let first = firsts(&*source, &read).await;
    assert_eq!(firsts(&*source, &read).await, first);
    database.texts(&format!("SELECT pg_terminate_backend({}, 5000)", first[0])).await;
    assert_ne!(firsts(&*source, &read).await, first);
}
