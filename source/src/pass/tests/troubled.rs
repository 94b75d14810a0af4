//! A store with which something happens at the wrong moment, once.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use fabric::store::interposed::{Between, Call, Interposed};
use fabric::store::{Store, StoreError, Tag};
use proto::key::Key;

/// What is yet to happen.
struct Troubled {
    store: Arc<dyn Store>,
    trouble: Mutex<Option<Trouble>>,
}

enum Trouble {
    /// It does not answer when an object is asked for.
    Silent,
    /// Somebody writes this just before an object is replaced.
    Forestalled(Bytes),
    /// Somebody writes this just after an object was read.
    Overtaken(Bytes),
}

pub(super) fn silent_once(store: &Arc<dyn Store>) -> Arc<dyn Store> {
    troubled(store, Trouble::Silent)
}

pub(super) fn forestalled(store: &Arc<dyn Store>, bytes: Bytes) -> Arc<dyn Store> {
    troubled(store, Trouble::Forestalled(bytes))
}

pub(super) fn overtaken(store: &Arc<dyn Store>, bytes: Bytes) -> Arc<dyn Store> {
    troubled(store, Trouble::Overtaken(bytes))
}

fn troubled(store: &Arc<dyn Store>, trouble: Trouble) -> Arc<dyn Store> {
    let between = Troubled { store: Arc::clone(store), trouble: Mutex::new(Some(trouble)) };
    Arc::new(Interposed::new(Arc::clone(store), between))
}

impl Troubled {
    fn happens(&self, is_it: impl Fn(&Trouble) -> bool) -> Option<Trouble> {
        self.trouble.lock().unwrap().take_if(|trouble| is_it(trouble))
    }
}

#[async_trait]
impl Between for Troubled {
    async fn before(&self, call: Call<'_>) -> Result<(), StoreError> {
        match call {
            Call::Get(_)
                if self.happens(|trouble| matches!(trouble, Trouble::Silent)).is_some() =>
            {
                Err(StoreError::Unavailable { during: "get", source: "it is away".into() })
            }
            Call::Replace(key, expected) => {
                let trouble = self.happens(|trouble| matches!(trouble, Trouble::Forestalled(_)));
                if let Some(Trouble::Forestalled(first)) = trouble {
                    self.store.replace(key, first, expected).await?;
                }
                Ok(())
            }
            Call::Get(_) | Call::PutIfAbsent(_) | Call::List(_) | Call::Delete(_) => Ok(()),
        }
    }

    async fn after_get(&self, key: &Key, tag: &Tag) -> Result<(), StoreError> {
        let trouble = self.happens(|trouble| matches!(trouble, Trouble::Overtaken(_)));
        if let Some(Trouble::Overtaken(next)) = trouble {
            self.store.replace(key, next, tag).await?;
        }
        Ok(())
    }
}
