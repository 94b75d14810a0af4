//! `plugin`: exporters that come as plugins are written, listed, tried and compared.

mod new;
mod host;
mod list;
mod sample;
mod trial;
mod test;
mod merged;
mod compare;
mod verify;

use std::path::Path;

use super::configured;
use crate::cli::{self, PluginAction};
use crate::exit::Exit;

/// Does what is asked.
pub(super) async fn plugin(args: cli::Plugin, file: Option<&Path>) -> anyhow::Result<Exit> {
    match args.action {
        PluginAction::New(args) => new::new(&args),
        PluginAction::List(args) => configured(file, |config| list::list(args, config)).await,
        PluginAction::Test(args) => configured(file, |config| test::test(args, config)).await,
        PluginAction::Verify(args) => configured(file, |config| verify::verify(args, config)).await,
    }
}
