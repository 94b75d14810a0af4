//! What happened to an owner's exports, in the order in which it became known.
//!
//! An event's number is one more than that of the one before it, and is drawn by writing the event:
//! whoever sees a number has seen all smaller ones, which is what polling by "what is new since" needs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fabric::record;
use fabric::store::{Store, StoreError};
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use proto::id::{ExportId, Owner};
use proto::key::{Key, Prefix};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::watch;

/// How often whoever waits looks for what other coordinators wrote.
const PAUSE: Duration = Duration::from_secs(1);

/// How many events are read at once.
const READ_AHEAD: usize = 16;

/// Most events that are listed at once, and most that a sweep takes away.
const PAGE: usize = 1000;

/// How long an event is kept.
const KEPT: Duration = Duration::from_hours(90 * 24);

/// After so many events of an owner those that are too old are taken away.
const SWEPT_AFTER: u64 = 100;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Happened {
    /// What.
    pub(crate) what: What,
    /// What tells it from all else that happened to its export.
    pub(crate) of: String,
    /// When.
    pub(crate) at: Timestamp,
    /// To which export.
    pub(crate) export: ExportId,
    /// What the dialect calls the export.
    pub(crate) number: u64,
    /// The version of the export.
    pub(crate) version: u32,
    /// What is said of it.
    pub(crate) info: Map<String, Value>,
}

/// What happens to exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// It was made.
    Insert,
    /// It was changed.
    Update,
    /// It was deleted.
    Delete,
    /// Something of its document was tolerated.
    Warning,
    /// A run began.
    Start,
    /// A run ended well.
    Finish,
    /// A run failed.
    Failed,
    /// A run was stopped.
    Stopped,
    /// A transport handed over.
    TransportFinish,
    /// A transport failed.
    TransportFailed,
    /// Mails were sent.
    EmailSent,
    /// An archive was fetched.
    Downloaded,
}

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

    /// Writes an event; its number.
    pub(crate) async fn append(
        &self,
        owner: &Owner,
        happened: &Happened,
    ) -> Result<u64, StoreError> {
        loop {
            let id = self.last(owner).await? + 1;
            let key = Key::happened(owner, id);
            match self.store.put_if_absent(&key, record::encode(happened)).await {
                Ok(_) => {
                    self.know(owner, id);
                    self.written.send_replace(());
                    if id % SWEPT_AFTER == 0 {
                        self.sweep(owner, happened.at).await?;
                    }
                    return Ok(id);
                }
                // Somebody else was faster; the next look finds it.
                Err(StoreError::Exists { .. }) => self.know(owner, id),
                Err(error) => return Err(error),
            }
        }
    }

    /// The number of an owner's last event; 0 where there was none.
    pub(crate) async fn last(&self, owner: &Owner) -> Result<u64, StoreError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(owner).copied();
        let mut last = match known {
            Some(known) => known,
            None => self.first(owner).await?,
        };
        // Numbers have no gaps, so that longer and longer steps find the end.
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
        self.know(owner, last);
        Ok(last)
    }

    /// The number before the oldest event that is kept.
    async fn first(&self, owner: &Owner) -> Result<u64, StoreError> {
        let first = self.store.list(&Prefix::happened(owner), None, 1).await?;
        Ok(first.first().and_then(|entry| entry.key.happened_id()).map_or(0, |id| id - 1))
    }

    async fn is_beyond(&self, owner: &Owner, id: u64) -> Result<bool, StoreError> {
        let after = Key::happened(owner, id);
        Ok(!self.store.list(&Prefix::happened(owner), Some(&after), 1).await?.is_empty())
    }

    fn know(&self, owner: &Owner, id: u64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let last = known.entry(owner.clone()).or_default();
        *last = id.max(*last);
    }

    /// The events of an owner after a number, at most `limit`, in order.
    pub(crate) async fn after(
        &self,
        owner: &Owner,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Happened)>, StoreError> {
        let after = Key::happened(owner, after);
        let prefix = Prefix::happened(owner);
        let listed = self.store.list(&prefix, Some(&after), limit.min(PAGE)).await?;
        self.read(listed.into_iter().map(|entry| entry.key).collect()).await
    }

    /// The same, and where there is none yet, waits for one until the time is over.
    pub(crate) async fn wait(
        &self,
        owner: &Owner,
        after: u64,
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<(u64, Happened)>, StoreError> {
        let mut written = self.written.subscribe();
        let over = tokio::time::sleep(wait);
        tokio::pin!(over);
        loop {
            let found = self.after(owner, after, limit).await?;
            if !found.is_empty() {
                return Ok(found);
            }
            // Neither loses anything: what is new is looked up each time.
            tokio::select! {
                () = &mut over => return Ok(found),
                _ = written.changed() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// What happened to one export, in order; what is told twice because somebody died, once.
    pub(crate) async fn log(&self, export: ExportId) -> Result<Vec<(u64, Happened)>, StoreError> {
        let keys: Vec<Key> =
            record::keys(&self.store, Prefix::logged(export)).try_collect().await?;
        let mut log = self.read(keys).await?;
        let mut seen = std::collections::HashSet::new();
        log.retain(|(_, happened)| seen.insert(happened.of.clone()));
        Ok(log)
    }

    /// Writes that something happened to an export, once, whatever is called how often.
    pub(crate) async fn tell(&self, owner: &Owner, happened: &Happened) -> Result<(), StoreError> {
        let told = Key::told(happened.export, &happened.of);
        if record::exists(&*self.store, &told).await? {
            return Ok(());
        }
        let id = self.append(owner, happened).await?;
        record::create(&*self.store, &Key::logged(happened.export, id), happened).await?;
        record::create(&*self.store, &told, &id).await?;
        Ok(())
    }

    async fn read(&self, keys: Vec<Key>) -> Result<Vec<(u64, Happened)>, StoreError> {
        let read = stream::iter(keys).map(|key| async move {
            let happened: Option<Happened> = record::find(&*self.store, &key).await?;
            Ok(key.happened_id().zip(happened))
        });
        read.buffered(READ_AHEAD)
            .try_filter_map(|found| std::future::ready(Ok(found)))
            .try_collect()
            .await
    }

    /// Takes an owner's oldest events away.
    async fn sweep(&self, owner: &Owner, now: Timestamp) -> Result<(), StoreError> {
        let listed = self.store.list(&Prefix::happened(owner), None, PAGE).await?;
        let mut old = Vec::new();
        // The last one stays, so that numbers go on from it.
        for entry in listed.split_last().map_or(&[][..], |(_, older)| older) {
            let happened: Option<Happened> = record::find(&*self.store, &entry.key).await?;
            if happened.is_some_and(|happened| now < happened.at + KEPT) {
                break;
            }
            old.push(entry.key.clone());
        }
        if old.is_empty() { Ok(()) } else { self.store.delete(&old).await }
    }
}

#[cfg(test)]
mod tests {
    use fabric::store::DirectoryStore;

    use super::*;

    fn happened(of: &str, at: i64) -> Happened {
        Happened {
            what: What::Insert,
            of: of.to_owned(),
            at: Timestamp::from_second(at).unwrap(),
            export: "0192d3a0-0000-7000-8000-000000000000".parse().unwrap(),
            number: 1,
            version: 1,
            info: Map::new(),
        }
    }

    fn owner(name: &str) -> Owner {
        name.to_owned().try_into().unwrap()
    }

    fn store() -> (tempfile::TempDir, Arc<dyn Store>) {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::open(folder.path()).unwrap();
        (folder, Arc::new(store))
    }

    #[tokio::test]
    async fn numbers_have_no_gaps_whoever_writes() {
        let (_folder, store) = store();
        let (one, other) = (Chronicle::new(Arc::clone(&store)), Chronicle::new(Arc::clone(&store)));
        let ann = owner("ann");
        for id in 1..=21 {
            let chronicle = if id % 3 == 0 { &other } else { &one };
            assert_eq!(
                chronicle.append(&ann, &happened(&id.to_string(), id)).await.unwrap(),
                u64::try_from(id).unwrap()
            );
        }
        assert_eq!(Chronicle::new(Arc::clone(&store)).last(&ann).await.unwrap(), 21);
        assert_eq!(one.last(&owner("bob")).await.unwrap(), 0);
        let found = other.after(&ann, 18, 2).await.unwrap();
        let ids: Vec<u64> = found.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, [19, 20]);
    }

    #[tokio::test]
    async fn what_is_told_twice_happened_once() {
        let (_folder, store) = store();
        let (chronicle, ann) = (Chronicle::new(Arc::clone(&store)), owner("ann"));
        for _ in 0..2 {
            chronicle.tell(&ann, &happened("insert", 1)).await.unwrap();
        }
        assert_eq!(chronicle.last(&ann).await.unwrap(), 1);
        // Somebody who died before it was noted that it was told.
        let export = happened("insert", 1).export;
        store.delete(&[Key::told(export, "insert")]).await.unwrap();
        chronicle.tell(&ann, &happened("insert", 1)).await.unwrap();
        assert_eq!(chronicle.log(export).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn whoever_waits_is_woken_by_what_happens() {
        let (_folder, store) = store();
        let (chronicle, ann) = (Chronicle::new(store), owner("ann"));
        let long = Duration::from_mins(5);
        let (found, _) = tokio::join!(chronicle.wait(&ann, 0, 25, long), async {
            chronicle.append(&ann, &happened("insert", 1)).await.unwrap()
        });
        assert_eq!(found.unwrap()[0].0, 1);
        let none = chronicle.wait(&ann, 1, 25, Duration::ZERO).await.unwrap();
        assert!(none.is_empty());
    }

    #[tokio::test]
    async fn the_oldest_make_room_and_numbers_go_on() {
        let (_folder, store) = store();
        let (chronicle, ann) = (Chronicle::new(Arc::clone(&store)), owner("ann"));
        for id in 1..SWEPT_AFTER {
            chronicle.append(&ann, &happened(&id.to_string(), 1)).await.unwrap();
        }
        let late = i64::try_from(KEPT.as_secs()).unwrap() + 2;
        chronicle.append(&ann, &happened("late", late)).await.unwrap();
        assert_eq!(chronicle.after(&ann, 0, 9).await.unwrap().len(), 1);
        assert_eq!(Chronicle::new(store).last(&ann).await.unwrap(), SWEPT_AFTER);
    }
}
