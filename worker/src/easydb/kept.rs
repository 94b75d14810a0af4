//! Objects that were fetched for their links, the last used ones: vocabularies are linked to from every
//! batch. Bounded in bytes, for all batches of a worker together.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use proto::id::RunId;

/// How many bytes of objects are kept (64 MiB).
const KEPT_BYTES: usize = 64 << 20;

/// What an object costs besides its text.
const ENTRY_BYTES: usize = 200;

/// An object of a run's output, by its number.
pub(crate) type Which = (RunId, u32, u64);

/// The last used objects.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    objects: HashMap<Which, Entry>,
    /// The objects by when they were last used.
    used: BTreeMap<u64, Which>,
    now: u64,
    bytes: usize,
}

struct Entry {
    /// Nothing where there is no such object.
    text: Option<Arc<str>>,
    used: u64,
}

/// What is known of an object.
pub(super) enum Known {
    /// Nobody has asked for it of late.
    Nothing,
    /// There is no such object.
    Absent,
    /// It is this.
    There(Arc<str>),
}

impl Kept {
    /// What is known of an object.
    pub(super) fn get(&self, which: &Which) -> Known {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = &mut *guard;
        let Some(entry) = found.objects.get_mut(which) else { return Known::Nothing };
        found.now += 1;
        found.used.remove(&entry.used);
        found.used.insert(found.now, *which);
        entry.used = found.now;
        entry.text.clone().map_or(Known::Absent, Known::There)
    }

    /// Keeps an object; others that were not used for longest go.
    pub(super) fn keep(&self, which: Which, text: Option<Arc<str>>) {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = &mut *guard;
        found.now += 1;
        let bytes = weight(text.as_deref());
        if let Some(before) = found.objects.insert(which, Entry { text, used: found.now }) {
            found.used.remove(&before.used);
            found.bytes -= weight(before.text.as_deref());
        }
        found.used.insert(found.now, which);
        found.bytes += bytes;
        while found.bytes > KEPT_BYTES
            && let Some((_, oldest)) = found.used.pop_first()
            && let Some(gone) = found.objects.remove(&oldest)
        {
            found.bytes -= weight(gone.text.as_deref());
        }
    }
}

fn weight(text: Option<&str>) -> usize {
    ENTRY_BYTES + text.map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let run: RunId = format!("{}/1", uuid()).parse().unwrap();
        let kept = Kept::default();
        let text: Arc<str> = "x".repeat(KEPT_BYTES / 4).into();
        for id in 0..3 {
            kept.keep((run, 0, id), Some(Arc::clone(&text)));
        }
        let there = |id| matches!(kept.get(&(run, 0, id)), Known::There(_));
        assert!(there(0));
        kept.keep((run, 0, 3), Some(Arc::clone(&text)));
        assert_eq!([0, 1, 2, 3].map(there), [true, false, true, true]);
        let found = kept.0.lock().unwrap();
        assert_eq!((found.objects.len(), found.used.len()), (3, 3));
        assert!(found.bytes <= KEPT_BYTES);
    }

    fn uuid() -> &'static str {
        "00000000-0000-0000-0000-000000000000"
    }
}
