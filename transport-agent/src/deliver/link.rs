//! The link to what a transport made: written once, whoever delivers it and however often.

use std::time::Duration;

use fabric::record::{self, Created};
use fabric::store::StoreError;
use proto::archive::Link;
use proto::key::Key;

use super::Delivery;

/// Longest life of a link (7 days); the owner renews it.
const LONGEST: Duration = Duration::from_hours(7 * 24);

impl Delivery<'_> {
    /// The link to the result: the one that is there, or a new one.
    pub(super) async fn link(&self) -> Result<Link, StoreError> {
        let (store, now) = (&*self.agent.store, self.agent.ambient.now());
        let transport = self.archive.transport;
        let lifetime = self.plan.definition.lifetime.min(LONGEST);
        let link = Link { transport, created: now, expires: now + lifetime };
        let key = Key::link(self.run, &Link::of_delivery(transport));
        match record::create(store, &key, &link).await? {
            Created::Now => Ok(link),
            Created::Before => record::read(store, &key).await,
        }
    }
}
