//! The command line of `longshore sources`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Sources {
    #[command(subcommand)]
    pub(crate) action: Option<SourcesAction>,
    /// With the sources of this definition too.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) definition: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SourcesAction {
    /// List them.
    List,
    /// Look them over as a plan would: whether they answer, and how many records they have.
    Test {
        /// The sources; all unless given.
        names: Vec<String>,
    },
    /// Show a source's files or tables, its fields and its first records.
    Show {
        /// The source.
        name: String,
        /// Another table or view of its database, to see its fields and first records.
        table: Option<String>,
        /// How many records.
        #[arg(long, default_value_t = 3, value_name = "N")]
        records: usize,
    },
}
