//! Mails to owners of exports that say how a run ended: kept until they are sent, and that they were until that
//! is told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{Owner, RunId};
use crate::key::Key;
use crate::run::State;

/// What an owner is to be told of the end of a run; gone once the mail is sent, or given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerMail {
    /// The run.
    pub run: RunId,
    /// When it ended. A run that is taken up again ends again, and is told again.
    pub at: Timestamp,
    /// Whose it is: a user of the configuration.
    pub owner: Owner,
    /// What people call the export.
    pub name: String,
    /// What the dialect calls it.
    pub number: u64,
    /// What the instance is called.
    pub instance: String,
    /// How the run ended: `done`, `done_with_warnings` or `failed`.
    pub state: State,
    /// How many records were exported.
    pub records: u64,
    /// How many warnings there were.
    pub warnings: u64,
    /// What went wrong, the first of it.
    pub troubles: Vec<String>,
    /// The transports whose archives are fetched, by their places in the definition.
    pub downloads: Vec<u32>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub due: Timestamp,
}

/// That a mail was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerMailSent {
    /// Of which run.
    pub run: RunId,
    /// When the run ended.
    pub ended: Timestamp,
    /// When the mail was sent.
    pub at: Timestamp,
    /// To whom, as definitions name users.
    pub recipient: String,
    /// What it was about.
    pub subject: String,
}

impl OwnerMail {
    /// Most of what went wrong that is told.
    pub const MOST_TROUBLES: usize = 10;

    /// Where it waits.
    pub fn key(&self) -> Key {
        Key::owner_mail(self.run, self.at)
    }

    /// What tells it from all other mails, the same for every try.
    pub fn id(&self) -> String {
        format!("{}.{}.end-{}", self.run.export, self.run.run, self.at.as_microsecond())
    }
}

impl OwnerMailSent {
    /// Where that stands.
    pub fn key(&self) -> Key {
        Key::owner_mail_sent(self.run, self.ended)
    }
}
