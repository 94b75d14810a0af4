//! Things that were used last, as many as there is room for: those that were not used for longest go first.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// A shelf with room for so many bytes.
///
/// Invariant: each thing is in `used` once, under the number that it was used at.
pub(super) struct Shelf<K, V> {
    things: HashMap<K, Thing<V>>,
    /// The things by when they were last used.
    used: BTreeMap<u64, K>,
    now: u64,
    bytes: usize,
    most_bytes: usize,
}

struct Thing<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<K: Copy + Eq + Hash, V> Shelf<K, V> {
    /// An empty one.
    pub(super) fn new(most_bytes: usize) -> Self {
        Self { things: HashMap::new(), used: BTreeMap::new(), now: 0, bytes: 0, most_bytes }
    }

    /// A thing, which is the one that was used last by that.
    pub(super) fn get(&mut self, key: &K) -> Option<&V> {
        let thing = self.things.get_mut(key)?;
        self.now += 1;
        self.used.remove(&thing.used);
        self.used.insert(self.now, *key);
        thing.used = self.now;
        Some(&thing.value)
    }

    /// Keeps a thing of so many bytes in the place of the one before; others go where there is no room.
    pub(super) fn keep(&mut self, key: K, value: V, bytes: usize) {
        self.now += 1;
        let thing = Thing { value, bytes, used: self.now };
        if let Some(before) = self.things.insert(key, thing) {
            self.used.remove(&before.used);
            self.bytes -= before.bytes;
        }
        self.used.insert(self.now, key);
        self.bytes += bytes;
        while self.bytes > self.most_bytes
            && let Some((_, oldest)) = self.used.pop_first()
            && let Some(gone) = self.things.remove(&oldest)
        {
            self.bytes -= gone.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let mut shelf = Shelf::new(12);
        for key in 0..3 {
            shelf.keep(key, (), 4);
        }
        assert!(shelf.get(&0).is_some());
        shelf.keep(3, (), 4);
        assert_eq!([0, 1, 2, 3].map(|key| shelf.get(&key).is_some()), [true, false, true, true]);
        assert_eq!((shelf.things.len(), shelf.used.len(), shelf.bytes), (3, 3, 12));
    }

    #[test]
    fn what_is_kept_again_counts_once() {
        let mut shelf = Shelf::new(12);
        shelf.keep(1, "a", 4);
        shelf.keep(2, "b", 4);
        shelf.keep(1, "c", 6);
        assert_eq!((shelf.get(&1).copied(), shelf.bytes), (Some("c"), 10));
        assert_eq!((shelf.things.len(), shelf.used.len()), (2, 2));
        shelf.keep(3, "too long", 13);
        assert_eq!((shelf.things.len(), shelf.used.len(), shelf.bytes), (0, 0, 0));
    }
}
