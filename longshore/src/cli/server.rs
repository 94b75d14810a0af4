//! The command line of what a server is asked.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use proto::id::ExportId;
use url::Url;

/// Which server, and who asks. Said before or behind what is done there.
#[derive(Debug, Args)]
pub(crate) struct Server {
    /// The server.
    #[arg(
        long,
        env = "LONGSHORE_URL",
        default_value = "http://127.0.0.1:8080/",
        value_name = "URL",
        global = true
    )]
    pub(crate) url: Url,
    /// The token; unless given, the one that `serve` left in `.longshore/token`.
    #[arg(
        long,
        env = "LONGSHORE_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        global = true
    )]
    pub(crate) token: Option<String>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Submit {
    /// The definition.
    pub(crate) definition: PathBuf,
    /// Sending the same definition with the same key again gives the same export.
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
    /// Follow it to its end.
    #[arg(long)]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only exports in this state.
    #[arg(long)]
    pub(crate) state: Option<String>,
    /// Only exports whose name contains this.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// How many at the most.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Args)]
pub(crate) struct Selected {
    /// The export.
    pub(crate) export: ExportId,
    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Args)]
pub(crate) struct Start {
    /// Let incremental outputs export everything, as in their first run.
    #[arg(long)]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) selected: Selected,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The export.
    pub(crate) export: ExportId,
    /// The new definition.
    pub(crate) definition: PathBuf,
    /// Only where this is the version that is changed; `show --json` tells it.
    #[arg(long, value_name = "N")]
    pub(crate) version: Option<u32>,
    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// Only this transport, by its place in the definition, from 0; the others may be under way.
    #[arg(long, value_name = "N")]
    pub(crate) transport: Option<u32>,
    #[command(flatten)]
    pub(crate) selected: Selected,
}

#[derive(Debug, Args)]
pub(crate) struct Download {
    /// The export.
    pub(crate) export: ExportId,
    /// Where the files go.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Args)]
pub(crate) struct Parked {
    #[command(subcommand)]
    pub(crate) action: Option<ParkedAction>,
    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ParkedAction {
    /// Put a message back into its queue.
    Retry {
        /// The message.
        id: String,
    },
    /// Delete a message.
    Discard {
        /// The message.
        id: String,
    },
}
