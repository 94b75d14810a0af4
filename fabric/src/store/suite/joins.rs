//! Objects joined from others: what makes an archive of segments without moving them.

use std::ops::Range;

use bytes::Bytes;
use proto::key::Key;

use super::{Ground, MIB, is_damaged, is_missing, noise, same};
use crate::store::{StoreError, Tag};

/// A part of a join.
#[derive(Debug, Clone, Copy)]
enum Piece {
    /// So many bytes written.
    Written(usize),
    /// So many bytes copied.
    Copied(usize),
}

use Piece::{Copied, Written};

/// Smaller than S3 lets a part be.
const SMALL: usize = 300_001;

/// As small as S3 lets a part be.
const LEAST: usize = 5 * MIB;

/// Every way in which pieces that S3 can copy stand beside those that it cannot.
const SHAPES: [&[Piece]; 16] = [
    &[Copied(12 * MIB)],
    &[Copied(0), Copied(SMALL), Copied(0)],
    &[Copied(SMALL), Copied(12 * MIB)],
    &[Copied(12 * MIB), Copied(SMALL)],
    &[Written(30), Copied(12 * MIB), Written(22)],
    &[Copied(12 * MIB), Copied(SMALL), Copied(12 * MIB)],
    &[Copied(LEAST), Written(1), Copied(LEAST), Written(1), Copied(LEAST)],
    &[Written(1), Copied(2 * LEAST - 1)],
    &[Written(1), Copied(2 * LEAST - 2), Copied(LEAST)],
    &[Copied(LEAST - 1), Copied(LEAST), Copied(LEAST + 1)],
    &[Copied(LEAST + 1), Copied(LEAST - 1), Copied(1)],
    &[Written(9 * MIB), Copied(6 * MIB), Written(1)],
    &[Written(7 * MIB), Copied(12 * MIB)],
    &[Written(8 * MIB), Copied(SMALL), Copied(SMALL), Copied(7 * MIB)],
    &[
        Copied(LEAST),
        Copied(LEAST),
        Copied(LEAST),
        Copied(LEAST),
        Copied(LEAST),
        Copied(LEAST),
        Copied(SMALL),
    ],
    &[
        Copied(4 * MIB),
        Copied(4 * MIB),
        Copied(4 * MIB),
        Copied(4 * MIB),
        Copied(SMALL),
        Copied(8 * MIB),
    ],
];

pub(super) async fn a_join_of_any_shape_is_the_concatenation(ground: &Ground) {
    let source = noise(7, 13 * MIB);
    let tag = ground.put("join/source", &source).await;
    let from = ground.key("join/source");
    for (number, shape) in SHAPES.iter().enumerate() {
        let key = ground.key(&format!("join/{number}"));
        let mut upload = ground.store.upload(&key).await.expect("an upload can begin");
        let mut wanted = Vec::new();
        for (index, piece) in shape.iter().enumerate() {
            match *piece {
                Written(len) => {
                    let bytes = noise(index as u64, len);
                    wanted.extend_from_slice(&bytes);
                    upload.write(bytes).await.expect("an upload can be written");
                }
                Copied(len) => {
                    // From somewhere else every time, so that pieces that changed places show.
                    let start = (index * 12_345).min(source.len() - len);
                    wanted.extend_from_slice(&source[start..start + len]);
                    let range = start as u64..(start + len) as u64;
                    upload.copy(&from, range, &tag).await.expect("a range can be copied");
                }
            }
        }
        let entry = upload.finish().await.expect("a join can be finished");
        assert_eq!(entry.len, wanted.len() as u64, "{shape:?}");
        same(&ground.read(&key).await, &wanted, &format!("{shape:?}"));
        ground.store.delete(&[key]).await.expect("it can be deleted");
    }
}

pub(super) async fn a_join_with_another_tag_is_damage(ground: &Ground) {
    for len in [10, 6 * MIB] {
        let name = format!("join/tagged-{len}");
        let tag = ground.put(&name, &noise(8, len)).await;
        let key = ground.key(&name);
        ground.store.replace(&key, noise(9, len), &tag).await.expect("the tag is current");
        let joined = join(ground, &key, 0..len as u64, &tag).await;
        assert!(is_damaged(&joined), "{len} bytes: {joined:?}");
    }
}

pub(super) async fn a_join_beyond_the_end_is_damage(ground: &Ground) {
    for len in [10, 6 * MIB] {
        let name = format!("join/short-{len}");
        let tag = ground.put(&name, &noise(8, len)).await;
        let joined = join(ground, &ground.key(&name), 1..len as u64 + 1, &tag).await;
        assert!(is_damaged(&joined), "{len} bytes: {joined:?}");
    }
}

pub(super) async fn a_join_of_what_is_missing_fails(ground: &Ground) {
    for len in [10, 6 << 20] {
        let joined = join(ground, &ground.key("join/missing"), 0..len, &Tag("0".to_owned())).await;
        assert!(is_missing(&joined), "{len} bytes: {joined:?}");
    }
}

pub(super) async fn a_join_hardly_moves_bytes(ground: &Ground) {
    let segment = noise(10, 16 * MIB);
    let mut segments = Vec::new();
    for number in 0..4 {
        let name = format!("join/segment-{number}");
        segments.push((ground.key(&name), ground.put(&name, &segment).await));
    }
    let before = ground.store.moved();
    let mut upload =
        ground.store.upload(&ground.key("join/archive")).await.expect("an upload can begin");
    upload.write(Bytes::from_static(b"header")).await.expect("an upload can be written");
    for (key, tag) in &segments {
        upload.copy(key, 0..segment.len() as u64, tag).await.expect("a segment can be copied");
    }
    upload.write(Bytes::from_static(b"directory")).await.expect("an upload can be written");
    let entry = upload.finish().await.expect("a join can be finished");
    assert_eq!(entry.len, 15 + 4 * segment.len() as u64);
    let moved = ground.store.moved() - before;
    // The header makes the first part one of what is written and read: once each, 5 MiB.
    let most = 12 << 20;
    assert!(moved < most, "{moved} bytes of 64 MiB were moved");
    if ground.store.local_path(&segments[0].0).is_some() {
        assert!(moved < 1 << 20, "{moved} bytes went through this process");
    }
}

pub(super) async fn a_join_of_short_pieces_hardly_moves_more(ground: &Ground) {
    // Long enough to be copied, too short to be cut in two that are.
    let segment = noise(11, 11 * MIB / 2);
    let tag = ground.put("join/short", &segment).await;
    let before = ground.store.moved();
    let mut upload =
        ground.store.upload(&ground.key("join/of-short")).await.expect("an upload can begin");
    upload.write(Bytes::from_static(b"header")).await.expect("an upload can be written");
    for _ in 0..12 {
        let whole = 0..segment.len() as u64;
        upload.copy(&ground.key("join/short"), whole, &tag).await.expect("it can be copied");
    }
    upload.finish().await.expect("a join can be finished");
    let moved = ground.store.moved() - before;
    // The first piece is read, and written behind the header.
    assert!(moved < 12 << 20, "{moved} bytes of 66 MiB were moved");
}

async fn join(ground: &Ground, from: &Key, range: Range<u64>, tag: &Tag) -> Result<(), StoreError> {
    let mut upload = ground.store.upload(&ground.key("join/refused")).await?;
    // A copy may still be under way when it answers; what went wrong is then said at the end.
    upload.copy(from, range, tag).await?;
    upload.finish().await.map(|_| ())
}
