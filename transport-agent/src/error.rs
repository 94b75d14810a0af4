//! What can go wrong with an archive or a delivery, and what becomes of it.

use std::io;

use fabric::causes::chain;
use fabric::store::StoreError;
use fabric::task::Verdict;
use proto::fault::{Code, Fault};
use proto::message::TaskResult;

use crate::deliver::{DeliveryError, MailError};

/// Why an archive is not there or not delivered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AgentError {
    /// The store did not take or give something.
    #[error("the store did not do what the archive needs")]
    Store(#[from] StoreError),
    /// The scratch directory cannot be written.
    #[error("the scratch directory cannot be used")]
    Scratch(#[source] io::Error),
    /// The joined archive is not what its pieces promise.
    #[error("the joined archive is not what its pieces promise: {what}")]
    Damaged {
        /// What differs.
        what: String,
    },
    /// A bag is to have files, and there are none.
    #[error("the bag has no file, neither here nor elsewhere")]
    EmptyBag,
    /// The archive cannot be encrypted.
    #[error("the archive cannot be encrypted")]
    Sealing(#[source] io::Error),
    /// The passphrase that the archive is encrypted by is not here.
    #[error("{0}")]
    Passphrase(Fault),
    /// The result did not get where it is delivered to.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// Mails are not sent.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The plan has no such transport.
    #[error("the plan has no transport {transport}")]
    NotPlanned {
        /// The transport.
        transport: u32,
    },
}

impl Verdict for AgentError {
    /// What becomes of the task.
    ///
    /// The one place that decides between another try and failure. It has no `_` arm: whoever adds an
    /// error decides this too.
    fn verdict(&self) -> TaskResult {
        let fault = self.fault();
        match self {
            Self::Store(error) if error.is_transient() => TaskResult::Retry(fault),
            // Records may be shown late by a store that was written a moment ago.
            Self::Store(StoreError::Missing { .. }) => TaskResult::Retry(fault),
            // Another agent does the same, and was faster.
            Self::Store(StoreError::Exists { .. } | StoreError::Changed { .. }) => {
                TaskResult::Retry(fault)
            }
            Self::Store(_) => TaskResult::Failed(fault),
            Self::Scratch(_) => TaskResult::Retry(fault),
            // Joined anew it may come out right; the damaged one was never visible.
            Self::Damaged { .. } => TaskResult::Retry(fault),
            Self::EmptyBag => TaskResult::Failed(fault),
            Self::Sealing(_) => TaskResult::Failed(fault),
            // Another agent may have it, or this one soon.
            Self::Passphrase(_) => TaskResult::Retry(fault),
            Self::Delivery(error) => error.verdict(),
            Self::Mail(error) => error.verdict(),
            Self::NotPlanned { .. } => TaskResult::Failed(fault),
        }
    }
}

impl AgentError {
    fn fault(&self) -> Fault {
        match self {
            Self::Store(error) => error.fault(),
            Self::Scratch(error) if error.kind() == io::ErrorKind::StorageFull => {
                Fault::new(Code::DiskFull, "the scratch directory is full")
                    .hint("free some space, or set [agent] scratch to a larger disk")
            }
            Self::Scratch(_) => Fault::new(Code::Internal, chain(self))
                .hint("check [agent] scratch of the configuration"),
            Self::Damaged { .. } => Fault::new(Code::ArchiveDamaged, self.to_string()),
            Self::EmptyBag => Fault::new(Code::EmptyBag, self.to_string())
                .hint("set \"strict\": false to have an empty bag"),
            Self::Sealing(_) => Fault::new(Code::Internal, chain(self)),
            Self::Passphrase(fault) => fault.clone(),
            Self::Delivery(error) => error.fault(),
            Self::Mail(error) => error.fault(),
            Self::NotPlanned { .. } => Fault::new(Code::InvalidMessage, self.to_string()),
        }
    }
}
