//! The link to what a transport made: written once, whoever delivers it and however often, unless it has
//! ended before it is handed over. What its owner did with it stands: one that was taken back stays so, and
//! whoever is yet to be told of the result gets another.

use std::time::Duration;

use fabric::record;
use fabric::store::StoreError;
use proto::archive::{Link, LinkChange};
use proto::key::Key;

use super::Delivery;

/// Longest life of a link (7 days); the owner renews it.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// How long a link that is handed over should hold at the least, unless its owner wants it shorter; half of its
/// life where that is shorter.
const LEAST: Duration = Duration::from_hours(24);

impl Delivery<'_> {
    /// The link to the result, and its id: the one that is there, or a new one where none is or it has ended or
    /// will soon, for the delivery may have been tried for days.
    pub(super) async fn link(&self) -> Result<(String, Link), StoreError> {
        let (store, now) = (&*self.agent.store, self.agent.ambient.now());
        let transport = self.archive.transport;
        let lifetime = self.plan.definition.lifetime.min(LONGEST);
        let link = Link { transport, created: now, expires: now + lifetime, changed: None };
        let mut number = 1;
        loop {
            let id = Link::of_delivery(transport, number);
            let key = Key::link(self.run, &id);
            match store.put_if_absent(&key, record::encode(&link)).await {
                Ok(_) => return Ok((id, link)),
                Err(StoreError::Exists { .. }) => {}
                Err(error) => return Err(error),
            }
            let (bytes, tag) = store.get(&key).await?;
            let before: Link = record::decode(&key, &bytes)?;
            match before.changed {
                Some(LinkChange::Renewed) if before.holds(now) => return Ok((id, before)),
                Some(LinkChange::Renewed | LinkChange::Revoked) => {
                    number += 1;
                    continue;
                }
                None if before.expires >= now + LEAST.min(lifetime / 2) => return Ok((id, before)),
                None => {}
            }
            match store.replace(&key, record::encode(&link), &tag).await {
                Ok(_) => return Ok((id, link)),
                // Its owner did something with it just now.
                Err(StoreError::Changed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
