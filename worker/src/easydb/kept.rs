//! Objects that were fetched for their links, the last used ones: vocabularies are linked to from every
//! batch. Bounded in bytes, for all batches of a worker together.

use std::sync::{Arc, Mutex, PoisonError};

use proto::id::RunId;

use super::shelf::Shelf;

/// How many bytes of objects are kept (64 MiB).
const KEPT_BYTES: usize = 64 << 20;

/// What an object costs besides its text.
const ENTRY_BYTES: usize = 200;

/// An object of a run's output, by its number.
pub(crate) type Which = (RunId, u32, u64);

/// The last used objects: nothing where there is no such object.
pub(crate) struct Kept(Mutex<Shelf<Which, Option<Arc<str>>>>);

/// What is known of an object.
pub(super) enum Known {
    /// Nobody has asked for it of late.
    Nothing,
    /// There is no such object.
    Absent,
    /// It is this.
    There(Arc<str>),
}

impl Default for Kept {
    fn default() -> Self {
        Self(Mutex::new(Shelf::new(KEPT_BYTES)))
    }
}

impl Kept {
    /// What is known of an object.
    pub(super) fn get(&self, which: &Which) -> Known {
        let mut objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(text) = objects.get(which) else { return Known::Nothing };
        text.clone().map_or(Known::Absent, Known::There)
    }

    /// Keeps an object; others that were not used for longest go.
    pub(super) fn keep(&self, which: Which, text: Option<Arc<str>>) {
        let bytes = ENTRY_BYTES + text.as_deref().map_or(0, str::len);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keep(which, text, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_so_many_bytes_are_kept_and_what_is_absent_too() {
        let run: RunId = "00000000-0000-0000-0000-000000000000/1".parse().unwrap();
        let kept = Kept::default();
        let text: Arc<str> = "x".repeat(KEPT_BYTES / 4).into();
        kept.keep((run, 0, 9), None);
        for id in 0..4 {
            kept.keep((run, 0, id), Some(Arc::clone(&text)));
        }
        let there = |id| matches!(kept.get(&(run, 0, id)), Known::There(_));
        assert_eq!([0, 1, 2, 3].map(there), [false, true, true, true]);
        assert!(matches!(kept.get(&(run, 0, 9)), Known::Nothing), "it was used before the first");
        kept.keep((run, 1, 9), None);
        assert!(matches!(kept.get(&(run, 1, 9)), Known::Absent));
    }
}
