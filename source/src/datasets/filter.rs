//! Conditions as plugins write them: `field`, or `field__operator`, each with a value.

use std::cmp::Ordering;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::RecordKind;
use super::time::in_time;

/// Conditions by key; a record meets all of them.
///
/// A list of values means one of them. A key that records of the kind do not have counts for nothing, and
/// [`Filter::unknown`] tells it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter(pub Map<String, Value>);

/// How a field stands to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Less,
    AtMost,
    Greater,
    AtLeast,
    Is,
    IsNot,
    Matches,
    Begins,
    Ends,
    Contains,
    Exists,
}

/// What a key asks.
#[derive(Debug, PartialEq, Eq)]
enum Asked<'k> {
    /// About a field.
    Field(&'k str, Operator),
    /// Whether somebody has the entry.
    Assigned,
    /// Whether a person had to do with the entry.
    Participated,
    /// What shape the annotation is.
    Shape,
}

/// Who has to do with an entry.
const PEOPLE: [&str; 3] = ["assigned_to_id", "submitted_by_id", "reviewed_by_id"];

impl Filter {
    /// The keys that say nothing about records of a kind.
    pub fn unknown(&self, kind: RecordKind) -> Vec<String> {
        self.0.keys().filter(|key| asked(key, kind).is_none()).cloned().collect()
    }

    /// Whether a record meets the conditions. One that cannot be read meets none.
    pub(crate) fn accepts(&self, kind: RecordKind, record: &RawValue) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let Ok(record) = serde_json::from_str::<Map<String, Value>>(record.get()) else {
            return false;
        };
        self.0.iter().all(|(key, wanted)| {
            asked(key, kind).is_none_or(|asked| holds(&asked, kind, &record, wanted))
        })
    }

    /// Whether a condition is about a field.
    pub(crate) fn is_about(&self, field: &str, kind: RecordKind) -> bool {
        self.0
            .keys()
            .any(|key| matches!(asked(key, kind), Some(Asked::Field(of, _)) if of == field))
    }
}

impl Operator {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "lt" => Self::Less,
            "lte" => Self::AtMost,
            "gt" => Self::Greater,
            "gte" => Self::AtLeast,
            "eq" | "in" => Self::Is,
            "neq" => Self::IsNot,
            "match" => Self::Matches,
            "prefix" => Self::Begins,
            "suffix" => Self::Ends,
            "contains" => Self::Contains,
            "exists" => Self::Exists,
            _ => return None,
        })
    }

    /// Whether it is about the value as a whole, and not about parts of its text.
    fn compares(self) -> bool {
        match self {
            Self::Less | Self::AtMost | Self::Greater | Self::AtLeast | Self::Is | Self::IsNot => {
                true
            }
            Self::Matches | Self::Begins | Self::Ends | Self::Contains | Self::Exists => false,
        }
    }
}

/// What a key asks of records of a kind; nothing where they have no such field.
fn asked(key: &str, kind: RecordKind) -> Option<Asked<'_>> {
    match (kind, key) {
        (RecordKind::Entry, "assigned") => return Some(Asked::Assigned),
        (RecordKind::Entry, "participated") => return Some(Asked::Participated),
        (RecordKind::Annotation, "type" | "type__in" | "type__eq") => return Some(Asked::Shape),
        _ => {}
    }
    if kind.has(key) {
        return Some(Asked::Field(key, Operator::Is));
    }
    let (field, operator) = key.rsplit_once("__")?;
    let operator = Operator::of(operator)?;
    kind.has(field).then_some(Asked::Field(field, operator))
}

fn holds(asked: &Asked<'_>, kind: RecordKind, record: &Map<String, Value>, wanted: &Value) -> bool {
    match asked {
        Asked::Field(field, operator) => {
            let value = record.get(*field).filter(|value| !value.is_null());
            // What has no key is the original, as what has an empty one.
            let original = Value::String(String::new());
            let is_key = kind == RecordKind::Media && *field == "key";
            let value = if is_key { value.or(Some(&original)) } else { value };
            if field.ends_with("_at") && operator.compares() {
                return relates(*operator, value.map(in_time).as_ref(), &in_time(wanted));
            }
            relates(*operator, value, wanted)
        }
        Asked::Assigned => {
            let is_assigned = record.get(PEOPLE[0]).is_some_and(|id| !id.is_null());
            is_assigned == is_yes(wanted)
        }
        Asked::Participated => {
            PEOPLE.iter().any(|field| relates(Operator::Is, record.get(*field), wanted))
        }
        Asked::Shape => {
            let shape = record.get("dimensions").and_then(|dimensions| dimensions.get("type"));
            let Some(shape) = shape.and_then(Value::as_str) else { return false };
            any(wanted, |wanted| wanted.as_str().is_some_and(|wanted| is_shape(shape, wanted)))
        }
    }
}

fn relates(operator: Operator, value: Option<&Value>, wanted: &Value) -> bool {
    let text = || value.and_then(text_of);
    let compares = |accepted: fn(Ordering) -> bool| {
        value.and_then(|value| order(value, wanted)).is_some_and(accepted)
    };
    match operator {
        Operator::Less => compares(Ordering::is_lt),
        Operator::AtMost => compares(Ordering::is_le),
        Operator::Greater => compares(Ordering::is_gt),
        Operator::AtLeast => compares(Ordering::is_ge),
        Operator::Is => any(wanted, |wanted| is_same(value, wanted)),
        Operator::IsNot => !any(wanted, |wanted| is_same(value, wanted)),
        Operator::Matches => any(wanted, |wanted| {
            let found = |wanted: String| {
                text().is_some_and(|text| text.to_lowercase().contains(&wanted.to_lowercase()))
            };
            text_of(wanted).is_some_and(found)
        }),
        Operator::Begins => any(wanted, |wanted| {
            text_of(wanted)
                .is_some_and(|wanted| text().is_some_and(|text| text.starts_with(&wanted)))
        }),
        Operator::Ends => any(wanted, |wanted| {
            text_of(wanted).is_some_and(|wanted| text().is_some_and(|text| text.ends_with(&wanted)))
        }),
        Operator::Contains => any(wanted, |wanted| match value {
            Some(Value::Array(items)) => items.iter().any(|item| is_same(Some(item), wanted)),
            Some(_) | None => text_of(wanted)
                .is_some_and(|wanted| text().is_some_and(|text| text.contains(&wanted))),
        }),
        Operator::Exists => value.is_some() == is_yes(wanted),
    }
}

/// Whether it is true of a value, or of one in a list.
fn any(wanted: &Value, is_true: impl Fn(&Value) -> bool) -> bool {
    match wanted {
        Value::Array(list) => list.iter().any(is_true),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            is_true(wanted)
        }
    }
}

fn is_yes(wanted: &Value) -> bool {
    !matches!(wanted, Value::Bool(false) | Value::Null) && wanted.as_str() != Some("false")
}

fn is_same(value: Option<&Value>, wanted: &Value) -> bool {
    match (value.filter(|value| !value.is_null()), wanted) {
        (None, wanted) => wanted.is_null(),
        (Some(value), wanted) => {
            value == wanted || order(value, wanted).is_some_and(Ordering::is_eq)
        }
    }
}

/// How two plain values stand to each other: texts by their bytes, others as numbers where both read as such.
fn order(value: &Value, wanted: &Value) -> Option<Ordering> {
    let (first, second) = (text_of(value)?, text_of(wanted)?);
    if !(value.is_string() && wanted.is_string())
        && let (Ok(first), Ok(second)) = (first.parse::<f64>(), second.parse::<f64>())
    {
        return first.partial_cmp(&second);
    }
    Some(first.cmp(&second))
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether a shape is of a type: by its whole name, or, where the type is of no modality, by the last part of it,
/// whatever stands between the words.
fn is_shape(shape: &str, wanted: &str) -> bool {
    let folded = |name: &str| name.replace(['-', '_', ' '], "").to_lowercase();
    let last = shape.rsplit(':').next().unwrap_or(shape);
    shape == wanted || (!wanted.contains(':') && folded(last) == folded(wanted))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(kind: RecordKind, filter: &Value, record: &Value, expected: bool) {
        let filter = Filter(filter.as_object().unwrap().clone());
        let text = RawValue::from_string(record.to_string()).unwrap();
        assert_eq!(filter.accepts(kind, &text), expected, "{filter:?} {record}");
    }

    #[test]
    fn conditions_are_about_fields_and_lists_mean_one_of_them() {
        let entry = json!({"status": "completed", "priority": 3, "name": "A.png", "job_id": null,
                           "submitted_by_id": 7});
        for (filter, expected) in [
            (json!({}), true),
            (json!({"status": "completed"}), true),
            (json!({"status__in": ["pending", "completed"], "priority__gte": 3}), true),
            (json!({"status": ["pending"]}), false),
            (json!({"status__neq": "completed"}), false),
            (json!({"priority__lt": "10"}), true),
            (json!({"priority__gt": 3}), false),
            (json!({"name__match": "a.P"}), true),
            (json!({"name__prefix": "a"}), false),
            (json!({"name__suffix": ".png"}), true),
            (json!({"job_id": null, "job_id__exists": false}), true),
            (json!({"assigned": false}), true),
            (json!({"participated": 7}), true),
            (json!({"participated": [8, 9]}), false),
            (json!({"colour": "red"}), true),
        ] {
            check(RecordKind::Entry, &filter, &entry, expected);
        }
    }

    #[test]
    fn a_shape_goes_by_its_whole_type_or_by_its_last_part() {
        let box_of = json!({"dimensions": {"type": "idah-image:bounding-box"}});
        for (wanted, expected) in [
            (json!("idah-image:bounding-box"), true),
            (json!("bounding_box"), true),
            (json!(["polygon", "bounding-box"]), true),
            (json!("idah-video:bounding-box"), false),
            (json!("polygon"), false),
        ] {
            check(RecordKind::Annotation, &json!({"type": wanted}), &box_of, expected);
        }
    }

    #[test]
    fn a_media_without_a_key_is_the_original() {
        for (key, expected) in [(json!(null), true), (json!(""), true), (json!("thumb"), false)] {
            check(RecordKind::Media, &json!({"key": ""}), &json!({"key": key}), expected);
        }
    }

    #[test]
    fn keys_that_say_nothing_are_told() {
        let filter = json!({"type": "box", "status": 1, "id__near": 2, "updated_at__gt": "2026"});
        let filter = Filter(filter.as_object().unwrap().clone());
        assert_eq!(filter.unknown(RecordKind::Annotation), ["status", "id__near"]);
        assert_eq!(filter.unknown(RecordKind::Entry), ["type", "id__near"]);
    }
}
