//! The command line.

mod local;
mod plugin;
mod sources;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use proto::id::{ExportId, Owner};
use url::Url;

pub(crate) use self::local::{Credentials, Ermrest, Export, ExportFrom, Local, Run};
pub(crate) use self::plugin::{
    ListPlugins, NewPlugin, Plugin, PluginAction, TestPlugin, Trial, VerifyPlugin,
};
pub(crate) use self::sources::{Sources, SourcesAction};

/// Gets data out of platforms, at any size.
///
/// Exit codes: 0 done, 1 failed, 2 bad or unreadable definition, bad configuration or command line,
/// 3 done with warnings.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Cli {
    /// The configuration file; `longshore config` prints what can be in it.
    #[arg(long, global = true, env = "LONGSHORE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a definition, or a configuration of deriva-download, here, in this process, with nothing else
    /// installed.
    Run(Run),
    /// Run here what a platform itself offers to export.
    Export(Export),
    /// Run all roles in one process, with the API on the address of the configuration.
    Serve(Serve),
    /// Run a coordinator of a fleet.
    Coordinator,
    /// Run a worker of a fleet.
    Worker,
    /// Run a transport agent of a fleet.
    TransportAgent,
    /// Make exports of the resources of a Kubernetes cluster, and tell there how far they are.
    Operator,
    /// Send a definition to a server and start it.
    Submit(Submit),
    /// List exports.
    List(List),
    /// Show an export.
    Show(Selected),
    /// Follow an export to its end.
    Watch(Selected),
    /// Start another run of an export.
    Start(Start),
    /// Stop an export's run.
    Stop(Selected),
    /// Take a failed or stopped run up where it ended, or one of its transports.
    Retry(Retry),
    /// Fetch an export's archive, resuming and checking it.
    Download(Download),
    /// Give an export another definition, schedules included.
    Change(Change),
    /// Let an export's schedules rest.
    Pause(Selected),
    /// Let an export's schedules go on.
    Resume(Selected),
    /// Delete an export with everything it made.
    Delete(Selected),
    /// Look at messages that were set aside, and release them.
    Parked(Parked),
    /// Make, list and revoke API tokens, in the store of the configuration.
    Token(Token),
    /// List the configured sources, test them, or show what is in one.
    Sources(Sources),
    /// Write, list, try and compare exporters that come as plugins.
    Plugin(Plugin),
    /// Check a definition (JSON) or a configuration (TOML); all mistakes at once.
    Check(Check),
    /// Print the commented reference of the configuration.
    Config,
    /// Convert images for the worker that started this, until its standard input ends.
    #[command(hide = true)]
    ConvertImage {
        /// Most address space, in bytes.
        memory_bytes: u64,
    },
    /// Open the way to the hosts that a plugin may reach, and become the plugin, for the worker that started this.
    #[command(hide = true)]
    PluginGate {
        /// What the plugin is run by.
        #[arg(last = true, required = true, value_name = "PROGRAM")]
        program: Vec<OsString>,
    },
    /// Run a plugin that nobody trusts, for the worker that started this.
    #[cfg(feature = "sandbox-wasm")]
    #[command(hide = true)]
    PluginWasm {
        /// Ruby, as WebAssembly.
        module: PathBuf,
        /// The runtime for it.
        runtime: PathBuf,
        /// The plugin.
        folder: PathBuf,
        /// Where it may write.
        work: PathBuf,
        /// Most memory, in bytes.
        memory_bytes: u64,
        /// How much it may do.
        fuel: u64,
    },
    /// Compile Ruby as WebAssembly, for plugins that nobody trusts.
    #[cfg(feature = "sandbox-wasm")]
    #[command(hide = true)]
    CompileRuby {
        /// Ruby, as WebAssembly.
        module: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where state is kept.
    #[arg(long, default_value = ".longshore", value_name = "DIR")]
    pub(crate) data: PathBuf,
}

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

#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    pub(crate) action: TokenAction,
    /// Where `serve` keeps its state, where no store is configured.
    #[arg(long, default_value = ".longshore", value_name = "DIR", global = true)]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenAction {
    /// Make a token. It is shown once.
    New {
        /// Whose exports it opens.
        #[arg(long, value_parser = owner)]
        owner: Owner,
        /// Let it look at parked messages too.
        #[arg(long)]
        admin: bool,
    },
    /// List tokens by their ids.
    List,
    /// Revoke a token by its id.
    Revoke {
        /// The id, as `list` shows it.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// A definition (`.json`) or a configuration (`.toml`).
    pub(crate) file: PathBuf,
}

fn owner(name: &str) -> Result<Owner, proto::id::OwnerError> {
    name.to_owned().try_into()
}
