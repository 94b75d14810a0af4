//! A whole configuration: read, and checked for variables that nothing gives a value.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bag::{self, Archiver, Bag};
use super::catalog::{self, Catalog, Host};
use super::mistake::{Class, Refused};
use super::post::PostProcessor;
use super::processor::Classes;
use super::query::Query;
use super::reading::{Reading, at};
use super::transform::Transform;
use super::variables::{self, Variables, argument};
use crate::fault::Code;

/// The variable with the host and the port of the catalogue.
const HOSTNAME: &str = "hostname";

/// The variable with the address of whoever asks.
const REQUEST_IP: &str = "request_ip";

/// What that has where nobody knows it.
const NO_IP: &str = "ip-unknown";

/// The variable with the address of the export at the service.
const SERVICE_URL: &str = "deriva_service_url";

/// An export, as it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// What variables have for values before the first query.
    pub variables: Variables,
    /// The bag that the outputs are put in; loose files where nothing is given.
    pub bag: Option<Bag>,
    /// What is read.
    pub catalog: Catalog,
    /// The queries, in their order; never none, unless a bag may be empty.
    pub queries: Vec<Query>,
    /// What is made of their outputs, in its order.
    pub transforms: Vec<Transform>,
    /// What is done with the result, in its order.
    pub post_processors: Vec<PostProcessor>,
}

/// Which way a configuration came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// To the service, for a bag.
    Bag,
    /// To the service, for loose files.
    Files,
    /// From a terminal.
    Terminal,
}

/// What comes with a configuration, and is not in it.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Which way it came.
    pub way: Way,
    /// The server, where it is named outside.
    pub host: Option<&'a str>,
    /// The catalogue, where it is named outside.
    pub catalog_id: Option<&'a str>,
    /// The address of whoever asks, where it is known.
    pub request_ip: Option<&'a str>,
    /// The address of the export at the service, where there is one.
    pub service_url: Option<&'a str>,
    /// Variables as `KEY=VALUE`, which count before those of the configuration.
    pub arguments: &'a [String],
    /// Python classes that may be named, and what is run for each.
    pub classes: &'a Classes,
    /// Whether a service for identifiers is configured.
    pub has_identifiers: bool,
}

impl<'a> Asked<'a> {
    /// Nothing but the way that a configuration came, and the classes that it may name.
    pub fn new(way: Way, classes: &'a Classes) -> Self {
        Self {
            way,
            host: None,
            catalog_id: None,
            request_ip: None,
            service_url: None,
            arguments: &[],
            classes,
            has_identifiers: false,
        }
    }
}

/// A configuration that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// What it means.
    pub configuration: Configuration,
    /// What of it has no effect.
    pub warnings: Vec<String>,
}

impl Configuration {
    /// Reads a configuration; every mistake is told.
    pub fn read(json: &Value, asked: &Asked<'_>) -> Result<Read, Refused> {
        let mut reading = Reading::default();
        let configuration = whole(json, asked, &mut reading);
        let Reading { mistakes, warnings } = reading;
        match configuration.filter(|_| mistakes.is_empty()) {
            Some(configuration) => Ok(Read { configuration, warnings }),
            None => Err(Refused { mistakes }),
        }
    }
}

fn whole(json: &Value, asked: &Asked<'_>, reading: &mut Reading) -> Option<Configuration> {
    let hint = "write an object with a \"catalog\" and its \"query_processors\"";
    let Some(map) = json.as_object().filter(|map| !map.is_empty()) else {
        let message = "there is no configuration".to_owned();
        reading.note(Code::MissingField, Class::Incomplete, "", message, hint);
        return None;
    };
    reading.unknown("", map, &KNOWN);
    let mut variables = own_variables(map, asked, reading);
    let Some(given) = map.get("catalog").and_then(|value| reading.map("/catalog", value)) else {
        reading.missing(Class::Incomplete, "/catalog", hint);
        return None;
    };
    reading.unknown("/catalog", given, &KNOWN_OF_CATALOG);
    let catalog = catalog::read(given, "/catalog", asked.host, asked.catalog_id, reading);
    let host = catalog.as_ref().map(|catalog| &catalog.host);
    variables.set(HOSTNAME, host.map_or("", Host::authority));
    let origin = host.map(Host::origin).unwrap_or_default();
    let bag = bag(map, asked.way, &origin, &variables, reading);
    let queries = queries(given, bag.as_ref(), asked, reading);
    let transforms = steps("/transform_processors", map, reading, |place, value, reading| {
        Transform::read(place, value, asked.classes, reading)
    });
    let post_processors = steps("/post_processors", map, reading, |place, value, reading| {
        PostProcessor::read(place, value, asked, reading)
    });
    let (queries, transforms) = (queries?, transforms?);
    unset(&variables, &queries, &transforms, reading);
    let post_processors = post_processors?;
    Some(Configuration { variables, bag, catalog: catalog?, queries, transforms, post_processors })
}

const KNOWN: [&str; 6] =
    ["env", "bag", "catalog", "transform_processors", "post_processors", "public"];

const KNOWN_OF_CATALOG: [&str; 7] =
    ["host", "catalog_id", "token", "oauth2_token", "username", "password", "query_processors"];

/// The variables of the configuration, of the arguments before them, and of the request.
fn own_variables(map: &Map<String, Value>, asked: &Asked<'_>, reading: &mut Reading) -> Variables {
    let mut variables = Variables::default();
    let env = map.get("env").and_then(|value| reading.map("/env", value));
    for (name, value) in env.into_iter().flatten() {
        if value.is_array() || value.is_object() {
            let message = format!("{name:?} is neither a text nor a number");
            reading.failed(&at("/env", name), message, "write a text");
        } else {
            variables.set(name, variables::text(value));
        }
    }
    for text in asked.arguments {
        match argument(text) {
            Some((name, value)) => {
                if env.is_some_and(|env| env.contains_key(name)) {
                    reading.idle(&at("/env", name), "an argument gives the variable its value");
                }
                variables.set(name, value);
            }
            None => {
                let message = format!("{text:?} gives no variable a value");
                reading.failed("/env", message, "write arguments as KEY=VALUE");
            }
        }
    }
    // The service knows who asks for a bag only.
    let request_ip = asked.request_ip.filter(|_| asked.way != Way::Files).unwrap_or(NO_IP);
    variables.set(REQUEST_IP, request_ip);
    if let Some(service_url) = asked.service_url {
        variables.set(SERVICE_URL, service_url);
    }
    variables
}

/// The bag, as the way of the configuration has it: files of the service are in none, a terminal takes an
/// empty object for none, and packs none where nothing is said.
fn bag(
    map: &Map<String, Value>,
    way: Way,
    origin: &str,
    variables: &Variables,
    reading: &mut Reading,
) -> Option<Bag> {
    let given = reading.map("/bag", map.get("bag")?)?;
    match way {
        Way::Bag => Some(bag::read(given, Some(Archiver::Zip), origin, variables, reading)),
        Way::Terminal if given.is_empty() => None,
        Way::Terminal => Some(bag::read(given, None, origin, variables, reading)),
        Way::Files => None,
    }
}

/// The queries; nothing where one of them cannot be read.
fn queries(
    catalog: &Map<String, Value>,
    bag: Option<&Bag>,
    asked: &Asked<'_>,
    reading: &mut Reading,
) -> Option<Vec<Query>> {
    const PLACE: &str = "/catalog/query_processors";
    let list = reading.list(PLACE, catalog.get("query_processors").unwrap_or(&Value::Null));
    if list.is_empty() && bag.is_none_or(|bag| bag.is_strict) {
        reading.missing(Class::Failed, PLACE, "write what is read from the catalogue");
        return None;
    }
    let queries = list
        .iter()
        .enumerate()
        .map(|(n, value)| Query::read(&format!("{PLACE}/{n}"), value, asked.classes, reading));
    // Every one is read, so that all mistakes are told.
    let queries: Vec<_> = queries.collect();
    queries.into_iter().collect()
}

/// The steps of a list at a place; nothing where one of them cannot be read.
fn steps<T>(
    place: &str,
    map: &Map<String, Value>,
    reading: &mut Reading,
    read: impl Fn(&str, &Value, &mut Reading) -> Option<T>,
) -> Option<Vec<T>> {
    let given = map.get(place.trim_start_matches('/')).unwrap_or(&Value::Null);
    let list = reading.list(place, given);
    let steps = list.iter().enumerate();
    let steps: Vec<_> =
        steps.map(|(n, value)| read(&format!("{place}/{n}"), value, reading)).collect();
    steps.into_iter().collect()
}

/// Tells of variables that have no value when they are asked for. From a query for variables on that does
/// not list its columns, nobody knows which there are.
fn unset(
    variables: &Variables,
    queries: &[Query],
    transforms: &[Transform],
    reading: &mut Reading,
) {
    const HINT: &str = "set it in \"env\", or list it in the \"query_keys\" of an env processor \
        before; write \"{{\" for a brace";
    let mut known = variables.clone();
    let mut told = |known: &Variables, place: String, name: &str| {
        if !known.has(name) {
            reading.failed(&place, format!("there is no variable {name:?}"), HINT);
        }
    };
    for (n, query) in queries.iter().enumerate() {
        let place = format!("/catalog/query_processors/{n}/processor_params");
        for name in query.variables() {
            told(&known, at(&place, "query_path"), name);
        }
        // The columns of its rows are variables as well, whatever they are.
        if !query.processor.has_rows() {
            for name in query.output.variables() {
                told(&known, at(&place, "output_path"), name);
            }
        }
        let columns = query.set();
        if columns.is_some_and(<[String]>::is_empty) {
            return;
        }
        for column in columns.into_iter().flatten() {
            known.set(column, "");
        }
    }
    for (n, transform) in transforms.iter().enumerate() {
        for name in transform.variables() {
            let place = format!("/transform_processors/{n}/processor_params/output_path");
            told(&known, place, name);
        }
    }
}
