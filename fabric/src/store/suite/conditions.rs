//! Writes that depend on what is there: the commit of a batch and the head of an export stand on
//! them.

use std::sync::Arc;

use bytes::Bytes;
use tokio::task::JoinSet;

use super::{Ground, is_missing};
use crate::store::{StoreError, Tag};

/// How many write at once.
const WRITERS: u8 = 16;

pub(super) async fn one_of_many_writers_wins(ground: &Ground) {
    let key = ground.key("race/put.json");
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (store, key) = (Arc::clone(&ground.store), key.clone());
        writers.spawn(async move {
            (writer, store.put_if_absent(&key, Bytes::from(vec![writer; 100])).await)
        });
    }
    let mut winners = Vec::new();
    while let Some(done) = writers.join_next().await {
        match done.expect("a writer ends") {
            (writer, Ok(tag)) => winners.push((writer, tag)),
            (_, Err(StoreError::Exists { .. })) => {}
            (writer, Err(error)) => panic!("writer {writer}: {error:?}"),
        }
    }
    assert_eq!(winners.len(), 1, "winners of a race to write: {winners:?}");
    let (bytes, tag) = ground.store.get(&key).await.expect("the winner's object is there");
    assert_eq!((bytes[0], tag), winners[0]);
}

pub(super) async fn one_of_many_replacers_wins(ground: &Ground) {
    let key = ground.key("race/replace.json");
    let mut current = ground.put("race/replace.json", &Bytes::from_static(b"first")).await;
    for round in 0..3 {
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let (store, key, seen) = (Arc::clone(&ground.store), key.clone(), current.clone());
            let bytes = Bytes::from(vec![writer, round]);
            writers.spawn(async move { (writer, store.replace(&key, bytes, &seen).await) });
        }
        let mut winners = Vec::new();
        while let Some(done) = writers.join_next().await {
            match done.expect("a writer ends") {
                (writer, Ok(tag)) => winners.push((writer, tag)),
                (_, Err(StoreError::Changed { .. })) => {}
                (writer, Err(error)) => panic!("replacer {writer}: {error:?}"),
            }
        }
        assert_eq!(winners.len(), 1, "winners of a race to replace: {winners:?}");
        let (bytes, tag) = ground.store.get(&key).await.expect("the winner's object is there");
        assert_eq!((bytes[0], &tag), (winners[0].0, &winners[0].1));
        current = tag;
    }
}

pub(super) async fn what_exists_is_not_written_over(ground: &Ground) {
    let tag = ground.put("exists.json", &Bytes::from_static(b"one")).await;
    let key = ground.key("exists.json");
    // The same bytes again are no exception: whoever comes second has to know.
    for again in ["two", "one"] {
        let answer = ground.store.put_if_absent(&key, Bytes::from(again)).await;
        assert!(matches!(answer, Err(StoreError::Exists { .. })), "{answer:?}");
    }
    assert_eq!(
        ground.store.get(&key).await.expect("it is there"),
        (Bytes::from_static(b"one"), tag)
    );
}

pub(super) async fn what_changed_is_not_replaced(ground: &Ground) {
    let first = ground.put("head.json", &Bytes::from_static(b"one")).await;
    let key = ground.key("head.json");
    let second = ground
        .store
        .replace(&key, Bytes::from_static(b"two"), &first)
        .await
        .expect("the tag is current");
    assert_ne!(first, second, "another content has another tag");
    let late = ground.store.replace(&key, Bytes::from_static(b"six"), &first).await;
    assert!(matches!(late, Err(StoreError::Changed { .. })), "{late:?}");
    assert_eq!(
        ground.store.get(&key).await.expect("it is there"),
        (Bytes::from_static(b"two"), second.clone())
    );

    ground.store.delete(std::slice::from_ref(&key)).await.expect("it can be deleted");
    let gone = ground.store.replace(&key, Bytes::from_static(b"six"), &second).await;
    assert!(matches!(gone, Err(StoreError::Changed { .. })), "{gone:?}");
    let never =
        ground.store.replace(&ground.key("never.json"), Bytes::new(), &Tag("0".to_owned())).await;
    assert!(matches!(never, Err(StoreError::Changed { .. })), "{never:?}");
    assert!(is_missing(&ground.store.head(&ground.key("never.json")).await));
}

pub(super) async fn what_is_deleted_is_missing(ground: &Ground) {
    ground.put("gone/a/1", &Bytes::from_static(b"one")).await;
    ground.put("gone/a/2", &Bytes::from_static(b"two")).await;
    let keys = [ground.key("gone/a/1"), ground.key("gone/never"), ground.key("gone/a/1")];
    ground.store.delete(&keys).await.expect("what is not there is no error");
    ground.store.delete(&keys).await.expect("nor is deleting again");
    ground.store.delete(&[]).await.expect("nor is deleting nothing");
    assert!(is_missing(&ground.store.get(&ground.key("gone/a/1")).await));
    assert_eq!(ground.read(&ground.key("gone/a/2")).await, b"two");
    ground.store.delete(&[ground.key("gone/a/2")]).await.expect("it can be deleted");
    ground.put("gone/a/1", &Bytes::from_static(b"new")).await;
    assert_eq!(ground.read(&ground.key("gone/a/1")).await, b"new");
}
