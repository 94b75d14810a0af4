//! What an export asks a catalogue for, and what becomes of each answer.

mod processor;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde_json::Value;

pub use self::processor::Processor;
use super::fasta;
use super::mistake::Class;
use super::paging::Paging;
use super::path::OutputPath;
use super::processor::{Classes, Step};
use super::reading::{Reading, at};
use super::template::{Template, UnknownVariable};
use super::variables::Values;

/// The processors of queries, by the names in configurations.
const OFFERED: [&str; 8] =
    ["csv", "json", "json-stream", "env", "dir", "download", "fetch", "fasta"];

/// The parameters that every processor knows.
const COMMON: [&str; 7] = [
    "query_path",
    "output_path",
    "output_filename",
    "ro_file_provenance",
    "paged_query",
    "paged_query_size",
    "paged_query_sort_columns",
];

/// A query, and what becomes of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What becomes of the answer.
    pub processor: Processor,
    /// What is asked, below the catalogue; nothing where nothing is asked.
    path: Option<Template>,
    /// Where the answer goes.
    pub output: OutputPath,
    /// How the answer is read page by page; at once where nothing is given.
    pub paging: Option<Paging>,
    /// Whether a research object says where the file is from.
    pub has_provenance: bool,
}

/// Why there is no path to ask for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A variable has no value.
    #[error(transparent)]
    Variable(#[from] UnknownVariable),
    /// It does not begin with a slash.
    #[error("the path {path:?} does not begin with \"/\"")]
    Relative {
        /// What it came to.
        path: String,
    },
    /// It leads out of the catalogue.
    #[error("the path {path:?} leads out of the catalogue")]
    Outside {
        /// What it came to.
        path: String,
    },
}

impl QueryError {
    /// How the service answers it.
    pub fn class(&self) -> Class {
        match self {
            Self::Variable(_) | Self::Relative { .. } => Class::Failed,
            Self::Outside { .. } => Class::Misconfigured,
        }
    }
}

impl Query {
    /// Reads a query; nothing where there is no such processor.
    pub(super) fn read(
        place: &str,
        value: &Value,
        classes: &Classes,
        reading: &mut Reading,
    ) -> Option<Self> {
        let step = Step::read(place, value, &OFFERED, classes, reading)?;
        let (place, params) = (step.place.as_str(), &step.params);
        let processor = match step.name {
            "csv" => Processor::Csv,
            "json" => Processor::Json,
            "json-stream" => Processor::JsonStream,
            "env" => Processor::Env { columns: reading.texts_of(place, params, "query_keys") },
            "dir" => Processor::Dir { columns: reading.texts_of(place, params, "query_keys") },
            "download" => Processor::Download,
            "fetch" => Processor::Fetch,
            _ => Processor::Fasta(fasta::read(&step, reading)),
        };
        let own: &[&str] = match &processor {
            Processor::Env { .. } | Processor::Dir { .. } => &["query_keys"],
            Processor::Fasta(_) => &["column_map"],
            Processor::Csv
            | Processor::Json
            | Processor::JsonStream
            | Processor::Download
            | Processor::Fetch => &[],
        };
        step.unknown(&[&COMMON, own], reading);
        let mut paging = Paging::read(&step, reading);
        if paging.is_some() && !matches!(processor, Processor::Csv | Processor::JsonStream) {
            reading.idle(&at(place, "paged_query"), "only csv and json-stream are read by pages");
            paging = None;
        }
        let path = path(&step, &processor, reading);
        let output = OutputPath::read(place, params, reading);
        let is_folder = matches!(processor, Processor::Dir { .. });
        if is_folder && output == OutputPath::default() {
            let hint = "name the folder";
            reading.missing(Class::Failed, &at(place, "output_path"), hint);
        }
        let has_provenance = reading.switch_of(place, params, "ro_file_provenance").unwrap_or(true);
        Some(Self { processor, path, output, paging, has_provenance })
    }

    /// What is asked, with values for its variables; nothing where nothing is asked.
    pub fn asked(&self, values: &dyn Values) -> Result<Option<String>, QueryError> {
        let Some(template) = &self.path else { return Ok(None) };
        let path = template.rendered(values)?;
        if !path.starts_with('/') {
            return Err(QueryError::Relative { path });
        }
        let before = path.split(['?', '#']).next().unwrap_or_default();
        if path.contains('#') || before.split(['/', '\\']).any(is_dots) {
            return Err(QueryError::Outside { path });
        }
        Ok(Some(path))
    }

    /// The columns of its first row that become variables, none for all of them; nothing where none do.
    pub fn set(&self) -> Option<&[String]> {
        match &self.processor {
            Processor::Env { columns } | Processor::Dir { columns } => {
                self.path.as_ref().map(|_| columns.as_slice())
            }
            Processor::Csv
            | Processor::Json
            | Processor::JsonStream
            | Processor::Download
            | Processor::Fetch
            | Processor::Fasta(_) => None,
        }
    }

    /// The names of the variables that what is asked has.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.path.iter().flat_map(Template::variables)
    }
}

fn path(step: &Step, processor: &Processor, reading: &mut Reading) -> Option<Template> {
    let hint = "write the path below the catalogue, such as \"/entity/schema:table?limit=none\"";
    let place = at(&step.place, "query_path");
    let Some(text) = reading.text_of(&step.place, &step.params, "query_path") else {
        let given = step.params.get("query_path");
        let is_absent = given.is_none_or(|value| value.is_null() || value == "");
        if is_absent && !matches!(processor, Processor::Dir { .. }) {
            reading.missing(Class::Failed, &place, hint);
        }
        return None;
    };
    if !text.starts_with(['/', '{']) {
        reading.failed(&place, "the path does not begin with \"/\"", hint);
    }
    reading.template_of(&step.place, &step.params, "query_path")
}

/// Whether a part of a path means the same folder or the one above, encoded or not.
fn is_dots(part: &str) -> bool {
    let plain: Cow<'_, str> = if part.contains('%') {
        Cow::Owned(part.replace("%2e", ".").replace("%2E", "."))
    } else {
        Cow::Borrowed(part)
    };
    plain == "." || plain == ".."
}
