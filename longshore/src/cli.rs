//! The command line.

mod local;
mod plugin;
mod server;
mod sources;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use proto::id::Owner;

pub(crate) use self::local::{Credentials, Ermrest, Export, ExportFrom, Local, Run};
pub(crate) use self::plugin::{
    ListPlugins, NewPlugin, Plugin, PluginAction, TestPlugin, Trial, VerifyPlugin,
};
pub(crate) use self::server::{
    Change, Download, List, Parked, ParkedAction, Retry, Selected, Server, Start, Submit,
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
