//! References to files that were given with records of media. What a plugin asks for later is one of them: its own word
//! for where a file is counts for nothing, for that could be any file and any address.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many are remembered at least, and half of how many at most: 16 bytes each.
const REMEMBERED: usize = 20_000;

/// Those that were given last, by hashes that nobody can foresee.
#[derive(Default)]
pub(super) struct References {
    hasher: RandomState,
    given: Mutex<Given>,
}

#[derive(Default)]
struct Given {
    now: HashSet<u64>,
    before: HashSet<u64>,
}

impl References {
    /// Remembers one.
    pub(super) fn note(&self, reference: &str) {
        let hash = self.hasher.hash_one(reference);
        let given = &mut *self.given();
        if given.now.len() >= REMEMBERED {
            given.before = std::mem::take(&mut given.now);
        }
        given.now.insert(hash);
    }

    /// Whether it was given, as far as is remembered.
    pub(super) fn knows(&self, reference: &str) -> bool {
        let hash = self.hasher.hash_one(reference);
        let given = self.given();
        given.now.contains(&hash) || given.before.contains(&hash)
    }

    fn given(&self) -> MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_were_given_last_are_known() {
        let references = References::default();
        for nth in 0..3 * REMEMBERED {
            references.note(&nth.to_string());
        }
        let knows = |nth: usize| references.knows(&nth.to_string());
        assert!(knows(3 * REMEMBERED - 1) && knows(2 * REMEMBERED));
        assert!(!knows(0) && !knows(3 * REMEMBERED));
    }
}
