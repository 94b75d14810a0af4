//! Schedules: runs that start by themselves.
//!
//! The head of an export says when its next run is due, and a mark in the store says so too, so that
//! one listing finds what is due among any number of exports. The head counts: who finds a mark that
//! is not the head's takes it away. It is replaced by compare-and-swap in the same step in which the
//! run begins, so that each due time is seen to once, however many coordinators look.

mod due;

use fabric::record;
use fabric::store::{StoreError, Tag};
use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use proto::definition::{Definition, Times};
use proto::id::ExportId;
use proto::key::{Key, Prefix};
use proto::run::{Extent, Head, Scheduled, StoredDefinition};

use crate::Coordinator;

/// How many marks are listed at once.
const PAGE: usize = 100;

/// How many exports are seen to at once.
const AT_ONCE: usize = 16;

impl Coordinator {
    /// Starts what is due. Tells when something is due next, as far as it was seen.
    pub(crate) async fn start_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let now = self.ambient.now();
        let (mut after, mut next): (Option<Key>, Option<Timestamp>) = (None, None);
        loop {
            let page = self.store.list(&Prefix::dues(), after.as_ref(), PAGE).await?;
            let is_last = page.len() < PAGE;
            after = page.last().map(|entry| entry.key.clone());
            let (mut due, mut later) = (Vec::new(), None);
            for entry in page {
                match entry.key.due_export() {
                    Some((at, export)) if at <= now => due.push((entry.key, at, export)),
                    Some((at, _)) => later = later.or(Some(at)),
                    None => {}
                }
            }
            let seen_to = stream::iter(due)
                .map(|(key, at, export)| async move {
                    self.see_to(key, at, export).await.unwrap_or_else(|error| {
                        // Its mark stays, and the others are not kept waiting.
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(export.id = %export, error, "due run not started");
                        None
                    })
                })
                .buffer_unordered(AT_ONCE);
            let times: Vec<_> = seen_to.collect().await;
            next = times.into_iter().flatten().chain(later).chain(next).min();
            if is_last || later.is_some() {
                return Ok(next);
            }
        }
    }

    /// Sees to one mark: starts a run, or skips it while one is under way. Tells when the export is
    /// due again.
    async fn see_to(
        &self,
        mark: Key,
        at: Timestamp,
        export: ExportId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let Some((head, tag)) = self.found_head(export).await? else {
            self.store.delete(&[mark]).await?;
            return Ok(None);
        };
        let Some(schedule) = head.schedule.clone().filter(|schedule| schedule.next == at) else {
            return self.take_away(mark, at, export).await;
        };
        let stored: StoredDefinition =
            record::read(&*self.store, &Key::definition(export, head.version)).await?;
        // All that was missed meanwhile is caught up by this one run.
        let next = due::next(&times(&stored.definition), self.ambient.now().max(at));
        let is_under_way = self.is_under_way(&head).await?;
        let skipped = if is_under_way { Some(at) } else { schedule.skipped };
        let schedule = next.map(|next| Scheduled { next, last: Some(at), skipped });
        let changed = Head { schedule, ..head.clone() };
        self.promise(&changed).await?;
        let done = if is_under_way {
            let key = Key::head(export);
            self.store.replace(&key, record::encode(&changed), &tag).await.map(|_| ())
        } else {
            self.begin(changed.clone(), &tag, Some(at), Extent::Changes).await.map(|_| ())
        };
        match done {
            Ok(()) => {}
            // Whoever changed it may have left it due; the next look will tell.
            Err(StoreError::Changed { .. } | StoreError::Missing { .. }) => return Ok(None),
            Err(error) => return Err(error),
        }
        self.kept_promise(&head, &changed).await?;
        if is_under_way {
            metrics::counter!("longshore_schedules_skipped_total").increment(1);
            tracing::warn!(export.id = %export, due = %at, "due run skipped, one is under way");
        } else {
            metrics::counter!("longshore_schedules_started_total").increment(1);
            tracing::info!(export.id = %export, due = %at, "due run started");
        }
        Ok(next)
    }

    async fn found_head(&self, export: ExportId) -> Result<Option<(Head, Tag)>, StoreError> {
        let key = Key::head(export);
        match self.store.get(&key).await {
            Ok((bytes, tag)) => Ok(Some((record::decode(&key, &bytes)?, tag))),
            Err(StoreError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes a mark away that is not the head's; puts it back where it has just become so.
    async fn take_away(
        &self,
        mark: Key,
        at: Timestamp,
        export: ExportId,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.store.delete(&[mark]).await?;
        if let Some((head, _)) = self.found_head(export).await?
            && head.schedule.as_ref().is_some_and(|schedule| schedule.next == at)
        {
            self.promise(&head).await?;
        }
        Ok(None)
    }

    /// How far the schedules of a new export are.
    pub(crate) fn first_due(&self, definition: &Definition) -> Option<Scheduled> {
        let next = due::next(&times(definition), self.ambient.now())?;
        Some(Scheduled { next, last: None, skipped: None })
    }

    /// How far the schedules of an export are after its definition was changed. The same schedules
    /// stay due when they are, so that no change makes a run late.
    pub(crate) fn due_after_change(
        &self,
        head: &Head,
        old: &Definition,
        new: &Definition,
    ) -> Option<Scheduled> {
        if head.schedule.is_some() && old.schedules == new.schedules && !new.paused {
            return head.schedule.clone();
        }
        let due = self.first_due(new)?;
        match &head.schedule {
            Some(before) => Some(Scheduled { next: due.next, ..before.clone() }),
            None => Some(due),
        }
    }

    /// Writes the mark of when an export is due, before its head says so.
    pub(crate) async fn promise(&self, head: &Head) -> Result<(), StoreError> {
        if let Some(schedule) = &head.schedule {
            record::create(&*self.store, &Key::due(schedule.next, head.id), &()).await?;
        }
        Ok(())
    }

    /// Takes the mark of a head away that was replaced. That of the new head is written once more:
    /// somebody whose clock is fast may have taken it for an old one while the head was written.
    pub(crate) async fn kept_promise(&self, old: &Head, new: &Head) -> Result<(), StoreError> {
        self.promise(new).await?;
        let next = |head: &Head| head.schedule.as_ref().map(|schedule| schedule.next);
        match next(old) {
            Some(at) if next(new) != Some(at) => self.store.delete(&[Key::due(at, old.id)]).await,
            Some(_) | None => Ok(()),
        }
    }
}

/// The times of a definition's schedules; none where they rest.
fn times(definition: &Definition) -> Vec<Times> {
    if definition.paused {
        return Vec::new();
    }
    // They were parsed when the definition was, so none is left out.
    definition.schedules.iter().filter_map(|schedule| schedule.times().ok()).collect()
}
