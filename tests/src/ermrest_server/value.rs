//! Values of cells: what they are read from, and their order.

use std::cmp::Ordering;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde_json::Value as Json;

use super::jsonb;
use super::refusal::Refusal;

/// What a value is, as far as anything depends on it: dates are texts, for they have the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    Float,
    Time,
    Text,
    Json,
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Type {
    pub(super) kind: Kind,
    pub(super) is_list: bool,
}

impl Type {
    /// Counts and lengths.
    pub(super) const INT: Self = Self { kind: Kind::Int, is_list: false };
    /// Mean values.
    pub(super) const FLOAT: Self = Self { kind: Kind::Float, is_list: false };
    /// Whatever is put together.
    pub(super) const JSON: Self = Self { kind: Kind::Json, is_list: false };

    /// The one that a schema document tells.
    pub(super) fn of(told: &Json) -> Self {
        if told["is_array"] == true {
            return Self { is_list: true, ..Self::of(&told["base_type"]) };
        }
        if told["is_domain"] == true {
            return Self::of(&told["base_type"]);
        }
        let kind = match told["typename"].as_str().unwrap_or_default() {
            "boolean" => Kind::Bool,
            "int2" | "int4" | "int8" | "serial2" | "serial4" | "serial8" => Kind::Int,
            "float4" | "float8" | "numeric" => Kind::Float,
            "timestamptz" => Kind::Time,
            "json" | "jsonb" => Kind::Json,
            _ => Kind::Text,
        };
        Self { kind, is_list: false }
    }
}

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Time(Timestamp),
    Text(String),
    List(Vec<Self>),
    Json(Json),
}

impl Value {
    /// The one that a row in JSON has for a column.
    ///
    /// The null of JSON is a value in a column of JSON; a row without such a value leaves its key out.
    pub(super) fn of_json(told: &Json, of: Type) -> Self {
        if of.kind == Kind::Json && !of.is_list {
            return Self::Json(told.clone());
        }
        match told {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => match (of.kind, number.as_i64()) {
                (Kind::Int, Some(whole)) => Self::Int(whole),
                _ => Self::Float(number.as_f64().unwrap_or_default()),
            },
            Json::String(text) => match (of.kind, time(text)) {
                (Kind::Time, Some(time)) => Self::Time(time),
                _ => Self::Text(text.clone()),
            },
            Json::Array(items) => {
                let one = Type { is_list: false, ..of };
                Self::List(items.iter().map(|item| Self::of_json(item, one)).collect())
            }
            Json::Object(_) => Self::Json(told.clone()),
        }
    }

    /// The one that an address names.
    pub(super) fn parse(text: &str, kind: Kind) -> Result<Self, Refusal> {
        let parsed = match kind {
            Kind::Bool => match text.to_ascii_lowercase().as_str() {
                "true" | "t" => Some(Self::Bool(true)),
                "false" | "f" => Some(Self::Bool(false)),
                _ => None,
            },
            Kind::Int => text.parse().ok().map(Self::Int),
            Kind::Float => text.parse().ok().map(Self::Float),
            Kind::Time => time(text).map(Self::Time),
            Kind::Text => Some(Self::Text(text.to_owned())),
            Kind::Json => serde_json::from_str(text).ok().map(Self::Json),
        };
        parsed.ok_or_else(|| Refusal::malformed(format!("Invalid value \"{text}\".")))
    }

    /// Whether there is none.
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The order of the database, where nothing comes after everything.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Greater,
            (_, Self::Null) => Ordering::Less,
            (Self::Bool(one), Self::Bool(two)) => one.cmp(two),
            (Self::Int(one), Self::Int(two)) => one.cmp(two),
            (Self::Time(one), Self::Time(two)) => one.cmp(two),
            (Self::Text(one), Self::Text(two)) => one.cmp(two),
            (Self::List(one), Self::List(two)) => order(one, two),
            (Self::Json(one), Self::Json(two)) => jsonb::order(one, two),
            _ => self.number().partial_cmp(&other.number()).unwrap_or(Ordering::Equal),
        }
    }

    /// As a number, which only numbers are.
    pub(super) fn number(&self) -> f64 {
        match self {
            Self::Int(whole) => *whole as f64,
            Self::Float(number) => *number,
            Self::Null
            | Self::Bool(_)
            | Self::Time(_)
            | Self::Text(_)
            | Self::List(_)
            | Self::Json(_) => f64::NAN,
        }
    }
}

/// The order of values that are compared one after another.
pub(super) fn order(one: &[Value], two: &[Value]) -> Ordering {
    let pairs = one.iter().zip(two).map(|(one, two)| one.order(two));
    pairs.fold(Ordering::Equal, Ordering::then).then(one.len().cmp(&two.len()))
}

/// A time, or the begin of a day.
fn time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let local: civil::DateTime = text.parse().ok()?;
    Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
}
