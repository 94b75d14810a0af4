//! An output: where it goes, what it is made from, and what of that is written.
//!
//! Which keys go together (a format or assets, options of that format) is for `check`; here each is
//! valid for itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::assets::Assets;
use super::dataset::Dataset;
use super::easydb::Easydb;
use super::format::Format;
use super::incremental::Incremental;
use super::made::Made;
use super::options::Options;
use super::plugin;
use super::select::Select;
use super::verbatim::Verbatim;
use crate::template::Template;

/// One product of a run: a table in one file, one file for each record, or the assets of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = plugin::own_options)]
pub struct Output {
    /// Where it goes in the archive: a file (`flights.csv`), a template with fields in braces
    /// (`carriers/{carrier}.json`, with `per`), or a folder for assets (`media/`).
    #[schemars(length(min = 1, max = 1024))]
    pub to: String,
    /// The name of the source.
    pub from: String,
    /// What is read of a source that has queries to choose from: of a catalogue of `ERMrest`, such as
    /// `/entity/isa:dataset`. Left out, what the source's configuration says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 20000))]
    pub query: Option<String>,
    /// The snapshot of the source that is read, where it has such: of a catalogue of `ERMrest`, such as
    /// `361-FY5J-NNKT`. Left out, the one that is newest when the run is planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub view: Option<String>,
    /// Which records and fields; left out, all of them.
    #[serde(default, skip_serializing_if = "Select::is_everything")]
    pub select: Select,
    /// Only what is new or changed since the last run that succeeded; left out, everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incremental: Option<Incremental>,
    /// How records are written. Left out for assets only; with those that stay where they are, `jsonl` makes
    /// a list of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// Keeps every byte of what the source itself answers to the query, in this form; instead of a format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verbatim: Option<Verbatim>,
    /// Makes its file of others: of what sources answer, and of files that are made themselves; instead of a format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Box<Made>>,
    /// Details of the format.
    #[serde(default, skip_serializing_if = "Options::is_default")]
    pub options: Options,
    /// `record` makes one file for each record, named by the template in `to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<Per>,
    /// What becomes of its file where it has no record, or no byte where it is made of others; left out, the file is
    /// kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty_file: Option<EmptyFile>,
    /// Collects the files that a field of the records names, instead of writing the records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<Assets>,
    /// Objects of an easydb catalogue in the layout of easydb's exports, with their files; instead of a
    /// format. `to` is the folder they go to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub easydb: Option<Box<Easydb>>,
    /// Runs a plugin over the datasets of the source, by its name or that of its exporter; instead of a format.
    /// `options` are the plugin's own then. `to` is the file that it makes, or the folder of what it makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub plugin: Option<String>,
    /// The ids of the datasets that the plugin exports, in this order; left out, all of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 10000))]
    pub datasets: Option<Vec<String>>,
    /// What the plugin is told; where people see it, `options` ([`plugin::outputs`]).
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(skip)]
    pub plugin_options: Map<String, Value>,
}

impl Output {
    /// The fields an output needs for names, references and keys, besides those it writes, in the
    /// order in which rows carry them; of a catalogue's objects their changes, which not every form of them has.
    pub fn besides(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut add = |name: &str| {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        };
        if let Some(assets) = &self.assets {
            assets.besides(&mut add);
            let template = assets.name.as_deref().and_then(|name| Template::parse(name).ok());
            let wanted = template.iter().flat_map(Template::fields);
            wanted.filter(|name| !Assets::is_own(name)).for_each(&mut add);
            if let Some(remote) = &assets.remote {
                remote.fields().for_each(&mut add);
            }
        } else if self.per.is_some()
            && let Ok(template) = Template::parse(&self.to)
        {
            // Where records are pictures, these are those of the picture's file.
            let is_own =
                |name: &str| self.options.dataset.is_some() && Assets::OWN_FIELDS.contains(&name);
            template.fields().filter(|name| !is_own(name)).for_each(&mut add);
        }
        if let Some(thumbnails) = &self.options.thumbnails {
            add(&thumbnails.field);
        }
        if self.easydb.as_ref().is_some_and(|easydb| easydb.tells_changes()) {
            add(Easydb::CHANGELOG);
        }
        if let Some(key) = self.incremental.as_ref().and_then(Incremental::digest_key) {
            add(key);
        }
        names
    }

    /// What objects of a catalogue are searched for; nothing for all of them.
    pub fn search(&self) -> Option<Map<String, Value>> {
        self.easydb.as_ref().and_then(|easydb| easydb.search.clone())
    }

    /// What the fields are called in the output, in the order in which they are read; `read` are those
    /// of the source.
    pub fn field_names(&self, read: Option<&Vec<String>>) -> Option<Vec<String>> {
        match &self.select.fields {
            Some(fields) => Some(fields.iter().map(|field| field.display().to_owned()).collect()),
            None => read.cloned(),
        }
    }

    /// The further tables of a workbook as outputs of their own.
    pub fn sheets(&self) -> impl Iterator<Item = Self> {
        self.options.sheets.iter().map(|sheet| {
            let mut output = self.clone();
            output.from.clone_from(&sheet.from);
            output.query.clone_from(&sheet.query);
            // A snapshot of one source means nothing to another.
            output.view = self.view.clone().filter(|_| sheet.from == self.from);
            output.select.clone_from(&sheet.select);
            output.options.sheet = Some(sheet.name.clone());
            output.options.thumbnails.clone_from(&sheet.thumbnails);
            output.options.sheets.clear();
            output
        })
    }

    /// The fields of the source that are read, where that is not all of them.
    pub fn fields(&self) -> Option<Vec<String>> {
        if let Some(fields) = &self.select.fields {
            return Some(fields.iter().map(|field| field.name().to_owned()).collect());
        }
        match self.format {
            Some(Format::Fasta) => {
                let mut fields: Vec<String> = Vec::new();
                for (_, name) in self.options.fasta_fields() {
                    if !fields.contains(name) {
                        fields.push(name.clone());
                    }
                }
                Some(fields)
            }
            Some(Format::Coco | Format::Yolo | Format::Voc | Format::Cvat) => {
                self.options.dataset.as_ref().map(Dataset::fields)
            }
            Some(
                Format::Csv
                | Format::Json
                | Format::Jsonl
                | Format::Xml
                | Format::Xlsx
                | Format::Parquet
                | Format::Upd,
            )
            | None => None,
        }
    }

    /// Whether all its records go to one file, and not to one each, or to folders.
    pub fn is_one_file(&self) -> bool {
        let is_of_assets = self.assets.is_some() && !self.lists_files();
        self.per.is_none() && !is_of_assets && self.easydb.is_none() && self.plugin.is_none()
    }

    /// Whether its file is a list of files that stay where they are.
    pub fn lists_files(&self) -> bool {
        let is_remote = self.assets.as_ref().is_some_and(|assets| assets.remote.is_some());
        is_remote && self.format.is_some()
    }

    /// Whether its file is made in one piece, by one batch, and not joined from the parts of many.
    pub fn is_whole(&self) -> bool {
        let is_one_document = self.per.is_none() && self.options.stylesheet.is_some();
        is_one_document || self.made.is_some() || self.format.is_some_and(Format::is_whole)
    }

    /// Whether its file is left out where it has no record.
    pub fn drops_empty_file(&self) -> bool {
        self.empty_file == Some(EmptyFile::Drop)
    }

    /// Whether its file has nothing of any record, so that no source is asked for it: what the numbers
    /// in the labels of YOLO stand for.
    pub fn is_without_records(&self) -> bool {
        self.format == Some(Format::Yolo) && self.per.is_none()
    }

    /// Whether the columns of a table, or their types, depend on what is in the records, so that all of
    /// them must be looked over before any is written.
    pub fn needs_look(&self) -> bool {
        self.format == Some(Format::Parquet) || self.options.takes_apart()
    }
}

/// What makes a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Each record.
    Record,
}

/// What becomes of a file that has no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmptyFile {
    /// It is in the result, with what its format has without records, such as a header.
    Keep,
    /// It is left out.
    Drop,
}
