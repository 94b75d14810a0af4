//! A part of a text that is made while it is read.

use std::ops::Range;

use bytes::Bytes;
use fabric::store::StoreError;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};

/// A range of a text that comes in chunks; what comes after it is not made.
pub fn part(
    text: BoxStream<'static, Result<Bytes, StoreError>>,
    range: Range<u64>,
) -> BoxStream<'static, Result<Bytes, StoreError>> {
    let (mut at, end) = (0, range.end);
    text.map_ok(move |chunk| {
        let begin = at;
        at += chunk.len() as u64;
        (chunk, begin)
    })
    .try_take_while(move |(_, begin)| std::future::ready(Ok(*begin < end)))
    .try_filter_map(move |(chunk, begin)| {
        let place = |at: u64| {
            let within = at.saturating_sub(begin);
            usize::try_from(within).unwrap_or(usize::MAX).min(chunk.len())
        };
        let part = chunk.slice(place(range.start)..place(range.end));
        std::future::ready(Ok((!part.is_empty()).then_some(part)))
    })
    .boxed()
}
