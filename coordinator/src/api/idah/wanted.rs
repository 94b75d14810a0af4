//! What is asked to be exported, as a request says it. Pure.

use proto::fault::{Code, Fault};
use serde_json::{Map, Value, json};

/// Most datasets of a request.
const MOST: usize = 1000;

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    /// The project; nothing where a request leaves it to its datasets.
    pub(super) project_id: Option<String>,
    /// The datasets in their order, each once.
    pub(super) dataset_ids: Vec<String>,
    /// The exporter's class.
    pub(super) exporter: String,
    /// What it is told.
    pub(super) options: Map<String, Value>,
}

impl Wanted {
    /// Reads a request, or tells every mistake in it. Keys that are not known here are let be, as IDAH does.
    pub(super) fn read(document: &Value) -> Result<Self, Vec<Fault>> {
        // Clients of JSON:API wrap what others send as it is.
        let (asked, place) = match document.pointer("/data/attributes") {
            Some(attributes) => (attributes, "/data/attributes"),
            None => (document, ""),
        };
        let mut faults = Vec::new();
        let mut wrong = |key: &str, why: &str| {
            faults.push(Fault::new(Code::InvalidValue, why).at(format!("{place}/{key}")));
        };
        let project_id = id(&asked["project_id"]);
        if project_id.is_none() && !asked["project_id"].is_null() {
            wrong("project_id", "an id is a text or a whole number");
        }
        let mut dataset_ids: Vec<String> = Vec::new();
        match &asked["dataset_ids"] {
            Value::Null => {}
            Value::Array(values) if values.len() <= MOST => {
                for value in values {
                    match id(value) {
                        Some(id) if dataset_ids.contains(&id) => {}
                        Some(id) => dataset_ids.push(id),
                        None => wrong("dataset_ids", "an id is a text or a whole number"),
                    }
                }
            }
            Value::Array(_) => wrong("dataset_ids", "these are more than 1,000 datasets"),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                wrong("dataset_ids", "the datasets are a list of ids");
            }
        }
        let exporter = asked["exporter"].as_str().unwrap_or_default();
        if exporter.is_empty() {
            wrong("exporter", "the exporter is a text: the name of its class");
        }
        let options = match &asked["options"] {
            Value::Null => usual_options(),
            Value::Object(options) => options.clone(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                wrong("options", "options are an object");
                Map::new()
            }
        };
        let exporter = exporter.to_owned();
        if faults.is_empty() {
            Ok(Self { project_id, dataset_ids, exporter, options })
        } else {
            Err(faults)
        }
    }
}

/// What exporters are told where a request has no options.
fn usual_options() -> Map<String, Value> {
    Map::from_iter([("include_medias".to_owned(), json!("original"))])
}

/// The text of an id, which some clients write as a number.
pub(super) fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_plain_or_wrapped() {
        let plain = json!({"project_id": 7, "dataset_ids": ["b", "a", "b", 3], "exporter": "A::B", "extra": 1});
        let read = Wanted::read(&plain).unwrap();
        assert_eq!(read.project_id.as_deref(), Some("7"));
        assert_eq!(read.dataset_ids, ["b", "a", "3"]);
        assert_eq!(Value::Object(read.options.clone()), json!({"include_medias": "original"}));
        let wrapped = json!({"data": {"type": "exports", "attributes": plain}});
        assert_eq!(Wanted::read(&wrapped).unwrap(), read);
        let told = json!({"exporter": "A", "options": {"api_key": "k"}});
        assert_eq!(Value::Object(Wanted::read(&told).unwrap().options), json!({"api_key": "k"}));
    }

    #[test]
    fn every_mistake_is_told_at_once_with_its_place() {
        let wrong = json!({"project_id": {}, "dataset_ids": "a", "exporter": 1, "options": []});
        let faults = Wanted::read(&wrong).unwrap_err();
        let places: Vec<&str> = faults.iter().filter_map(|fault| fault.place.as_deref()).collect();
        assert_eq!(places, ["/project_id", "/dataset_ids", "/exporter", "/options"]);
        assert_eq!(
            Wanted::read(&json!({"exporter": "A", "dataset_ids": [-1]})).unwrap_err().len(),
            1
        );
    }
}
