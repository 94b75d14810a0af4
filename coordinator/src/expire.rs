//! What time takes away: runs past their lifetime, what deletions left, uploads that nobody finished.

use fabric::record;
use fabric::store::{StoreError, Tag};
use futures::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use proto::fault::Fault;
use proto::id::{ExportId, RunId};
use proto::key::{Key, Prefix};
use proto::run::{Deletion, Head, Outcome, State};

use crate::Coordinator;
use crate::accept::{summary, told};

/// How long an upload may be under way before it is taken for abandoned: longer than any task, which the
/// broker takes back after 3 days. A store knows when an upload began, and not that it goes on.
const ABANDONED: SignedDuration = SignedDuration::from_hours(4 * 24);

/// How long after a deletion most of those who still write what belongs to it have ended; so long it is
/// carried on again and again.
const SOON: SignedDuration = SignedDuration::from_hours(1);

/// How long after a deletion somebody may still write: as long as any task may be under way. Then it is
/// carried on once more.
const AFTERMATH: SignedDuration = ABANDONED;

impl Coordinator {
    /// Takes away what is due. Cut off anywhere, the next call carries on.
    pub async fn clean_up(&self) -> Result<(), StoreError> {
        let now = self.ambient.now();
        let mut deletions = record::keys(&self.store, Prefix::deletions());
        while let Some(key) = deletions.try_next().await? {
            let Some(export) = key.deleted_export() else { continue };
            match self.carry_on_deletion(export, &key, now).await {
                Ok(()) => {}
                Err(fault) => tracing::warn!(export.id = %export, %fault, "deletion cut off"),
            }
        }
        let mut expiries = record::keys(&self.store, Prefix::expiries());
        while let Some(key) = expiries.try_next().await? {
            let Some((at, run)) = key.expiring_run() else { continue };
            if at > now {
                break;
            }
            // One that cannot be expired now holds up no other; its mark stays.
            if let Err(error) = self.expire(run, key).await {
                tracing::warn!(%run, error = &error as &dyn std::error::Error, "run not expired");
            }
        }
        if let Ok(before) = now.checked_sub(ABANDONED) {
            self.store.sweep(&Prefix::all(), before.into()).await?;
        }
        Ok(())
    }

    async fn carry_on_deletion(
        &self,
        export: ExportId,
        mark: &Key,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let deletion: Option<Deletion> = record::find(&*self.store, mark).await.map_err(told)?;
        let Some(Deletion { owner, at }) = deletion else { return Ok(()) };
        let is_last = at + AFTERMATH <= now;
        if !is_last && at + SOON <= now {
            return Ok(());
        }
        self.carry_out_deletion(export, &owner).await?;
        if is_last {
            self.store.delete(std::slice::from_ref(mark)).await.map_err(told)?;
        }
        Ok(())
    }

    /// Expires a run, where a mark says when its last end wants that: one that is left from an end
    /// before a retry says nothing any more.
    async fn expire(&self, run: RunId, mark: Key) -> Result<(), StoreError> {
        let end = Key::outcome(run);
        match self.store.get(&end).await {
            Ok((bytes, tag)) => {
                let outcome: Outcome = record::decode(&end, &bytes)?;
                if self.expiry_at(run, &outcome).await?.as_ref() == Some(&mark) {
                    let is_expired = self.delete_objects(run, outcome, &tag).await?;
                    if let Some((since, _)) = mark.expiring_run().filter(|_| is_expired) {
                        self.notify_state(run, State::Expired, since).await?;
                    }
                }
            }
            // It was taken up again, and will have a new end and a new expiry.
            Err(StoreError::Missing { .. }) => {}
            Err(error) => return Err(error),
        }
        self.store.delete(&[mark]).await
    }

    /// Deletes the objects of a run with this end and says so; how it and its transports began and ended
    /// stays. Whether it did: not where a retry was faster.
    async fn delete_objects(
        &self,
        run: RunId,
        mut outcome: Outcome,
        tag: &Tag,
    ) -> Result<bool, StoreError> {
        let (start, end) = (Key::start(run), Key::outcome(run));
        outcome.state = State::Expired;
        // The word first: nobody may find a run that says it is whole and is not.
        match self.store.replace(&end, record::encode(&outcome), tag).await {
            Ok(_) => {}
            // A retry took the run up again.
            Err(StoreError::Changed { .. } | StoreError::Missing { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
        record::delete_all(&self.store, Prefix::run(run), |key| {
            *key == start || *key == end || key.is_delivery_of(run)
        })
        .await?;
        let head: Option<Head> = record::find(&*self.store, &Key::head(run.export)).await?;
        if let Some(head) = head.filter(|head| head.run == run.run) {
            self.show(&summary(&head, State::Expired)).await;
        }
        tracing::info!(export.id = %run.export, run = run.run, "run expired");
        Ok(true)
    }
}
