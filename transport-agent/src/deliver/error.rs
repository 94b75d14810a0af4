//! What can go wrong between an agent and the place it delivers to, whatever the protocol.

use proto::fault::{Code, Fault};
use proto::message::TaskResult;

/// Why a delivery did not get through.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliveryError {
    /// This agent's configuration has no such target.
    #[error("{0}")]
    Unknown(Fault),
    /// This agent cannot even try: a program or a file that the target needs is not there.
    #[error("{target} cannot be used from here: {what}")]
    Unusable {
        /// The target's name.
        target: String,
        /// What is missing.
        what: String,
    },
    /// No connection, one that broke, or an answer to try again later.
    #[error("{target} does not answer: {what}")]
    Unreachable {
        /// The target's name.
        target: String,
        /// What was tried, or what it says.
        what: String,
    },
    /// It answers that it will not: credentials, rights, a place that is not there.
    #[error("{target} refuses: {what}")]
    Refused {
        /// The target's name.
        target: String,
        /// What it says.
        what: String,
    },
    /// It does not let the target's user in.
    #[error("{target} does not let {user} in: {what}")]
    Denied {
        /// The target's name.
        target: String,
        /// Who was to log in.
        user: String,
        /// What it says.
        what: String,
    },
    /// It does not let the target's user in, and does not say whether it ever will: it may have as many users as
    /// it takes.
    #[error("{target} does not let {user} in now: {what}")]
    NotNow {
        /// The target's name.
        target: String,
        /// Who was to log in.
        user: String,
        /// What it says.
        what: String,
    },
    /// No space is left there, or a quota is used up.
    #[error("{target} is full: {what}")]
    Full {
        /// The target's name.
        target: String,
        /// What it says.
        what: String,
    },
    /// It cannot prove to be who it was: another host key, a certificate nobody signed.
    #[error("{target} is not who it was: {what}")]
    Untrusted {
        /// The target's name.
        target: String,
        /// What differs.
        what: String,
    },
    /// What arrived is not what was sent.
    #[error("{target} does not have what was sent: {what}")]
    Damaged {
        /// The target's name.
        target: String,
        /// What differs.
        what: String,
    },
}

impl DeliveryError {
    /// Here the target is of another kind than where the definition was accepted.
    pub(crate) fn other_kind(target: &str) -> Self {
        let what = "it is of another kind than the transport".to_owned();
        Self::Unusable { target: target.to_owned(), what }
    }

    /// A file arrived otherwise than it was sent.
    pub(crate) fn damaged(target: &str, path: &str, what: &str) -> Self {
        Self::Damaged { target: target.to_owned(), what: format!("{path} {what}") }
    }

    /// What becomes of the delivery.
    ///
    /// The one place that decides it for every transport; it has no `_` arm.
    pub(crate) fn verdict(&self) -> TaskResult {
        let fault = self.fault();
        match self {
            // Another agent may have the newer configuration, or the program.
            Self::Unknown(_) | Self::Unusable { .. } => TaskResult::Retry(fault),
            Self::Unreachable { .. } => TaskResult::Retry(fault),
            Self::Refused { .. } => TaskResult::Failed(fault),
            // Whoever tries again and again locks accounts.
            Self::Denied { .. } => TaskResult::Failed(fault),
            // No password was told, so that none can have been wrong.
            Self::NotNow { .. } => TaskResult::Retry(fault),
            // Somebody may make room while it is tried again.
            Self::Full { .. } => TaskResult::Retry(fault),
            // Only the operator can tell a new machine from somebody in between.
            Self::Untrusted { .. } => TaskResult::Failed(fault),
            Self::Damaged { .. } => TaskResult::Retry(fault),
        }
    }

    pub(crate) fn fault(&self) -> Fault {
        let told = |code| Fault::new(code, self.to_string());
        match self {
            Self::Unknown(fault) => fault.clone(),
            Self::Unusable { target, .. } => told(Code::TargetUnavailable)
                .hint(format!("check {} and the agent's machine", whose(target))),
            Self::Unreachable { .. } => told(Code::TargetUnavailable),
            Self::Refused { target, .. } => {
                told(Code::TargetRefused).hint(format!("check the rights behind {}", whose(target)))
            }
            Self::Denied { target, .. } => told(Code::TargetRefused).hint(access(target)),
            Self::NotNow { target, .. } => told(Code::TargetUnavailable).hint(access(target)),
            Self::Full { .. } => {
                told(Code::TargetFull).hint("free some space there; what has arrived stays")
            }
            Self::Untrusted { target, .. } => told(Code::TargetUntrusted).hint(format!(
                "if the change is meant, renew what {} knows the other side by",
                whose(target)
            )),
            Self::Damaged { .. } => told(Code::TargetDamaged),
        }
    }
}

/// What to look at where a target lets nobody in.
fn access(target: &str) -> String {
    if is_address(target) {
        return "check the address, login and password of the transport".to_owned();
    }
    format!("check user, password_file and security of [targets.{target}]")
}

/// Where it stands how a target is reached.
fn whose(target: &str) -> String {
    if is_address(target) { "the transport".to_owned() } else { format!("[targets.{target}]") }
}

/// Whether no target is meant, but a place that a document names by itself.
fn is_address(target: &str) -> bool {
    target.contains("://")
}
