//! What keys begin with, for listings.

use crate::id::{ExportId, Owner, RunId};

/// The beginning of keys, for listings; ends in `/` or in the middle of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// The prefix as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The beginning of keys in a bucket that others fill.
    pub fn listed(text: String) -> Self {
        Self(text)
    }

    /// Everything.
    pub fn all() -> Self {
        Self(String::new())
    }

    /// Every export.
    pub fn exports() -> Self {
        Self("exports/".to_owned())
    }

    /// Everything of one export that is not of a run.
    pub fn export(export: ExportId) -> Self {
        Self(format!("exports/{export}/"))
    }

    /// How far an export's incremental outputs had come.
    pub fn marks(export: ExportId) -> Self {
        Self(format!("exports/{export}/marks-"))
    }

    /// The digests of an export's records.
    pub fn digests(export: ExportId) -> Self {
        Self(format!("exports/{export}/digests/"))
    }

    /// Everything of all runs of an export.
    pub fn runs(export: ExportId) -> Self {
        Self(format!("runs/{export}/"))
    }

    /// Everything of a run.
    pub fn run(run: RunId) -> Self {
        Self(format!("runs/{run}/"))
    }

    /// The commit records of a run.
    pub fn commits(run: RunId) -> Self {
        Self(format!("runs/{run}/batches/"))
    }

    /// The runs that have not ended.
    pub fn open() -> Self {
        Self("open/".to_owned())
    }

    /// What expires, the oldest first.
    pub fn expiries() -> Self {
        Self("expiry/".to_owned())
    }

    /// What is due, the next one first.
    pub fn dues() -> Self {
        Self("due/".to_owned())
    }

    /// What is being deleted.
    pub fn deletions() -> Self {
        Self("deletions/".to_owned())
    }

    /// The records of segments packed together of a run.
    pub fn compactions(run: RunId) -> Self {
        Self(format!("runs/{run}/compactions/"))
    }

    /// The segments of a run.
    pub fn segments(run: RunId) -> Self {
        Self(format!("runs/{run}/segments/"))
    }

    /// What webhooks are to be told.
    pub fn notices() -> Self {
        Self("notices/".to_owned())
    }

    /// What one webhook is to be told.
    pub fn notices_of(webhook: &str) -> Self {
        Self(format!("notices/{webhook}/"))
    }

    /// The links of a run.
    pub fn links(run: RunId) -> Self {
        Self(format!("runs/{run}/links/"))
    }

    /// The standing links of an export.
    pub fn standing_links(export: ExportId) -> Self {
        Self(format!("exports/{export}/links/"))
    }

    /// The receipts of a run.
    pub fn receipts(run: RunId) -> Self {
        Self(format!("runs/{run}/receipts/"))
    }

    /// The transports of a run that have handed over.
    pub fn handovers(run: RunId) -> Self {
        Self(format!("runs/{run}/handovers/"))
    }

    /// Who is signed in to the easydb dialect.
    pub fn sessions() -> Self {
        Self("easydb/sessions/".to_owned())
    }

    /// The exports of the easydb dialect, the newest first.
    pub fn numbers() -> Self {
        Self("easydb/numbers/".to_owned())
    }

    /// The exports of the easydb dialect that are an owner's, the newest first.
    pub fn numbered_of(owner: &Owner) -> Self {
        Self(format!("easydb/exports/{owner}/"))
    }

    /// What happened to an owner's exports of the easydb dialect, in order.
    pub fn happened(owner: &Owner) -> Self {
        Self(format!("easydb/events/{owner}/"))
    }

    /// What happened to one of them, in order.
    pub fn logged(export: ExportId) -> Self {
        Self(format!("exports/{export}/log/"))
    }

    /// What owners are to be told of the ends of runs.
    pub fn owner_mails() -> Self {
        Self("easydb/mails/due/".to_owned())
    }

    /// What owners were told of the ends of runs, until that stands among what happened.
    pub fn owner_mails_sent() -> Self {
        Self("easydb/mails/sent/".to_owned())
    }

    /// Every token.
    pub fn tokens() -> Self {
        Self("tokens/".to_owned())
    }
}
