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
    /// The body as JSON, in which the text `{records}` stands for the list of records; left out, the
    /// list alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

fn default_per_request() -> u32 {
    100
}

impl Records {
    /// What stands for the records in a body.
    pub const PLACE: &str = "{records}";
}

impl Http {
    pub(in crate::definition) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let Some(records) = &self.records else { return Vec::new() };
        let mut faults = Vec::new();
        let places = records.body.as_ref().map_or(1, count);
        if places != 1 {
            faults.push(
                Fault::new(
                    Code::InvalidValue,
                    format!("{:?} stands {places} times in the body", Records::PLACE),
                )
                .at(format!("{place}/records/body"))
                .hint(format!("{:?} stands for the list of records, once", Records::PLACE)),
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

/// How often the place of the records is in a body.
fn count(body: &Value) -> usize {
    match body {
        Value::String(text) => usize::from(text == Records::PLACE),
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}
