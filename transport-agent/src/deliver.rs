//! Delivering: a recipient gets the result once, and the receipt says so.

mod link;
mod download;
mod email;
mod ftp;
mod http;
mod rsync;
mod s3;
mod sftp;
mod webdav;
mod place;
mod progress;
mod steps;
mod web;
mod folders;
mod names;
mod staging;
mod folder;
mod child;
mod ssh;
mod said;
mod words;
mod error;

use async_trait::async_trait;
use fabric::record::{self, Created};
use fabric::store::StoreError;
use proto::archive::{Archive, Delivered, Handover, Receipt, Unreached};
use proto::definition::{Transport, TransportKind};
use proto::delivery::Moved;
use proto::id::RunId;
use proto::key::Key;
use proto::plan::Plan;

pub(crate) use self::email::MailError;
pub use self::email::{MailSettings, Mailer, Starttls};
pub(crate) use self::error::DeliveryError;
use crate::Agent;
use crate::error::AgentError;

/// A way to hand a result over.
///
/// May be called again for the same recipient after a crash, until the receipt is written.
#[async_trait]
trait Deliver: Send + Sync {
    /// How definitions name it.
    fn kind(&self) -> TransportKind;

    /// How many bytes are to be on another side in the end; nothing where none is brought to one.
    async fn len_bytes(&self, delivery: &Delivery<'_>) -> Result<Option<u64>, AgentError> {
        Ok(Some(delivery.archive.len_bytes()))
    }

    /// Hands the result over and writes a receipt for each recipient that got it; the recipients that
    /// never will, where others did.
    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Vec<Unreached>, AgentError>;
}

/// Every transport, in the order the docs list them.
const TRANSPORTS: &[&dyn Deliver] = &[
    &download::Download,
    &email::Email,
    &ftp::Ftp,
    &http::Http,
    &rsync::Rsync,
    &s3::S3,
    &sftp::Sftp,
    &webdav::Webdav,
];

/// The word in receipts' keys for a target, of which a transport has one.
const TARGET: &str = "target";

/// What is handed over, and by what: one transport of a run.
struct Delivery<'d> {
    agent: &'d Agent,
    run: RunId,
    plan: &'d Plan,
    /// The transport, as the definition has it.
    transport: &'d Transport,
    /// What was assembled for it: volumes, or the counts of a tree.
    archive: &'d Archive,
    /// How many bytes are to be on the other side in the end; 0 where none is brought to one.
    len_bytes: u64,
}

impl Agent {
    /// Delivers a transport's result, or finds it delivered.
    pub(crate) async fn deliver(&self, run: RunId, transport: u32) -> Result<Handover, AgentError> {
        let key = Key::handover(run, transport);
        if let Some(handover) = record::find(&*self.store, &key).await? {
            return Ok(handover);
        }
        let plan: Plan = record::read(&*self.store, &Key::plan(run)).await?;
        let archive: Archive = record::read(&*self.store, &Key::archive(run, transport)).await?;
        let unplanned = || AgentError::NotPlanned { transport };
        let wanted = plan.definition.transports.get(transport as usize).ok_or_else(unplanned)?;
        let deliver = TRANSPORTS.iter().find(|deliver| deliver.kind() == wanted.kind());
        let deliver = deliver.ok_or_else(unplanned)?;
        let mut delivery = Delivery {
            agent: self,
            run,
            plan: &plan,
            transport: wanted,
            archive: &archive,
            len_bytes: 0,
        };
        let of = deliver.len_bytes(&delivery).await?;
        if let Some(of) = of {
            delivery.len_bytes = of;
            delivery.show_moved(Moved { bytes: 0, of }).await;
        }
        let unreached = deliver.deliver(&delivery).await?;
        if let Some(of) = of {
            delivery.show_moved(Moved { bytes: of, of }).await;
        }
        let handover = Handover { transport, at: self.ambient.now(), unreached };
        match record::create(&*self.store, &key, &handover).await? {
            Created::Now => Ok(handover),
            Created::Before => Ok(record::read(&*self.store, &key).await?),
        }
    }
}

impl Delivery<'_> {
    /// Whether a recipient, by the word that its receipt's key has for it, got everything before.
    async fn is_done(&self, recipient: &str) -> Result<bool, StoreError> {
        record::exists(&*self.agent.store, &self.receipt_key(recipient)).await
    }

    /// Writes down that a recipient got everything. `recipient` is its word in the receipt's key,
    /// `name` is for people; a receipt that is there stays.
    async fn done(
        &self,
        recipient: &str,
        name: &str,
        delivered: Option<Delivered>,
    ) -> Result<(), StoreError> {
        self.mailed(recipient, name, delivered, None).await
    }

    /// The same of a mail about something.
    async fn mailed(
        &self,
        recipient: &str,
        name: &str,
        delivered: Option<Delivered>,
        subject: Option<String>,
    ) -> Result<(), StoreError> {
        let receipt = Receipt {
            transport: self.archive.transport,
            kind: self.transport.kind(),
            recipient: name.to_owned(),
            at: self.agent.ambient.now(),
            volumes: self.archive.volumes.clone(),
            delivered,
            subject,
        };
        record::create(&*self.agent.store, &self.receipt_key(recipient), &receipt).await?;
        Ok(())
    }

    /// Shows how many bytes are on the other side. Nothing depends on it.
    async fn show_moved(&self, moved: Moved) {
        let board = &self.agent.board;
        if let Err(error) = board.show_moved(self.run, self.archive.transport, moved).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "board not updated");
        }
    }

    fn receipt_key(&self, recipient: &str) -> Key {
        Key::receipt(self.run, self.archive.transport, recipient)
    }
}

#[cfg(test)]
mod tests;
