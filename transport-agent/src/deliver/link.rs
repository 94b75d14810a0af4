//! The link to what a transport made: written once, whoever delivers it and however often, unless it has
//! ended before it is handed over.

use std::time::Duration;

use fabric::record;
use fabric::store::StoreError;
use proto::archive::Link;
use proto::key::Key;

use super::Delivery;

/// Longest life of a link (7 days); the owner renews it.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// How long a link that is handed over should hold at the least; half of its life where that is shorter.
const LEAST: Duration = Duration::from_hours(24);

impl Delivery<'_> {
    /// The link to the result: the one that is there, or a new one where none is or it has ended or will
    /// soon, for the delivery may have been tried for days.
    pub(super) async fn link(&self) -> Result<Link, StoreError> {
        let (store, now) = (&*self.agent.store, self.agent.ambient.now());
        let transport = self.archive.transport;
        let lifetime = self.plan.definition.lifetime.min(LONGEST);
        let link = Link { transport, created: now, expires: now + lifetime };
        let key = Key::link(self.run, &Link::of_delivery(transport));
        match store.put_if_absent(&key, record::encode(&link)).await {
            Ok(_) => return Ok(link),
            Err(StoreError::Exists { .. }) => {}
            Err(error) => return Err(error),
        }
        let (bytes, tag) = store.get(&key).await?;
        let before: Link = record::decode(&key, &bytes)?;
        if before.expires >= now + LEAST.min(lifetime / 2) {
            return Ok(before);
        }
        match store.replace(&key, record::encode(&link), &tag).await {
            Ok(_) => Ok(link),
            // Its owner has renewed it just now.
            Err(StoreError::Changed { .. }) => record::read(store, &key).await,
            Err(error) => Err(error),
        }
    }
}
