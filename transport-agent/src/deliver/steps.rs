//! How far a delivery is: what the server has taken, written down after each request.

use fabric::record;
use fabric::store::{StoreError, Tag};
use futures::TryStreamExt;
use jiff::Timestamp;
use proto::archive::StepsDone;
use proto::key::Key;

use super::Delivery;
use crate::parcel::{Parcel, parcels_after};

/// The steps of a delivery, and the last one that is done.
pub(super) struct Steps<'d> {
    delivery: &'d Delivery<'d>,
    key: Key,
    done: StepsDone,
    tag: Option<Tag>,
}

impl<'d> Steps<'d> {
    /// Where the delivery ended before, or its beginning.
    pub(super) async fn read(delivery: &'d Delivery<'d>) -> Result<Self, StoreError> {
        let key = Key::steps(delivery.run, delivery.archive.transport);
        let (done, tag) = match delivery.agent.store.get(&key).await {
            Ok((bytes, tag)) => (record::decode(&key, &bytes)?, Some(tag)),
            Err(StoreError::Missing { .. }) => (StepsDone::default(), None),
            Err(error) => return Err(error),
        };
        Ok(Self { delivery, key, done, tag })
    }

    pub(super) fn done(&self) -> &StepsDone {
        &self.done
    }

    /// The last file that is done, where each step is one.
    pub(super) async fn last_file(&self) -> Result<Option<Parcel>, StoreError> {
        let Some(before) = self.done.sent.checked_sub(1) else { return Ok(None) };
        let Delivery { agent, run, archive, .. } = self.delivery;
        parcels_after(&agent.store, *run, archive, before).try_next().await
    }

    /// Writes down that one more step is done.
    pub(super) async fn step(&mut self, done: StepsDone) -> Result<(), StoreError> {
        let (store, bytes) = (&self.delivery.agent.store, record::encode(&done));
        // Two agents at once: the slower one finds it changed, and its task is tried again.
        self.tag = Some(match &self.tag {
            Some(tag) => store.replace(&self.key, bytes, tag).await?,
            None => store.put_if_absent(&self.key, bytes).await?,
        });
        self.done = done;
        Ok(())
    }

    /// Writes down that nothing may be asked before a time.
    pub(super) async fn wait_until(&mut self, not_before: Timestamp) -> Result<(), StoreError> {
        self.step(StepsDone { not_before: Some(not_before), ..self.done.clone() }).await
    }
}
