//! Buffers for parts, used again and again.
//!
//! Parts are the largest things that a worker allocates, all of one size, and several at once. Taken
//! from the allocator and given back each time they leave holes that nothing else fits into: the
//! peak of a worker over five million rows was 79 MB so, and 68 MB where they were kept apart.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// How much a buffer holds (5 MiB): the size of all parts but those of very long objects.
const BUFFER_BYTES: usize = 5 << 20;

/// Most buffers that are kept while nobody needs them.
const MOST_SPARE: usize = 8;

/// The buffers that wait for their next use.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    spare: Mutex<Vec<Vec<u8>>>,
}

/// Bytes that wait to become a part. Where they fit, they lie in one of [`Buffers`], and it goes
/// back there when the last of them is dropped.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    home: Arc<Buffers>,
}

impl Buffers {
    /// An empty buffer. It takes no memory until it is written to.
    pub(crate) fn empty(self: &Arc<Self>) -> Buffer {
        Buffer { bytes: Vec::new(), home: Arc::clone(self) }
    }

    fn take(&self) -> Vec<u8> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        spare.unwrap_or_else(|| Vec::with_capacity(BUFFER_BYTES))
    }

    fn put_back(&self, mut bytes: Vec<u8>) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < MOST_SPARE && bytes.capacity() == BUFFER_BYTES {
            bytes.clear();
            spare.push(bytes);
        }
    }
}

impl Buffer {
    /// How many bytes wait.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether none do.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Appends bytes of a part that will have `full` of them.
    pub(crate) fn extend(&mut self, bytes: &[u8], full: usize) {
        if self.bytes.capacity() == 0 {
            self.bytes = self.home.take();
        }
        if self.bytes.len() + bytes.len() > self.bytes.capacity() {
            self.bytes.reserve_exact(full - self.bytes.len());
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The bytes, no more to be changed.
    pub(crate) fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.home.put_back(std::mem::take(&mut self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_once_nobody_reads_it() {
        let buffers = Arc::new(Buffers::default());
        let mut first = buffers.empty();
        first.extend(b"abc", BUFFER_BYTES);
        let place = first.as_ref().as_ptr();
        let part = first.freeze();
        let tail = part.slice(1..);
        drop(part);
        let mut second = buffers.empty();
        second.extend(b"x", BUFFER_BYTES);
        assert_ne!(second.as_ref().as_ptr(), place);
        assert_eq!(tail, "bc");
        drop(tail);
        let mut again = buffers.empty();
        assert!(again.is_empty());
        again.extend(b"y", BUFFER_BYTES);
        assert_eq!((again.as_ref().as_ptr(), again.len()), (place, 1));
    }

    #[test]
    fn a_buffer_that_had_to_grow_is_not_kept() {
        let buffers = Arc::new(Buffers::default());
        let mut long = buffers.empty();
        long.extend(&vec![1; BUFFER_BYTES], 2 * BUFFER_BYTES);
        long.extend(b"x", 2 * BUFFER_BYTES);
        assert_eq!(long.freeze().len(), BUFFER_BYTES + 1);
        assert!(buffers.spare.lock().unwrap().is_empty());
    }
}
