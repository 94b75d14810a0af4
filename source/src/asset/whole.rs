//! Streams that are as long as was said, in chunks of bounded size.

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use crate::SourceError;

/// Longest chunk that is passed on (1 MiB).
pub(super) const CHUNK_BYTES: usize = 1 << 20;

/// What is known of a stream's length.
#[derive(Debug, Clone, Copy)]
pub(super) enum Length {
    /// It is this.
    Exactly(u64),
    /// It is this at most.
    AtMost(u64),
}

/// The same bytes in chunks of at most [`CHUNK_BYTES`]; an error of the caller's making, where there
/// are fewer or more than were said.
pub(super) fn whole(
    bytes: BoxStream<'static, Result<Bytes, SourceError>>,
    length: Length,
    wrong: impl Fn(u64) -> SourceError + Send + 'static,
) -> BoxStream<'static, Result<Bytes, SourceError>> {
    let checked =
        stream::try_unfold((bytes, 0_u64, wrong), move |(mut bytes, seen, wrong)| async move {
            let (Length::Exactly(most) | Length::AtMost(most)) = length;
            match bytes.try_next().await? {
                Some(chunk) => {
                    let seen = seen + chunk.len() as u64;
                    if seen > most {
                        Err(wrong(seen))
                    } else {
                        Ok(Some((chunk, (bytes, seen, wrong))))
                    }
                }
                None => match length {
                    Length::Exactly(len) if seen < len => Err(wrong(seen)),
                    Length::Exactly(_) | Length::AtMost(_) => Ok(None),
                },
            }
        });
    checked.map_ok(pieces).try_flatten().boxed()
}

/// A chunk, cut where it is too long.
fn pieces(mut chunk: Bytes) -> impl futures::Stream<Item = Result<Bytes, SourceError>> {
    let pieces = std::iter::from_fn(move || {
        let len = chunk.len().min(CHUNK_BYTES);
        (len > 0).then(|| Ok(chunk.split_to(len)))
    });
    stream::iter(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(chunks: &[usize], length: Length, expected: Result<&[usize], u64>) {
        let chunks: Vec<_> = chunks.iter().map(|len| Ok(Bytes::from(vec![0; *len]))).collect();
        let wrong = |seen: u64| SourceError::Changed { what: seen.to_string() };
        let stream = whole(stream::iter(chunks).boxed(), length, wrong);
        let lens: Result<Vec<usize>, SourceError> =
            stream.map_ok(|chunk| chunk.len()).try_collect().await;
        let lens = lens.map_err(|error| error.to_string());
        let expected = expected
            .map(<[usize]>::to_vec)
            .map_err(|seen| format!("the source changed since the run was planned: {seen}"));
        assert_eq!(lens, expected);
    }

    #[tokio::test]
    async fn what_is_shorter_or_longer_than_said_is_an_error() {
        check(&[2, 3], Length::Exactly(5), Ok(&[2, 3])).await;
        check(&[2, 2], Length::Exactly(5), Err(4)).await;
        check(&[2, 4], Length::Exactly(5), Err(6)).await;
        check(&[2], Length::AtMost(5), Ok(&[2])).await;
        check(&[2, 4], Length::AtMost(5), Err(6)).await;
    }

    #[tokio::test]
    async fn long_chunks_are_cut() {
        let len = CHUNK_BYTES + 1;
        check(&[len], Length::Exactly(len as u64), Ok(&[CHUNK_BYTES, 1])).await;
    }
}
