//! Download: the archive stays where it is, and a link leads to it until it expires.

use std::time::Duration;

use async_trait::async_trait;
use fabric::record;
use proto::archive::{Archive, Link, Receipt, Unreached};
use proto::definition::TransportKind;
use proto::id::RunId;
use proto::key::Key;
use proto::plan::Plan;

use super::Deliver;
use crate::Agent;
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

    async fn deliver(
        &self,
        agent: &Agent,
        run: RunId,
        plan: &Plan,
        archive: &Archive,
    ) -> Result<Vec<Unreached>, AgentError> {
        let transport = archive.transport;
        let receipt = Key::receipt(run, transport, RECIPIENT);
        if record::exists(&*agent.store, &receipt).await? {
            return Ok(Vec::new());
        }
        let now = agent.ambient.now();
        let link =
            Link { transport, created: now, expires: now + plan.definition.lifetime.min(LONGEST) };
        record::create(&*agent.store, &Key::link(run, &Link::of_delivery(transport)), &link)
            .await?;
        let handed_over = Receipt {
            transport,
            kind: TransportKind::Download,
            recipient: RECIPIENT.to_owned(),
            at: now,
            volumes: archive.volumes.clone(),
        };
        record::create(&*agent.store, &receipt, &handed_over).await?;
        Ok(Vec::new())
    }
}
