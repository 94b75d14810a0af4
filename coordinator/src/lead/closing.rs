//! Runs that have ended, while that is written and what follows from it is done. Records that a run left have to be
//! read for both, and all of them maybe for what follows, so that they go on beside the loop, and meanwhile the loop
//! does not take the run up.
//!
//! How a run ended is written at once, for nobody can start or retry before; what follows waits for one of few places.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use proto::id::RunId;
use tokio::sync::Semaphore;
use tokio::task::{Id, JoinSet};

/// Of how many runs at once what follows from their end is done: each reads records ahead.
const AT_ONCE: usize = 8;

/// Of how many runs at once it is written how they ended: each reads the first of its warnings for that.
const WRITTEN_AT_ONCE: usize = 64;

/// The runs that are being closed.
pub(super) struct Closings {
    tasks: JoinSet<()>,
    runs: HashMap<Id, RunId>,
    /// Of which something was said meanwhile.
    called: BTreeSet<RunId>,
    writing: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Default for Closings {
    fn default() -> Self {
        Self {
            tasks: JoinSet::new(),
            runs: HashMap::new(),
            called: BTreeSet::new(),
            writing: Arc::new(Semaphore::new(WRITTEN_AT_ONCE)),
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Closings {
    /// Begins to close a run, unless that is under way: writes how it ended, where it is not, and does then, as
    /// one of a few, what that gives to be done.
    pub(super) fn begin<F>(
        &mut self,
        run: RunId,
        write: impl Future<Output = Option<F>> + Send + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        if self.holds(run) {
            return;
        }
        let (writing, places) = (Arc::clone(&self.writing), Arc::clone(&self.places));
        let task = self.tasks.spawn(async move {
            let written = {
                let _place = writing.acquire().await.expect("nobody closes it");
                write.await
            };
            let Some(close) = written else { return };
            let _place = places.acquire().await.expect("nobody closes it");
            close.await;
        });
        self.runs.insert(task.id(), run);
    }

    /// Whether a run is being closed.
    pub(super) fn holds(&self, run: RunId) -> bool {
        self.runs.values().any(|held| *held == run)
    }

    /// The runs that are being closed.
    pub(super) fn runs(&self) -> impl Iterator<Item = RunId> {
        self.runs.values().copied()
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
        closings.begin(run(1), async { Some(std::future::pending::<()>()) });
        closings.begin(run(2), async { Some(tokio::task::yield_now()) });
        closings.finish(Duration::from_millis(100)).await;
        assert!(closings.holds(run(1)) && !closings.holds(run(2)));
    }
}
