//! HTTP: each file of the result, or each page of records, in a request of its own.
//!
//! What the server took is written down before the next request, so that a delivery that was cut off
//! goes on after it. Whether the last request before a crash arrived nobody can know: it is sent again,
//! with the same `Idempotency-Key` and the same digest. Redirects are not followed, for credentials
//! are for the server that the operator named.

mod content;
mod files;
mod records;
mod server;

use async_trait::async_trait;
use proto::archive::Unreached;
use proto::definition::{Transport, TransportKind};
use proto::target::TargetSpec;

use self::server::Server;
use super::steps::Steps;
use super::{Deliver, Delivery, DeliveryError, TARGET};
use crate::error::AgentError;

pub(super) struct Http;

#[async_trait]
impl Deliver for Http {
    fn kind(&self) -> TransportKind {
        TransportKind::Http
    }

    async fn len_bytes(&self, delivery: &Delivery<'_>) -> Result<Option<u64>, AgentError> {
        let len_bytes = if let Transport::Http(wanted) = delivery.transport
            && let Some(records) = &wanted.records
        {
            records::len_bytes(delivery, records).await?
        } else {
            delivery.archive.len_bytes()
        };
        Ok(Some(len_bytes))
    }

    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Vec<Unreached>, AgentError> {
        if delivery.is_done(TARGET).await? {
            return Ok(Vec::new());
        }
        let Transport::Http(wanted) = delivery.transport else {
            return Err(AgentError::NotPlanned { transport: delivery.archive.transport });
        };
        let targets = &delivery.agent.targets;
        let TargetSpec::Http(spec) = targets.get(&wanted.target)? else {
            return Err(DeliveryError::other_kind(&wanted.target).into());
        };
        let server = Server::open(delivery, &wanted.target, spec)?;
        let mut steps = Steps::read(delivery).await?;
        let sent = match &wanted.records {
            Some(records) => records::send(&server, &mut steps, records).await?,
            None => files::send(&server, &mut steps).await?,
        };
        // What was noted before speaks where there was nothing left to send.
        let answer = match server.answer().await {
            answer if answer.is_empty() => steps.done().answer.clone(),
            answer => answer,
        };
        let delivered = sent.delivered(server.place(), answer);
        delivery.done(TARGET, &wanted.target, Some(delivered)).await?;
        Ok(Vec::new())
    }
}
