//! Lines of a pipe, of which none is longer in memory than allowed.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// A line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Its beginning, without its end.
    pub(super) text: Vec<u8>,
    /// Whether that is not all of it.
    pub(super) is_cut: bool,
}

/// The next line, cut where it has more bytes; nothing once there are no more. What it has read is lost
/// where it is dropped.
pub(super) async fn next_line(
    pipe: &mut (impl AsyncBufRead + Unpin),
    most_bytes: usize,
) -> io::Result<Option<Cut>> {
    let mut line = Cut { text: Vec::new(), is_cut: false };
    let mut is_begun = false;
    loop {
        let given = pipe.fill_buf().await?;
        if given.is_empty() {
            return Ok(is_begun.then_some(line));
        }
        is_begun = true;
        let end = memchr::memchr(b'\n', given);
        let part = &given[..end.unwrap_or(given.len())];
        let room = most_bytes - line.text.len();
        line.is_cut |= part.len() > room;
        line.text.extend_from_slice(&part[..part.len().min(room)]);
        let used = end.map_or(given.len(), |end| end + 1);
        pipe.consume(used);
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_cut_and_the_next_one_is_whole() {
        let mut pipe = &b"abc\n\nlonger than that\nlast"[..];
        let mut seen = Vec::new();
        while let Some(Cut { text, is_cut }) = next_line(&mut pipe, 6).await.unwrap() {
            seen.push((String::from_utf8(text).unwrap(), is_cut));
        }
        let expected = [("abc", false), ("", false), ("longer", true), ("last", false)];
        assert_eq!(seen, expected.map(|(text, is_cut)| (text.to_owned(), is_cut)));
    }
}
