//! Which runs are being registered here, so that nobody who asks for one begins it again, and the process does not
//! end beneath one.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use proto::id::RunId;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

/// The runs whose outputs are registered by this process, each once at a time, or will be once they are done.
#[derive(Debug, Default)]
pub(in crate::api) struct UnderWay {
    runs: Mutex<HashSet<RunId>>,
    tasks: TaskTracker,
}

/// One of them; it is none any longer once this is dropped.
pub(super) struct Turn {
    under_way: Arc<UnderWay>,
    run: RunId,
}

impl UnderWay {
    /// Notes a run; nothing where it was noted before.
    pub(super) fn begin(under_way: &Arc<Self>, run: RunId) -> Option<Turn> {
        let is_new = under_way.runs().insert(run);
        is_new.then(|| Turn { under_way: Arc::clone(under_way), run })
    }

    /// Does something that goes on whoever waits for it.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.tasks.spawn(task)
    }

    /// Waits until nothing is done any longer. All of it stops once it is told that the process is to end.
    pub(in crate::api) async fn settled(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn runs(&self) -> MutexGuard<'_, HashSet<RunId>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.under_way.runs().remove(&self.run);
    }
}

#[cfg(test)]
mod tests {
    use proto::id::ExportId;

    use super::*;

    #[test]
    fn a_run_is_registered_once_at_a_time() {
        let under_way = Arc::new(UnderWay::default());
        let run = |run| RunId { export: ExportId(uuid::Uuid::nil()), run };
        let first = UnderWay::begin(&under_way, run(1)).unwrap();
        assert!(UnderWay::begin(&under_way, run(1)).is_none());
        assert!(UnderWay::begin(&under_way, run(2)).is_some());
        drop(first);
        assert!(UnderWay::begin(&under_way, run(1)).is_some());
    }
}
