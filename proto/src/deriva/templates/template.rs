//! An export template: what is queried, and what becomes of the answers.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::flaw::Flaw;

/// A template that can be used.
///
/// What nobody here knows is kept, so that a client sees the template as it was annotated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// What people call it.
    pub displayname: String,
    /// Whether it makes an archive or files.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What is queried.
    pub outputs: Vec<Output>,
    /// What is made of the outputs before they are packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transforms: Option<Value>,
    /// What happens to the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postprocessors: Option<Value>,
    /// Whether everybody may have the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<Value>,
    /// The kind of the archive, `zip` where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bag_archiver: Option<String>,
    /// Whether the same rows make the same bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bag_idempotent: Option<Value>,
    /// What else it says.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// What a template makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    /// A bag in one archive.
    Bag,
    /// Files.
    File,
}

/// A query, and where its answer goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The query.
    pub source: Source,
    /// Where its answer goes.
    pub destination: Destination,
    /// What else it says.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// What is asked of ERMrest: the API, the rows' own path, and what comes after it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// The API, such as `entity`; none where the path says all.
    pub api: Api,
    /// What comes after the rows' own path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Whether the rows' own path is left out.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "switch")]
    pub skip_root_path: Option<bool>,
    /// Whether the limit is left to the server.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "switch")]
    pub skip_limit: Option<bool>,
    /// What else it says.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// The API of a query, as it was annotated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Api {
    /// Its name; an empty one is none.
    Named(String),
    /// What is no text, such as `false`: there is none.
    Absent(Value),
}

/// What becomes of an answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Destination {
    /// The processor, such as `csv` or `fetch`.
    #[serde(rename = "type")]
    pub processor: String,
    /// The file or folder, without extension; the table's name where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The class of a processor that is not among the usual ones.
    #[serde(default, rename = "impl", skip_serializing_if = "Option::is_none")]
    pub implementation: Option<String>,
    /// Parameters of the processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Map<String, Value>>,
    /// What else it says.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl Default for Api {
    fn default() -> Self {
        Self::Named(String::new())
    }
}

impl Api {
    /// Its name; an empty text where there is none.
    pub fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::Absent(_) => "",
        }
    }
}

impl Template {
    /// Reads a template whose fragments are in their places.
    pub fn read(template: &Value) -> Result<Self, Flaw> {
        let object = object(template, "the template")?;
        present(object, "", &["displayname", "type"])?;
        if !matches!(object["type"].as_str(), Some("BAG" | "FILE")) {
            return Err(Flaw::UnknownType);
        }
        let outputs = object.get("outputs").and_then(Value::as_array);
        let outputs = outputs.filter(|outputs| !outputs.is_empty()).ok_or(Flaw::NoOutputs)?;
        for (index, output) in outputs.iter().enumerate() {
            let place = format!("outputs[{index}]");
            let output = self::object(output, &place)?;
            present(output, &format!("{place}."), &["source", "destination"])?;
            for (part, key) in [("source", "api"), ("destination", "type")] {
                let place = format!("{place}.{part}");
                present(self::object(&output[part], &place)?, &format!("{place}."), &[key])?;
            }
        }
        Self::deserialize(template).map_err(|error| Flaw::Unreadable { why: error.to_string() })
    }
}

impl Output {
    /// A query of ours.
    pub(super) fn of(processor: &str, name: String, api: &str, path: Option<String>) -> Self {
        let source = Source { api: Api::Named(api.to_owned()), path, ..Source::default() };
        let processor = processor.to_owned();
        let destination = Destination { processor, name: Some(name), ..Destination::default() };
        Self { source, destination, others: Map::new() }
    }
}

fn object<'v>(value: &'v Value, place: &str) -> Result<&'v Map<String, Value>, Flaw> {
    value.as_object().ok_or_else(|| Flaw::NoObject { place: place.to_owned() })
}

fn present(object: &Map<String, Value>, place: &str, keys: &[&str]) -> Result<(), Flaw> {
    match keys.iter().find(|key| !object.contains_key(**key)) {
        Some(key) => Err(Flaw::Missing { place: format!("{place}{key}") }),
        None => Ok(()),
    }
}

/// A switch, which is on for everything but `false`, 0 and an empty text: so clients take it.
fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        Value::Bool(is_on) => Some(is_on),
        Value::Number(number) => Some(number.as_i64() != Some(0)),
        Value::String(text) => Some(!text.is_empty()),
        Value::Array(_) | Value::Object(_) => Some(true),
    })
}
