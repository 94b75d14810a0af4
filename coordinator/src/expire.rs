//! What time takes away: runs past their lifetime, what deletions left, uploads that nobody finished.

use std::time::Duration;

use fabric::record;
use fabric::store::StoreError;
use futures::TryStreamExt;
use jiff::SignedDuration;
use proto::id::RunId;
use proto::key::{Key, Prefix};
use proto::run::{Deletion, Head, Outcome, State};

use crate::Coordinator;
use crate::accept::summary;

/// How long an upload may be under way before it is taken for abandoned.
const ABANDONED: Duration = Duration::from_hours(24);

/// How long after a deletion somebody may still write what belongs to it: longer than any batch.
const AFTERMATH: SignedDuration = SignedDuration::from_hours(1);

impl Coordinator {
    /// Takes away what is due. Cut off anywhere, the next call carries on.
    pub async fn clean_up(&self) -> Result<(), StoreError> {
        let now = self.ambient.now();
        let mut deletions = record::keys(&self.store, Prefix::deletions());
        while let Some(key) = deletions.try_next().await? {
            let deletion: Option<Deletion> = record::find(&*self.store, &key).await?;
            let (Some(export), Some(Deletion { owner, at })) = (key.deleted_export(), deletion)
            else {
                continue;
            };
            match self.carry_out_deletion(export, &owner).await {
                Ok(()) if at + AFTERMATH <= now => self.store.delete(&[key]).await?,
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
            self.expire(run).await?;
            self.store.delete(&[key]).await?;
        }
        let before = now.checked_sub(SignedDuration::try_from(ABANDONED).unwrap_or_default());
        if let Ok(before) = before {
            self.store.sweep(&Prefix::all(), before.into()).await?;
        }
        Ok(())
    }

    /// Deletes a run's objects and says so; how it and its transports began and ended stays.
    async fn expire(&self, run: RunId) -> Result<(), StoreError> {
        let (start, end) = (Key::start(run), Key::outcome(run));
        let Ok((bytes, tag)) = self.store.get(&end).await else { return Ok(()) };
        let mut outcome: Outcome = record::decode(&end, &bytes)?;
        outcome.state = State::Expired;
        // The word first: nobody may find a run that says it is whole and is not.
        match self.store.replace(&end, record::encode(&outcome), &tag).await {
            Ok(_) => {}
            // A retry took the run up again; it will have a new end and a new expiry.
            Err(StoreError::Changed { .. }) => return Ok(()),
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
        Ok(())
    }
}
