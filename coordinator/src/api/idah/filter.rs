//! Conditions of a list: `field` or `field__operator`, as IDAH's filters are written. All of them hold at once. Pure.

use serde_json::Value;

use super::time;

/// A condition of a resource.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    field: String,
    operator: Operator,
    operands: Vec<String>,
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Less,
    AtMost,
    Greater,
    AtLeast,
    Equal,
    NotEqual,
    Contains,
    Begins,
    Ends,
    Exists,
}

/// What operators are called.
const OPERATORS: [(&str, Operator); 12] = [
    ("lt", Operator::Less),
    ("lte", Operator::AtMost),
    ("gt", Operator::Greater),
    ("gte", Operator::AtLeast),
    ("eq", Operator::Equal),
    ("in", Operator::Equal),
    ("neq", Operator::NotEqual),
    ("match", Operator::Contains),
    ("contains", Operator::Contains),
    ("prefix", Operator::Begins),
    ("suffix", Operator::Ends),
    ("exists", Operator::Exists),
];

impl Condition {
    /// The condition that a key and its values are, where one of these fields has it.
    pub(super) fn of(key: &str, values: &[String], fields: &[&str]) -> Option<Self> {
        let (field, operator) = match key.rsplit_once("__") {
            Some((field, name)) => {
                let (_, operator) = OPERATORS.iter().find(|(known, _)| *known == name)?;
                (field, *operator)
            }
            None => (key, Operator::Equal),
        };
        if !fields.contains(&field) {
            return None;
        }
        let values = values.iter().flat_map(|text| match operator {
            // Ids, states and numbers have no commas.
            Operator::Equal | Operator::NotEqual => text.split(',').collect::<Vec<_>>(),
            Operator::Less
            | Operator::AtMost
            | Operator::Greater
            | Operator::AtLeast
            | Operator::Contains
            | Operator::Begins
            | Operator::Ends
            | Operator::Exists => vec![text.as_str()],
        });
        let is_time = field.ends_with("_at") && operator != Operator::Exists;
        let value = |text: &str| if is_time { time::read(text) } else { Some(text.to_owned()) };
        let operands: Option<Vec<String>> = values.map(value).collect();
        let operands = operands.filter(|operands| !operands.is_empty())?;
        Some(Self { field: field.to_owned(), operator, operands })
    }

    /// Whether a resource meets it.
    pub(super) fn is_met(&self, resource: &Value) -> bool {
        let attributes = &resource["attributes"];
        let value = if self.field == "id" { &resource["id"] } else { &attributes[&self.field] };
        let text = text(value);
        let mut operands = self.operands.iter();
        if self.operator == Operator::Exists {
            return operands.all(|wanted| text.is_some() == (wanted != "false"));
        }
        let Some(text) = text else { return self.operator == Operator::NotEqual };
        match self.operator {
            Operator::Less => operands.all(|operand| order(&text, operand).is_lt()),
            Operator::AtMost => operands.all(|operand| order(&text, operand).is_le()),
            Operator::Greater => operands.all(|operand| order(&text, operand).is_gt()),
            Operator::AtLeast => operands.all(|operand| order(&text, operand).is_ge()),
            Operator::Equal => operands.any(|operand| order(&text, operand).is_eq()),
            Operator::NotEqual => operands.all(|operand| order(&text, operand).is_ne()),
            Operator::Contains => {
                let text = text.to_lowercase();
                operands.all(|operand| text.contains(&operand.to_lowercase()))
            }
            Operator::Begins => operands.all(|operand| text.starts_with(operand)),
            Operator::Ends => operands.all(|operand| text.ends_with(operand)),
            Operator::Exists => true,
        }
    }
}

/// The order of two values: as numbers where both are.
fn order(one: &str, other: &str) -> std::cmp::Ordering {
    let numbers = one.parse::<f64>().ok().zip(other.parse::<f64>().ok());
    let order = numbers.and_then(|(one, other)| one.partial_cmp(&other));
    order.unwrap_or_else(|| one.cmp(other))
}

/// A value as it is compared; nothing where it is missing.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(value.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FIELDS: [&str; 5] = ["id", "status", "progress", "error", "created_at"];

    fn check(key: &str, values: &[&str], expected: Option<bool>) {
        let job = json!({"id": "j1", "attributes": {"status": "running", "progress": 0.5, "error": null,
            "created_at": "2026-01-14 10:23:18 +0000"}});
        let values: Vec<String> = values.iter().map(|text| (*text).to_owned()).collect();
        let condition = Condition::of(key, &values, &FIELDS);
        assert_eq!(condition.map(|condition| condition.is_met(&job)), expected, "{key} {values:?}");
    }

    #[test]
    fn every_operator_compares() {
        check("id", &["j1"], Some(true));
        check("status", &["running", "pending"], Some(true));
        check("status__in", &["pending,running"], Some(true));
        check("status__in", &["pending", "errored"], Some(false));
        check("status__neq", &["running"], Some(false));
        check("error__neq", &["x"], Some(true));
        check("error__exists", &["false"], Some(true));
        check("error__eq", &["x"], Some(false));
        check("progress__lt", &["0.50"], Some(false));
        check("progress__lte", &["0.50"], Some(true));
        check("progress__gt", &["0.1"], Some(true));
        check("status__match", &["RUN"], Some(true));
        check("status__contains", &["nni"], Some(true));
        check("status__prefix", &["run"], Some(true));
        check("status__suffix", &["ing"], Some(true));
        check("created_at__gte", &["2026-01-14T10:23:18Z"], Some(true));
        check("created_at__gt", &["2026-01-14"], Some(true));
        check("created_at__lt", &["2026-01-14"], Some(false));
    }

    #[test]
    fn what_is_no_condition_is_none() {
        check("colour", &["red"], None);
        check("status__like", &["x"], None);
        check("created_at__gte", &["yesterday"], None);
        check("status", &[], None);
    }
}
