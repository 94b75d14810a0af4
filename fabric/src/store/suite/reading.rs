//! Reads: exactly what was asked for, or an error that says why not.

use std::ops::Range;

use bytes::Bytes;
use futures::TryStreamExt;

use super::{Ground, MIB, is_damaged, is_missing, noise, same};
use crate::store::{StoreError, Tag};

pub(super) async fn an_object_is_read_as_it_was_written(ground: &Ground) {
    for (name, len) in [("empty", 0), ("one", 1), ("a.b-c_1", 1000), ("large", 3 * MIB + 7)] {
        let bytes = noise(len as u64, len);
        let tag = ground.put(name, &bytes).await;
        let key = ground.key(name);
        let entry = ground.store.head(&key).await.expect("it is there");
        assert_eq!((&entry.key, entry.len, &entry.tag), (&key, len as u64, &tag));
        let (found, found_tag) = ground.store.get(&key).await.expect("it is there");
        same(&found, &bytes, name);
        assert_eq!(found_tag, tag);
        same(&ground.read(&key).await, &bytes, name);
    }
}

pub(super) async fn a_range_is_read_exactly(ground: &Ground) {
    let bytes = noise(5, 2 * MIB + 11);
    let tag = ground.put("ranged", &bytes).await;
    let end = bytes.len();
    for range in [0..1, 0..end, 1..end, end - 1..end, 100..100, end..end, MIB - 1..2 * MIB + 1] {
        let found =
            collect(ground, "ranged", range.start as u64..range.end as u64, Some(&tag)).await;
        same(&found.expect("the range is within"), &bytes[range.clone()], &format!("{range:?}"));
    }
}

pub(super) async fn a_range_beyond_the_end_is_damage(ground: &Ground) {
    let tag = ground.put("short", &noise(6, 1000)).await;
    for range in [0..1001, 999..1001, 1000..1001, 5000..6000, 1001..1001] {
        for tag in [None, Some(&tag)] {
            let found = collect(ground, "short", range.clone(), tag).await;
            assert!(is_damaged(&found), "{range:?}: {found:?}");
        }
    }
}

pub(super) async fn a_read_with_another_tag_is_damage(ground: &Ground) {
    let tag = ground.put("tagged", &Bytes::from_static(b"one")).await;
    ground
        .store
        .replace(&ground.key("tagged"), Bytes::from_static(b"two"), &tag)
        .await
        .expect("the tag is current");
    for range in [0..3, 0..0] {
        let found = collect(ground, "tagged", range.clone(), Some(&tag)).await;
        assert!(is_damaged(&found), "{range:?}: {found:?}");
    }
    assert_eq!(collect(ground, "tagged", 0..3, None).await.expect("no tag was asked for"), b"two");
}

pub(super) async fn what_is_missing_cannot_be_read(ground: &Ground) {
    // The second lies below a key that is an object, the third is where others begin.
    ground.put("thing/object", &Bytes::from_static(b"one")).await;
    for name in ["missing", "thing/object/below", "thing"] {
        let key = ground.key(name);
        let tag = Tag("0".to_owned());
        assert!(is_missing(&ground.store.get(&key).await), "get {name}");
        assert!(is_missing(&ground.store.head(&key).await), "head {name}");
        for range in [0..0, 0..3] {
            assert!(is_missing(&collect(ground, name, range.clone(), None).await), "read {name}");
            // Nothing has another tag than the one asked for, so a server may say that first.
            let tagged = collect(ground, name, range, Some(&tag)).await;
            assert!(
                is_missing(&tagged) || is_damaged(&tagged),
                "read {name} with a tag: {tagged:?}"
            );
        }
    }
}

async fn collect(
    ground: &Ground,
    name: &str,
    range: Range<u64>,
    tag: Option<&Tag>,
) -> Result<Vec<u8>, StoreError> {
    let chunks: Vec<Bytes> =
        ground.store.read(&ground.key(name), range, tag).await?.try_collect().await?;
    Ok(chunks.concat())
}
