//! How far the transports of a run are: their records in the store, and what is shown of them.
//!
//! That something was handed over is for the agent's record to say ([`Handover`]). These records say
//! what became of the tries, so that whoever leads next leaves a failed transport alone until its
//! owner wants it tried again, and so that the log outlives the board.

use fabric::record;
use fabric::store::StoreError;
use futures::StreamExt;
use futures::TryStreamExt;
use futures::stream;
use proto::archive::Handover;
use proto::delivery::{Delivery, Entry, Step};
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;

use crate::Coordinator;

/// How often a record is written again that somebody changed meanwhile.
const TRIES: u32 = 5;

/// How many transports are read at once.
const READ_AHEAD: usize = 16;

/// A transport of a run, as the store has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    /// How far it is; `new` where nothing was written.
    pub(crate) delivery: Delivery,
    /// What it handed over, where it did.
    pub(crate) handover: Option<Handover>,
}

impl Coordinator {
    /// The transports of a run, by their places in the definition.
    pub(crate) async fn kept_deliveries(
        &self,
        run: RunId,
        transports: u32,
    ) -> Result<Vec<Kept>, StoreError> {
        let store = &*self.store;
        stream::iter(0..transports)
            .map(|transport| async move {
                let delivery = record::find(store, &Key::delivery(run, transport)).await?;
                let handover = record::find(store, &Key::handover(run, transport)).await?;
                Ok(Kept { delivery: delivery.unwrap_or_default(), handover })
            })
            .buffered(READ_AHEAD)
            .try_collect()
            .await
    }

    /// Writes how far a transport is. What is done stays done, whatever another leader thought.
    pub(crate) async fn keep_delivery(
        &self,
        run: RunId,
        transport: u32,
        delivery: &Delivery,
    ) -> Result<(), StoreError> {
        let key = Key::delivery(run, transport);
        let mut tries = 0;
        loop {
            tries += 1;
            let written = match self.store.get(&key).await {
                Ok((bytes, tag)) => {
                    let before: Delivery = record::decode(&key, &bytes)?;
                    if before.is_done() {
                        return Ok(());
                    }
                    self.store.replace(&key, record::encode(delivery), &tag).await
                }
                Err(StoreError::Missing { .. }) => {
                    self.store.put_if_absent(&key, record::encode(delivery)).await
                }
                Err(error) => return Err(error),
            };
            match written {
                Ok(_) => return Ok(()),
                Err(StoreError::Exists { .. } | StoreError::Changed { .. }) if tries < TRIES => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes that a transport is to be tried now that failed, or waits for its next try; one that
    /// waits for it already is fine.
    pub(crate) async fn resume_delivery(
        &self,
        run: RunId,
        transport: u32,
        mut delivery: Delivery,
    ) -> Result<(), StoreError> {
        if !has_failed(&delivery) && !is_put_off(&delivery) {
            return Ok(());
        }
        delivery.note(self.ambient.now(), 0, Step::Resumed);
        self.keep_delivery(run, transport, &delivery).await
    }
}

/// Whether a transport waits for its owner.
pub(crate) fn has_failed(delivery: &Delivery) -> bool {
    delivery.state == proto::run::State::Failed
}

/// Whether a transport waits for its next try.
pub(crate) fn is_put_off(delivery: &Delivery) -> bool {
    matches!(delivery.log.last(), Some(Entry { step: Step::Retrying { .. }, .. }))
}

/// Whether the one has seen more than the other.
pub(crate) fn is_later(one: &Delivery, other: &Delivery) -> bool {
    let last = |delivery: &Delivery| delivery.log.last().map(|entry| entry.at);
    (last(one), one.log.len()) > (last(other), other.log.len())
}

/// Why a transport failed that has a record of it.
pub(crate) fn fault(delivery: &Delivery) -> Fault {
    let unknown = || Fault::new(Code::Internal, "the record of the failure gives no reason");
    delivery.fault.clone().unwrap_or_else(unknown)
}
