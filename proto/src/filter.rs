//! Which records: the `where` of a selection.
//!
//! A filter is a conjunction over fields. Each source applies it in its own way (SQL, or row by
//! row), and all must agree: what a condition means is defined here by [`Condition::matches`].

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// Conditions by field; a record must meet all of them.
pub type Where = IndexMap<String, Condition>;

/// What one field must be.
///
/// Shapes: a value (`"UA"`: equals), a list (`[1, 2]`: equals one of them), or comparisons
/// (`{"ge": 1, "lt": 10}`: all hold).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Condition {
    /// The field equals this value.
    Is(Operand),
    /// The field equals one of these values.
    In(Vec<Operand>),
    /// All comparisons given hold.
    Compare(Comparison),
}

/// A value to compare with. `null` is met by a missing or NULL field only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Operand {
    /// No value.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number, compared as one: `1`, `1.0` and `"1"` of a CSV cell are equal.
    Number(serde_json::Number),
    /// A text, compared byte by byte.
    Text(String),
}

/// Comparisons of one field; those left out do not count.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The field is not equal to this.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub ne: Option<Operand>,
    /// The field is less than this.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub lt: Option<Operand>,
    /// The field is at most this.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub le: Option<Operand>,
    /// The field is greater than this.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub gt: Option<Operand>,
    /// The field is at least this.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub ge: Option<Operand>,
}

/// An operand that is there, also where it is `null`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Operand>, D::Error> {
    Operand::deserialize(deserializer).map(Some)
}

impl Comparison {
    /// The comparisons that were given, as (name, operand).
    pub fn given(&self) -> impl Iterator<Item = (Relation, &Operand)> {
        [
            (Relation::Ne, &self.ne),
            (Relation::Lt, &self.lt),
            (Relation::Le, &self.le),
            (Relation::Gt, &self.gt),
            (Relation::Ge, &self.ge),
        ]
        .into_iter()
        .filter_map(|(relation, operand)| operand.as_ref().map(|operand| (relation, operand)))
    }
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

impl Condition {
    /// Whether a field's text meets the condition; `None` is NULL or missing.
    ///
    /// Numbers compare as numbers where the operand is one and the text reads as one; otherwise
    /// texts compare byte by byte. NULL meets `null`, `ne` of a value, and lists holding `null`.
    pub fn matches(&self, text: Option<&str>) -> bool {
        match self {
            Self::Is(operand) => operand.equals(text),
            Self::In(operands) => operands.iter().any(|operand| operand.equals(text)),
            Self::Compare(comparison) => {
                comparison.given().all(|(relation, operand)| operand.relates(relation, text))
            }
        }
    }
}

impl Operand {
    /// The operand as text, as it would stand in a CSV cell; `None` for null.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Bool(value) => Some(value.to_string()),
            Self::Number(value) => Some(value.to_string()),
            Self::Text(value) => Some(value.clone()),
        }
    }

    fn equals(&self, text: Option<&str>) -> bool {
        match (self, text) {
            (Self::Null, text) => text.is_none(),
            (_, None) => false,
            (Self::Bool(value), Some(text)) => text == if *value { "true" } else { "false" },
            (Self::Text(value), Some(text)) => text == value,
            (Self::Number(_), Some(_)) => self.order(text) == Some(std::cmp::Ordering::Equal),
        }
    }

    fn relates(&self, relation: Relation, text: Option<&str>) -> bool {
        if relation == Relation::Ne {
            return !self.equals(text);
        }
        let Some(order) = self.order(text) else { return false };
        match relation {
            Relation::Ne => order.is_ne(),
            Relation::Lt => order.is_lt(),
            Relation::Le => order.is_le(),
            Relation::Gt => order.is_gt(),
            Relation::Ge => order.is_ge(),
        }
    }

    /// How the text stands to the operand; nothing where they cannot be compared.
    fn order(&self, text: Option<&str>) -> Option<std::cmp::Ordering> {
        let text = text?;
        match self {
            Self::Null | Self::Bool(_) => None,
            Self::Text(value) => Some(text.cmp(value)),
            Self::Number(value) => {
                // Whole numbers first: an f64 cannot tell 64-bit keys apart.
                if let (Some(value), Ok(text)) = (value.as_i64(), text.trim().parse::<i64>()) {
                    return Some(text.cmp(&value));
                }
                text.trim().parse::<f64>().ok()?.partial_cmp(&value.as_f64()?)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(condition: &str, text: Option<&str>, expected: bool) {
        let condition: Condition = serde_json::from_str(condition).unwrap();
        assert_eq!(condition.matches(text), expected, "{condition:?} on {text:?}");
    }

    #[test]
    fn a_value_means_equality_and_a_list_any_of_it() {
        check(r#""UA""#, Some("UA"), true);
        check(r#""UA""#, Some("ua"), false);
        check("[1, 2]", Some("2"), true);
        check("[1, 2]", Some("2.0"), true);
        check("[1, 2]", Some("12"), false);
        check("[1, null]", None, true);
        check("null", Some(""), false);
        check("true", Some("true"), true);
    }

    #[test]
    fn comparisons_all_hold() {
        check(r#"{"ge": 1, "lt": 10}"#, Some("9.5"), true);
        check(r#"{"ge": 1, "lt": 10}"#, Some("10"), false);
        check(r#"{"gt": "2013-01-31"}"#, Some("2013-02-01"), true);
        check(r#"{"ne": "x"}"#, None, true);
        check(r#"{"lt": 5}"#, Some("abc"), false);
        check(r#"{"ne": null}"#, None, false);
        check(r#"{"ne": null}"#, Some(""), true);
    }

    /// There is none that could take for ever.
    #[test]
    fn a_pattern_is_no_condition() {
        for pattern in
            [r#"{"regex": "(a+)+$"}"#, r#"{"like": "%a%a%a%"}"#, r#"{"ge": 1, "matches": ".*"}"#]
        {
            assert!(serde_json::from_str::<Condition>(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn keys_beyond_two_to_the_fifty_third_stay_apart() {
        check("9007199254740993", Some("9007199254740992"), false);
        check("9007199254740993", Some("9007199254740993"), true);
    }
}
