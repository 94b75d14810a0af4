//! An export's head, a run's beginning and its end.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::commit::Warning;
use crate::definition::Definition;
use crate::fault::Fault;
use crate::id::{ExportId, Owner};
use crate::key::Key;
use crate::plugin::secret::SealedOption;

/// How far an export, a run or a transport is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Accepted, never started.
    New,
    /// Started, waiting for its plan.
    Pending,
    /// At work.
    Processing,
    /// Ended; everything is there.
    Done,
    /// Ended; what was left out is in the warnings.
    DoneWithWarnings,
    /// Ended before everything was delivered; what was delivered stays.
    Failed,
    /// Ended by its owner.
    Stopped,
    /// Ended long ago; its files are deleted.
    Expired,
}

impl State {
    /// Whether nothing more happens by itself.
    pub fn is_final(self) -> bool {
        match self {
            Self::New | Self::Pending | Self::Processing => false,
            Self::Done | Self::DoneWithWarnings | Self::Failed | Self::Stopped | Self::Expired => {
                true
            }
        }
    }

    /// The state as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Done => "done",
            Self::DoneWithWarnings => "done_with_warnings",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Expired => "expired",
        }
    }
}

/// What is current of an export; replaced by compare-and-swap only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The export.
    pub id: ExportId,
    /// Whose it is.
    pub owner: Owner,
    /// Its name.
    pub name: String,
    /// The current version of its definition, from 1.
    pub version: u32,
    /// When it was accepted.
    pub created: Timestamp,
    /// Its last run; 0 where there was none.
    pub run: u32,
    /// How that began. It is swapped together with the number, so that of two who begin a run at the
    /// same moment only one says how. Nothing where its run has a record of its beginning alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// How far its schedules are; nothing where it has none, or they rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Scheduled>,
    /// What the easydb dialect calls it; nothing where it was made by another way in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
}

/// How far the schedules of an export are.
///
/// As long as it stands in a head, the mark of `next` is in the store: it is written before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// When the next run is due.
    pub next: Timestamp,
    /// The last due time that was seen to, and for which a run was started unless it was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// The last due time at which a run was under way, so that none was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Timestamp>,
}

/// A version of an export's definition; immutable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredDefinition {
    /// The definition in its normal form.
    pub definition: Definition,
    /// The document as it came, in whatever dialect.
    pub original: serde_json::Value,
    /// The record that says that a key of its owner's stands for this export; it goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency: Option<Key>,
    /// The longest lifetime of all versions before, so that nobody has to read them; nothing in the first one
    /// and in those that an earlier release wrote.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "humantime_serde::option")]
    pub longest_before: Option<Duration>,
    /// What is secret in the options of plugins, which have it nowhere else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SealedOption>,
}

/// How a run began; immutable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The version of the definition.
    pub version: u32,
    /// When it was asked for.
    pub at: Timestamp,
    /// When its schedule wanted it; nothing where somebody asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// What its incremental outputs export.
    #[serde(default, skip_serializing_if = "Extent::is_usual")]
    pub extent: Extent,
    /// The trace that the request belonged to, as a W3C `traceparent`; the run's tasks continue it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// What of an incremental output a run exports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// What is new or changed since the last run that succeeded.
    #[default]
    Changes,
    /// Everything, as the first run does; once it has succeeded, the next ones begin from it.
    Everything,
}

impl Extent {
    /// Whether it is what runs export unless somebody asks for more.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_usual(&self) -> bool {
        *self == Self::Changes
    }
}

/// That an export is deleted. It stays for a while after, for whoever was at work on it may write on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// Whose it was.
    pub owner: Owner,
    /// When it was asked for.
    pub at: Timestamp,
}

/// How a run ended. Taken away again by a retry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// A final state.
    pub state: State,
    /// When.
    pub at: Timestamp,
    /// Records, bytes and warnings.
    pub counts: Counts,
    /// Why it failed, or whom it did not reach: the first faults, at most [`Outcome::MAX_NAMED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<BatchFault>,
    /// What was left out: the first warnings, at most [`Outcome::MAX_NAMED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

impl Outcome {
    /// Whether everything was made, whatever became of the transports.
    pub fn is_made(&self) -> bool {
        match self.state {
            State::Done | State::DoneWithWarnings => true,
            State::Failed => {
                !self.faults.is_empty() && self.faults.iter().all(|fault| fault.transport.is_some())
            }
            State::New | State::Pending | State::Processing | State::Stopped | State::Expired => {
                false
            }
        }
    }

    /// Most faults, and most warnings, named in an outcome; all warnings are in `warnings.jsonl`.
    pub const MAX_NAMED: usize = 100;
}

/// A batch or transport that failed for good, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchFault {
    /// The batch; nothing where the planning or a transport failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    /// The transport, where one failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<u32>,
    /// Why.
    #[serde(flatten)]
    pub fault: Fault,
}

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Counts {
    /// Finished batches.
    pub batches: u64,
    /// Records read.
    pub records: u64,
    /// Bytes of records and assets, unpacked.
    pub bytes: u64,
    /// What was left out.
    pub warnings: u64,
}

impl Counts {
    /// Adds what another part counted.
    pub fn add(&mut self, other: &Self) {
        self.batches += other.batches;
        self.records += other.records;
        self.bytes += other.bytes;
        self.warnings += other.warnings;
    }
}
