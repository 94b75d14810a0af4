//! The scene over a store in which something waits, for what happens meanwhile.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use fabric::store::interposed::{Between, Call, Interposed};
use fabric::store::{Store, StoreError};
use proto::key::{Key, Prefix};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Scene;

/// A scene over a slow store, what is notified once somebody waits, and what lets all of them through.
pub(in crate::api::tests) async fn slow(waits: Waits) -> (Scene, Arc<Notify>, CancellationToken) {
    let (asked, let_through) = (Arc::new(Notify::new()), CancellationToken::new());
    let (told, waited) = (Arc::clone(&asked), let_through.clone());
    let scene = Scene::over(move |store| {
        let (ended, read) = (AtomicBool::new(false), Mutex::default());
        let slow = Slow { waits, ended, read, asked: told, let_through: waited };
        Arc::new(Interposed::new(store, slow)) as Arc<dyn Store>
    });
    (scene.await, asked, let_through)
}

/// Lets some calls wait until they are let through.
struct Slow {
    waits: Waits,
    ended: AtomicBool,
    /// The commit records that were read.
    read: Mutex<BTreeSet<Key>>,
    asked: Arc<Notify>,
    let_through: CancellationToken,
}

/// What waits.
pub(in crate::api::tests) enum Waits {
    /// Whoever lists the open runs.
    Listings,
    /// Whoever takes a mark away.
    Deletions,
    /// Whoever writes over how a run ended.
    Ends,
    /// Whoever writes how a run ended, after the first who did.
    LaterEnds,
    /// Whoever reads the commit record of a batch, after the first who did.
    LaterCommits,
}

impl Slow {
    fn waits_before(&self, call: Call<'_>) -> bool {
        let is_end = |key: &Key| key.as_str().ends_with("/result.json");
        match (&self.waits, call) {
            (Waits::Listings, Call::List(prefix)) => *prefix == Prefix::open(),
            (Waits::Deletions, Call::Delete(keys)) => {
                keys.iter().any(|key| key.open_run().is_some())
            }
            (Waits::Ends, Call::Replace(key, _)) => is_end(key),
            (Waits::LaterEnds, Call::PutIfAbsent(key)) => {
                is_end(key) && self.ended.swap(true, Ordering::Relaxed)
            }
            (Waits::LaterCommits, Call::Get(key)) => {
                key.as_str().contains("/batches/") && !self.read.lock().unwrap().insert(key.clone())
            }
            _ => false,
        }
    }
}

#[async_trait]
impl Between for Slow {
    async fn before(&self, call: Call<'_>) -> Result<(), StoreError> {
        if self.waits_before(call) {
            self.asked.notify_one();
            self.let_through.cancelled().await;
        }
        Ok(())
    }
}
