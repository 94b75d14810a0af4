//! Reading what happened: from any number on, a few records at a time, however many there are and whatever
//! they hold.

use std::time::Duration;

use fabric::record;
use fabric::store::StoreError;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use proto::id::Owner;
use proto::key::{Key, Prefix};

use super::{Chronicle, PAGE, PAUSE, READ_AHEAD};
use crate::easydb::{Each, Happened};

/// A record, and the number of its first event.
pub(crate) type Record = (u64, Happened);

impl Chronicle {
    /// The records of an owner whose numbers are beyond one, in order. A few are read ahead, and no more held.
    pub(crate) fn after(
        &self,
        owner: &Owner,
        after: u64,
    ) -> BoxStream<'_, Result<Record, StoreError>> {
        let (prefix, first) = (Prefix::happened(owner), Key::happened(owner, after));
        let pages = stream::try_unfold(Some(first), move |after| {
            let prefix = prefix.clone();
            async move {
                let Some(after) = after else { return Ok(None) };
                let listed = self.store.list(&prefix, Some(&after), PAGE).await?;
                let last = listed.last().filter(|_| listed.len() == PAGE);
                let next = last.map(|entry| entry.key.clone());
                let keys = stream::iter(listed.into_iter().map(|entry| Ok(entry.key)));
                Ok::<_, StoreError>(Some((keys, next)))
            }
        });
        self.read(pages.try_flatten().boxed())
    }

    /// The records under keys, those that are still there.
    pub(super) fn read<'c>(
        &'c self,
        keys: BoxStream<'c, Result<Key, StoreError>>,
    ) -> BoxStream<'c, Result<Record, StoreError>> {
        keys.map_ok(move |key| async move {
            let happened: Option<Happened> = record::find(&*self.store, &key).await?;
            Ok::<_, StoreError>(key.happened_id().zip(happened))
        })
        .try_buffered(READ_AHEAD)
        .try_filter_map(|found| std::future::ready(Ok(found)))
        .boxed()
    }

    /// What those are told who poll and have heard of all up to a number: what comes next, at most `limit`
    /// events; where there is none yet, it waits for one until the time is over.
    pub(crate) async fn wait(
        &self,
        owner: &Owner,
        heard: u64,
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Record>, StoreError> {
        let mut written = self.written.subscribe();
        let over = tokio::time::sleep(wait);
        tokio::pin!(over);
        let mut from = self.before_next(owner, heard).await?;
        loop {
            let (found, last) = self.pollable(owner, from, heard, limit).await?;
            if !found.is_empty() {
                return Ok(found);
            }
            // Nobody is told of what was there.
            from = last;
            // Neither loses anything: what is new is looked up each time.
            tokio::select! {
                () = &mut over => return Ok(found),
                _ = written.changed() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// The number after which to read for whoever has heard of all up to one: what comes next may be in a
    /// record that begins before it.
    async fn before_next(&self, owner: &Owner, heard: u64) -> Result<u64, StoreError> {
        let earliest = heard.saturating_sub(Each::MOST_THESE as u64);
        let earliest = Key::happened(owner, earliest);
        let listed =
            self.store.list(&Prefix::happened(owner), Some(&earliest), Each::MOST_THESE).await?;
        let ids = listed.iter().filter_map(|entry| entry.key.happened_id());
        let last = ids.take_while(|id| *id <= heard).last();
        Ok(last.map_or(heard, |id| id - 1))
    }

    /// What of the records after a number those are told who have heard of all up to another, at most
    /// `limit` events; and the number of the last record that was looked at.
    async fn pollable(
        &self,
        owner: &Owner,
        from: u64,
        heard: u64,
        limit: usize,
    ) -> Result<(Vec<Record>, u64), StoreError> {
        let mut records = self.after(owner, from);
        let (mut found, mut left, mut last) = (Vec::new(), limit, from);
        while left > 0
            && let Some((first, happened)) = records.try_next().await?
        {
            last = first;
            if happened.what.is_pollable()
                && let Some((first, part)) = happened.after(first, heard, left)
            {
                left -= part.told().min(left);
                found.push((first, part));
            }
        }
        Ok((found, last))
    }

    /// The record that an event is in.
    pub(crate) async fn find(&self, owner: &Owner, id: u64) -> Result<Option<Record>, StoreError> {
        // The record with the greatest number that is not above the one asked for.
        let (mut below, mut above) = (0, id);
        while below < above {
            let middle = below + (above - below).div_ceil(2);
            match self.next(owner, middle - 1).await? {
                Some(next) if next <= id => below = next,
                Some(_) | None => above = middle - 1,
            }
        }
        if below == 0 {
            return Ok(None);
        }
        let found: Option<Happened> =
            record::find(&*self.store, &Key::happened(owner, below)).await?;
        Ok(found.filter(|found| id < below + found.span()).map(|found| (below, found)))
    }
}
