//! What happened to an owner's exports, in the order in which it became known.
//!
//! An event's number is one more than that of the one before it, and is drawn by writing the event:
//! whoever sees a number has seen all smaller ones, which is what polling by "what is new since" needs. A
//! record that tells of many things takes a number for each of them.

mod reading;
mod log;
mod old;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fabric::record;
use fabric::store::{Store, StoreError};
use proto::id::Owner;
use proto::key::{Key, Prefix};
use tokio::sync::watch;

use super::Happened;

/// How often whoever waits looks for what other coordinators wrote.
const PAUSE: Duration = Duration::from_secs(1);

/// How many records are read at once.
const READ_AHEAD: usize = 16;

/// Most records that are listed at once.
const PAGE: usize = 1000;

/// After so many events of an owner those that are too old are taken away.
const SWEPT_AFTER: u64 = 100;

/// The log of all owners.
#[derive(Clone)]
pub(crate) struct Chronicle {
    store: Arc<dyn Store>,
    /// The greatest number that is known of each owner.
    known: Arc<Mutex<HashMap<Owner, u64>>>,
    /// That something was written here.
    written: watch::Sender<()>,
}

impl Chronicle {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, known: Arc::default(), written: watch::Sender::default() }
    }

    /// Writes that something happened to an export, once, whatever is called how often.
    ///
    /// The number is claimed before the event is written, so that whoever comes again after a crash finds
    /// out whether it was.
    pub(crate) async fn tell(&self, owner: &Owner, happened: &Happened) -> Result<(), StoreError> {
        let told = Key::told(happened.export, &happened.of);
        loop {
            let (id, tag) = match self.store.get(&told).await {
                Ok((bytes, tag)) => (record::decode(&told, &bytes)?, tag),
                Err(StoreError::Missing { .. }) => {
                    let id: u64 = self.last(owner).await? + 1;
                    match self.store.put_if_absent(&told, record::encode(&id)).await {
                        Ok(tag) => (id, tag),
                        Err(StoreError::Exists { .. }) => continue,
                        Err(error) => return Err(error),
                    }
                }
                Err(error) => return Err(error),
            };
            if self.stands(owner, id, happened).await? {
                return self.log(id, happened).await;
            }
            // The number went to something else meanwhile.
            let next = self.last(owner).await? + 1;
            match self.store.replace(&told, record::encode(&next), &tag).await {
                Ok(_) | Err(StoreError::Changed { .. } | StoreError::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes an event; its number. Whoever comes again writes another.
    pub(crate) async fn append(
        &self,
        owner: &Owner,
        happened: &Happened,
    ) -> Result<u64, StoreError> {
        loop {
            let id = self.last(owner).await? + 1;
            // Where somebody else was faster, the next look finds it.
            if self.write(owner, id, happened).await? {
                return Ok(id);
            }
        }
    }

    /// Whether an event stands under a number, or stood there; writes it where nothing does.
    async fn stands(
        &self,
        owner: &Owner,
        id: u64,
        happened: &Happened,
    ) -> Result<bool, StoreError> {
        if id > self.last(owner).await? && self.write(owner, id, happened).await? {
            return Ok(true);
        }
        let found: Option<Happened> = record::find(&*self.store, &Key::happened(owner, id)).await?;
        // What is not there any more was taken away as the oldest are.
        Ok(found.is_none_or(|found| found.export == happened.export && found.of == happened.of))
    }

    /// Writes an event under a number unless there is one.
    async fn write(&self, owner: &Owner, id: u64, happened: &Happened) -> Result<bool, StoreError> {
        let key = Key::happened(owner, id);
        match self.store.put_if_absent(&key, record::encode(happened)).await {
            Ok(_) => {}
            Err(StoreError::Exists { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
        let last = id + happened.span() - 1;
        self.know(owner, last);
        self.written.send_replace(());
        if last / SWEPT_AFTER > (id - 1) / SWEPT_AFTER {
            self.sweep(owner, happened.at).await?;
        }
        Ok(true)
    }

    /// The number of an owner's last event; 0 where there was none.
    pub(crate) async fn last(&self, owner: &Owner) -> Result<u64, StoreError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(owner).copied();
        let begin = match known {
            Some(known) => known,
            None => self.first(owner).await?,
        };
        let mut last = begin;
        // Longer and longer steps find the last record.
        let mut step = 1;
        while self.is_beyond(owner, last + step - 1).await? {
            last += step;
            step *= 2;
        }
        while step > 1 {
            step /= 2;
            if self.is_beyond(owner, last + step - 1).await? {
                last += step;
            }
        }
        if last > begin {
            let found: Option<Happened> =
                record::find(&*self.store, &Key::happened(owner, last)).await?;
            last += found.map_or(0, |found| found.span() - 1);
            self.know(owner, last);
        }
        Ok(last)
    }

    /// The number before the oldest event that is kept.
    async fn first(&self, owner: &Owner) -> Result<u64, StoreError> {
        let first = self.store.list(&Prefix::happened(owner), None, 1).await?;
        Ok(first.first().and_then(|entry| entry.key.happened_id()).map_or(0, |id| id - 1))
    }

    async fn is_beyond(&self, owner: &Owner, id: u64) -> Result<bool, StoreError> {
        Ok(self.next(owner, id).await?.is_some())
    }

    /// The number of the first record after a number.
    async fn next(&self, owner: &Owner, id: u64) -> Result<Option<u64>, StoreError> {
        let after = Key::happened(owner, id);
        let listed = self.store.list(&Prefix::happened(owner), Some(&after), 1).await?;
        Ok(listed.first().and_then(|entry| entry.key.happened_id()))
    }

    fn know(&self, owner: &Owner, id: u64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let last = known.entry(owner.clone()).or_default();
        *last = id.max(*last);
    }
}

#[cfg(test)]
mod tests;
