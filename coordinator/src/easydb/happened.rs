//! What happens to exports, as it is written down.

use jiff::Timestamp;
use proto::id::ExportId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Happened {
    /// What.
    pub(crate) what: What,
    /// What tells it from all else that happened to its export.
    pub(crate) of: String,
    /// When.
    pub(crate) at: Timestamp,
    /// To which export.
    pub(crate) export: ExportId,
    /// What the dialect calls the export.
    pub(crate) number: u64,
    /// The version of the export.
    pub(crate) version: u32,
    /// What is said of it.
    pub(crate) info: Map<String, Value>,
    /// What it happened to one by one, where it is told of many at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) each: Option<Each>,
}

impl Happened {
    /// How many events it is: each has a number of its own, from the record's on.
    pub(crate) fn span(&self) -> u64 {
        match &self.each {
            None => 1,
            Some(Each::Objects { count, .. } | Each::Assets { count, .. }) => (*count).max(1),
            Some(Each::These(these)) => (these.len() as u64).max(1),
        }
    }
}

/// Many things that the same happened to, in one record: millions of them cost no more than one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Each {
    /// The objects of a run, as its batches noted them.
    Objects {
        /// The run.
        run: u32,
        /// How many they are.
        count: u64,
    },
    /// The files of a catalogue in a run, as its batches left them.
    Assets {
        /// The run.
        run: u32,
        /// How many they are.
        count: u64,
    },
    /// These.
    These(Vec<Map<String, Value>>),
}

/// What happens to exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// It was made.
    Insert,
    /// It was changed.
    Update,
    /// It was deleted.
    Delete,
    /// Something of its document was tolerated.
    Warning,
    /// A run began.
    Start,
    /// Objects were exported.
    Objects,
    /// Files of a catalogue were exported.
    Assets,
    /// A run ended well.
    Finish,
    /// A run failed.
    Failed,
    /// A run was stopped.
    Stopped,
    /// A transport handed over.
    TransportFinish,
    /// A transport failed.
    TransportFailed,
    /// Files of a catalogue were brought somewhere by a transport.
    Copied,
    /// The same by a run that a schedule began.
    CopiedAsScheduled,
    /// Mails were sent.
    EmailSent,
    /// Something was fetched.
    Downloaded,
    /// Something could not be fetched.
    NotDownloaded,
    /// Files of a catalogue were fetched one by one.
    AssetsDownloaded,
    /// Files of a catalogue were fetched in the archive of a transport.
    AssetsFetched,
    /// An event that was taken away, where numbers go on from it.
    Gone,
}

impl What {
    /// Whether it stands in the log of its export, besides among what happened to its owner's exports.
    ///
    /// What others do with the files does not: there is no end of it, and it needs no account.
    pub(crate) fn is_logged(self) -> bool {
        match self {
            Self::Insert
            | Self::Update
            | Self::Delete
            | Self::Warning
            | Self::Start
            | Self::Finish
            | Self::Failed
            | Self::Stopped
            | Self::TransportFinish
            | Self::TransportFailed
            | Self::EmailSent => true,
            Self::Objects
            | Self::Assets
            | Self::Copied
            | Self::CopiedAsScheduled
            | Self::Downloaded
            | Self::NotDownloaded
            | Self::AssetsDownloaded
            | Self::AssetsFetched
            | Self::Gone => false,
        }
    }

    /// Whether whoever polls is told.
    pub(crate) fn is_pollable(self) -> bool {
        self.is_logged() || matches!(self, Self::Downloaded | Self::NotDownloaded)
    }
}
