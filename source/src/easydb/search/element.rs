//! An element of a search: one thing that objects are asked.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::field::{Field, assets, linked};
use super::span::Range;
use super::words::Words;
use super::{Clauses, Numbers, Sight, refused, text, texts};
use crate::SourceError;
use crate::easydb::index::NUMBER;

/// One thing that objects are asked.
#[derive(Debug)]
pub(super) enum Element {
    /// A text in some fields, or in any.
    Match { words: Words, fields: Vec<Field>, languages: Vec<String> },
    /// One of some values in some fields.
    In { values: Values, fields: Vec<Field>, languages: Vec<String> },
    /// A link to one of some objects, or one of some pools.
    Linked {
        to: String,
        ids: HashSet<i64>,
        /// Or to something below them.
        with_path: bool,
    },
    /// One of some values in files.
    Asset { values: Values, field: Field },
    /// From something to something in a field.
    Range { field: Field, range: Range },
    /// When the object was made or changed.
    Changed { fields: &'static [&'static str], range: Range },
    /// Something that holds for one row.
    Nested { path: Field, clauses: Clauses },
    /// Elements together.
    Complex(Clauses),
}

/// Values that a field is to have one of.
#[derive(Debug)]
pub(super) struct Values {
    /// They and numbers as they are written.
    texts: HashSet<String>,
    has_null: bool,
}

impl Element {
    /// Reads an element.
    pub(super) fn new(map: &Map<String, Value>) -> Result<Self, SourceError> {
        let kind = text(map, "type").ok_or_else(|| refused("an element has no \"type\""))?;
        Ok(match kind {
            "match" => Self::Match {
                words: Words::new(map)?,
                fields: fields(map)?,
                languages: languages(map)?,
            },
            "in" => Self::among(map)?,
            "range" => Self::Range { field: field(map, "field")?, range: Range::new(map)? },
            "changelog_range" => Self::changed(map)?,
            "nested" => Self::Nested {
                path: field(map, "path")?,
                clauses: Clauses::new(map.get("search"))?,
            },
            "complex" => Self::Complex(Clauses::new(map.get("search"))?),
            other => return Err(refused(&format!("an element has the type {other:?}"))),
        })
    }

    fn among(map: &Map<String, Value>) -> Result<Self, SourceError> {
        let Some(Value::Array(list)) = map.get("in") else {
            return Err(refused("an element \"in\" has no list \"in\""));
        };
        if let Some(to) = text(map, "objecttype") {
            let ids = list.iter().filter_map(Value::as_i64).collect();
            let with_path = map.get("include_path").and_then(Value::as_bool).unwrap_or_default();
            return Ok(Self::Linked { to: to.to_owned(), ids, with_path });
        }
        let values = Values::new(list);
        if map.contains_key("eas_field") {
            return Ok(Self::Asset { values, field: field(map, "eas_field")? });
        }
        let fields = fields(map)?;
        if fields.is_empty() {
            return Err(refused("an element \"in\" names no fields"));
        }
        Ok(Self::In { values, fields, languages: languages(map)? })
    }

    fn changed(map: &Map<String, Value>) -> Result<Self, SourceError> {
        for untold in ["user", "comment"] {
            if map.get(untold).is_some_and(|value| !value.is_null()) {
                return Err(refused(&format!("an element asks for the {untold} of changes")));
            }
        }
        let fields: &[&str] = match text(map, "operation") {
            Some("insert") => &["_created"],
            Some("update") => &["_last_modified"],
            _ => &["_created", "_last_modified"],
        };
        Ok(Self::Changed { fields, range: Range::new(map)? })
    }

    /// Whether it asks for numbers of objects and nothing else.
    pub(super) fn is_of_number(&self) -> bool {
        match self {
            Self::In { values, fields, .. } => {
                !values.has_null && fields.iter().all(|field| field.name() == NUMBER)
            }
            Self::Range { field, .. } => field.name() == NUMBER,
            Self::Match { .. }
            | Self::Linked { .. }
            | Self::Asset { .. }
            | Self::Changed { .. }
            | Self::Nested { .. }
            | Self::Complex(_) => false,
        }
    }

    /// The numbers that it asks for.
    pub(super) fn into_numbers(self) -> Option<Numbers> {
        match self {
            Self::In { values, .. } => {
                let numbers = values.texts.iter().filter_map(|text| text.parse().ok());
                Some(Numbers::Among(numbers.collect()))
            }
            Self::Range { range, .. } => {
                let (from, to) = range.whole();
                Some(Numbers::Range(from, to))
            }
            Self::Match { .. }
            | Self::Linked { .. }
            | Self::Asset { .. }
            | Self::Changed { .. }
            | Self::Nested { .. }
            | Self::Complex(_) => None,
        }
    }

    /// Whether an object meets it.
    pub(super) fn holds(&self, sight: &Sight<'_>) -> bool {
        match self {
            Self::Match { words, fields, languages } if fields.is_empty() => {
                words.are_anywhere(sight.object, languages)
            }
            Self::Match { words, fields, languages } => fields.iter().any(|field| {
                field.any(sight, languages, &mut |value| {
                    value.as_str().is_some_and(|text| words.are_in(text))
                })
            }),
            Self::In { values, fields, languages } => fields.iter().any(|field| {
                (values.has_null && field.is_empty(sight))
                    || field.any(sight, languages, &mut |value| values.have(value))
            }),
            Self::Linked { to, ids, with_path } => linked(sight.object, to, *with_path, ids),
            Self::Asset { values, field } => assets(sight.object).iter().any(|asset| {
                let sight = Sight { object: asset, row: None };
                field.any(&sight, &[], &mut |value| values.have(value))
            }),
            Self::Range { field, range } => field.spans(sight, &mut |value| range.meets(value)),
            Self::Changed { fields, range } => fields
                .iter()
                .any(|field| sight.object.get(field).is_some_and(|value| range.meets(value))),
            Self::Nested { path, clauses } => path.rows(sight).into_iter().any(|row| {
                clauses.hold(&Sight { object: sight.object, row: Some((path.name(), row)) })
            }),
            Self::Complex(clauses) => clauses.hold(sight),
        }
    }
}

impl Values {
    fn new(list: &[Value]) -> Self {
        let texts = list.iter().filter_map(told).collect();
        Self { texts, has_null: list.iter().any(Value::is_null) }
    }

    fn have(&self, value: &Value) -> bool {
        told(value).is_some_and(|text| self.texts.contains(&text))
    }
}

/// A value as it is compared: `7` and `7.0` are the same, and so are they and their texts.
fn told(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.to_string(),
            (None, Some(other)) => other.to_string(),
            (None, None) => number.to_string(),
        }),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn field(map: &Map<String, Value>, key: &str) -> Result<Field, SourceError> {
    let name = text(map, key).ok_or_else(|| refused(&format!("an element names no {key:?}")))?;
    Ok(Field::new(name))
}

/// The fields of an element; easydb's own examples call them `field` too.
fn fields(map: &Map<String, Value>) -> Result<Vec<Field>, SourceError> {
    let given = map.get("fields").or_else(|| map.get("field")).filter(|given| !given.is_null());
    let Some(given) = given else { return Ok(Vec::new()) };
    let names = texts(given).ok_or_else(|| refused("\"fields\" is no list of names"))?;
    Ok(names.iter().map(|name| Field::new(name)).collect())
}

fn languages(map: &Map<String, Value>) -> Result<Vec<String>, SourceError> {
    match map.get("languages").filter(|given| !given.is_null()) {
        None => Ok(Vec::new()),
        Some(given) => texts(given).ok_or_else(|| refused("\"languages\" is no list of names")),
    }
}
