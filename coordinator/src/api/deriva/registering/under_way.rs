//! Which runs are being registered here, so that nobody who asks for one begins it again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use proto::id::RunId;

/// The runs whose outputs are registered by this process, each once at a time, or will be once they are done.
#[derive(Debug, Default)]
pub(in crate::api::deriva) struct UnderWay(Mutex<HashSet<RunId>>);

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

    fn runs(&self) -> MutexGuard<'_, HashSet<RunId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
