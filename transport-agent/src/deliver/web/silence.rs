//! That a server gave no answer, and whether it ever will.

use fabric::causes::chain;
use fabric::trust::is_untrusted;

use super::answer::Meaning;

/// Why there is no answer.
pub(in crate::deliver) enum Silence {
    /// No connection, or one that broke.
    Passing(String),
    /// Its certificate proves nothing, so that nothing was sent.
    Untrusted(String),
}

impl Silence {
    pub(super) fn of(error: reqwest::Error) -> Self {
        // The URL may hold what is secret.
        let error = error.without_url();
        let what = chain(&error);
        if is_untrusted(&error) { Self::Untrusted(what) } else { Self::Passing(what) }
    }

    /// What it means for what was asked.
    pub(in crate::deliver) fn meaning<T>(self) -> Meaning<T> {
        match self {
            Self::Passing(what) => Meaning::Later { what, wait: None },
            Self::Untrusted(what) => Meaning::Untrusted(what),
        }
    }
}
