//! Conditions with their columns found: whether a row meets them, does not, or nothing is known.

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};

use super::filter::{Filter, Operator, Quantity};
use super::path::{Joined, Path, Place, cell};
use super::refusal::Refusal;
use super::text;
use super::value::{Kind, Value};

/// A condition.
pub(super) enum Condition {
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
    Null(Place),
    Compare(Place, Vec<Check>),
    CompareAll(Place, Vec<Check>),
}

/// What a value is held against.
pub(super) enum Check {
    Order(Operator, Value),
    Match(Regex),
    Words(Vec<String>),
}

impl Condition {
    /// A condition on the rows of a path.
    pub(super) fn new(filter: &Filter, path: &Path<'_>) -> Result<Self, Refusal> {
        let several = |filters: &[Filter]| -> Result<Vec<Self>, Refusal> {
            filters.iter().map(|filter| Self::new(filter, path)).collect()
        };
        Ok(match filter {
            Filter::Not(filter) => Self::Not(Box::new(Self::new(filter, path)?)),
            Filter::And(filters) => Self::And(several(filters)?),
            Filter::Or(filters) => Self::Or(several(filters)?),
            Filter::Null(name) => Self::Null(path.place(name)?),
            Filter::Compare { name, operator, quantity, values } => {
                let place = path.place(name)?;
                let kind = path.kind(place);
                let checks = values.iter().map(|value| Check::new(*operator, value, kind));
                let checks = checks.collect::<Result<Vec<Check>, Refusal>>()?;
                match quantity {
                    Quantity::Any => Self::Compare(place, checks),
                    Quantity::All => Self::CompareAll(place, checks),
                }
            }
        })
    }

    /// Whether a row meets it, unless nothing is known because there is no value.
    pub(super) fn holds(&self, row: &Joined) -> Option<bool> {
        match self {
            Self::Not(condition) => condition.holds(row).map(|holds| !holds),
            Self::And(conditions) => all(conditions.iter().map(|one| one.holds(row))),
            Self::Or(conditions) => any(conditions.iter().map(|one| one.holds(row))),
            Self::Null(place) => Some(cell(row, *place).is_null()),
            Self::Compare(place, checks) => {
                let value = cell(row, *place);
                any(checks.iter().map(|check| check.holds(&value)))
            }
            Self::CompareAll(place, checks) => {
                let value = cell(row, *place);
                all(checks.iter().map(|check| check.holds(&value)))
            }
        }
    }
}

impl Check {
    fn new(operator: Operator, text: &str, kind: Kind) -> Result<Self, Refusal> {
        let regex = |is_of_any_case: bool| {
            let regex = RegexBuilder::new(text).case_insensitive(is_of_any_case).build();
            let refused = |_| Refusal::malformed(format!("invalid regular expression: {text}"));
            regex.map(Self::Match).map_err(refused)
        };
        match operator {
            Operator::Equal
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::Less
            | Operator::LessOrEqual => Ok(Self::Order(operator, Value::parse(text, kind)?)),
            Operator::Regexp => regex(false),
            Operator::RegexpOfAnyCase => regex(true),
            Operator::Words => {
                let words = text.split_whitespace().map(str::to_lowercase);
                Ok(Self::Words(words.collect()))
            }
        }
    }

    fn holds(&self, value: &Value) -> Option<bool> {
        if value.is_null() {
            return None;
        }
        // A list does where one of its items does.
        if let (Self::Order(..), Value::List(items)) = (self, value) {
            return Some(items.iter().any(|item| self.holds(item) == Some(true)));
        }
        Some(match self {
            Self::Order(operator, bound) => is_ordered(value.order(bound), *operator),
            Self::Match(regex) => regex.is_match(&text::plain(value)),
            Self::Words(words) => {
                let text = text::plain(value).to_lowercase();
                let known = text.split(|letter: char| !letter.is_alphanumeric());
                let known: Vec<&str> = known.collect();
                words.iter().all(|word| known.contains(&word.as_str()))
            }
        })
    }
}

fn is_ordered(order: Ordering, operator: Operator) -> bool {
    match operator {
        Operator::Equal => order.is_eq(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Regexp | Operator::RegexpOfAnyCase | Operator::Words => false,
    }
}

/// Whether one holds; nothing is known where none does and nothing is known of one.
fn any(conditions: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut is_known = true;
    for holds in conditions {
        match holds {
            Some(true) => return Some(true),
            Some(false) => {}
            None => is_known = false,
        }
    }
    is_known.then_some(false)
}

/// Whether all hold; nothing is known where all do and nothing is known of one.
fn all(conditions: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    any(conditions.map(|holds| holds.map(|holds| !holds))).map(|fails| !fails)
}
