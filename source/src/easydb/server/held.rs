//! What a server told of itself, for a while: runs are planned seldom, and fields change more seldom still.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::SourceError;

/// For how long it is taken to hold.
const HOLDS: Duration = Duration::from_mins(5);

/// Something that it told, and when.
pub(super) struct Held<T>(Mutex<Option<(Instant, Arc<T>)>>);

impl<T> Held<T> {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// What it told, or tells now; whoever comes meanwhile waits for the one who asks.
    pub(super) async fn or_asked(
        &self,
        asking: impl Future<Output = Result<T, SourceError>>,
    ) -> Result<Arc<T>, SourceError> {
        let mut held = self.0.lock().await;
        if let Some((_, told)) = held.as_ref().filter(|(since, _)| since.elapsed() < HOLDS) {
            return Ok(Arc::clone(told));
        }
        let told = Arc::new(asking.await?);
        *held = Some((Instant::now(), Arc::clone(&told)));
        Ok(told)
    }
}
