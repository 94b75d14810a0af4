//! Plans that a worker has at hand: the last few heads and pages, for batches of a run come in
//! crowds.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use fabric::record;
use fabric::store::{Store, StoreError};
use proto::id::RunId;
use proto::key::Key;
use proto::plan::{Plan, PlanPage, PlannedBatch};

use crate::error::BatchError;

/// How many heads, and how many pages, are kept.
const KEPT: usize = 8;

/// The last plans and pages read. Both are immutable once written.
#[derive(Default)]
pub(crate) struct Plans {
    heads: Mutex<VecDeque<(RunId, Arc<Plan>)>>,
    pages: Mutex<VecDeque<(Key, Arc<PlanPage>)>>,
}

impl Plans {
    /// A run's plan.
    pub(crate) async fn plan(
        &self,
        store: &dyn Store,
        run: RunId,
    ) -> Result<Arc<Plan>, StoreError> {
        if let Some(plan) = look_up(&self.heads, &run) {
            return Ok(plan);
        }
        let plan = Arc::new(record::read::<Plan>(store, &Key::plan(run)).await?);
        keep(&self.heads, run, &plan);
        Ok(plan)
    }

    /// A batch of a plan.
    pub(crate) async fn batch(
        &self,
        store: &dyn Store,
        run: RunId,
        plan: &Plan,
        ordinal: u32,
    ) -> Result<PlannedBatch, BatchError> {
        let key = Key::plan_page(run, &plan.attempt, Plan::page_of(ordinal));
        let page = match look_up(&self.pages, &key) {
            Some(page) => page,
            None => {
                let page = Arc::new(record::read::<PlanPage>(store, &key).await?);
                keep(&self.pages, key, &page);
                page
            }
        };
        let found = page.batches.binary_search_by_key(&ordinal, |batch| batch.ordinal);
        found
            .map(|index| page.batches[index].clone())
            .map_err(|_| BatchError::NotPlanned { ordinal })
    }
}

fn look_up<K: PartialEq, V>(kept: &Mutex<VecDeque<(K, Arc<V>)>>, key: &K) -> Option<Arc<V>> {
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.iter().find(|(known, _)| known == key).map(|(_, value)| Arc::clone(value))
}

fn keep<K, V>(kept: &Mutex<VecDeque<(K, Arc<V>)>>, key: K, value: &Arc<V>) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.truncate(KEPT - 1);
    kept.push_front((key, Arc::clone(value)));
}
