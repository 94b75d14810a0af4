//! Which files of a batch could not be had: a bit for each, for a batch may have very many.

/// Files by their numbers among those that were to go along.
#[derive(Debug, Default)]
pub(super) struct Missing(Vec<u64>);

impl Missing {
    /// Notes one.
    pub(super) fn insert(&mut self, number: usize) {
        let place = number / 64;
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        self.0[place] |= 1 << (number % 64);
    }

    /// Whether one could not be had.
    pub(super) fn has(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|bits| bits >> (number % 64) & 1 == 1)
    }

    /// Whether all could.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_were_noted_are_missing_and_no_others() {
        let mut missing = Missing::default();
        assert!(missing.is_empty() && !missing.has(0));
        let noted = [0, 1, 63, 64, 130, 1000];
        for number in noted {
            missing.insert(number);
        }
        assert!(!missing.is_empty());
        let found: Vec<usize> = (0..2000).filter(|number| missing.has(*number)).collect();
        assert_eq!(found, noted);
    }
}
