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
use proto::tree::{SharedFile, Tree};

use crate::inflate::inflate;

/// What the file comes to that the batches of an output share, as the tree's record has it.
pub fn shared_file(
    run: RunId,
    tree: &Tree,
    planned: &PlannedOutput,
) -> Result<SharedFile, StoreError> {
    let found = tree.shared.iter().find(|shared| shared.first == planned.first);
    found.copied().ok_or_else(|| StoreError::Damaged {
        key: Key::tree(run),
        what: format!("the file of batch {} is not in it", planned.first),
    })
}

/// The same, from the shares in order.
pub(super) struct Sum {
    text: Frame,
    whole: (u32, u64),
    shares: u64,
    compressed: u64,
}

impl Sum {
    pub(super) fn new(text: Frame) -> Self {
        Self { whole: sum_of(&text.open), text, shares: 0, compressed: 0 }
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

    pub(super) fn finish(self, first: u32) -> SharedFile {
        let (crc32, size) = combine_crc32([self.whole, sum_of(&self.text.close)]);
        SharedFile { first, size, crc32, shares: self.shares, compressed: self.compressed }
    }
}

fn sum_of(text: &[u8]) -> (u32, u64) {
    (crc32fast::hash(text), text.len() as u64)
}

/// A range of the file that these batches share.
pub(super) fn read(
    store: &Arc<dyn Store>,
    run: RunId,
    ordinals: Range<u32>,
    text: &Frame,
    range: Range<u64>,
) -> BoxStream<'static, Result<Bytes, StoreError>> {
    let open = Piece::Text(text.open.clone().into());
    let close = Piece::Text(text.close.clone().into());
    let separator = Bytes::from(text.separator.clone());
    let mut is_first = true;
    let shares = record::commits(store, run, ordinals).map_ok(move |commit| {
        let share = share_of(commit).map(|(segment, share)| Piece::Share(segment, share));
        let is_later = share.is_some() && !std::mem::take(&mut is_first);
        let separator = is_later.then(|| Piece::Text(separator.clone()));
        stream::iter(separator.into_iter().chain(share).map(Ok))
    });
    let pieces =
        stream::iter([Ok(open)]).chain(shares.try_flatten()).chain(stream::iter([Ok(close)]));
    let mut at = 0;
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
