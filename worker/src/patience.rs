//! For how long a batch waits for a file that does not come: it is tried again as a whole, and where that
//! does not help, the file is taken to be missing.

use proto::definition::OnError;
use source::SourceError;
use source::asset::shown;

use crate::batch::Task;
use crate::error::BatchError;

/// At which try of a batch it is waited for no longer: one bad file is no reason to give up all of an
/// export.
const PATIENT_UNTIL: u32 = 3;

/// Whether what does not come now is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// The batch is tried again.
    Left,
    /// It was tried often enough.
    Ended,
}

impl Patience {
    /// What is left at a try, from 1.
    pub(crate) fn at(attempt: u32, is_last: bool) -> Self {
        if is_last || attempt >= PATIENT_UNTIL { Self::Ended } else { Self::Left }
    }
}

impl Task {
    /// That the file at a place is missing, where its server does not give it now, nobody waits for it any
    /// longer, and a file that is missing is no reason to fail.
    pub(crate) fn missing(&self, error: &BatchError, place: &str) -> Option<SourceError> {
        let BatchError::Source(source) = error else { return None };
        let is_over = self.patience == Patience::Ended && self.read.on_error == OnError::Warn;
        (is_over && source.is_transient())
            .then(|| SourceError::AssetMissing { reference: shown(place), why: source.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_at_the_third_try_or_the_last() {
        let at = |attempt| [Patience::at(attempt, false), Patience::at(attempt, true)];
        assert_eq!(at(1), [Patience::Left, Patience::Ended]);
        assert_eq!(at(2), [Patience::Left, Patience::Ended]);
        assert_eq!(at(3), [Patience::Ended, Patience::Ended]);
    }
}
