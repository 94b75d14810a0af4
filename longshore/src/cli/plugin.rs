//! What can be said to the commands for plugins.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use proto::plugin::shard::Merge;
use serde_json::{Map, Value};

use super::Local;

#[derive(Debug, Args)]
pub(crate) struct Plugin {
    #[command(subcommand)]
    pub(crate) action: PluginAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginAction {
    /// Write a plugin to begin with: a manifest, an exporter, and a spec of it.
    New(NewPlugin),
    /// List the exporters of the configured folders.
    List(ListPlugins),
    /// Run an exporter over a few datasets, and show the files that it makes.
    Test(TestPlugin),
    /// Run an exporter whole and in parts, and compare what it makes, byte by byte.
    Verify(VerifyPlugin),
}

#[derive(Debug, Args)]
pub(crate) struct NewPlugin {
    /// Its folder, which is called as the plugin is.
    #[arg(value_name = "NAME")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ListPlugins {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TestPlugin {
    #[command(flatten)]
    pub(crate) trial: Trial,
    #[command(flatten)]
    pub(crate) local: Local,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyPlugin {
    #[command(flatten)]
    pub(crate) trial: Trial,
    /// What makes one result of the parts, whatever the exporter says itself: `json_array`, `files`, `jsonl`, `zip`
    /// or `none`.
    #[arg(long, value_name = "RULE", value_parser = merge)]
    pub(crate) merge: Option<Merge>,
}

/// What is run, and over what.
#[derive(Debug, Args)]
pub(crate) struct Trial {
    /// The plugin's folder.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// The exporter, by its class; needed where the plugin has several.
    #[arg(long, value_name = "CLASS")]
    pub(crate) exporter: Option<String>,
    /// What the exporter is told, as a JSON object.
    #[arg(long, value_name = "JSON", default_value = "{}", value_parser = options)]
    pub(crate) options: Map<String, Value>,
    /// Other datasets than the few that are built in: a folder as a source of kind `dataset` reads it.
    #[arg(long, value_name = "DIR")]
    pub(crate) sample: Option<PathBuf>,
}

fn options(text: &str) -> Result<Map<String, Value>, serde_json::Error> {
    serde_json::from_str(text)
}

fn merge(text: &str) -> Result<Merge, serde_json::Error> {
    serde_json::from_value(Value::from(text))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn verify(arguments: &[&str]) -> Result<VerifyPlugin, String> {
        let line = [&["longshore", "plugin", "verify", "boxes"][..], arguments].concat();
        let cli = Cli::try_parse_from(line).map_err(|error| error.to_string())?;
        let Command::Plugin(Plugin { action: PluginAction::Verify(args) }) = cli.command else {
            panic!()
        };
        Ok(args)
    }

    #[test]
    fn options_are_an_object_and_rules_have_names() {
        let args = verify(&["--options", r#"{"a": [1]}"#, "--merge", "json_array"]).unwrap();
        assert_eq!(args.trial.options["a"], serde_json::json!([1]));
        assert_eq!(args.merge, Some(Merge::JsonArray));
        assert!(verify(&[]).unwrap().trial.options.is_empty());
        assert!(verify(&["--options", "[1]"]).unwrap_err().contains("--options"));
        assert!(verify(&["--merge", "csv"]).unwrap_err().contains("json_array"));
    }
}
