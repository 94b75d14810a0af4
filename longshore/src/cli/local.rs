//! What can be said to commands that run an export in their own process.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The definition, or a configuration of deriva-download.
    pub(crate) definition: PathBuf,
    /// Values of variables of a configuration of deriva-download; they count before its own.
    #[arg(value_name = "KEY=VALUE")]
    pub(crate) variables: Vec<String>,
    /// The server that a configuration of deriva-download reads, instead of its own.
    #[arg(long, value_name = "URL")]
    pub(crate) host: Option<String>,
    /// The catalogue that it reads there, perhaps with `@` and a snapshot behind it.
    #[arg(long, value_name = "ID")]
    pub(crate) catalog: Option<String>,
    #[command(flatten)]
    pub(crate) credentials: Credentials,
    #[command(flatten)]
    pub(crate) local: Local,
}

/// Where a run in this process works, and what it prints.
#[derive(Debug, Args)]
pub(crate) struct Local {
    /// Where the result goes.
    #[arg(long, alias = "output", default_value = "exports", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Batches at once; as many as there are cores unless given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) workers: Option<u16>,
    /// Where state is kept; a run that was cut off goes on from there.
    #[arg(long, default_value = ".longshore", value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Print the result as one JSON object, and nothing else.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Who reads a catalogue of Deriva.
#[derive(Debug, Args)]
pub(crate) struct Credentials {
    /// A file with the value of the cookie `webauthn`; it is read anew when the session has ended.
    #[arg(long, value_name = "FILE", conflicts_with = "bearer_file")]
    pub(crate) cookie_file: Option<PathBuf>,
    /// A file with a token, for `Authorization: Bearer`; it is read anew when the token holds no more.
    #[arg(long, value_name = "FILE")]
    pub(crate) bearer_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(subcommand)]
    pub(crate) from: ExportFrom,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExportFrom {
    /// Run an export template of a table in a catalogue of Deriva, or list its templates.
    Ermrest(Ermrest),
}

#[derive(Debug, Args)]
pub(crate) struct Ermrest {
    /// The server, such as `https://deriva.example.org`.
    #[arg(value_name = "URL")]
    pub(crate) host: String,
    /// The catalogue, perhaps with `@` and a snapshot behind it.
    pub(crate) catalog: String,
    /// The table.
    #[arg(value_name = "SCHEMA:TABLE")]
    pub(crate) table: String,
    /// Which of its rows, as ERMrest writes filters and paths behind the table; all of them unless given.
    #[arg(long, default_value = "", value_name = "FILTERS", hide_default_value = true)]
    pub(crate) path: String,
    /// Where the rows would be shown, such as `compact` for a list of them.
    #[arg(long, default_value = "detailed")]
    pub(crate) context: String,
    /// The template, by its display name; needed where there are several.
    #[arg(long, value_name = "NAME")]
    pub(crate) template: Option<String>,
    /// List the templates, and why others are none.
    #[arg(long)]
    pub(crate) list: bool,
    #[command(flatten)]
    pub(crate) credentials: Credentials,
    #[command(flatten)]
    pub(crate) local: Local,
}
