//! The configuration of an export, as a definition of ours.
//!
//! Its queries are walked in their order, for what one of them finds are variables of those behind it. Where it is
//! a matter of rows how things go on, the walk stops and says what is to be asked: nothing here asks a server. What
//! comes out is a definition like any other: it was parsed, and names its paths, its snapshot and its queries
//! without any variable that is left.

mod columns;
mod query;
mod transforms;
mod files;
mod made;
mod bag;
mod research_object;
mod safe_name;
mod refused;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use self::made::Made;
pub use self::made::PromisedFile;
use self::query::Walked;
use self::transforms::Transforming;
use super::engine::{Configuration, PostProcessor, Processor, Query, Refused, Variables};
use crate::definition::Definition;

/// What an export of loose files is called, by when it was begun.
const UNNAMED: &str = "deriva_export_%Y-%m-%d_%H.%M.%S";

/// A configuration on its way to a definition.
#[derive(Debug, Clone)]
pub struct Translation {
    configuration: Configuration,
    source: String,
    view: Option<String>,
    caller: Option<String>,
    /// Which query is next.
    at: usize,
    step: Step,
    made: Made,
}

/// What is read.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The name of the configured source.
    pub source: &'a str,
    /// The snapshot of it; the newest where nothing is given.
    pub view: Option<&'a str>,
}

/// What comes next.
#[derive(Debug, Clone)]
pub enum Next {
    /// The first row of a query is asked for, or the object that its answer is.
    Ask {
        /// The path below the catalogue.
        path: String,
    },
    /// Everything is translated.
    Done(Box<Translated>),
}

/// A configuration, translated.
#[derive(Debug, Clone)]
pub struct Translated {
    /// What its queries, its transforms and its bag are.
    pub definition: Definition,
    /// The files that these make, in their order, as paths below the bag where there is one.
    pub files: Vec<PromisedFile>,
    /// What of the configuration comes out otherwise than it says.
    pub warnings: Vec<String>,
    /// What variables have for values after the last query: those of the steps that are left.
    pub variables: Variables,
    /// What is yet to be done with the result, in its order; the definition knows nothing of it.
    pub post_processors: Vec<PostProcessor>,
}

/// Where the walk is with the next query.
#[derive(Debug, Clone)]
enum Step {
    /// Nothing was asked for it.
    Begun,
    /// Something was.
    Asked,
    /// And this was found.
    Answered(Option<Map<String, Value>>),
}

impl Translation {
    /// Begins before the first query.
    pub fn new(configuration: Configuration, place: Place<'_>) -> Self {
        Self {
            configuration,
            source: place.source.to_owned(),
            view: place.view.map(str::to_owned),
            caller: None,
            at: 0,
            step: Step::Begun,
            made: Made::default(),
        }
    }

    /// Says which snapshot is read by everything that comes from now on.
    pub fn set_view(&mut self, view: Option<String>) {
        self.view = view;
    }

    /// Says what people call whoever asks for the export; bags tell whose rights their files were read with.
    pub fn set_caller(&mut self, name: Option<String>) {
        self.caller = name;
    }

    /// Goes on to the next query that must be asked for variables, or to the end. Until there is an answer it asks
    /// for the same again.
    pub fn next(&mut self, now: Timestamp) -> Result<Next, Refused> {
        while let Some(query) = self.configuration.queries.get(self.at).cloned() {
            let index = self.at;
            let path = query
                .asked(&self.configuration.variables)
                .map_err(|error| refused::query(&error, index))?;
            let row = match question(&query, path.as_deref()) {
                None => None,
                Some(path) => match std::mem::replace(&mut self.step, Step::Asked) {
                    Step::Answered(row) => row,
                    Step::Begun | Step::Asked => return Ok(Next::Ask { path: path.to_owned() }),
                },
            };
            self.step = Step::Begun;
            self.at += 1;
            let address = self.address();
            let walked = Walked {
                query: &query,
                index,
                path: path.as_deref().unwrap_or_default(),
                source: &self.source,
                view: self.view.as_deref(),
                address: &address,
                variables: &self.configuration.variables,
                row: row.as_ref(),
                is_bagged: self.configuration.bag.is_some(),
            };
            walked.add_to(&mut self.made)?;
            if let (Some(row), Some(columns)) = (&row, query.set()) {
                self.configuration.variables.take(row, columns);
            }
        }
        self.finished(now).map(|done| Next::Done(Box::new(done)))
    }

    /// The first row that the question found.
    pub fn answer(&mut self, row: Option<Map<String, Value>>) {
        if matches!(self.step, Step::Asked) {
            self.step = Step::Answered(row);
        }
    }

    /// The address of what is read, without the path of a query.
    fn address(&self) -> String {
        let catalog = &self.configuration.catalog;
        let view = self.view.as_ref().map(|view| format!("@{view}")).unwrap_or_default();
        format!("{}/ermrest/catalog/{}{view}", catalog.host.origin(), catalog.id)
    }

    fn finished(&self, now: Timestamp) -> Result<Translated, Refused> {
        let mut made = self.made.clone();
        let Configuration { variables, transforms, post_processors, bag, .. } = &self.configuration;
        let may_be_empty = bag.as_ref().is_some_and(|bag| !bag.is_strict);
        if made.outputs.is_empty() && !may_be_empty {
            return Err(refused::nothing());
        }
        let (source, is_bagged) = (self.source.as_str(), bag.is_some());
        Transforming { source, variables, is_bagged }.add_all(transforms, &mut made)?;
        made.miss_folders();
        let caller = self.caller.as_deref();
        let begun_at = now.to_zoned(TimeZone::UTC).datetime();
        let (name, packer) = match bag {
            Some(bag) => {
                let wanted = bag.name(begun_at);
                let name = safe_name::safe(&wanted);
                if name != wanted {
                    made.warnings.push(format!("the bag is called {name:?}, not {wanted:?}"));
                }
                (name, json!({"bag": bag::told(bag, begun_at, caller, &mut made)}))
            }
            None => (begun_at.strftime(UNNAMED).to_string(), json!("none")),
        };
        let definition = json!({
            "name": name,
            "outputs": made.outputs,
            "on_error": "fail",
            "transports": [{"type": "download", "packer": packer}],
        });
        let definition = Definition::parse(&definition.to_string())
            .map_err(|faults| refused::definition(faults, &made.of))?;
        Ok(Translated {
            definition,
            files: made.files,
            warnings: made.warnings,
            variables: variables.clone(),
            post_processors: post_processors.clone(),
        })
    }
}

/// What is to be asked before a query can be translated: the row whose columns become variables, or one that shows
/// which columns rows have, where that matters and the query does not tell.
fn question<'p>(query: &Query, path: Option<&'p str>) -> Option<&'p str> {
    let path = path?;
    let needs_columns = match &query.processor {
        Processor::Download | Processor::Fetch => true,
        Processor::Fasta(columns) => columns.is_line(),
        Processor::Csv
        | Processor::Json
        | Processor::JsonStream
        | Processor::Env { .. }
        | Processor::Dir { .. } => false,
    };
    let is_untold = needs_columns && columns::told(path).is_none();
    (query.set().is_some() || is_untold).then_some(path)
}
