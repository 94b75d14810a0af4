//! How a run begins: by a swap of its export's head, which says how.
//!
//! Somebody who starts a run and a schedule that is due may meet, with a change of the definition in
//! between: whoever loses the swap has written nothing that the run is read from. The record of the
//! beginning is written after, by the winner or by whoever misses it.

use fabric::record;
use fabric::store::{StoreError, Tag};
use jiff::Timestamp;
use proto::id::RunId;
use proto::key::Key;
use proto::run::{Extent, Head, Start, State};

use crate::Coordinator;
use crate::accept::summary;

impl Coordinator {
    /// Begins the next run of an export whose last one has ended. Where the head was changed
    /// meanwhile, no run begins.
    pub(crate) async fn begin(
        &self,
        mut head: Head,
        tag: &Tag,
        due: Option<Timestamp>,
        extent: Extent,
    ) -> Result<RunId, StoreError> {
        // From now on the head says how another run began.
        self.beginning(&head, RunId { export: head.id, run: head.run }).await?;
        head.run += 1;
        let run = RunId { export: head.id, run: head.run };
        // Open before it begins: whoever dies between the two leaves a mark that is found.
        record::create(&*self.store, &Key::open(run), &()).await?;
        let trace = fabric::trace::current();
        let start = Start { version: head.version, at: self.ambient.now(), due, extent, trace };
        head.start = Some(start.clone());
        self.store.replace(&Key::head(head.id), record::encode(&head), tag).await?;
        if let Err(error) = self.beginning(&head, run).await {
            // It has begun all the same; whoever leads writes it.
            tracing::warn!(%run, error = &error as &dyn std::error::Error, "beginning not written");
        }
        self.show(&summary(&head, State::Pending)).await;
        self.nudge(run).await;
        self.chronicle_begin(&head, run, &start).await;
        Ok(run)
    }

    /// How a run of an export began; nothing where it never did. Of the last run, the record is
    /// written where it is missing, so that others find it without the head.
    pub(crate) async fn beginning(
        &self,
        head: &Head,
        run: RunId,
    ) -> Result<Option<Start>, StoreError> {
        let key = Key::start(run);
        let Some(start) = head.start.as_ref().filter(|_| head.run == run.run) else {
            return record::find(&*self.store, &key).await;
        };
        match self.store.get(&key).await {
            Ok((bytes, tag)) => self.correct(&key, start, &bytes, &tag).await?,
            Err(StoreError::Missing { .. }) => {
                // Whoever is faster writes the same.
                record::create(&*self.store, &key, start).await?;
            }
            Err(error) => return Err(error),
        }
        Ok(Some(start.clone()))
    }

    /// Replaces what is left of another beginning that came to nothing; earlier versions wrote it
    /// before the head was swapped.
    async fn correct(
        &self,
        key: &Key,
        start: &Start,
        bytes: &[u8],
        tag: &Tag,
    ) -> Result<(), StoreError> {
        if record::decode::<Start>(key, bytes)? == *start {
            return Ok(());
        }
        match self.store.replace(key, record::encode(start), tag).await {
            // Whoever was faster has written the same.
            Ok(_) | Err(StoreError::Changed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether the last run of an export has not ended.
    pub(crate) async fn is_under_way(&self, head: &Head) -> Result<bool, StoreError> {
        let run = RunId { export: head.id, run: head.run };
        Ok(self.has_begun(head).await? && !record::exists(&*self.store, &Key::outcome(run)).await?)
    }

    /// Whether the last run of an export began.
    pub async fn has_begun(&self, head: &Head) -> Result<bool, StoreError> {
        if head.run == 0 || head.start.is_some() {
            return Ok(head.run > 0);
        }
        let run = RunId { export: head.id, run: head.run };
        record::exists(&*self.store, &Key::start(run)).await
    }
}
