//! Objects written in pieces.

use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::{Ground, MIB, is_missing, noise, same};

pub(super) async fn an_upload_of_any_length_is_what_was_written(ground: &Ground) {
    // In odd pieces, with one larger than any buffer and empty ones between.
    let odd: &[usize] = &[1, 0, 30, 65_537, 700_001, 9 * MIB + 1, 0, 3, 4 * MIB];
    for (len, pieces) in
        [(0, &[1][..]), (1, &[1]), (8 * MIB, &[MIB]), (8 * MIB + 1, &[8 * MIB]), (20 * MIB, odd)]
    {
        let bytes = noise(len as u64 + 1, len);
        let key = ground.key(&format!("uploaded/{len}"));
        let mut upload = ground.store.upload(&key).await.expect("an upload can begin");
        let (mut rest, mut lens) = (bytes.clone(), pieces.iter().cycle());
        while !rest.is_empty() {
            let piece = lens.next().map_or(rest.len(), |len| rest.len().min(*len));
            upload.write(rest.split_to(piece)).await.expect("an upload can be written");
        }
        assert!(is_missing(&ground.store.head(&key).await), "seen before it was finished");
        let entry = upload.finish().await.expect("an upload can be finished");
        assert_eq!(entry.len, len as u64);
        assert_eq!(ground.store.head(&key).await.expect("it is there"), entry);
        same(&ground.read(&key).await, &bytes, "an upload");
    }
}

pub(super) async fn an_upload_goes_over_what_was_there(ground: &Ground) {
    let key = ground.key("over");
    let mut before = ground.put("over", &Bytes::from_static(b"old")).await;
    for len in [3, 9 * MIB] {
        let bytes = noise(3, len);
        let mut upload = ground.store.upload(&key).await.expect("an upload can begin");
        upload.write(bytes.clone()).await.expect("an upload can be written");
        let entry = upload.finish().await.expect("an upload can be finished");
        assert_ne!(entry.tag, before);
        same(&ground.read(&key).await, &bytes, "an upload over another object");
        before = entry.tag;
    }
}

pub(super) async fn an_unfinished_upload_is_never_seen(ground: &Ground) {
    for len in [10, 17 * MIB] {
        let key = ground.key(&format!("unfinished/{len}"));
        let mut given_up = ground.store.upload(&key).await.expect("an upload can begin");
        given_up.write(noise(1, len)).await.expect("an upload can be written");
        given_up.abort().await.expect("an upload can be given up");
        let mut lost = ground.store.upload(&key).await.expect("an upload can begin");
        lost.write(noise(2, len)).await.expect("an upload can be written");
        drop(lost);
        assert!(is_missing(&ground.store.head(&key).await), "{len} bytes");
    }
    let listed =
        ground.store.list(&ground.prefix(), None, 1000).await.expect("the store can be listed");
    assert!(!listed.iter().any(|entry| entry.key.as_str().contains("unfinished")), "{listed:?}");
    let soon = SystemTime::now() + Duration::from_hours(1);
    ground.store.sweep(&ground.prefix(), soon).await.expect("what was left can be swept");
}

pub(super) async fn what_is_moved_is_counted_by_each_value_alone(ground: &Ground) {
    let (one, other) = (ground.store.counted(), ground.store.counted());
    let (key, content) = (ground.key("upload/counted"), noise(6, 3 * MIB));
    let mut upload = one.upload(&key).await.expect("an upload can begin");
    upload.write(content.clone()).await.expect("an upload can be written");
    upload.finish().await.expect("an upload can be finished");
    assert_eq!((one.moved(), other.moved()), (content.len() as u64, 0));
    let (read, _) = other.get(&key).await.expect("it is the same store");
    same(&read, &content, "what the other value reads");
    assert_eq!((one.moved(), other.moved()), (content.len() as u64, content.len() as u64));
}

pub(super) async fn a_sweep_spares_what_is_under_way(ground: &Ground) {
    let key = ground.key("under-way");
    let bytes = noise(4, 9 * MIB);
    let mut upload = ground.store.upload(&key).await.expect("an upload can begin");
    upload.write(bytes.clone()).await.expect("an upload can be written");
    let long_ago = SystemTime::now() - Duration::from_hours(1);
    ground.store.sweep(&ground.prefix(), long_ago).await.expect("the store can be swept");
    // Nor does a sweep of another run take it, whenever that is.
    let elsewhere = proto::id::RunId { run: 2, ..ground.run };
    let soon = SystemTime::now() + Duration::from_hours(1);
    let others = proto::key::Prefix::run(elsewhere);
    ground.store.sweep(&others, soon).await.expect("the store can be swept");
    upload.finish().await.expect("an upload can be finished");
    same(&ground.read(&key).await, &bytes, "an upload during a sweep");
}
