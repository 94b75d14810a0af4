//! What can go wrong with a plugin, and what becomes of its batch.

use std::io;

use fabric::causes::chain;
use proto::fault::{Code, Fault};
use proto::message::TaskResult;
use source::SourceError;

/// Why a plugin left no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PluginError {
    /// There is none of that name.
    #[error("there is no plugin or exporter {name:?}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The plugin has several exporters, or none.
    #[error("the plugin {name:?} has {count} exporters")]
    Several {
        /// The plugin.
        name: String,
        /// How many.
        count: usize,
        /// What they are called.
        known: Vec<String>,
    },
    /// The source keeps no datasets.
    #[error("the source {0:?} keeps no datasets, and plugins read nothing else")]
    NoDatasets(String),
    /// A secret option cannot be opened here.
    #[error("the secret option {option:?} of the plugin {name:?} was sealed by another key")]
    Sealed {
        /// What the definition calls the plugin.
        name: String,
        /// The option.
        option: String,
    },
    /// No process could be begun.
    #[error("the plugin {name:?} cannot be started")]
    Unstarted {
        /// The plugin.
        name: String,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// Plugins are to be kept apart, and cannot be.
    #[error("there is no sandbox to run plugins in: {why}")]
    NoSandbox {
        /// What went wrong.
        why: String,
    },
    /// It said that it failed.
    #[error("the plugin {name:?} failed: {why}{}{}", barred(refused), below(backtrace))]
    Failed {
        /// The plugin.
        name: String,
        /// What it said.
        why: String,
        /// Where in it, the innermost place first.
        backtrace: Vec<String>,
        /// Where it wanted to go and may not.
        refused: Vec<String>,
    },
    /// It wants to be run later.
    #[error("the plugin {name:?} asks to be run again later")]
    Later {
        /// The plugin.
        name: String,
    },
    /// Its process ended before it was done, or closed its pipes.
    #[error("the plugin {name:?} ended before it was done: {how}{}", last(said))]
    Ended {
        /// The plugin.
        name: String,
        /// How it ended.
        how: String,
        /// The last that it wrote.
        said: Vec<String>,
    },
    /// It shows no sign of life, or of work, and was ended.
    #[error("the plugin {name:?} was ended: {why}{}", last(said))]
    Hung {
        /// The plugin.
        name: String,
        /// What was missing.
        why: String,
        /// The last that it wrote.
        said: Vec<String>,
    },
    /// What it says is not in the protocol.
    #[error("the plugin {name:?} does not keep to the protocol: {why}")]
    Misspoken {
        /// The plugin.
        name: String,
        /// What it said.
        why: String,
    },
    /// What it left cannot be taken.
    #[error("what the plugin {name:?} left is not taken: {path:?} {why}")]
    Untaken {
        /// The plugin.
        name: String,
        /// What of it.
        path: String,
        /// Why not.
        why: &'static str,
    },
    /// What it left for single datasets does not become one file.
    #[error("what the plugin {name:?} left for single datasets does not become one file: {why}")]
    Unmerged {
        /// What the definition calls it.
        name: String,
        /// What is in the way.
        why: String,
    },
    /// The source did not give what it asked for.
    #[error("the source did not give what the plugin asks for")]
    Source(#[from] SourceError),
    /// The scratch directory cannot be written.
    #[error("the scratch directory cannot be used")]
    Scratch(#[source] io::Error),
}

impl PluginError {
    /// What becomes of the batch. A plugin that failed is not run again by itself: it may have told others
    /// what it did.
    pub(crate) fn verdict(&self, fault: Fault) -> TaskResult {
        match self {
            Self::Source(error) if error.is_transient() => TaskResult::Retry(fault),
            Self::Later { .. } => TaskResult::Retry(fault),
            // Another worker may have it, or be able to.
            Self::Unknown { .. }
            | Self::Sealed { .. }
            | Self::Unstarted { .. }
            | Self::Scratch(_) => TaskResult::Retry(fault),
            Self::Source(_)
            | Self::Several { .. }
            | Self::NoDatasets(_)
            | Self::NoSandbox { .. }
            | Self::Failed { .. }
            | Self::Ended { .. }
            | Self::Hung { .. }
            | Self::Misspoken { .. }
            | Self::Untaken { .. }
            | Self::Unmerged { .. } => TaskResult::Failed(fault),
        }
    }

    /// What a person is told.
    pub(crate) fn fault(&self) -> Fault {
        let failed = || Fault::new(Code::PluginFailed, self.to_string());
        match self {
            Self::Source(error) => error.fault(),
            Self::Unknown { known, .. } => {
                Fault::new(Code::UnknownPlugin, self.to_string()).hint(match known.as_slice() {
                    [] => "put its folder into one of [plugins] folders of every worker".to_owned(),
                    known => format!("there are {}", proto::abridged::list(known)),
                })
            }
            Self::Several { known, .. } => {
                Fault::new(Code::UnknownPlugin, self.to_string()).hint(match known.as_slice() {
                    [] => "an exporter is registered with `register_exports`".to_owned(),
                    known => format!("name one of {}", proto::abridged::list(known)),
                })
            }
            Self::NoDatasets(_) => Fault::new(Code::InvalidValue, self.to_string())
                .hint("name a source of kind \"dataset\""),
            Self::Sealed { .. } => Fault::new(Code::WrongKey, self.to_string()).hint(
                "give workers and coordinators the same [api] link_key_file, or give the option again",
            ),
            Self::NoSandbox { .. } => Fault::new(Code::NoSandbox, self.to_string())
                .hint("install bubblewrap, and allow user namespaces"),
            Self::Unstarted { .. } => Fault::new(Code::PluginFailed, chain(self))
                .hint("check [plugins] ruby and runtime, and that the plugin's program may be run"),
            Self::Failed { backtrace, refused, .. } => {
                let fault = match backtrace.first() {
                    Some(place) => failed().at(place.clone()),
                    // Whatever meets a limit tells no place.
                    None => failed().hint(
                        "mend what it tells of, or raise the limit that it met in [plugins], and retry the run",
                    ),
                };
                if refused.is_empty() {
                    return fault;
                }
                fault.hint("add the hosts that it needs to [plugins] allow_hosts")
            }
            Self::Later { .. } => failed(),
            Self::Ended { .. } | Self::Hung { .. } => failed()
                .hint("mend the plugin, or raise its limits in [plugins], and retry the run"),
            Self::Misspoken { .. } => failed().hint("docs/plugins.md has the protocol"),
            Self::Untaken { .. } => failed().hint("leave plain files in the work directory"),
            Self::Unmerged { .. } => failed().hint(
                "check `merge` of its `self.shard`, or of [plugins] shard; `longshore plugin verify` compares",
            ),
            Self::Scratch(error) if error.kind() == io::ErrorKind::StorageFull => {
                Fault::new(Code::DiskFull, "the scratch directory is full")
                    .hint("free some space, or set [worker] scratch to a larger disk")
            }
            Self::Scratch(_) => Fault::new(Code::Internal, chain(self))
                .hint("check [worker] scratch of the configuration"),
        }
    }
}

/// Hosts that were refused, behind a message.
fn barred(refused: &[String]) -> String {
    if refused.is_empty() {
        return String::new();
    }
    let hosts = refused.join(", ");
    format!("; it may not reach {hosts}, which [plugins] allow_hosts does not name")
}

/// The places of a backtrace, behind a message.
fn below(backtrace: &[String]) -> String {
    if backtrace.is_empty() { String::new() } else { format!("; at {}", backtrace.join(" < ")) }
}

/// The last lines, behind a message.
fn last(said: &[String]) -> String {
    if said.is_empty() { String::new() } else { format!("; it wrote last: {}", said.join(" / ")) }
}
