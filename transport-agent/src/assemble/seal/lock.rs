//! Whom something is sealed for: the public keys of a definition, or a passphrase of the deployment.

use std::io;

use age::scrypt;
use age::x25519::Recipient;
use age::{EncryptError, Encryptor};
use proto::definition::Encrypt;

use crate::Agent;
use crate::error::AgentError;

/// How hard a passphrase is to guess, as the exponent of scrypt's work: a quarter of a GiB and about
/// a second for each guess, as the age tool does it
/// (<https://github.com/FiloSottile/age/blob/main/scrypt.go>).
const WORK_FACTOR: u8 = 18;

/// Whom something is sealed for.
pub(super) enum Lock {
    Recipients(Vec<Recipient>),
    Passphrase(scrypt::Recipient),
}

impl Lock {
    /// Reads what the definition asks for, and the passphrase where it names one.
    pub(super) fn new(agent: &Agent, encrypt: &Encrypt) -> Result<Self, AgentError> {
        match encrypt {
            Encrypt::Recipients(recipients) => Self::of_recipients(recipients),
            Encrypt::Passphrase(name) => Self::of_passphrase(agent, name),
        }
    }

    /// For these public keys.
    pub(super) fn of_recipients(recipients: &[String]) -> Result<Self, AgentError> {
        let recipients = recipients.iter().map(|recipient| recipient.parse());
        let recipients: Result<Vec<Recipient>, &'static str> = recipients.collect();
        let recipients = recipients.map_err(io::Error::other);
        Ok(Self::Recipients(recipients.map_err(AgentError::Sealing)?))
    }

    /// For whoever knows the passphrase of a name, which is read.
    pub(super) fn of_passphrase(agent: &Agent, name: &str) -> Result<Self, AgentError> {
        let passphrase = agent.settings.passphrases.read(name).map_err(AgentError::Passphrase)?;
        let mut recipient = scrypt::Recipient::new(passphrase);
        recipient.set_work_factor(WORK_FACTOR);
        Ok(Self::Passphrase(recipient))
    }

    /// A new file key, locked for everybody it is for.
    pub(super) fn encryptor(&self) -> Result<Encryptor, EncryptError> {
        match self {
            Self::Recipients(recipients) => {
                Encryptor::with_recipients(recipients.iter().map(|one| one as &dyn age::Recipient))
            }
            Self::Passphrase(passphrase) => {
                Encryptor::with_recipients(std::iter::once(passphrase as &dyn age::Recipient))
            }
        }
    }
}
