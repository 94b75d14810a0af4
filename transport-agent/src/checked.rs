//! A file's bytes, held against its checksum while they pass.

use bytes::Bytes;
use fabric::store::StoreError;
use futures::TryStreamExt;
use futures::stream::{self, BoxStream, StreamExt};
use proto::key::Key;

/// What a file must be.
pub(crate) struct Expected {
    /// Its length in bytes.
    pub(crate) size: u64,
    /// CRC-32 of its content.
    pub(crate) crc32: u32,
    /// What it is called.
    pub(crate) path: String,
    /// Where its bytes are.
    pub(crate) key: Key,
}

/// The same bytes; where they are not the file's, an error instead of the last of them, so that nobody
/// takes what came before it for the whole.
pub(crate) fn checked(
    bytes: BoxStream<'static, Result<Bytes, StoreError>>,
    expected: Expected,
) -> BoxStream<'static, Result<Bytes, StoreError>> {
    let begun = (bytes, crc32fast::Hasher::new(), 0_u64, expected);
    stream::try_unfold(begun, |(mut bytes, mut crc32, mut seen, expected)| async move {
        let chunk = bytes.try_next().await?;
        if let Some(chunk) = &chunk {
            crc32.update(chunk);
            seen += chunk.len() as u64;
        }
        let is_last = chunk.is_none() || seen >= expected.size;
        if is_last && (seen, crc32.clone().finalize()) != (expected.size, expected.crc32) {
            let what = format!("{} is not read as it was written", expected.path);
            return Err(StoreError::Damaged { key: expected.key, what });
        }
        Ok(chunk.map(|chunk| (chunk, (bytes, crc32, seen, expected))))
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out of chunks that should be a text, and whether it was that.
    async fn passed(chunks: &[&'static str], text: &str) -> (String, bool) {
        let bytes = chunks.iter().map(|chunk| Ok(Bytes::from_static(chunk.as_bytes())));
        let bytes = stream::iter(bytes.collect::<Vec<_>>()).boxed();
        let expected = Expected {
            size: text.len() as u64,
            crc32: crc32fast::hash(text.as_bytes()),
            path: "a/b".to_owned(),
            key: Key::listed("key".to_owned()),
        };
        let (mut out, mut checked) = (String::new(), checked(bytes, expected));
        loop {
            match checked.try_next().await {
                Ok(Some(chunk)) => out.push_str(std::str::from_utf8(&chunk).unwrap()),
                Ok(None) => return (out, true),
                Err(StoreError::Damaged { .. }) => return (out, false),
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[tokio::test]
    async fn what_is_right_passes_and_of_anything_else_the_last_chunk_does_not() {
        for chunks in [&["one", "two"][..], &["onetwo"], &["", "onetw", "", "o", ""]] {
            assert_eq!(passed(chunks, "onetwo").await, ("onetwo".to_owned(), true), "{chunks:?}");
        }
        assert_eq!(passed(&[], "").await, (String::new(), true));
        for (chunks, before) in [
            (&["one", "twa"][..], "one"),
            (&["ane", "two"], "ane"),
            (&["one", "tw"], "onetw"),
            (&["one", "twoo"], "one"),
            (&["one", "two", "o"], "onetwo"),
            (&[], ""),
        ] {
            assert_eq!(passed(chunks, "onetwo").await, (before.to_owned(), false), "{chunks:?}");
        }
    }
}
