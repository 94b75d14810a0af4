use std::time::Instant;

use fabric::store::DirectoryStore;
use futures::TryStreamExt;
use jiff::Timestamp;
use serde_json::{Map, json};

use super::log::SHOWN;
use super::old::KEPT;
use super::reading::Record;
use super::*;
use crate::easydb::{Each, What};

fn happened(of: &str, at: i64) -> Happened {
    Happened {
        what: What::Insert,
        of: of.to_owned(),
        at: Timestamp::from_second(at).unwrap(),
        export: "0192d3a0-0000-7000-8000-000000000000".parse().unwrap(),
        number: 1,
        version: 1,
        info: Map::new(),
        each: None,
    }
}

fn owner(name: &str) -> Owner {
    name.to_owned().try_into().unwrap()
}

fn store() -> (tempfile::TempDir, Arc<dyn Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(folder.path()).unwrap();
    (folder, Arc::new(store))
}

/// Something that happened to so many files, which are called by their places.
fn fetched(of: &str, count: usize) -> Happened {
    let these = (0..count).map(|place| json!({"url": format!("file-{place}")}));
    let these = these.map(|this| this.as_object().unwrap().clone()).collect();
    Happened { what: What::Downloaded, each: Some(Each::These(these)), ..happened(of, 1) }
}

async fn all(chronicle: &Chronicle, owner: &Owner, after: u64) -> Vec<Record> {
    chronicle.after(owner, after).try_collect().await.unwrap()
}

fn ids(records: &[Record]) -> Vec<u64> {
    records.iter().map(|(id, _)| *id).collect()
}

/// The numbers of all events in records.
fn told(records: &[Record]) -> Vec<u64> {
    records.iter().flat_map(|(id, happened)| *id..*id + happened.told() as u64).collect()
}

#[tokio::test]
async fn numbers_have_no_gaps_whoever_writes() {
    let (_folder, store) = store();
    let (one, other) = (Chronicle::new(Arc::clone(&store)), Chronicle::new(Arc::clone(&store)));
    let ann = owner("ann");
    for id in 1..=21 {
        let chronicle = if id % 3 == 0 { &other } else { &one };
        assert_eq!(
            chronicle.append(&ann, &happened(&id.to_string(), id)).await.unwrap(),
            u64::try_from(id).unwrap()
        );
    }
    assert_eq!(Chronicle::new(Arc::clone(&store)).last(&ann).await.unwrap(), 21);
    assert_eq!(one.last(&owner("bob")).await.unwrap(), 0);
    assert_eq!(ids(&all(&other, &ann, 18).await), [19, 20, 21]);
}

#[tokio::test]
async fn what_is_told_twice_happened_once() {
    let (_folder, store) = store();
    let (chronicle, ann) = (Chronicle::new(Arc::clone(&store)), owner("ann"));
    for _ in 0..2 {
        chronicle.tell(&ann, &happened("insert", 1)).await.unwrap();
    }
    assert_eq!(chronicle.last(&ann).await.unwrap(), 1);
    // Somebody who died before it was noted with its export, and one who died before it was written.
    let export = happened("insert", 1).export;
    store.delete(&[Key::logged(export, 1)]).await.unwrap();
    store.put_if_absent(&Key::told(export, "start"), record::encode(&2_u64)).await.unwrap();
    chronicle.append(&ann, &happened("between", 2)).await.unwrap();
    for of in ["insert", "start"] {
        chronicle.tell(&ann, &happened(of, 3)).await.unwrap();
    }
    let told: Vec<String> = all(&chronicle, &ann, 0)
        .await
        .into_iter()
        .map(|(id, happened)| format!("{id} {}", happened.of))
        .collect();
    assert_eq!(told, ["1 insert", "2 between", "3 start"]);
    assert_eq!(chronicle.log_of(export).await.unwrap().len(), 2);
}

#[tokio::test]
async fn whoever_waits_is_woken_by_what_happens() {
    let (_folder, store) = store();
    let (chronicle, ann) = (Chronicle::new(store), owner("ann"));
    let long = Duration::from_mins(5);
    let (found, _) = tokio::join!(chronicle.wait(&ann, 0, 25, long), async {
        chronicle.append(&ann, &happened("insert", 1)).await.unwrap()
    });
    assert_eq!(found.unwrap()[0].0, 1);
    // Nobody waits for ever.
    for wait in [Duration::ZERO, Duration::from_millis(20)] {
        let begun = Instant::now();
        assert!(chronicle.wait(&ann, 1, 25, wait).await.unwrap().is_empty());
        assert!(begun.elapsed() >= wait, "{wait:?}");
    }
}

#[tokio::test]
async fn the_oldest_make_room_and_numbers_go_on() {
    let (_folder, store) = store();
    let (chronicle, ann) = (Chronicle::new(Arc::clone(&store)), owner("ann"));
    for id in 1..SWEPT_AFTER {
        chronicle.append(&ann, &happened(&id.to_string(), 1)).await.unwrap();
    }
    let late = i64::try_from(KEPT.as_secs()).unwrap() + 2;
    chronicle.append(&ann, &happened("late", late)).await.unwrap();
    assert_eq!(all(&chronicle, &ann, 0).await.len(), 1);
    assert_eq!(Chronicle::new(store).last(&ann).await.unwrap(), SWEPT_AFTER);
}

#[tokio::test]
async fn what_is_told_of_many_has_a_number_for_each() {
    let (_folder, store) = store();
    let (one, other) = (Chronicle::new(Arc::clone(&store)), Chronicle::new(Arc::clone(&store)));
    let ann = owner("ann");
    one.append(&ann, &happened("a", 1)).await.unwrap();
    let each = Some(Each::Objects { run: 1, count: 1_000_000 });
    let many = Happened { what: What::Objects, each, ..happened("b", 2) };
    assert_eq!(other.append(&ann, &many).await.unwrap(), 2);
    assert_eq!(one.append(&ann, &happened("c", 3)).await.unwrap(), 1_000_002);
    for (id, expected) in [
        (0, None),
        (1, Some(1)),
        (2, Some(2)),
        (77_777, Some(2)),
        (1_000_001, Some(2)),
        (1_000_002, Some(1_000_002)),
        (1_000_003, None),
    ] {
        let found = one.find(&ann, id).await.unwrap().map(|(first, _)| first);
        assert_eq!(found, expected, "{id}");
    }
    // Whoever polls hears nothing of them.
    let polled = one.wait(&ann, 1, 25, Duration::ZERO).await.unwrap();
    assert_eq!(ids(&polled), [1_000_002]);
}

#[tokio::test]
async fn numbers_go_on_after_all_is_taken_away() {
    let (_folder, store) = store();
    let (chronicle, ann) = (Chronicle::new(Arc::clone(&store)), owner("ann"));
    for of in ["a", "b", "c"] {
        chronicle.tell(&ann, &happened(of, 1)).await.unwrap();
    }
    assert_eq!(chronicle.remove(&ann, |_, happened| happened.of != "b").await.unwrap(), 2);
    let left = chronicle.wait(&ann, 0, 25, Duration::ZERO).await.unwrap();
    assert_eq!(ids(&left), [2]);
    assert_eq!(chronicle.log_of(happened("b", 1).export).await.unwrap().len(), 1);
    assert_eq!(Chronicle::new(store).append(&ann, &happened("d", 1)).await.unwrap(), 4);
}

#[tokio::test]
async fn whoever_stopped_amid_a_record_hears_of_the_rest_of_it() {
    let (_folder, store) = store();
    let (chronicle, ann) = (Chronicle::new(store), owner("ann"));
    for of in 1..=9 {
        chronicle.append(&ann, &happened(&of.to_string(), 1)).await.unwrap();
    }
    chronicle.append(&ann, &fetched("files", 100)).await.unwrap();
    chronicle.append(&ann, &happened("last", 1)).await.unwrap();
    let poll = async |heard, limit| {
        told(&chronicle.wait(&ann, heard, limit, Duration::ZERO).await.unwrap())
    };
    assert_eq!(poll(8, 3).await, [9, 10, 11]);
    assert_eq!(poll(11, 3).await, [12, 13, 14]);
    assert_eq!(poll(50, 1000).await, (51..=110).collect::<Vec<_>>());
    assert_eq!(poll(108, 25).await, [109, 110]);
    assert_eq!(poll(109, 25).await, [110]);
    assert!(poll(110, 25).await.is_empty());
}

#[tokio::test]
async fn a_limit_is_one_of_events_and_not_of_records() {
    let (_folder, store) = store();
    let (chronicle, ann) = (Chronicle::new(store), owner("ann"));
    for of in ["a", "b", "c"] {
        chronicle.append(&ann, &fetched(of, 60)).await.unwrap();
    }
    let mut heard = 0;
    for expected in [25, 25, 25, 25, 25, 25, 25, 5] {
        let polled = chronicle.wait(&ann, heard, 25, Duration::ZERO).await.unwrap();
        let polled = told(&polled);
        assert_eq!(polled, (heard + 1..=heard + expected).collect::<Vec<_>>());
        heard += expected;
    }
}

#[tokio::test]
async fn what_is_taken_away_leaves_its_place_and_nothing_of_it() {
    let (_folder, store) = store();
    let (chronicle, ann) = (Chronicle::new(Arc::clone(&store)), owner("ann"));
    chronicle.append(&ann, &fetched("files", 3)).await.unwrap();
    assert_eq!(chronicle.remove(&ann, |_, _| true).await.unwrap(), 3);
    let (bytes, _) = store.get(&Key::happened(&ann, 1)).await.unwrap();
    let left = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(!left.contains("file-"), "{left}");
    assert!(chronicle.wait(&ann, 0, 25, Duration::ZERO).await.unwrap().is_empty());
    assert_eq!(Chronicle::new(store).append(&ann, &happened("next", 1)).await.unwrap(), 4);
}

#[tokio::test]
async fn the_log_of_an_export_is_swept_by_each_run_whatever_its_numbers_are() {
    let (_folder, store) = store();
    let (chronicle, ann) = (Chronicle::new(Arc::clone(&store)), owner("ann"));
    let export = happened("", 1).export;
    for place in 0..SHOWN as u64 + 5 {
        let key = Key::logged(export, 100 * place + 7);
        record::create(&*store, &key, &happened(&place.to_string(), 1)).await.unwrap();
    }
    let last = Key::happened(&ann, 1_000_006);
    record::create(&*store, &last, &happened("before", 1)).await.unwrap();
    let start = Happened { what: What::Start, ..happened("start-1", 1) };
    chronicle.tell(&ann, &start).await.unwrap();
    let logged = record::keys(&store, Prefix::logged(export)).try_collect::<Vec<_>>().await;
    assert_eq!(logged.unwrap().len(), SHOWN);
    let log = chronicle.log_of(export).await.unwrap();
    assert_eq!(log.last().unwrap(), &(1_000_007, start));
}
