//! Whose tokens are that a catalogue's own server gave, as it said when it was asked last: so that it is not asked
//! by every request that comes with one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// How long a token that the server knew is believed without asking it again.
const TRUST: Duration = Duration::from_mins(1);

/// How long one that it did not know is not asked for again.
const MISTRUST: Duration = Duration::from_secs(10);

/// Most tokens remembered at once; beyond, all are asked for anew.
const REMEMBERED: usize = 10_000;

/// What was said of tokens, by their digests.
pub(super) struct KnownTokens<W>(Mutex<HashMap<[u8; 32], Seen<W>>>);

/// What was said of one.
#[derive(Clone)]
pub(super) struct Seen<W> {
    /// Whose it is; nothing of one that the server does not know.
    pub(super) whose: Option<W>,
    /// Until when that is believed.
    until: Timestamp,
}

impl<W> Default for KnownTokens<W> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<W: Clone> KnownTokens<W> {
    /// What was said of a token, where that is still believed.
    pub(super) fn seen(&self, digest: &[u8; 32], now: Timestamp) -> Option<Seen<W>> {
        self.tokens().get(digest).filter(|seen| now < seen.until).cloned()
    }

    /// Notes what is said of a token.
    pub(super) fn remember(&self, digest: [u8; 32], whose: Option<W>, now: Timestamp) {
        let mut tokens = self.tokens();
        if tokens.len() >= REMEMBERED {
            // Those that nobody knows go first: a flood of them makes nobody else ask anew.
            tokens.retain(|_, seen| seen.whose.is_some() && now < seen.until);
        }
        if tokens.len() >= REMEMBERED {
            tokens.clear();
        }
        let until = now + if whose.is_some() { TRUST } else { MISTRUST };
        tokens.insert(digest, Seen { whose, until });
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<[u8; 32], Seen<W>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn digest(number: usize) -> [u8; 32] {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.to_le_bytes());
        digest
    }

    #[test]
    fn what_was_said_is_believed_for_a_while() {
        let tokens = KnownTokens::default();
        tokens.remember(digest(1), Some("ann"), second(0));
        tokens.remember(digest(2), None, second(0));
        let whose = |number, at| tokens.seen(&digest(number), second(at)).map(|seen| seen.whose);
        assert_eq!(whose(1, 59), Some(Some("ann")));
        assert_eq!(whose(1, 60), None);
        assert_eq!(whose(2, 9), Some(None));
        assert_eq!(whose(2, 10), None);
        assert_eq!(whose(3, 0), None);
    }

    #[test]
    fn a_flood_of_made_up_tokens_makes_nobody_forgotten() {
        let tokens = KnownTokens::default();
        tokens.remember(digest(0), Some("ann"), second(0));
        for number in 1..2 * REMEMBERED {
            tokens.remember(digest(number), None, second(0));
        }
        assert!(tokens.tokens().len() <= REMEMBERED);
        assert!(tokens.seen(&digest(0), second(0)).is_some());
    }
}
