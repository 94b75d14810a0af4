//! What was fetched and is not written down yet: up to a hundred of an export's files at once, for a client may
//! fetch each of a million, and of an archive as many as fetched it together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proto::id::{ExportId, Owner};
use proto::run::Head;
use serde_json::{Map, Value};
use tokio::sync::Notify;

use crate::easydb::{Each, What};

/// How long something waits for more of its kind.
const WAITS: SignedDuration = SignedDuration::from_secs(10);

/// How often those are looked for that have waited long enough.
pub(super) const TICK: Duration = Duration::from_secs(2);

/// Most hundreds that wait to be written. Beyond, the store is out of reach, and the newest are forgotten.
const MOST_FULL: usize = 64;

/// Most archives whose files wait to be told of; they are not held themselves.
const MOST_ARCHIVES: usize = 4096;

/// What waits.
#[derive(Clone, Default)]
pub(super) struct Fetched(Arc<Shared>);

#[derive(Default)]
struct Shared {
    kept: Mutex<Kept>,
    /// That something need not wait any more.
    ready: Notify,
}

#[derive(Default)]
struct Kept {
    waiting: HashMap<(ExportId, What), Waiting>,
    full: Vec<Told>,
    archives: Vec<Told>,
}

/// What waits of an export for more of its kind.
struct Waiting {
    head: Head,
    info: Value,
    since: Timestamp,
    /// When it has waited long enough.
    due: Timestamp,
    these: Vec<Map<String, Value>>,
}

/// What is told of an export in one record.
pub(super) struct Told {
    pub(super) head: Head,
    pub(super) what: What,
    /// What is said of all of them.
    pub(super) info: Value,
    /// When the first of them was fetched.
    pub(super) since: Timestamp,
    pub(super) each: Each,
}

impl Waiting {
    fn told(self, what: What) -> Told {
        let Self { head, info, since, these, due: _ } = self;
        Told { head, what, info, since, each: Each::These(these) }
    }
}

impl Fetched {
    /// Keeps something until it is written, with more of its kind.
    pub(super) fn push(
        &self,
        of: (&Head, What),
        info: Value,
        this: Map<String, Value>,
        now: Timestamp,
    ) {
        self.keep(of, info, this, (now, now + WAITS));
    }

    /// Keeps something that is written as soon as may be, with what came meanwhile: those who fetch together
    /// wait for no record of others.
    pub(super) fn push_due(
        &self,
        of: (&Head, What),
        info: Value,
        this: Map<String, Value>,
        now: Timestamp,
    ) {
        self.keep(of, info, this, (now, now));
    }

    /// Keeps what is a record of its own, which is written as soon as may be too.
    pub(super) fn push_archive(&self, told: Told) {
        let mut kept = self.kept();
        if kept.archives.len() < MOST_ARCHIVES {
            kept.archives.push(told);
            self.0.ready.notify_one();
        } else {
            tracing::warn!(export.id = %told.head.id, "downloads not told");
        }
    }

    fn keep(
        &self,
        (head, what): (&Head, What),
        info: Value,
        this: Map<String, Value>,
        (now, due): (Timestamp, Timestamp),
    ) {
        let mut kept = self.kept();
        let key = (head.id, what);
        let one = kept.waiting.entry(key).or_insert_with(|| Waiting {
            head: head.clone(),
            info,
            since: now,
            due,
            these: Vec::new(),
        });
        one.due = due.min(one.due);
        one.these.push(this);
        if one.these.len() < Each::MOST_THESE {
            if due <= now {
                self.0.ready.notify_one();
            }
            return;
        }
        let Some(one) = kept.waiting.remove(&key) else { return };
        if kept.full.len() < MOST_FULL {
            kept.full.push(one.told(what));
            self.0.ready.notify_one();
        } else {
            tracing::warn!(export.id = %head.id, count = one.these.len(), "downloads not told");
        }
    }

    /// Waits until something need not wait any more. May be dropped at any moment.
    pub(super) async fn ready(&self) {
        self.0.ready.notified().await;
    }

    /// Takes what an owner is to be told.
    pub(super) fn of(&self, owner: &Owner) -> Vec<Told> {
        self.take(|head| head.owner == *owner, |one| one.head.owner == *owner)
    }

    /// Takes what has waited long enough.
    pub(super) fn due(&self, now: Timestamp) -> Vec<Told> {
        self.take(|_| true, |one| now >= one.due)
    }

    /// Takes everything.
    pub(super) fn all(&self) -> Vec<Told> {
        self.take(|_| true, |_| true)
    }

    /// Takes what need not wait any more, and what waits, as far as they are wanted, in order of time.
    fn take(
        &self,
        is_of: impl Fn(&Head) -> bool,
        is_wanted: impl Fn(&Waiting) -> bool,
    ) -> Vec<Told> {
        let mut kept = self.kept();
        let Kept { waiting, full, archives } = &mut *kept;
        let mut taken: Vec<Told> = full.extract_if(.., |one| is_of(&one.head)).collect();
        taken.extend(archives.extract_if(.., |one| is_of(&one.head)));
        let waiting = waiting.extract_if(|_, one| is_wanted(one));
        taken.extend(waiting.map(|((_, what), one)| one.told(what)));
        taken.sort_by_key(|one| one.since);
        taken
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn head(owner: &str) -> Head {
        let head = json!({"id": "0192d3a0-0000-7000-8000-000000000000", "owner": owner,
            "name": "a", "version": 1, "run": 1, "created": "2026-01-01T00:00:00Z", "number": 1});
        serde_json::from_value(head).unwrap()
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn push(fetched: &Fetched, owner: &str, at: i64) {
        let this = json!({"url": "a"}).as_object().unwrap().clone();
        fetched.push((&head(owner), What::Downloaded), json!({}), this, second(at));
    }

    fn told(taken: &[Told]) -> Vec<(usize, Timestamp)> {
        let len = |one: &Told| match &one.each {
            Each::These(these) => these.len(),
            Each::Objects { .. } | Each::Assets { .. } | Each::Gone { .. } => 0,
        };
        taken.iter().map(|one| (len(one), one.since)).collect()
    }

    #[test]
    fn what_is_fetched_waits_ten_seconds_and_bears_the_time_of_the_first() {
        let fetched = Fetched::default();
        push(&fetched, "ann", 0);
        push(&fetched, "ann", 9);
        assert!(fetched.due(second(9)).is_empty());
        assert_eq!(told(&fetched.due(second(10))), [(2, second(0))]);
        assert!(fetched.all().is_empty());
    }

    #[tokio::test]
    async fn a_hundred_wait_no_longer() {
        let fetched = Fetched::default();
        for _ in 0..250 {
            push(&fetched, "ann", 0);
        }
        fetched.ready().await;
        assert_eq!(told(&fetched.due(second(0))), [(100, second(0)), (100, second(0))]);
        assert!(fetched.of(&"bob".to_owned().try_into().unwrap()).is_empty());
        assert_eq!(told(&fetched.of(&"ann".to_owned().try_into().unwrap())), [(50, second(0))]);
    }

    #[tokio::test]
    async fn what_is_due_takes_with_it_what_came_before() {
        let fetched = Fetched::default();
        push(&fetched, "ann", 0);
        let this = json!({"url": "zip"}).as_object().unwrap().clone();
        fetched.push_due((&head("ann"), What::Downloaded), json!({}), this, second(1));
        push(&fetched, "ann", 1);
        fetched.ready().await;
        assert_eq!(told(&fetched.due(second(1))), [(3, second(0))]);
    }

    #[tokio::test]
    async fn what_is_told_of_the_files_in_archives_is_ready_and_no_others_business() {
        let fetched = Fetched::default();
        for _ in 0..MOST_ARCHIVES + 10 {
            let (head, info, since) = (head("ann"), json!({}), second(0));
            let each = Each::Assets { run: 1, count: 2 };
            fetched.push_archive(Told { head, what: What::AssetsFetched, info, since, each });
        }
        fetched.ready().await;
        assert!(fetched.of(&"bob".to_owned().try_into().unwrap()).is_empty());
        assert_eq!(fetched.due(second(0)).len(), MOST_ARCHIVES);
    }

    #[test]
    fn what_nobody_writes_fills_no_memory() {
        let fetched = Fetched::default();
        for _ in 0..100 * (MOST_FULL + 10) {
            push(&fetched, "ann", 0);
        }
        assert_eq!(fetched.all().len(), MOST_FULL);
    }
}
