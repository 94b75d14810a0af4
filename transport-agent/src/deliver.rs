//! Delivering: a recipient gets the archive once, and the receipt says so.

mod download;

use async_trait::async_trait;
use fabric::record::{self, Created};
use proto::archive::{Archive, Handover, Unreached};
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

    /// Hands the archive over and writes a receipt for each recipient that got it; the recipients
    /// that never will, where others did.
    async fn deliver(
        &self,
        agent: &Agent,
        run: RunId,
        plan: &Plan,
        archive: &Archive,
    ) -> Result<Vec<Unreached>, AgentError>;
}

/// Every transport, in the order the docs list them.
const TRANSPORTS: &[&dyn Deliver] = &[&download::Download];

impl Agent {
    /// Delivers a transport's archive, or finds it delivered.
    pub(crate) async fn deliver(&self, run: RunId, transport: u32) -> Result<Handover, AgentError> {
        let key = Key::handover(run, transport);
        if let Some(handover) = record::find(&*self.store, &key).await? {
            return Ok(handover);
        }
        let plan: Plan = record::read(&*self.store, &Key::plan(run)).await?;
        let archive: Archive = record::read(&*self.store, &Key::archive(run, transport)).await?;
        let wanted = plan.definition.transports.get(transport as usize).map(Transport::kind);
        let deliver = TRANSPORTS.iter().find(|deliver| Some(deliver.kind()) == wanted);
        let deliver = deliver.ok_or(AgentError::NotPlanned { transport })?;
        let unreached = deliver.deliver(self, run, &plan, &archive).await?;
        let handover = Handover { transport, at: self.ambient.now(), unreached };
        match record::create(&*self.store, &key, &handover).await? {
            Created::Now => Ok(handover),
            Created::Before => Ok(record::read(&*self.store, &key).await?),
        }
    }
}
