//! Download: the archive stays where it is, and a link leads to it until it expires.

use std::time::Duration;

use async_trait::async_trait;
use fabric::record;
use proto::archive::{Link, Unreached};
use proto::definition::TransportKind;
use proto::key::Key;

use super::{Deliver, Delivery};
use crate::error::AgentError;

/// Longest life of a link (7 days); the owner renews it.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// Who gets a link: whoever has it.
const RECIPIENT: &str = "link";

pub(super) struct Download;

#[async_trait]
impl Deliver for Download {
    fn kind(&self) -> TransportKind {
        TransportKind::Download
    }

    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Vec<Unreached>, AgentError> {
        if delivery.is_done(RECIPIENT).await? {
            return Ok(Vec::new());
        }
        let (transport, now) = (delivery.archive.transport, delivery.agent.ambient.now());
        let lifetime = delivery.plan.definition.lifetime.min(LONGEST);
        let link = Link { transport, created: now, expires: now + lifetime };
        let key = Key::link(delivery.run, &Link::of_delivery(transport));
        record::create(&*delivery.agent.store, &key, &link).await?;
        delivery.done(RECIPIENT, RECIPIENT, None).await?;
        Ok(Vec::new())
    }
}
