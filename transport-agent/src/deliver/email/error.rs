//! What can go wrong between an agent and the mail server, and what becomes of the delivery.

use proto::fault::{Code, Fault};
use proto::message::TaskResult;

/// Why mails are not sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MailError {
    /// The configuration names no mail server.
    #[error("no mail server is configured")]
    NotConfigured,
    /// The mail would need a link, and nothing here serves links.
    #[error("the result is not attached, and nobody serves links to it")]
    NoLinks,
    /// No connection, or one that broke before anybody was written to.
    #[error("the mail server does not answer: {0}")]
    Unavailable(String),
    /// The server does not let this sender in.
    #[error("the mail server refuses: {0}")]
    Refused(String),
    /// A recipient, one of them at least, may be reached later.
    #[error("{0}")]
    Later(Fault),
    /// Nobody was reached, and nobody will be.
    #[error("none of {of} recipients can be reached, the first for: {first}")]
    NoneReached {
        /// Why the first one was not.
        first: Fault,
        /// How many there are.
        of: usize,
    },
    /// The operator's template does not give a text.
    #[error("the template {name} cannot be used: {what}")]
    Template {
        /// Which one.
        name: String,
        /// What is wrong with it.
        what: String,
    },
    /// A mail cannot be made of its parts.
    #[error("a mail cannot be written: {0}")]
    Unwritable(String),
}

impl MailError {
    /// What becomes of the delivery.
    ///
    /// The one place that decides it; it has no `_` arm.
    pub(crate) fn verdict(&self) -> TaskResult {
        let fault = self.fault();
        match self {
            // Only the operator can change these.
            Self::NotConfigured | Self::NoLinks | Self::Template { .. } => {
                TaskResult::Failed(fault)
            }
            Self::Unavailable(_) | Self::Later(_) => TaskResult::Retry(fault),
            Self::Refused(_) | Self::NoneReached { .. } | Self::Unwritable(_) => {
                TaskResult::Failed(fault)
            }
        }
    }

    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::NotConfigured => Fault::new(Code::NotConfigured, self.to_string())
                .hint("give [email] of the configuration a server, also that of the agents"),
            Self::NoLinks => Fault::new(Code::NotConfigured, self.to_string())
                .hint("ask for `attach`, or use a server instead of `longshore run`"),
            Self::Unavailable(what) => unavailable(what),
            Self::Refused(_) => Fault::new(Code::MailRefused, self.to_string())
                .hint("check [email] of the configuration: user, password, TLS, from"),
            Self::Later(fault) => fault.clone(),
            Self::NoneReached { first, .. } => {
                let fault = Fault::new(Code::MailRefused, self.to_string());
                match &first.hint {
                    Some(hint) => fault.hint(hint.clone()),
                    None => fault,
                }
            }
            Self::Template { .. } => Fault::new(Code::MailTemplate, self.to_string())
                .hint("correct it in the folder that [email] templates names"),
            Self::Unwritable(_) => Fault::new(Code::Internal, self.to_string()),
        }
    }
}

/// Somebody who is not reached now.
pub(super) fn unavailable(what: &str) -> Fault {
    Fault::new(Code::MailUnavailable, format!("the mail server does not take it now: {what}"))
}

/// Somebody who is never reached.
pub(super) fn refused(what: &str) -> Fault {
    Fault::new(Code::MailRefused, format!("the mail server refuses: {what}"))
        .hint("check the address; the others have their mails")
}
