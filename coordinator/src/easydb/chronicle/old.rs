//! Taking events away: the oldest by themselves, others where their owner asks.
//!
//! The last record always stays, if need be with nothing in it, so that numbers go on from it.

use std::time::Duration;

use fabric::record;
use fabric::store::StoreError;
use jiff::Timestamp;
use proto::id::Owner;
use proto::key::{Key, Prefix};
use serde_json::Map;

use super::{Chronicle, PAGE};
use crate::easydb::{Happened, What};

/// How long an event is kept.
pub(super) const KEPT: Duration = Duration::from_hours(90 * 24);

impl Chronicle {
    /// Takes an owner's oldest events away.
    pub(super) async fn sweep(&self, owner: &Owner, now: Timestamp) -> Result<(), StoreError> {
        let listed = self.store.list(&Prefix::happened(owner), None, PAGE).await?;
        let mut old = Vec::new();
        for entry in listed.split_last().map_or(&[][..], |(_, older)| older) {
            let happened: Option<Happened> = record::find(&*self.store, &entry.key).await?;
            if happened.is_some_and(|happened| now < happened.at + KEPT) {
                break;
            }
            old.push(entry.key.clone());
        }
        if old.is_empty() { Ok(()) } else { self.store.delete(&old).await }
    }

    /// Takes away the events for which `goes` says so; how many there were.
    pub(crate) async fn remove(
        &self,
        owner: &Owner,
        goes: impl Fn(&Happened) -> bool,
    ) -> Result<u64, StoreError> {
        let (mut after, mut removed) = (0, 0);
        loop {
            let page = self.after(owner, after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(removed) };
            after = *last;
            let is_last = self.next(owner, after).await?.is_none();
            let mut gone = Vec::new();
            for (id, happened) in &page {
                if happened.what == What::Gone || !goes(happened) {
                    continue;
                }
                removed += happened.span();
                gone.push(Key::logged(happened.export, *id));
                if is_last && *id == after {
                    self.empty(owner, *id, happened).await?;
                } else {
                    gone.push(Key::happened(owner, *id));
                }
            }
            for keys in gone.chunks(PAGE) {
                self.store.delete(keys).await?;
            }
        }
    }

    /// Leaves of an event no more than its place.
    async fn empty(&self, owner: &Owner, id: u64, happened: &Happened) -> Result<(), StoreError> {
        let key = Key::happened(owner, id);
        let (_, tag) = self.store.get(&key).await?;
        let gone = Happened { what: What::Gone, info: Map::new(), ..happened.clone() };
        match self.store.replace(&key, record::encode(&gone), &tag).await {
            // Somebody else takes it away.
            Ok(_) | Err(StoreError::Changed { .. } | StoreError::Missing { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
