//! What definitions configurations become, query by query and bag by bag.

mod bags;
mod files;
mod recorded;
mod transforms;
mod walk;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Next, Place, PromisedFile, Translated, Translation};
use crate::deriva::engine::{Asked, Classes, Configuration, Refused, Way};

/// When everything begins.
const NOW: &str = "2026-11-21T02:19:53Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn query(processor: &str, path: &str, more: &Value) -> Value {
    let mut params = json!({"query_path": path});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"processor": processor, "processor_params": params})
}

/// A query for a file.
fn csv(path: &str, output: &str) -> Value {
    query("csv", path, &json!({"output_path": output}))
}

/// A configuration of these queries, with more keys.
fn with(queries: &[Value], more: &Value) -> Value {
    let mut whole = json!({"catalog":
        {"host": "https://localhost:8443", "catalog_id": "7", "query_processors": queries}});
    whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    whole
}

fn begun(configuration: &Value, way: Way) -> Translation {
    let classes = Classes::new();
    let asked = Asked { has_identifiers: true, ..Asked::new(way, &classes) };
    let read = Configuration::read(configuration, &asked);
    let read = read.unwrap_or_else(|refused| panic!("{refused:?}"));
    Translation::new(read.configuration, Place { source: "isa", view: Some("3-A") })
}

/// What a configuration becomes, where questions find these rows, one after the other.
fn walked(translation: &mut Translation, rows: &[Value]) -> Result<Translated, Refused> {
    let mut rows = rows.iter();
    loop {
        match translation.next(now())? {
            Next::Done(done) => return Ok(*done),
            Next::Ask { .. } => translation.answer(row(rows.next().unwrap())),
        }
    }
}

fn row(value: &Value) -> Option<Map<String, Value>> {
    value.as_object().cloned()
}

fn bagged(queries: &[Value], rows: &[Value]) -> Translated {
    let configuration = with(queries, &json!({"bag": {"bag_name": "b"}}));
    walked(&mut begun(&configuration, Way::Bag), rows).unwrap()
}

fn loose(queries: &[Value], rows: &[Value]) -> Translated {
    walked(&mut begun(&with(queries, &json!({})), Way::Files), rows).unwrap()
}

/// The outputs of a definition as people write them.
fn outputs(translated: &Translated) -> Vec<Value> {
    let outputs = translated.definition.outputs.iter();
    outputs.map(|output| serde_json::to_value(output).unwrap()).collect()
}

/// The files that are promised, the certain ones with an exclamation mark.
fn promised(translated: &Translated) -> Vec<String> {
    let shown = |PromisedFile { path, is_certain }: &PromisedFile| {
        if *is_certain { format!("{path}!") } else { path.clone() }
    };
    translated.files.iter().map(shown).collect()
}

/// Where a configuration is refused once it is walked.
fn refused(configuration: &Value, rows: &[Value]) -> (String, u16) {
    let refused = walked(&mut begun(configuration, Way::Bag), rows).unwrap_err();
    assert_eq!(refused.mistakes.len(), 1, "{refused:?}");
    assert!(!refused.mistakes[0].hint.is_empty());
    (refused.mistakes[0].place.clone(), refused.class().status())
}
