//! The fields of a profile: where each goes, what it is made of, and when it is written.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A field of a profile: where it goes, and what it is made of.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Field {
    /// An element that is always there.
    Element {
        #[serde(default)]
        xml: String,
        #[serde(default)]
        attributes: BTreeMap<String, String>,
        text: Option<String>,
        #[serde(default)]
        conditions: Vec<Condition>,
    },
    /// Values of the object. Without a way they are those of the element around.
    Text {
        #[serde(default)]
        xml: String,
        easydb: Sources,
        concat: Option<String>,
        language_attribute: Option<String>,
        #[serde(default)]
        empty: bool,
        #[serde(default)]
        conditions: Vec<Condition>,
    },
    /// Values of the object in an attribute of the element; where it has no name, it is the way's last step.
    Attribute {
        #[serde(default)]
        xml: String,
        #[serde(alias = "name")]
        attribute: Option<String>,
        easydb: Sources,
        concat: Option<String>,
        #[serde(default)]
        empty: bool,
        #[serde(default)]
        conditions: Vec<Condition>,
    },
    /// A text that is the same for all objects.
    TextFixed {
        #[serde(default)]
        xml: String,
        text: Fixed,
        language_attribute: Option<String>,
        #[serde(default)]
        conditions: Vec<Condition>,
    },
    /// The address of a file; its name, where it goes along.
    TextEasUrl {
        #[serde(default)]
        xml: String,
        easydb: Sources,
        version: Option<String>,
        #[serde(default)]
        conditions: Vec<Condition>,
    },
    /// Fields in an element of their own, which is there if any of them is; without a way, in the one around.
    Group {
        #[serde(default)]
        xml: String,
        fields: Vec<Field>,
        #[serde(default)]
        conditions: Vec<Condition>,
    },
    /// An element for each row of a list; where that is not named, of the one that its fields lead into.
    List {
        #[serde(default)]
        xml: String,
        easydb: Option<Sources>,
        #[serde(default)]
        fields: Vec<Field>,
        #[serde(default)]
        conditions: Vec<Condition>,
    },
}

impl Field {
    /// The way to its element.
    pub(super) fn xml(&mut self) -> &mut String {
        match self {
            Self::Element { xml, .. }
            | Self::Text { xml, .. }
            | Self::Attribute { xml, .. }
            | Self::TextFixed { xml, .. }
            | Self::TextEasUrl { xml, .. }
            | Self::Group { xml, .. }
            | Self::List { xml, .. } => xml,
        }
    }

    /// The way to the element that it says something of: an attribute without a name of its own is called by the last
    /// step.
    pub(super) fn element(&self) -> &str {
        match self {
            Self::Attribute { xml, attribute: None, .. } => {
                xml.rsplit_once('/').map_or("", |(way, _)| way)
            }
            Self::Element { xml, .. }
            | Self::Text { xml, .. }
            | Self::Attribute { xml, .. }
            | Self::TextFixed { xml, .. }
            | Self::TextEasUrl { xml, .. }
            | Self::Group { xml, .. }
            | Self::List { xml, .. } => xml,
        }
    }

    /// Whether it is no more than an element with fixed attributes.
    pub(super) fn gives_attributes(&self) -> bool {
        matches!(self, Self::Element { text, .. } if text.as_ref().is_none_or(String::is_empty))
    }

    /// The ways to its values, and to those of the fields in it, in order.
    pub(super) fn ways(&self) -> Vec<&str> {
        match self {
            Self::Element { .. } | Self::TextFixed { .. } => Vec::new(),
            Self::Text { easydb, .. }
            | Self::Attribute { easydb, .. }
            | Self::TextEasUrl { easydb, .. } => easydb.ways().collect(),
            Self::Group { fields, .. } => fields.iter().flat_map(Self::ways).collect(),
            Self::List { easydb, fields, .. } => {
                let own = easydb.iter().flat_map(Sources::ways);
                own.chain(fields.iter().flat_map(Self::ways)).collect()
            }
        }
    }

    /// When it is written; always, where nothing is said.
    pub(super) fn conditions(&self) -> &[Condition] {
        match self {
            Self::Element { conditions, .. }
            | Self::Text { conditions, .. }
            | Self::Attribute { conditions, .. }
            | Self::TextFixed { conditions, .. }
            | Self::TextEasUrl { conditions, .. }
            | Self::Group { conditions, .. }
            | Self::List { conditions, .. } => conditions,
        }
    }
}

/// The ways to a field's values.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Sources {
    One(String),
    Several(Vec<String>),
}

impl Sources {
    pub(super) fn ways(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(way) => std::slice::from_ref(way).iter().map(String::as_str),
            Self::Several(ways) => ways.iter().map(String::as_str),
        }
    }

    pub(super) fn first(&self) -> Option<&str> {
        self.ways().next()
    }
}

/// A text that is the same for all objects.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Fixed {
    Text(String),
    Localised(BTreeMap<String, String>),
}

impl Fixed {
    /// The text, or one for each language.
    pub(super) fn texts(&self) -> Vec<(Option<&str>, &str)> {
        match self {
            Self::Text(text) => vec![(None, text)],
            Self::Localised(texts) => {
                texts.iter().map(|(tag, text)| (Some(tag.as_str()), text.as_str())).collect()
            }
        }
    }
}

/// When a field is written.
#[derive(Debug, Deserialize)]
pub(super) struct Condition {
    #[serde(rename = "type")]
    pub(super) kind: Quantity,
    pub(super) list: Vec<Comparison>,
}

/// How many comparisons are to be met.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Quantity {
    Any,
    All,
    None,
}

impl Quantity {
    pub(super) fn holds(self, met: &mut impl Iterator<Item = bool>) -> bool {
        match self {
            Self::Any => met.any(|is| is),
            Self::All => met.all(|is| is),
            Self::None => !met.any(|is| is),
        }
    }
}

/// A value and what it is held against.
#[derive(Debug, Deserialize)]
pub(super) struct Comparison {
    #[serde(rename = "type")]
    pub(super) kind: Matching,
    pub(super) easydb: String,
    #[serde(deserialize_with = "text")]
    pub(super) value: String,
}

/// A text, or a number or truth value as one.
fn text<'d, D: Deserializer<'d>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Null => Ok(String::new()),
        value @ (Value::Bool(_) | Value::Number(_)) => Ok(value.to_string()),
        Value::Array(_) | Value::Object(_) => Err(D::Error::custom("a text is expected")),
    }
}

/// When two values are the same.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Matching {
    Eq,
    EqNoCase,
}
