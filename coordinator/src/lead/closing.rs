//! Runs that have ended, while what follows from that is done. All that a run left may have to be read for it,
//! so it goes on beside the loop, a few at a time, and meanwhile no leader's loop takes the run up.
//!
//! How a run ended is written before, and waits for no place: see [`Lead::end`](super::Lead::end).

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use proto::id::RunId;
use tokio::sync::Semaphore;
use tokio::task::{Id, JoinSet};

/// How many runs are closed at once: each reads records ahead.
const AT_ONCE: usize = 8;

/// The runs that are being closed.
pub(super) struct Closings {
    tasks: JoinSet<()>,
    runs: HashMap<Id, RunId>,
    /// Of which something was said meanwhile.
    called: BTreeSet<RunId>,
    places: Arc<Semaphore>,
}

impl Default for Closings {
    fn default() -> Self {
        Self {
            tasks: JoinSet::new(),
            runs: HashMap::new(),
            called: BTreeSet::new(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Closings {
    /// Begins to close a run, unless that is under way.
    pub(super) fn begin(&mut self, run: RunId, close: impl Future<Output = ()> + Send + 'static) {
        if self.holds(run) {
            return;
        }
        let places = Arc::clone(&self.places);
        let task = self.tasks.spawn(async move {
            let _place = places.acquire().await.expect("nobody closes it");
            close.await;
        });
        self.runs.insert(task.id(), run);
    }

    /// Whether a run is being closed.
    pub(super) fn holds(&self, run: RunId) -> bool {
        self.runs.values().any(|held| *held == run)
    }

    /// Notes that a run which is being closed is to be looked at once it is.
    pub(super) fn call(&mut self, run: RunId) {
        self.called.insert(run);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The next run that is closed, if it is to be looked at again; loses nothing when dropped.
    pub(super) async fn next(&mut self) -> Option<RunId> {
        let id = match self.tasks.join_next_with_id().await? {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "run not closed");
                error.id()
            }
        };
        let run = self.runs.remove(&id)?;
        self.called.remove(&run).then_some(run)
    }

    /// Waits until every run is closed, and not longer than this. What is cut off then leaves what a crash
    /// leaves: whoever leads next finds the runs open and ended, and closes them.
    pub(super) async fn finish(&mut self, within: Duration) {
        let all = async {
            while !self.is_empty() {
                self.next().await;
            }
        };
        if tokio::time::timeout(within, all).await.is_err() {
            tracing::info!(runs = self.runs.len(), "runs left to be closed by the next leader");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(number: u32) -> RunId {
        RunId { run: number, ..format!("{}/1", uuid::Uuid::nil()).parse().unwrap() }
    }

    #[tokio::test]
    async fn whoever_stops_waits_for_what_ends_soon_and_not_for_the_rest() {
        let mut closings = Closings::default();
        closings.begin(run(1), std::future::pending());
        closings.begin(run(2), tokio::task::yield_now());
        closings.finish(Duration::from_millis(100)).await;
        assert!(closings.holds(run(1)) && !closings.holds(run(2)));
    }
}
