//! Delivering by HTTP, as a definition says it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::definition::{Encrypt, Packer};
use crate::fault::{Code, Fault};

/// Files, or pages of records, sent to a configured target by HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The name of a target of kind `http`.
    pub target: String,
    /// Sends records instead of files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<Records>,
    /// How the result is packed; `none` sends each file.
    #[serde(default)]
    pub packer: Packer,
    /// Encrypts the archive, or each file; left out, they are handed over as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypt: Option<Encrypt>,
}

/// Which records are sent, and how many at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Records {
    /// The `to` of an output of format `jsonl`.
    pub of: String,
    /// How many records a request has; 100 unless given.
    #[serde(default = "default_per_request")]
    #[schemars(range(min = 1, max = 10000))]
    pub per_request: u32,
    /// The body as JSON, in which the text `{records}` stands for the list of records, or `{record}` for
    /// the one that each request has; left out, the list alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

fn default_per_request() -> u32 {
    100
}

impl Records {
    /// What stands for the list of records in a body.
    pub const LIST: &str = "{records}";

    /// What stands for the one record of a request in a body.
    pub const ONE: &str = "{record}";

    /// Whether requests have a record each that stands by itself.
    pub fn is_single(&self) -> bool {
        self.body.as_ref().is_some_and(|body| count(body, Self::ONE) > 0)
    }
}

impl Http {
    pub(in crate::definition) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let Some(records) = &self.records else { return Vec::new() };
        let mut faults = Vec::new();
        let places = records
            .body
            .as_ref()
            .map_or(1, |body| count(body, Records::LIST) + count(body, Records::ONE));
        if places != 1 {
            let (list, one) = (Records::LIST, Records::ONE);
            let what = format!("{list:?} and {one:?} stand {places} times in the body");
            faults.push(
                Fault::new(Code::InvalidValue, what).at(format!("{place}/records/body")).hint(
                    format!("once {list:?} for the list of records, or {one:?} for a single one"),
                ),
            );
        }
        if records.is_single() && records.per_request != 1 {
            let what = format!("{:?} is one record, and a request has more", Records::ONE);
            faults.push(
                Fault::new(Code::InvalidValue, what)
                    .at(format!("{place}/records/per_request"))
                    .hint(format!("set \"per_request\": 1, or write {:?}", Records::LIST)),
            );
        }
        if self.packer != Packer::None {
            faults.push(
                Fault::new(Code::InvalidValue, "records are read from files that are not packed")
                    .at(format!("{place}/packer"))
                    .hint("set \"packer\": \"none\""),
            );
        }
        if self.encrypt.is_some() {
            faults.push(
                Fault::new(Code::InvalidValue, "an API does not read encrypted records")
                    .at(format!("{place}/encrypt"))
                    .hint("leave it out, or send files"),
            );
        }
        faults
    }
}

/// How often a place for records is in a body.
fn count(body: &Value, place: &str) -> usize {
    match body {
        Value::String(text) => usize::from(text == place),
        Value::Array(items) => items.iter().map(|item| count(item, place)).sum(),
        Value::Object(map) => map.values().map(|value| count(value, place)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn records_have_one_place_in_a_body_and_one_by_itself_a_request_of_its_own() {
        let check = |per_request: u32, body: Value, expected: &[&str]| {
            let records = json!({"of": "a.jsonl", "per_request": per_request, "body": body});
            let http = json!({"target": "api", "packer": "none", "records": records});
            let http: Http = serde_json::from_value(http).unwrap();
            let mistakes = http.mistakes("/transports/0");
            let places: Vec<_> =
                mistakes.iter().map(|fault| fault.place.as_deref().unwrap()).collect();
            assert_eq!(places, expected, "{body}");
        };
        check(100, Value::Null, &[]);
        check(100, json!({"a": [{"b": "{records}"}]}), &[]);
        check(1, json!("{record}"), &[]);
        check(1, json!({"a": "{record}", "b": "{record}"}), &["/transports/0/records/body"]);
        check(1, json!({"a": "{record}", "b": "{records}"}), &["/transports/0/records/body"]);
        check(1, json!({"a": "the {record}"}), &["/transports/0/records/body"]);
        check(2, json!("{record}"), &["/transports/0/records/per_request"]);
    }
}
