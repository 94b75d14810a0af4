//! The scene over a store that does not answer once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use fabric::store::interposed::{Between, Call, Interposed};
use fabric::store::{Store, StoreError};
use tokio::sync::Notify;

use super::{Scene, deployment};
use crate::api::deriva;

/// A scene over a store that gives no answer to whoever reads next how far a transport is, from when it is told not
/// to, and what is notified then.
pub(in crate::api::tests) async fn failing() -> (Scene, Arc<AtomicBool>, Arc<Notify>) {
    failing_at("/transports/", |_| {}).await
}

/// The same, for whoever reads next what has this in its key, and with the Deriva dialect spoken so.
pub(in crate::api::tests) async fn failing_at(
    of: &'static str,
    change: impl FnOnce(&mut deriva::Settings),
) -> (Scene, Arc<AtomicBool>, Arc<Notify>) {
    let (fails, failed) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
    let failing = Failing { of, fails: Arc::clone(&fails), failed: Arc::clone(&failed) };
    let mut settings = deployment::settings();
    change(&mut settings);
    let wrap = |store| Arc::new(Interposed::new(store, failing)) as Arc<dyn Store>;
    (Scene::with(wrap, settings).await, fails, failed)
}

struct Failing {
    of: &'static str,
    fails: Arc<AtomicBool>,
    failed: Arc<Notify>,
}

#[async_trait]
impl Between for Failing {
    async fn before(&self, call: Call<'_>) -> Result<(), StoreError> {
        let Call::Get(key) = call else { return Ok(()) };
        if !key.as_str().contains(self.of) || !self.fails.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        self.failed.notify_one();
        Err(StoreError::Unavailable { during: "reading", source: "it is away".into() })
    }
}
