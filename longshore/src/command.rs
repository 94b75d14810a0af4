//! The commands, one file each.

mod definition;
mod run;
mod deriva;
mod export;
mod progress;
mod roles;
mod operator;
mod client;
mod submit;
mod list;
mod show;
mod watch;
mod change;
mod steer;
mod parked;
mod download;
mod token;
mod sources;
mod plugin;
mod check;

use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::cli::{Cli, Command};
use crate::config::{Config, REFERENCE};
use crate::exit::{self, Exit};

/// Does what the command line says.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<Exit> {
    let file = cli.config.as_deref();
    match cli.command {
        Command::Run(args) => configured(file, |config| run::run(args, config)).await,
        Command::Export(args) => configured(file, |config| export::export(args, config)).await,
        Command::Serve(args) => configured(file, |config| roles::serve(args, config)).await,
        Command::Coordinator => configured(file, roles::coordinator).await,
        Command::Worker => configured(file, roles::worker).await,
        Command::TransportAgent => configured(file, roles::transport_agent).await,
        Command::Operator => configured(file, operator::operator).await,
        Command::Token(args) => configured(file, |config| token::token(args, config)).await,
        Command::Sources(args) => configured(file, |config| sources::sources(args, config)).await,
        Command::Plugin(args) => plugin::plugin(args, file).await,
        Command::Submit(args) => submit::submit(args).await,
        Command::List(args) => list::list(args).await,
        Command::Show(args) => show::show(args).await,
        Command::Watch(args) => watch::watch(args).await,
        Command::Start(args) => steer::start(args).await,
        Command::Stop(args) => steer::stop(args).await,
        Command::Retry(args) => steer::retry(args).await,
        Command::Change(args) => change::change(args).await,
        Command::Pause(args) => change::pause(args).await,
        Command::Resume(args) => change::resume(args).await,
        Command::Delete(args) => steer::delete(args).await,
        Command::Parked(args) => parked::parked(args).await,
        Command::Download(args) => download::download(args).await,
        Command::Check(args) => Ok(check::check(&args, file)),
        Command::Config => {
            exit::print(REFERENCE.trim_end());
            Ok(Exit::Done)
        }
        // Done before there was a runtime.
        Command::ConvertImage { .. } | Command::PluginGate { .. } => Ok(Exit::Done),
        #[cfg(feature = "sandbox-wasm")]
        Command::PluginWasm { .. } | Command::CompileRuby { .. } => Ok(Exit::Done),
    }
}

/// Does something with the configuration, or tells what is wrong with it.
async fn configured<F: Future<Output = anyhow::Result<Exit>>>(
    file: Option<&Path>,
    command: impl FnOnce(Config) -> F,
) -> anyhow::Result<Exit> {
    match Config::read(file) {
        Ok(config) => command(config).await,
        Err(faults) => Ok(exit::bad_input("the configuration", &faults)),
    }
}

/// Told to stop by SIGTERM or SIGINT.
pub(crate) fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};

    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        told.cancel();
    });
    Ok(stop)
}
