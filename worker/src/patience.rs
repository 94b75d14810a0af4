//! For how long a batch waits for a file that does not come: it is asked for again, then the batch is tried again
//! as a whole, and where that does not help either, a file of a catalogue is taken to be missing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use fabric::retry::Backoff;
use proto::definition::OnError;
use source::SourceError;
use source::asset::shown;

use crate::Worker;
use crate::batch::Task;
use crate::error::BatchError;

/// At which try of a batch it is waited for no longer: one bad file is no reason to give up all of an
/// export.
const PATIENT_UNTIL: u32 = 3;

/// How often a file is asked for again before the batch fails or does without: of very many requests some fail for no
/// reason that has to do with the file.
const MOST_AGAIN: u32 = 2;

/// What is waited between, where the server does not ask for more.
const WAITS: Backoff = Backoff { first: Duration::from_millis(250), most: Duration::from_secs(2) };

/// How long a server may ask to wait for a file. One that asks for more is not asked again.
const LONGEST_WAIT: Duration = Duration::from_mins(2);

/// How long all files of one try of a batch are waited for together, in milliseconds: its task is not held for hours
/// by a server that lets each file wait.
const ALL_WAITS_MS: u64 = 5 * 60 * 1000;

/// What is left of the time that a try of a batch waits for its files.
pub(crate) struct WaitingTime {
    left_ms: AtomicU64,
}

impl Default for WaitingTime {
    fn default() -> Self {
        Self { left_ms: AtomicU64::new(ALL_WAITS_MS) }
    }
}

impl WaitingTime {
    /// Takes so much of it; nothing is taken where less is left.
    fn take(&self, wait: Duration) -> bool {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let less = |left: u64| left.checked_sub(wait_ms);
        self.left_ms.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

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
        self.leaves_out(source)
            .then(|| SourceError::AssetMissing { reference: shown(place), why: source.to_string() })
    }

    fn leaves_out(&self, error: &SourceError) -> bool {
        let is_over = self.patience == Patience::Ended && self.read.on_error == OnError::Warn;
        is_over && error.is_transient()
    }
}

impl Worker {
    /// What comes of a file that is asked for, and asked for again where it does not come now; not once its
    /// server `is_silent`, nor when the batch has waited for long enough.
    pub(crate) async fn insist<T, F>(
        &self,
        task: &Task,
        is_silent: &AtomicBool,
        ask: impl Fn() -> F,
    ) -> Result<T, BatchError>
    where
        F: Future<Output = Result<T, BatchError>>,
    {
        let mut failed = 0;
        loop {
            let error = match ask().await {
                Ok(found) => return Ok(found),
                Err(error) => error,
            };
            failed += 1;
            let wait = if let BatchError::Source(source) = &error
                && source.is_transient()
                && failed <= MOST_AGAIN
                && !is_silent.load(Ordering::Relaxed)
            {
                wait(source, failed, self.ambient.chance())
            } else {
                None
            };
            match wait {
                Some(wait) if task.waiting.take(wait) => tokio::time::sleep(wait).await,
                Some(_) | None => return Err(error),
            }
        }
    }
}

/// How long is waited after so many failures, and no less than a server asks for; nothing where that would be
/// too long.
fn wait(error: &SourceError, failed: u32, chance: f64) -> Option<Duration> {
    let least = WAITS.after(failed, chance);
    let wait = if let SourceError::Busy { wait, .. } = error { (*wait).max(least) } else { least };
    (wait <= LONGEST_WAIT).then_some(wait)
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

    #[test]
    fn files_are_waited_for_five_minutes_in_all() {
        let waiting = WaitingTime::default();
        let taken = [120, 120, 120, 60, 1].map(|secs| waiting.take(Duration::from_secs(secs)));
        assert_eq!(taken, [true, true, false, true, false]);
    }

    #[test]
    fn a_server_says_how_long_is_waited_unless_that_is_too_long() {
        for (asked, expected) in
            [(0, Some(250)), (7, Some(7000)), (120, Some(120_000)), (121, None)]
        {
            let told = Duration::from_secs(asked);
            let busy = SourceError::Busy { what: "busy".to_owned(), wait: told };
            assert_eq!(wait(&busy, 1, 1.0).map(|wait| wait.as_millis()), expected, "{asked}");
        }
        let gone = SourceError::Unavailable { what: "gone".to_owned() };
        let waited = [1, 2].map(|failed| wait(&gone, failed, 1.0).unwrap().as_millis());
        assert_eq!(waited, [250, 500]);
    }
}
