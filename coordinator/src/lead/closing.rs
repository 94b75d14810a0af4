//! Runs that have ended, while that is written and what follows from it is done. Records that a run left have to be
//! read for both, and all of them maybe for what follows, so that they go on beside the loop, and meanwhile the loop
//! does not take the run up.
//!
//! How a run ended is written at once, for nobody can start or retry before; what follows waits for one of few places.
//! A run of which something is said meanwhile waits no longer: its owner may have taken it up again.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use proto::id::RunId;
use tokio::sync::Semaphore;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

/// Of how many runs at once what follows from their end is done: each reads records ahead.
const AT_ONCE: usize = 8;

/// Of how many runs at once it is written how they ended: each reads the first of its warnings for that.
const WRITTEN_AT_ONCE: usize = 64;

/// The runs that are being closed.
pub(super) struct Closings {
    tasks: JoinSet<()>,
    runs: HashMap<Id, Closing>,
    writing: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// A run that is being closed.
struct Closing {
    run: RunId,
    /// That something was said of it meanwhile.
    called: CancellationToken,
}

impl Default for Closings {
    fn default() -> Self {
        Self {
            tasks: JoinSet::new(),
            runs: HashMap::new(),
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
        let called = CancellationToken::new();
        let closing = Closing { run, called: called.clone() };
        let task = self.tasks.spawn(async move {
            let written = {
                let _place = writing.acquire().await.expect("nobody closes it");
                write.await
            };
            let Some(close) = written else { return };
            let _place = tokio::select! {
                biased;
                place = places.acquire() => place.expect("nobody closes it"),
                () = called.cancelled() => return,
            };
            close.await;
        });
        self.runs.insert(task.id(), closing);
    }

    /// Whether a run is being closed.
    pub(super) fn holds(&self, run: RunId) -> bool {
        self.runs.values().any(|closing| closing.run == run)
    }

    /// The runs that are being closed.
    pub(super) fn runs(&self) -> impl Iterator<Item = RunId> {
        self.runs.values().map(|closing| closing.run)
    }

    /// Notes that a run which is being closed is to be looked at once it is; one that waits for its place leaves
    /// what follows to whoever looks.
    pub(super) fn call(&self, run: RunId) {
        for closing in self.runs.values().filter(|closing| closing.run == run) {
            closing.called.cancel();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The next run that is closed or gave its place up, if it is to be looked at; loses nothing when dropped.
    pub(super) async fn next(&mut self) -> Option<RunId> {
        let id = match self.tasks.join_next_with_id().await? {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "run not closed");
                error.id()
            }
        };
        let closing = self.runs.remove(&id)?;
        closing.called.is_cancelled().then_some(closing.run)
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

    /// Its owner may have taken it up again, and need not wait for what is being closed.
    #[tokio::test]
    async fn a_run_of_which_something_is_said_gives_its_place_in_the_line_up() {
        let mut closings = Closings::default();
        for number in 0..10 {
            closings.begin(run(number), async { Some(std::future::pending::<()>()) });
        }
        // By then each has its place, or waits for one.
        while closings.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        closings.call(run(9));
        let looked_at = tokio::time::timeout(Duration::from_secs(20), closings.next()).await;
        assert_eq!(looked_at.expect("it waits for the others"), Some(run(9)));
        assert!(closings.holds(run(8)) && !closings.holds(run(9)));
    }
}
