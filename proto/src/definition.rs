//! The native definition: what to export, in which form, delivered how.
//!
//! Every dialect is translated into this. It is parsed once, at the border, by
//! [`Definition::parse`]; whoever holds a [`Definition`] holds a valid one. The JSON Schema of it is
//! generated from these types and committed as `docs/definition.schema.json`.

mod schema;
mod output;
mod select;
mod plugin;
mod remote;
mod assets;
mod conversions;
mod incremental;
mod format;
mod verbatim;
mod made;
mod table;
mod easydb;
mod dataset;
mod thumbnails;
mod field_names;
mod options;
mod packer;
mod encrypt;
mod transport;
mod schedule;
mod check;

use std::time::Duration;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::assets::{
    Assets, Class, Colour, Convert, Edge, Flip, ImageClass, ImageFormat, Layout, Metadata,
    MetadataName, Other, Override, Position, Quality, QualityName, Rotation, Size, Step, Tags,
    Watermark,
};
pub use self::conversions::unknown_watermarks;
pub use self::dataset::Dataset;
pub use self::easydb::{
    Changelog, EasData, EasDataFormat, EasDataKind, EasField, EasRule, EasVersion, EasVersions,
    Easydb, EasydbCsv, EasydbHierarchy, EasydbXlsx, Generation, Merge, Shown,
};
pub use self::encrypt::{Encrypt, unknown_passphrase, unknown_passphrases};
pub use self::field_names::FieldNames;
pub use self::format::Format;
pub use self::incremental::{By, Incremental};
pub use self::made::{
    Columns, ColumnsOfFasta, Filled, Json2csv, Made, Making, Material, OtherColumn, Replaced,
    Replacements, Treated, Treatment,
};
pub use self::options::{JsonLayout, LineEnd, Medias, Options, Sheet};
pub use self::output::{EmptyFile, Output, Per};
pub use self::packer::{
    Bag, BagArchive, BagVersion, Contributor, Packer, Profile, ResearchObject, Values,
};
pub use self::remote::Remote;
pub use self::schedule::{Schedule, Times, Weekday};
pub use self::schema::json_schema;
pub use self::select::{Field, NamedField, Select};
pub use self::table::{EmptyColumns, Flatten, Hierarchies, Languages, Levels};
pub use self::thumbnails::Thumbnails;
pub use self::transport::{
    Attach, Download, Email, Ftp, Http, Records, Rsync, RsyncOptions, S3, S3Options, Sftp,
    SftpOptions, Transport, TransportKind, Webdav, WebdavOptions,
};
pub use self::verbatim::Verbatim;
use crate::fault::Fault;
use crate::notice::Notify;
use crate::source::SourceSpec;
use crate::target::TargetSpec;

/// What an export is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// What people call the export; also the name of its archive. 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// The products, in the order they stand in the archive; none only where it is a bag that may be empty.
    #[serde(with = "plugin::outputs")]
    #[schemars(with = "Vec<Output>", length(max = 1000))]
    pub outputs: Vec<Output>,
    /// Records per batch; 0 puts each output into one batch; left out, the planner chooses so that a
    /// batch takes seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<u64>,
    /// What becomes of a run that meets a broken record or a missing asset.
    #[serde(default)]
    pub on_error: OnError,
    /// How the result is packed and handed over; left out, one download of a ZIP archive.
    #[serde(default = "default_transports")]
    #[schemars(length(min = 1, max = 32))]
    pub transports: Vec<Transport>,
    /// Puts a page into the result that lists its files, with the pictures among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Index>,
    /// How long a finished run is kept, such as `7d` or `12h`; at least a minute.
    #[serde(default = "default_lifetime", with = "humantime_serde")]
    #[schemars(with = "String")]
    pub lifetime: Duration,
    /// When runs start by themselves, besides those that are asked for. Not for `longshore run`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub schedules: Vec<Schedule>,
    /// Whether the schedules rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// Webhooks of the configuration that are told what happens to the export.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub notify: Vec<Notify>,
    /// Sources by name, for `longshore run` only: a server takes its sources from its configuration
    /// and refuses these. Paths are relative to the definition's file.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub sources: IndexMap<String, SourceSpec>,
    /// Targets by name, for `longshore run` only: a server takes its targets from its configuration
    /// and refuses these. Paths are relative to the definition's file.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub targets: IndexMap<String, TargetSpec>,
}

/// A page that lists the files of the result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Its title; the name of the export unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub title: Option<String>,
}

/// What becomes of a run that meets a broken record or a missing asset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The run fails; nothing is delivered.
    #[default]
    Fail,
    /// The record or asset is left out, named in the result and in `warnings.jsonl` in the archive.
    Warn,
}

fn default_transports() -> Vec<Transport> {
    vec![Transport::Download(Download::default())]
}

fn default_lifetime() -> Duration {
    Duration::from_hours(7 * 24)
}

impl Definition {
    /// Largest definition accepted, in bytes.
    pub const MAX_BYTES: usize = 1 << 20;

    /// The sources that outputs name, each with its place in the document.
    pub fn named_sources(&self) -> impl Iterator<Item = (String, &str)> {
        self.outputs.iter().enumerate().flat_map(|(index, output)| {
            let place = format!("/outputs/{index}");
            let sheets = output.options.sheets.iter().enumerate();
            let sheets: Vec<(String, &str)> = sheets
                .map(|(at, sheet)| (format!("{place}/options/sheets/{at}/from"), &*sheet.from))
                .collect();
            let made = output.made.iter();
            let materials = made.flat_map(|made| made.named_sources(&format!("{place}/made")));
            let materials: Vec<(String, &str)> = materials.collect();
            let first = std::iter::once((format!("{place}/from"), &*output.from));
            first.chain(sheets).chain(materials)
        })
    }

    /// Reads a definition, or tells every mistake in it at once.
    pub fn parse(json: &str) -> Result<Self, Vec<Fault>> {
        let value = schema::read(json)?;
        let mut faults = schema::mistakes(&value);
        if !faults.is_empty() {
            faults.extend(check::mistakes_in_parts(&value, &faults));
            return Err(faults);
        }
        let definition: Self = serde_json::from_value(value).map_err(|error| {
            vec![Fault::new(crate::fault::Code::InvalidValue, error.to_string())]
        })?;
        let mistakes = check::mistakes(&definition);
        if mistakes.is_empty() { Ok(definition) } else { Err(mistakes) }
    }
}

#[cfg(test)]
mod tests;
