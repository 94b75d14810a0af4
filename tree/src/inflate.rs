//! Inflating on the way, a bounded piece at a time.

use std::ops::Range;

use bytes::{Buf, Bytes};
use fabric::store::StoreError;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use pack::deflate::Inflater;
use proto::key::Key;

/// The `wanted` range of what a raw deflate stream, or a fragment without an end, inflates to. One
/// that ends before is damaged.
///
/// A piece is at most 256 KiB, whatever the data was compressed to: less than a millisecond of work,
/// so that it needs no thread of its own.
pub(super) fn inflate(
    packed: BoxStream<'static, Result<Bytes, StoreError>>,
    key: Key,
    wanted: Range<u64>,
) -> BoxStream<'static, Result<Bytes, StoreError>> {
    let inflating =
        Inflating { packed, key, inflater: Inflater::new(), input: Bytes::new(), at: 0, wanted };
    stream::try_unfold(inflating, |mut inflating| async move {
        Ok(inflating.next().await?.map(|piece| (piece, inflating)))
    })
    .boxed()
}

struct Inflating {
    packed: BoxStream<'static, Result<Bytes, StoreError>>,
    key: Key,
    inflater: Inflater,
    input: Bytes,
    /// How much was inflated so far.
    at: u64,
    wanted: Range<u64>,
}

impl Inflating {
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        while self.at < self.wanted.end {
            let piece = self.piece().await?;
            let begin = self.at;
            self.at += piece.len() as u64;
            let place = |at: u64| {
                let within = at.saturating_sub(begin);
                usize::try_from(within).unwrap_or(usize::MAX).min(piece.len())
            };
            let part = place(self.wanted.start)..place(self.wanted.end);
            if !part.is_empty() {
                return Ok(Some(piece.slice(part)));
            }
        }
        Ok(None)
    }

    /// The next piece of plain bytes, never empty.
    async fn piece(&mut self) -> Result<Bytes, StoreError> {
        let mut plain = Vec::new();
        loop {
            let step = self.inflater.step(&self.input, &mut plain);
            let step = step.map_err(|error| self.damaged(&error.to_string()))?;
            self.input.advance(step.used);
            if !plain.is_empty() {
                return Ok(plain.into());
            }
            if step.ended {
                return Err(self.damaged("it ends too early"));
            }
            if self.input.is_empty() {
                let chunk = self.packed.try_next().await?;
                self.input = chunk.ok_or_else(|| self.damaged("it is cut off"))?;
            }
        }
    }

    fn damaged(&self, what: &str) -> StoreError {
        StoreError::Damaged { key: self.key.clone(), what: what.to_owned() }
    }
}
