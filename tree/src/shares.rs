//! Files that batches share: what they come to, and any part of one, read from the shares of many
//! segments with the format's text around them.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use fabric::record;
use fabric::store::{Store, StoreError, Tag};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use pack::digest::combine_crc32;
use pack::frame::Frame;
use proto::commit::{Commit, Content, Segment, Share};
use proto::id::RunId;
use proto::key::Key;
use proto::plan::PlannedOutput;
use proto::tree::{ShareMark, SharedFile, Tree};

use crate::inflate::inflate;

/// How many batches lie between two marks of a file; so many commit records are read at the most before
/// the part that somebody wants.
const MARKED: u32 = if cfg!(test) { 4 } else { 1000 };

/// What the file comes to that the batches of an output share, as the tree's record has it.
pub fn shared_file(
    run: RunId,
    tree: &Tree,
    planned: &PlannedOutput,
) -> Result<SharedFile, StoreError> {
    let found = tree.shared.iter().find(|shared| shared.first == planned.first);
    found.cloned().ok_or_else(|| StoreError::Damaged {
        key: Key::tree(run),
        what: format!("the file of batch {} is not in it", planned.first),
    })
}

/// The same, from the shares in order.
pub(super) struct Sum {
    first: u32,
    text: Frame,
    whole: (u32, u64),
    shares: u64,
    compressed: u64,
    marks: Vec<ShareMark>,
}

impl Sum {
    /// Of the batches from the first on.
    pub(super) fn new(first: u32, text: Frame) -> Self {
        let whole = sum_of(&text.open);
        Self { first, whole, text, shares: 0, compressed: 0, marks: Vec::new() }
    }

    /// Comes to a batch, whether it has a share or not.
    pub(super) fn reach(&mut self, ordinal: u32) {
        if ordinal > self.first && (ordinal - self.first).is_multiple_of(MARKED) {
            self.marks.push(ShareMark { ordinal, at: self.whole.1, shares: self.shares });
        }
    }

    /// Takes in the next share.
    pub(super) fn add(&mut self, share: &Share) {
        if self.shares > 0 {
            self.whole = combine_crc32([self.whole, sum_of(&self.text.separator)]);
        }
        self.whole = combine_crc32([self.whole, (share.crc32, share.size)]);
        self.shares += 1;
        self.compressed += share.compressed;
    }

    pub(super) fn finish(self) -> SharedFile {
        let (crc32, size) = combine_crc32([self.whole, sum_of(&self.text.close)]);
        let Self { first, shares, compressed, marks, .. } = self;
        SharedFile { first, size, crc32, shares, compressed, marks }
    }
}

fn sum_of(text: &[u8]) -> (u32, u64) {
    (crc32fast::hash(text), text.len() as u64)
}

/// A range of the file that these batches share. It is looked for from the last mark before it on.
pub(super) fn read(
    store: &Arc<dyn Store>,
    run: RunId,
    mut ordinals: Range<u32>,
    (text, marks): (&Frame, &[ShareMark]),
    range: Range<u64>,
) -> BoxStream<'static, Result<Bytes, StoreError>> {
    let mark = marks[..marks.partition_point(|mark| mark.at <= range.start)].last();
    let open = mark.is_none().then(|| Piece::Text(text.open.clone().into()));
    let close = Piece::Text(text.close.clone().into());
    let separator = Bytes::from(text.separator.clone());
    let mut is_first = mark.is_none_or(|mark| mark.shares == 0);
    ordinals.start = mark.map_or(ordinals.start, |mark| mark.ordinal);
    let shares = record::commits(store, run, ordinals).map_ok(move |commit| {
        let share = share_of(commit).map(|(segment, share)| Piece::Share(segment, share));
        let is_later = share.is_some() && !std::mem::take(&mut is_first);
        let separator = is_later.then(|| Piece::Text(separator.clone()));
        stream::iter(separator.into_iter().chain(share).map(Ok))
    });
    let pieces =
        stream::iter(open.map(Ok)).chain(shares.try_flatten()).chain(stream::iter([Ok(close)]));
    let mut at = mark.map_or(0, |mark| mark.at);
    let store = Arc::clone(store);
    pieces
        .map_ok(move |piece| {
            let begin = at;
            at += piece.len();
            (piece, begin)
        })
        // What comes after the range is not even looked up.
        .try_take_while({
            let end = range.end;
            move |(_, begin)| std::future::ready(Ok(*begin < end))
        })
        .try_filter_map(move |(piece, begin)| {
            let part = range.start.max(begin) - begin
                ..range.end.min(begin + piece.len()).saturating_sub(begin);
            std::future::ready(Ok((part.start < part.end).then_some((piece, part))))
        })
        .and_then(move |(piece, part)| {
            let store = Arc::clone(&store);
            async move { read_piece(&store, piece, part).await }
        })
        .try_flatten()
        .boxed()
}

fn share_of(commit: Commit) -> Option<(Segment, Share)> {
    match (commit.segment, commit.content) {
        (Some(segment), Content::Share(share)) => Some((segment, share)),
        (Some(_) | None, Content::Members(_) | Content::Share(_) | Content::Remote(_)) => None,
    }
}

/// What a shared file is made of, in order.
enum Piece {
    Text(Bytes),
    Share(Segment, Share),
}

impl Piece {
    fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Share(_, share) => share.size,
        }
    }
}

async fn read_piece(
    store: &Arc<dyn Store>,
    piece: Piece,
    part: Range<u64>,
) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
    match piece {
        Piece::Text(text) => {
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
            let text = text.slice(place(part.start)..place(part.end));
            Ok(stream::iter([Ok(text)]).boxed())
        }
        Piece::Share(segment, share) => {
            let lead = share.lead(&segment);
            let tag = Tag(segment.tag);
            let packed = store.read(&segment.key, lead..segment.len, Some(&tag)).await?;
            Ok(inflate(packed, segment.key, part))
        }
    }
}

#[cfg(test)]
mod tests {
    use fabric::store::DirectoryStore;

    use super::*;

    /// How many batches there are; every third has no share.
    const BATCHES: u32 = 30;

    fn commit(run: RunId, ordinal: u32) -> Commit {
        let text = ordinal.to_string();
        let (crc32, size) = sum_of(text.as_bytes());
        let share = Share { crc32, size, compressed: size };
        let key = Key::segment(run, ordinal, 0, "1");
        let segment = Segment { key, len: size, crc32, tag: String::new() };
        Commit {
            ordinal,
            records: 1,
            bytes: size,
            segment: (!ordinal.is_multiple_of(3)).then_some(segment),
            content: Content::Share(share),
            lays: Vec::new(),
            warnings: Vec::new(),
        }
    }

    #[tokio::test]
    async fn the_end_of_a_file_is_found_without_the_batches_long_before() {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(DirectoryStore::open(folder.path()).unwrap());
        let run: RunId = "0192d3a0-0000-7000-8000-000000000000/1".parse().unwrap();
        let frame =
            Frame { open: b"[\n".to_vec(), separator: b",\n".to_vec(), close: b"\n]\n".to_vec() };
        let mut sum = Sum::new(0, frame.clone());
        let (mut content, mut records) = (frame.open.clone(), 0);
        for ordinal in 0..BATCHES {
            let commit = commit(run, ordinal);
            record::create(&*store, &Key::commit(run, ordinal), &commit).await.unwrap();
            records += record::encode(&commit).len() as u64;
            sum.reach(ordinal);
            if let Some((_, share)) = share_of(commit) {
                if content != frame.open {
                    content.extend_from_slice(&frame.separator);
                }
                content.extend_from_slice(ordinal.to_string().as_bytes());
                sum.add(&share);
            }
        }
        content.extend_from_slice(&frame.close);
        let file = sum.finish();
        assert_eq!((file.size, file.crc32), (content.len() as u64, crc32fast::hash(&content)));
        let marked: Vec<u32> = file.marks.iter().map(|mark| mark.ordinal).collect();
        assert_eq!(marked, [4, 8, 12, 16, 20, 24, 28]);
        for mark in &file.marks {
            let number = mark.ordinal + u32::from(mark.ordinal % 3 == 0);
            let rest = format!(",\n{number}");
            assert!(content[usize::try_from(mark.at).unwrap()..].starts_with(rest.as_bytes()));
        }

        let counted = store.counted();
        let range = file.size - 1..file.size;
        let read = read(&counted, run, 0..BATCHES, (&frame, &file.marks), range);
        let bytes: Vec<Bytes> = read.try_collect().await.unwrap();
        assert_eq!(bytes.concat(), b"\n");
        assert!(counted.moved() * 3 < records, "{} bytes of {records}", counted.moved());
    }
}
