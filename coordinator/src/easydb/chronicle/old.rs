//! Taking events away: the oldest by themselves, others where their owner asks.
//!
//! The last record always stays, if need be with nothing in it, so that numbers go on from it.

use std::time::Duration;

use fabric::record;
use fabric::store::StoreError;
use futures::TryStreamExt;
use jiff::Timestamp;
use proto::id::Owner;
use proto::key::{Key, Prefix};
use serde_json::Map;

use super::{Chronicle, PAGE};
use crate::easydb::{Each, Happened, What};

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

    /// Takes away the records for which `goes` says so, which is asked of each in order, by the number of its first
    /// event; how many events there were.
    pub(crate) async fn remove(
        &self,
        owner: &Owner,
        mut goes: impl FnMut(u64, &Happened) -> bool,
    ) -> Result<u64, StoreError> {
        let mut records = self.after(owner, 0);
        let (mut gone, mut removed) = (Vec::new(), 0);
        // One is held back until it is known whether it is the last.
        let mut held = records.try_next().await?;
        while let Some((id, happened)) = held {
            held = records.try_next().await?;
            if happened.what != What::Gone && goes(id, &happened) {
                removed += happened.span();
                gone.push(Key::logged(happened.export, id));
                match held {
                    Some(_) => gone.push(Key::happened(owner, id)),
                    None => self.empty(owner, id, &happened).await?,
                }
            }
            if gone.len() >= PAGE - 1 || held.is_none() {
                self.delete(&mut gone).await?;
            }
        }
        Ok(removed)
    }

    async fn delete(&self, gone: &mut Vec<Key>) -> Result<(), StoreError> {
        if !gone.is_empty() {
            self.store.delete(gone).await?;
            gone.clear();
        }
        Ok(())
    }

    /// Leaves of an event no more than its place.
    async fn empty(&self, owner: &Owner, id: u64, happened: &Happened) -> Result<(), StoreError> {
        let key = Key::happened(owner, id);
        let (_, tag) = self.store.get(&key).await?;
        let count = happened.span();
        let each = (count > 1).then_some(Each::Gone { count });
        let gone = Happened { what: What::Gone, info: Map::new(), each, ..happened.clone() };
        match self.store.replace(&key, record::encode(&gone), &tag).await {
            // Somebody else takes it away.
            Ok(_) | Err(StoreError::Changed { .. } | StoreError::Missing { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
