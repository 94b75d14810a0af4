//! Delivering: a recipient gets the archive once, and the receipt says so.

mod download;

use async_trait::async_trait;
use fabric::record;
use proto::archive::Archive;
use proto::definition::{Transport, TransportKind};
use proto::id::RunId;
use proto::key::Key;
use proto::plan::Plan;

use crate::Agent;
use crate::error::AgentError;

/// A way to hand an archive over.
///
/// May be called again for the same recipient after a crash, until the receipt is written.
#[async_trait]
trait Deliver: Send + Sync {
    /// How definitions name it.
    fn kind(&self) -> TransportKind;

    /// Hands the archive over and writes a receipt for each recipient.
    async fn deliver(
        &self,
        agent: &Agent,
        run: RunId,
        plan: &Plan,
        archive: &Archive,
    ) -> Result<(), AgentError>;
}

/// Every transport, in the order the docs list them.
const TRANSPORTS: &[&dyn Deliver] = &[&download::Download];

impl Agent {
    /// Delivers a transport's archive.
    pub(crate) async fn deliver(&self, run: RunId, transport: u32) -> Result<(), AgentError> {
        let plan: Plan = record::read(&*self.store, &Key::plan(run)).await?;
        let archive: Archive = record::read(&*self.store, &Key::archive(run, transport)).await?;
        let wanted = plan.definition.transports.get(transport as usize).map(Transport::kind);
        let deliver = TRANSPORTS.iter().find(|deliver| Some(deliver.kind()) == wanted);
        match deliver {
            Some(deliver) => deliver.deliver(self, run, &plan, &archive).await,
            None => Err(AgentError::NotPlanned { transport }),
        }
    }
}
