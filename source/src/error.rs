//! What a source answers instead of rows.

use std::time::Duration;

use fabric::causes::chain;
use fabric::store::StoreError;
use proto::definition::OnError;
use proto::fault::{Code, Fault};
use proto::id::Owner;

use crate::Chunk;

/// What went wrong at a source.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A record cannot be parsed.
    #[error("{file}:{line}: {why}", line = line.map_or_else(|| "?".to_owned(), |line| line.to_string()))]
    BrokenRecord {
        /// The file.
        file: String,
        /// The line the record begins on, from 1, where lines were counted.
        line: Option<u64>,
        /// The byte the record begins at, from 0, where records have such places.
        byte: Option<u64>,
        /// What is wrong with it.
        why: String,
        /// The record as it was met, cut at 1,000 characters.
        text: String,
    },
    /// A file is not what its format asks for, or not whole.
    #[error("{file}{}: {why}", at_byte(*byte))]
    Damaged {
        /// The file, and the part of it.
        file: String,
        /// Where in it, from 0, where that is known.
        byte: Option<u64>,
        /// What is wrong with it.
        why: String,
    },
    /// A field that the source does not have.
    #[error("the source has no field {field:?}; it has {known}")]
    UnknownField {
        /// The field asked for.
        field: String,
        /// The fields there are, joined by commas.
        known: String,
    },
    /// It would be cut into more slices than a plan may have.
    #[error("the source would be read in more than {most} batches")]
    TooMany {
        /// How many there may be.
        most: u64,
    },
    /// The source is not what the plan saw.
    #[error("the source changed since the run was planned: {what}")]
    Changed {
        /// What is different.
        what: String,
    },
    /// No file, table or host of that name, or it answers that it will not.
    #[error("the source refuses: {what}")]
    Refused {
        /// What it says.
        what: String,
    },
    /// No answer, or one to try again later.
    #[error("the source does not answer: {what}")]
    Unavailable {
        /// What was asked, or what it says.
        what: String,
    },
    /// An answer to try again, and not before so long has passed.
    #[error("the source does not answer: {what}")]
    Busy {
        /// What it says.
        what: String,
        /// How long it asks to wait.
        wait: Duration,
    },
    /// Its server lets nobody in by what is sent (401): a session has ended, or nothing is sent at all.
    #[error("the source lets nobody in: {what}")]
    NotLetIn {
        /// What lets nobody in, or what the server says.
        what: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// Its server knows who asks, and gives them nothing (403).
    #[error("the source forbids: {what}")]
    Forbidden {
        /// What it says.
        what: String,
    },
    /// Nobody is signed in as whose rights count.
    #[error("nobody is signed in to {source_name:?} as {owner}: {why}")]
    SignedOut {
        /// The source.
        source_name: String,
        /// Whose rights count.
        owner: Owner,
        /// Since when, or why.
        why: &'static str,
    },
    /// What opens the source to somebody was sealed by another key.
    #[error("what opens {source_name:?} to {owner} was sealed by another key")]
    WrongKey {
        /// The source.
        source_name: String,
        /// Whose it is.
        owner: Owner,
    },
    /// The snapshot that the run began with is gone.
    #[error("the snapshot that the run began with is gone")]
    SnapshotLost,
    /// An asset is not there.
    #[error("the asset {reference:?} is missing: {why}")]
    AssetMissing {
        /// The reference as the record has it, as [`crate::asset::shown`] shows it.
        reference: String,
        /// What was found instead.
        why: String,
    },
    /// An asset's address is not one that may be fetched.
    #[error("the address {reference:?} may not be fetched: {why}")]
    AddressRefused {
        /// The reference as the record has it, as [`crate::asset::shown`] shows it.
        reference: String,
        /// The rule it breaks.
        why: String,
    },
    /// A bucket did not answer as it should.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SourceError {
    /// The same, met while a run is under way: a field that was there when it was planned, and is not
    /// now, is a change of the source.
    pub(crate) fn amid_a_run(self) -> Self {
        match self {
            Self::UnknownField { field, .. } => {
                Self::Changed { what: format!("it has no field {field:?} any more") }
            }
            Self::BrokenRecord { .. }
            | Self::Damaged { .. }
            | Self::Changed { .. }
            | Self::Refused { .. }
            | Self::Unavailable { .. }
            | Self::Busy { .. }
            | Self::TooMany { .. }
            | Self::NotLetIn { .. }
            | Self::Forbidden { .. }
            | Self::SignedOut { .. }
            | Self::WrongKey { .. }
            | Self::SnapshotLost
            | Self::AssetMissing { .. }
            | Self::AddressRefused { .. }
            | Self::Store(_) => self,
        }
    }

    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Busy { .. } => true,
            // Another process may have the key.
            Self::WrongKey { .. } => true,
            Self::Store(error) => error.is_transient(),
            Self::BrokenRecord { .. }
            | Self::Damaged { .. }
            | Self::UnknownField { .. }
            | Self::TooMany { .. }
            | Self::Changed { .. }
            | Self::Refused { .. }
            | Self::NotLetIn { .. }
            | Self::Forbidden { .. }
            | Self::SignedOut { .. }
            | Self::SnapshotLost
            | Self::AssetMissing { .. }
            | Self::AddressRefused { .. } => false,
        }
    }

    /// What a person is told.
    pub fn fault(&self) -> Fault {
        let message = chain(self);
        match self {
            Self::BrokenRecord { file, line, byte, why, .. } => {
                Fault::new(Code::BrokenRecord, why.clone())
                    .at(place(file, *line, *byte))
                    .hint("mend the file, or set \"on_error\": \"warn\" to leave such records out")
            }
            Self::Damaged { file, byte, why } => Fault::new(Code::BrokenFile, why.clone())
                .at(format!("{file}{}", at_byte(*byte)))
                .hint("write or fetch the file again; no record of it was left out"),
            Self::UnknownField { .. } => Fault::new(Code::UnknownSourceField, message),
            Self::TooMany { .. } => Fault::new(Code::TooLarge, message).hint("make `batch_size` larger"),
            Self::Changed { .. } => {
                Fault::new(Code::SourceChanged, message).hint("start the export again to read what is there now")
            }
            Self::Refused { .. } => Fault::new(Code::SourceRefused, message),
            Self::Unavailable { .. } | Self::Busy { .. } => {
                Fault::new(Code::SourceUnavailable, message)
            }
            Self::NotLetIn { remedy, .. } => Fault::new(Code::SignedOut, message).hint(*remedy),
            Self::Forbidden { .. } => Fault::new(Code::SourceForbidden, message)
                .hint("give whoever reads the source the right to, or read it as somebody else"),
            Self::SignedOut { source_name, .. } => Fault::new(Code::SignedOut, message)
                .at(format!("sources.{source_name}"))
                .hint("sign in again, and retry the run"),
            Self::WrongKey { source_name, .. } => Fault::new(Code::WrongKey, message)
                .at(format!("sources.{source_name}"))
                .hint("give workers and coordinators the same [api] link_key_file, or sign in again"),
            Self::SnapshotLost => Fault::new(Code::SnapshotLost, message)
                .hint("start the export again; a snapshot lives only as long as the coordinator that took it"),
            Self::AssetMissing { .. } => Fault::new(Code::AssetMissing, message)
                .hint("set \"on_error\": \"warn\" to leave missing assets out"),
            Self::AddressRefused { .. } => Fault::new(Code::AddressRefused, message)
                .hint("allow the host in [addresses] of the configuration, if it is meant to be reached"),
            Self::Store(error) => error.fault(),
        }
    }

    /// What becomes of a broken record: it is left out, where that is wanted. Else, and where something
    /// else went wrong, this is the error.
    pub(crate) fn leave_out(self, on_error: OnError) -> Result<Chunk, Self> {
        match (&self, on_error) {
            (Self::BrokenRecord { text, .. }, OnError::Warn) => {
                Ok(Chunk::Broken { fault: self.warning(), text: text.clone() })
            }
            (_, OnError::Fail | OnError::Warn) => Err(self),
        }
    }

    /// What a person is told of a record or an asset that is left out: the fault, without the advice
    /// to leave it out.
    pub fn warning(&self) -> Fault {
        let fault = self.fault();
        match self {
            Self::BrokenRecord { .. } | Self::AssetMissing { .. } => Fault { hint: None, ..fault },
            Self::Damaged { .. }
            | Self::UnknownField { .. }
            | Self::TooMany { .. }
            | Self::Changed { .. }
            | Self::Refused { .. }
            | Self::Unavailable { .. }
            | Self::Busy { .. }
            | Self::NotLetIn { .. }
            | Self::Forbidden { .. }
            | Self::SignedOut { .. }
            | Self::WrongKey { .. }
            | Self::SnapshotLost
            | Self::AddressRefused { .. }
            | Self::Store(_) => fault,
        }
    }
}

/// Where a record stands.
pub(crate) fn place(file: &str, line: Option<u64>, byte: Option<u64>) -> String {
    let line = line.map_or_else(String::new, |line| format!(":{line}"));
    format!("{file}{line}{}", at_byte(byte))
}

fn at_byte(byte: Option<u64>) -> String {
    byte.map_or_else(String::new, |byte| format!(", byte {byte}"))
}
