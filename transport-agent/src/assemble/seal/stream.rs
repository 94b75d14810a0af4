//! Files that are sealed on their way from the store into an object of it, one after another.

use std::io::{self, Write};
use std::sync::Arc;

use bytes::Bytes;
use fabric::store::{StoreError, Upload};
use tokio::sync::mpsc;

use super::lock::Lock;
use super::outlet::{Left, Outlet};
use crate::error::AgentError;

/// How many chunks wait to be sealed, and how many to be written.
const AT_ONCE: usize = 4;

/// What is sealed next.
pub(super) enum Piece {
    Bytes(Bytes),
    /// The file is whole.
    End,
}

/// A file that was sealed.
pub(super) struct Sealed {
    /// CRC-32 of what was sealed.
    pub(super) plain_crc32: u32,
    pub(super) left: Left,
}

impl Sealed {
    /// What left, where what was sealed is what it should be.
    pub(super) fn of(self, name: &str, plain_crc32: u32) -> Result<Left, AgentError> {
        if self.plain_crc32 == plain_crc32 {
            return Ok(self.left);
        }
        let what =
            format!("{name} has CRC-32 {:08x} instead of {plain_crc32:08x}", self.plain_crc32);
        Err(AgentError::Damaged { what })
    }
}

/// Everything that was sealed into an object.
pub(super) struct Done {
    pub(super) files: Vec<Sealed>,
    /// How the object ends.
    pub(super) tail: Vec<u8>,
}

/// Seals into an object what `read` feeds, and returns what it returned. On an error the object is not
/// to be finished.
pub(super) async fn pour<T, F>(
    lock: &Arc<Lock>,
    upload: &mut dyn Upload,
    read: impl FnOnce(mpsc::Sender<Piece>) -> F,
) -> Result<(T, Done), AgentError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let (feed, incoming) = mpsc::channel(AT_ONCE);
    let (outlet, sealed) = mpsc::channel(AT_ONCE);
    let lock = Arc::clone(lock);
    // Each of the three ends when one beside it does, for that lets go of their channel.
    let (read, done, written) = tokio::join!(
        read(feed),
        tokio::task::spawn_blocking(move || seal(&lock, incoming, Outlet::new(outlet))),
        write(upload, sealed),
    );
    written?;
    let read = read?;
    let done = done.map_err(io::Error::other).and_then(|done| done);
    Ok((read, done.map_err(AgentError::Sealing)?))
}

async fn write(
    upload: &mut dyn Upload,
    mut sealed: mpsc::Receiver<Bytes>,
) -> Result<(), StoreError> {
    while let Some(chunk) = sealed.recv().await {
        upload.write(chunk).await?;
    }
    Ok(())
}

/// Takes away what was written so far. What cannot be taken away now is swept later.
pub(super) async fn give_up(upload: Box<dyn Upload>, why: AgentError) -> AgentError {
    if let Err(error) = upload.abort().await {
        tracing::debug!(error = &error as &dyn std::error::Error, "sealed bytes not taken away");
    }
    why
}

/// Seals everything that comes, and passes it on.
fn seal(lock: &Lock, mut incoming: mpsc::Receiver<Piece>, mut outlet: Outlet) -> io::Result<Done> {
    let mut files = Vec::new();
    while let Some(first) = incoming.blocking_recv() {
        let (sealed, after) = seal_file(lock, first, &mut incoming, outlet)?;
        files.push(sealed);
        outlet = after;
    }
    Ok(Done { files, tail: outlet.end()? })
}

fn seal_file(
    lock: &Lock,
    first: Piece,
    incoming: &mut mpsc::Receiver<Piece>,
    outlet: Outlet,
) -> io::Result<(Sealed, Outlet)> {
    let mut plain = crc32fast::Hasher::new();
    let encryptor = lock.encryptor().map_err(io::Error::other)?;
    let mut stream = encryptor.wrap_output(outlet)?;
    let mut next = Some(first);
    loop {
        match next {
            Some(Piece::Bytes(bytes)) => {
                plain.update(&bytes);
                stream.write_all(&bytes)?;
            }
            Some(Piece::End) => break,
            // Whoever reads the file could not go on, and tells why.
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        next = incoming.blocking_recv();
    }
    let mut outlet = stream.finish()?;
    let left = outlet.end_file();
    Ok((Sealed { plain_crc32: plain.finalize(), left }, outlet))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use age::{Decryptor, x25519};

    use super::*;
    use crate::assemble::joiner::TAIL_BYTES;

    /// Seals files of chunks, and tells what came out with what is known of it.
    fn sealed(lock: Lock, files: Vec<Vec<Bytes>>) -> (Vec<u8>, Done) {
        let (feed, incoming) = mpsc::channel(100);
        for chunks in files {
            for chunk in chunks {
                feed.try_send(Piece::Bytes(chunk)).unwrap();
            }
            feed.try_send(Piece::End).unwrap();
        }
        drop(feed);
        let (outlet, mut out) = mpsc::channel(1);
        let sealing =
            std::thread::spawn(move || seal(&lock, incoming, Outlet::new(outlet)).unwrap());
        let mut bytes = Vec::new();
        while let Some(chunk) = out.blocking_recv() {
            bytes.extend_from_slice(&chunk);
        }
        (bytes, sealing.join().unwrap())
    }

    fn opened(sealed: &[u8], identity: &dyn age::Identity) -> Vec<u8> {
        let mut plain = Vec::new();
        let reader = Decryptor::new(sealed).unwrap().decrypt(std::iter::once(identity));
        reader.unwrap().read_to_end(&mut plain).unwrap();
        plain
    }

    /// The length of a file of age's version 1 by the length of its header, that of the key of the
    /// payload, and 16 bytes for each chunk of 64 KiB, of which the last one alone may be empty.
    fn expected_len(header: usize, plain: usize) -> usize {
        header + 16 + plain + 16 * plain.div_ceil(64 << 10).max(1)
    }

    /// The length of a header, which ends with its MAC.
    fn header_len(sealed: &[u8]) -> usize {
        let mac = sealed.windows(5).position(|bytes| bytes == b"\n--- ").unwrap();
        let rest = sealed[mac + 1..].iter().position(|byte| *byte == b'\n').unwrap();
        mac + rest + 2
    }

    #[test]
    fn every_recipient_opens_each_file_that_was_sealed_whatever_its_length() {
        let (one, other) = (x25519::Identity::generate(), x25519::Identity::generate());
        let lens = [0, 1, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, (3 << 20) + 7];
        let files =
            lens.map(|len| -> Vec<u8> { (0..len).map(|at: usize| at.to_le_bytes()[0]).collect() });
        let chunks = |plain: &Vec<u8>| plain.chunks(1 << 20).map(Bytes::copy_from_slice).collect();
        let lock = Lock::Recipients(vec![one.to_public(), other.to_public()]);
        let (bytes, done) = sealed(lock, files.iter().map(chunks).collect());
        assert_eq!(done.tail, bytes[bytes.len().saturating_sub(TAIL_BYTES)..]);
        let mut rest = bytes.as_slice();
        for (plain, known) in files.iter().zip(&done.files) {
            let (file, after) = rest.split_at(usize::try_from(known.left.len).unwrap());
            rest = after;
            assert_eq!(file.len(), expected_len(header_len(file), plain.len()));
            assert_eq!(known.plain_crc32, crc32fast::hash(plain));
            assert_eq!(known.left.crc32, crc32fast::hash(file));
            let read = opened(file, &one) == *plain && opened(file, &other) == *plain;
            assert!(read, "{}", plain.len());
            assert!(age::decrypt(&x25519::Identity::generate(), file).is_err());
        }
        assert_eq!((rest.len(), done.files.len()), (0, files.len()));
    }

    #[test]
    fn the_same_file_sealed_again_has_other_bytes() {
        let identity = x25519::Identity::generate();
        let lock = Lock::Recipients(vec![identity.to_public()]);
        let same = || vec![Bytes::from_static(b"the same")];
        let (bytes, done) = sealed(lock, vec![same(), same()]);
        let (one, other) = bytes.split_at(usize::try_from(done.files[0].left.len).unwrap());
        assert_ne!(one, other);
        assert_eq!(opened(one, &identity), opened(other, &identity));
    }

    #[test]
    fn a_reader_that_goes_away_ends_the_sealing() {
        let (feed, incoming) = mpsc::channel(4);
        for _ in 0..4 {
            feed.try_send(Piece::Bytes(Bytes::from(vec![0; 1 << 20]))).unwrap();
        }
        drop(feed);
        let (outlet, out) = mpsc::channel(1);
        drop(out);
        let lock = Lock::Recipients(vec![x25519::Identity::generate().to_public()]);
        let error = seal(&lock, incoming, Outlet::new(outlet)).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
