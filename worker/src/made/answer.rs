//! The answer of a source, read while it comes.

use std::io::{self, BufRead, Read};

use bytes::Bytes;
use tokio::sync::mpsc;

/// An answer, part by part. It is read by a thread that may wait.
pub(super) struct Answer {
    parts: mpsc::Receiver<Bytes>,
    /// What is left of the part that came last.
    part: Bytes,
}

impl Answer {
    pub(super) fn new(parts: mpsc::Receiver<Bytes>) -> Self {
        Self { parts, part: Bytes::new() }
    }
}

impl BufRead for Answer {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.part.is_empty() {
            match self.parts.blocking_recv() {
                Some(part) => self.part = part,
                None => break,
            }
        }
        Ok(&self.part)
    }

    fn consume(&mut self, len: usize) {
        let _read = self.part.split_to(len.min(self.part.len()));
    }
}

impl Read for Answer {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let given = self.fill_buf()?;
        let len = given.len().min(out.len());
        out[..len].copy_from_slice(&given[..len]);
        self.consume(len);
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_all_of_its_parts() {
        let (out, parts) = mpsc::channel(8);
        for part in ["ab", "", "cde\n", "f"] {
            out.try_send(Bytes::from_static(part.as_bytes())).unwrap();
        }
        drop(out);
        let mut answer = Answer::new(parts);
        let mut first = [0; 3];
        answer.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"abc");
        let mut rest = String::new();
        answer.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "de\nf");
        assert_eq!(answer.fill_buf().unwrap(), b"");
    }
}
