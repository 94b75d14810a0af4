//! What an export asks a catalogue for, and what becomes of each answer.

mod processor;

use std::borrow::Cow;

use serde_json::Value;

pub use self::processor::Processor;
use super::fasta::FastaColumns;
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
            _ => Processor::Fasta(FastaColumns::read(&step, reading)),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::variables::Variables;
    use super::*;

    fn query(processor: &str, params: &Value) -> (Option<Query>, Reading) {
        let mut reading = Reading::default();
        let step = json!({"processor": processor, "processor_params": params});
        let query = Query::read("/q/0", &step, &Classes::new(), &mut reading);
        (query, reading)
    }

    fn good(processor: &str, params: &Value) -> Query {
        let (query, reading) = query(processor, params);
        assert_eq!((reading.mistakes, reading.warnings), (vec![], vec![]), "{params}");
        query.unwrap()
    }

    #[test]
    fn each_processor_is_known_by_its_name() {
        let check = |name: &str, processor: &Processor, accept: &str, extension: Option<&str>| {
            let params = json!({"query_path": "/entity/s:t", "output_path": "x"});
            let query = good(name, &params);
            assert_eq!(query.processor, *processor);
            assert_eq!(
                (query.processor.accept(), query.processor.extension()),
                (accept, extension)
            );
        };
        let (json, stream) = ("application/json", "application/x-json-stream");
        check("csv", &Processor::Csv, "text/csv", Some(".csv"));
        check("json", &Processor::Json, json, Some(".json"));
        check("json-stream", &Processor::JsonStream, stream, Some(".json"));
        check("env", &Processor::Env { columns: vec![] }, json, None);
        check("dir", &Processor::Dir { columns: vec![] }, json, None);
        check("download", &Processor::Download, stream, None);
        check("fetch", &Processor::Fetch, stream, None);
        check("fasta", &Processor::Fasta(FastaColumns::default()), stream, Some(".fasta"));
    }

    #[test]
    fn a_query_has_what_it_was_given() {
        let query = good(
            "csv",
            &json!({"query_path": "/entity/s:t/id={sid_urlencoded}", "output_path": "d",
                "output_filename": "f", "ro_file_provenance": "no", "paged_query": true}),
        );
        let mut variables = Variables::default();
        variables.set("sid", "S/4");
        assert_eq!(query.asked(&variables), Ok(Some("/entity/s:t/id=S%2F4".to_owned())));
        assert_eq!(query.variables().collect::<Vec<_>>(), ["sid_urlencoded"]);
        assert_eq!(query.output.rendered(&variables, Some(".csv")), Ok("d/f.csv".to_owned()));
        assert!(query.paging.is_some() && !query.has_provenance && !query.processor.has_rows());
        let env = good("env", &json!({"query_path": "/entity/s:t", "query_keys": ["a"]}));
        assert_eq!(env.processor, Processor::Env { columns: vec!["a".to_owned()] });
        assert!(env.has_provenance && env.paging.is_none());
        assert_eq!((env.set(), query.set()), (Some(&["a".to_owned()][..]), None));
    }

    #[test]
    fn a_folder_needs_no_query() {
        let folder = good("dir", &json!({"output_path": "empty"}));
        assert_eq!((folder.asked(&Variables::default()), folder.set()), (Ok(None), None));
        let asking = good("dir", &json!({"output_path": "empty", "query_path": "/entity/s:t"}));
        assert_eq!(asking.set().map(<[String]>::len), Some(0));
        let (_, reading) = query("dir", &json!({}));
        assert_eq!(reading.mistakes[0].place, "/q/0/processor_params/output_path");
    }

    #[test]
    fn paths_that_cannot_be_asked_for_are_refused() {
        for path in [json!(null), json!(""), json!("entity/s:t"), json!("/entity/{a"), json!([])] {
            let (_, reading) = query("csv", &json!({"query_path": path}));
            assert!(!reading.mistakes.is_empty(), "{path}");
            for mistake in reading.mistakes {
                assert_eq!(mistake.place, "/q/0/processor_params/query_path");
                assert_eq!(mistake.class, Class::Failed);
            }
        }
    }

    #[test]
    fn no_path_leads_out_of_the_catalogue() {
        let mut variables = Variables::default();
        variables.set("up", "../../authn");
        variables.set("none", "entity");
        let class = |path: &str| {
            let query = good("csv", &json!({"query_path": path}));
            query.asked(&variables).map_err(|error| error.class())
        };
        for path in
            ["/../1/entity", "/entity/../..", "/{up}", "/%2e%2E/x", "/a\\..\\b", "/a#b", "/./x"]
        {
            assert_eq!(class(path), Err(Class::Misconfigured), "{path}");
        }
        assert_eq!(class("{none}"), Err(Class::Failed));
        assert_eq!(class("/{nokey}"), Err(Class::Failed));
        let plain = "/entity/s:t/a=x..y/b=%2e%2ex?limit=none&x=/../";
        assert_eq!(class(plain), Ok(Some(plain.to_owned())));
    }

    #[test]
    fn what_a_processor_does_not_know_is_told() {
        let params =
            json!({"query_path": "/schema", "paged_query": true, "query_keys": [], "x": 1});
        let (query, reading) = query("json", &params);
        assert_eq!(query.unwrap().paging, None);
        assert_eq!(
            reading.warnings,
            [
                "/q/0/processor_params/query_keys has no effect: it is not known",
                "/q/0/processor_params/x has no effect: it is not known",
                "/q/0/processor_params/paged_query has no effect: only csv and json-stream are read by pages",
            ]
        );
    }
}
