//! What can go wrong with a batch, and what becomes of it.

use std::io;

use fabric::causes::chain;
use fabric::store::StoreError;
use fabric::task::Verdict;
use proto::fault::{Code, Fault};
use proto::message::TaskResult;
use source::SourceError;
use source::asset::shown;

use crate::assets::converters::ConvertError;
use crate::plugin::PluginError;
use crate::whole::DatabaseError;
use crate::xslt::XsltError;

/// Why a batch has no commit record.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BatchError {
    /// The source did not give the rows or the asset.
    #[error("the source did not give what the batch needs")]
    Source(#[from] SourceError),
    /// The store did not take or give something.
    #[error("the store did not do what the batch needs")]
    Store(#[from] StoreError),
    /// The batch names a source that this worker does not have.
    #[error("a source is not configured here: {0}")]
    SourceUnknown(Fault),
    /// The plan has no such batch.
    #[error("the plan has no batch {ordinal}")]
    NotPlanned {
        /// The batch.
        ordinal: u32,
    },
    /// A value cannot be written in the format.
    #[error("a record cannot be written as {format}: {why}")]
    Unrenderable {
        /// The format.
        format: &'static str,
        /// What is in the way.
        why: String,
    },
    /// A file would be larger than its format, or the memory for it, allows.
    #[error("the {format} file is too large: {why}")]
    TooLarge {
        /// The format.
        format: &'static str,
        /// Which limit was met.
        why: String,
    },
    /// What is known of the batch's files is more than its record holds.
    #[error("the batch has more files than its record can hold: {files} found room")]
    TooMany {
        /// How many it holds.
        files: usize,
    },
    /// A file cannot be made of others.
    #[error("a file cannot be made by `{making}`: {why}")]
    Unmade {
        /// How it was to be made.
        making: &'static str,
        /// What is in the way.
        why: String,
    },
    /// A document was not transformed.
    #[error(transparent)]
    Stylesheet(#[from] XsltError),
    /// A plugin left no result.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// A database was not written.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// An asset cannot be converted.
    #[error("the asset {reference:?} cannot be converted: {why}")]
    Unconvertible {
        /// The reference as the record has it, as it may be shown.
        reference: String,
        /// Why not.
        why: String,
    },
    /// This worker has no such mapping profile.
    #[error("there is no mapping profile {0:?}")]
    MappingUnknown(String),
    /// A mapping profile may be there, and was not read.
    #[error("the mapping profile {name:?} was not read")]
    MappingUnread {
        /// What it is called.
        name: String,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// A mapping profile is not one.
    #[error("the mapping profile {name:?} cannot be read: {why}")]
    MappingBroken {
        /// What it is called.
        name: String,
        /// What is wrong with it, and where.
        why: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// This worker has no such watermark.
    #[error("there is no watermark {0:?}")]
    WatermarkUnknown(String),
    /// A watermark may be there, and was not read.
    #[error("the watermark {name:?} was not read")]
    WatermarkUnread {
        /// What it is called.
        name: String,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// A watermark or a profile of the operator's cannot be used.
    #[error("images cannot be converted: {0}")]
    Unprovided(String),
    /// No process that converts images can be had, or somebody ended one.
    #[error("the process that converts images ended")]
    Converter(#[source] io::Error),
    /// The scratch directory cannot be written.
    #[error("the scratch directory cannot be used")]
    Scratch(#[source] io::Error),
}

impl Verdict for BatchError {
    /// What becomes of the batch.
    ///
    /// The one place that decides between another try and failure. It has no `_` arm: whoever adds an
    /// error decides this too.
    fn verdict(&self) -> TaskResult {
        let fault = self.fault();
        match self {
            Self::Source(error) if error.is_transient() => TaskResult::Retry(fault),
            Self::Source(_) => TaskResult::Failed(fault),
            // A commit record or page that is missing may be one that a slower store shows late.
            Self::Store(error) if error.is_transient() => TaskResult::Retry(fault),
            Self::Store(StoreError::Missing { .. }) => TaskResult::Retry(fault),
            // It may have been damaged on its way here only.
            Self::Store(StoreError::Damaged { .. }) => TaskResult::Retry(fault),
            Self::Store(_) => TaskResult::Failed(fault),
            // Another worker may have the source, after an upgrade of the configuration say.
            Self::SourceUnknown(_) => TaskResult::Retry(fault),
            Self::NotPlanned { .. } => TaskResult::Failed(fault),
            Self::Unrenderable { .. } | Self::Unmade { .. } => TaskResult::Failed(fault),
            Self::TooLarge { .. } | Self::TooMany { .. } => TaskResult::Failed(fault),
            Self::Stylesheet(XsltError::Interrupted { .. }) => TaskResult::Retry(fault),
            // Too many files were open, or a disk was away.
            Self::Stylesheet(XsltError::Unread { .. })
            | Self::MappingUnread { .. }
            | Self::WatermarkUnread { .. } => TaskResult::Retry(fault),
            // All workers are to have the same stylesheets, and be able to run them.
            Self::Stylesheet(
                XsltError::Unknown { .. }
                | XsltError::NoSandbox { .. }
                | XsltError::TooLarge { .. }
                | XsltError::Failed { .. },
            ) => TaskResult::Failed(fault),
            Self::Plugin(error) => error.verdict(fault),
            // All workers are to have the program.
            Self::Database(DatabaseError::Unstarted { .. }) => TaskResult::Failed(fault),
            // The disk was full, or somebody ended it.
            Self::Database(DatabaseError::Failed { .. }) => TaskResult::Retry(fault),
            Self::Unconvertible { .. } => TaskResult::Failed(fault),
            // All workers are to have the same profiles.
            Self::MappingUnknown(_) | Self::MappingBroken { .. } => TaskResult::Failed(fault),
            // All workers are to have the same watermarks.
            Self::WatermarkUnknown(_) => TaskResult::Failed(fault),
            // Another worker may have them as they should be.
            Self::Unprovided(_) => TaskResult::Retry(fault),
            Self::Converter(_) => TaskResult::Retry(fault),
            Self::Scratch(_) => TaskResult::Retry(fault),
        }
    }
}

impl BatchError {
    /// Why the file at a place was not converted.
    pub(crate) fn of_conversion(error: ConvertError, place: &str) -> Self {
        match error {
            ConvertError::Refused(why) => Self::Unconvertible { reference: shown(place), why },
            ConvertError::WatermarkUnknown(name) => Self::WatermarkUnknown(name),
            ConvertError::WatermarkUnread { name, cause } => Self::WatermarkUnread { name, cause },
            ConvertError::Unprovided(why) => Self::Unprovided(why),
            ConvertError::Source(error) => Self::Source(error),
            ConvertError::Process(error) => Self::Converter(error),
            ConvertError::Worn => Self::Converter(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// What is told of an asset that is left out, where no more than one asset is to blame.
    pub(crate) fn of_one_asset(&self) -> Option<Fault> {
        match self {
            Self::Source(
                error @ (SourceError::AssetMissing { .. } | SourceError::AddressRefused { .. }),
            ) => Some(error.warning()),
            Self::Unconvertible { .. } => {
                Some(Fault::new(Code::AssetUnconvertible, self.to_string()))
            }
            Self::Source(_)
            | Self::Store(_)
            | Self::SourceUnknown(_)
            | Self::NotPlanned { .. }
            | Self::Unrenderable { .. }
            | Self::Unmade { .. }
            | Self::TooLarge { .. }
            | Self::TooMany { .. }
            | Self::Stylesheet(_)
            | Self::Plugin(_)
            | Self::Database(_)
            | Self::WatermarkUnknown(_)
            | Self::WatermarkUnread { .. }
            | Self::MappingUnknown(_)
            | Self::MappingUnread { .. }
            | Self::MappingBroken { .. }
            | Self::Unprovided(_)
            | Self::Converter(_)
            | Self::Scratch(_) => None,
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Source(error) => error.fault(),
            Self::Store(error) => error.fault(),
            Self::Plugin(error) => error.fault(),
            Self::Database(DatabaseError::Unstarted { .. }) => {
                Fault::new(Code::NotConfigured, chain(self)).at("worker.duckdb").hint(
                    "install DuckDB's program `duckdb` on every worker, or set [worker] duckdb to its path",
                )
            }
            Self::Database(DatabaseError::Failed { .. }) => {
                Fault::new(Code::Internal, self.to_string())
                    .hint("check the room in [worker] scratch and the version of `duckdb`, 1.5 or newer")
            }
            Self::SourceUnknown(fault) => fault.clone(),
            Self::NotPlanned { .. } => Fault::new(Code::InvalidMessage, self.to_string()),
            Self::Unrenderable { .. } => Fault::new(Code::Unrenderable, self.to_string()),
            Self::Unmade { .. } => Fault::new(Code::Unrenderable, self.to_string())
                .hint("rows are counted from 1, through all that the file is made of"),
            Self::TooLarge { .. } => Fault::new(Code::TooLarge, self.to_string())
                .hint("make an output for each part of the records, with `where`"),
            Self::TooMany { .. } => {
                Fault::new(Code::TooLarge, self.to_string()).hint("make `batch_size` smaller")
            }
            Self::Stylesheet(XsltError::NoSandbox { .. }) => {
                Fault::new(Code::NoSandbox, self.to_string())
                    .hint("install xsltproc and bubblewrap, and allow user namespaces")
            }
            Self::Stylesheet(XsltError::Unknown { .. }) => {
                Fault::new(Code::XsltFailed, self.to_string())
                    .hint("put NAME.xsl into the folder [worker] stylesheets of every worker")
            }
            Self::Stylesheet(XsltError::Unread { .. }) => Fault::new(Code::Internal, chain(self))
                .hint(
                    "check that the folder [worker] stylesheets is mounted and has NAME.xsl, and the rights of its files",
                ),
            Self::Stylesheet(XsltError::TooLarge { .. }) => Fault::new(
                Code::TooLarge,
                self.to_string(),
            )
            .hint(
                "with \"per\": \"record\" each record is a document of its own; leave fields out \
                     that the stylesheet does not need",
            ),
            Self::Stylesheet(XsltError::Failed { .. } | XsltError::Interrupted { .. }) => {
                Fault::new(Code::XsltFailed, self.to_string())
            }
            Self::Unconvertible { .. } => Fault::new(Code::AssetUnconvertible, self.to_string())
                .hint("set \"on_error\": \"warn\" to leave such assets out"),
            Self::MappingBroken { hint, .. } => {
                Fault::new(Code::UnknownMapping, self.to_string()).hint(*hint)
            }
            Self::MappingUnknown(_) => {
                Fault::new(Code::UnknownMapping, self.to_string())
                    .hint("put NAME.json into the folder [worker] mappings of every worker")
            }
            Self::MappingUnread { .. } => Fault::new(Code::Internal, chain(self))
                .hint("check that the folder [worker] mappings is mounted and has NAME.json, and the rights of its files"),
            Self::WatermarkUnknown(_) => Fault::new(Code::UnknownWatermark, self.to_string())
                .hint("put NAME.png into the folder [images] watermarks of every worker"),
            Self::WatermarkUnread { .. } => Fault::new(Code::Internal, chain(self)).hint(
                "check that the folder [images] watermarks is mounted and has NAME.png, and the rights of its files",
            ),
            Self::Unprovided(_) => Fault::new(Code::Internal, self.to_string())
                .hint("check [images] cmyk_profile and watermarks of the configuration"),
            Self::Converter(_) => Fault::new(Code::Internal, chain(self)),
            Self::Scratch(error) if error.kind() == io::ErrorKind::StorageFull => {
                Fault::new(Code::DiskFull, "the scratch directory is full")
                    .hint("free some space, or set [worker] scratch to a larger disk")
            }
            Self::Scratch(_) => Fault::new(Code::Internal, chain(self))
                .hint("check [worker] scratch of the configuration"),
        }
    }
}
