//! Which row groups no record of can meet the conditions, by the least and greatest values that the
//! footer tells.
//!
//! Only ever errs on the side of reading: a group is left out where [`Condition::matches`] is false
//! for every value between its bounds.

use std::ops::Range;

use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;
use proto::filter::{Comparison, Condition, Operand, Relation};

use super::form::Form;
use super::value::Value;

/// What is known of a column's values in a row group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Texts, in the order of the column, below and above all values; nothing where none are told.
    between: Option<(String, String)>,
    order: Order,
    has_nulls: bool,
    has_values: bool,
}

/// How the texts of a column's values follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As numbers.
    Numbers,
    /// By their bytes.
    Texts,
}

impl Bounds {
    /// What a footer says of a column.
    pub(super) fn of(column: &ColumnChunkMetaData, form: Form, rows: u64) -> Option<Self> {
        let statistics = column.statistics()?;
        let nulls = statistics.null_count_opt();
        let (order, shown) = shown(form)?;
        Some(Self {
            between: between(statistics, form).and_then(|texts| cut(texts, shown)),
            order,
            has_nulls: nulls != Some(0),
            has_values: nulls != Some(rows),
        })
    }

    /// Whether some record may meet a condition.
    pub(super) fn may_meet(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Is(operand) => self.may_equal(operand),
            Condition::In(operands) => operands.iter().any(|operand| self.may_equal(operand)),
            Condition::Compare(comparison) => {
                comparison.given().all(|(relation, operand)| self.may_relate(relation, operand))
            }
        }
    }

    fn may_equal(&self, operand: &Operand) -> bool {
        match operand {
            Operand::Null => self.has_nulls,
            Operand::Bool(_) | Operand::Number(_) | Operand::Text(_) => {
                self.may_relate(Relation::Ge, operand) && self.may_relate(Relation::Le, operand)
            }
        }
    }

    fn may_relate(&self, relation: Relation, operand: &Operand) -> bool {
        if relation == Relation::Ne {
            return true;
        }
        let Some((least, greatest)) = self.between.as_ref().filter(|_| self.has_values) else {
            // NULL is neither less nor greater than anything.
            return self.has_values;
        };
        let is_ordered = match operand {
            Operand::Null => return false,
            Operand::Number(_) => self.order == Order::Numbers,
            Operand::Text(_) => self.order == Order::Texts,
            Operand::Bool(_) => false,
        };
        let operand = Some(operand.clone());
        let (comparison, bound) = match relation {
            Relation::Lt => (Comparison { lt: operand, ..Comparison::default() }, least),
            Relation::Le => (Comparison { le: operand, ..Comparison::default() }, least),
            Relation::Gt => (Comparison { gt: operand, ..Comparison::default() }, greatest),
            Relation::Ge => (Comparison { ge: operand, ..Comparison::default() }, greatest),
            Relation::Ne => return true,
        };
        !is_ordered || Condition::Compare(comparison).matches(Some(bound))
    }
}

/// How the texts of a form follow each other, and which part of them does.
fn shown(form: Form) -> Option<(Order, Range<usize>)> {
    Some(match form {
        Form::Signed | Form::Unsigned | Form::Decimal { .. } | Form::Float => {
            (Order::Numbers, 0..usize::MAX)
        }
        Form::Bool | Form::Text | Form::Uuid | Form::Bytes => (Order::Texts, 0..usize::MAX),
        // Digits of a second are written as far as it takes, so that `Z` may stand where another
        // has a point; up to the second all are as long.
        Form::Date => (Order::Texts, 0..10),
        Form::Time(_) => (Order::Texts, 0..8),
        Form::Timestamp(..) => (Order::Texts, 0..19),
        Form::Json => return None,
    })
}

/// The bounds as far as they say something: what follows the part is below or above anything.
fn cut((least, greatest): (String, String), shown: Range<usize>) -> Option<(String, String)> {
    if shown.end == usize::MAX {
        return Some((least, greatest));
    }
    // Years before 0 begin with a sign, and do not follow each other as texts.
    let part = |text: &str| {
        text.get(shown.clone()).filter(|text| !text.starts_with('-')).map(str::to_owned)
    };
    let mut greatest = part(&greatest)?;
    greatest.push(char::MAX);
    Some((part(&least)?, greatest))
}

/// The least and the greatest value, as texts.
fn between(statistics: &Statistics, form: Form) -> Option<(String, String)> {
    if statistics.is_min_max_deprecated() {
        return None;
    }
    match statistics {
        Statistics::Boolean(values) => texts(values.min_opt(), values.max_opt(), form),
        Statistics::Int32(values) => texts(values.min_opt(), values.max_opt(), form),
        Statistics::Int64(values) => texts(values.min_opt(), values.max_opt(), form),
        Statistics::Float(values) => texts(values.min_opt(), values.max_opt(), form),
        Statistics::Double(values) => texts(values.min_opt(), values.max_opt(), form),
        Statistics::ByteArray(values) => texts(values.min_opt(), values.max_opt(), form),
        // Half floats have an order of their own, and so have the old moments.
        Statistics::FixedLenByteArray(_) if form == Form::Float => None,
        Statistics::FixedLenByteArray(values) => texts(values.min_opt(), values.max_opt(), form),
        Statistics::Int96(_) => None,
    }
}

fn texts<V: Value>(
    least: Option<&V>,
    greatest: Option<&V>,
    form: Form,
) -> Option<(String, String)> {
    let text = |value: &V| {
        let mut text = String::new();
        value.write(form, &mut text).ok().map(|_| text)
    };
    Some((text(least?)?, text(greatest?)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbers(least: &str, greatest: &str) -> Bounds {
        let between = Some((least.to_owned(), greatest.to_owned()));
        Bounds { between, order: Order::Numbers, has_nulls: false, has_values: true }
    }

    fn check(bounds: &Bounds, condition: &str, expected: bool) {
        let condition: Condition = serde_json::from_str(condition).unwrap();
        assert_eq!(bounds.may_meet(&condition), expected, "{condition:?} in {bounds:?}");
    }

    #[test]
    fn groups_are_left_out_where_no_value_can_match() {
        let bounds = numbers("10", "20");
        for (condition, expected) in [
            ("9", false),
            ("10", true),
            ("20.0", true),
            ("21", false),
            ("[1, 15]", true),
            ("[1, 2]", false),
            ("null", false),
            (r#"{"lt": 10}"#, false),
            (r#"{"le": 10}"#, true),
            (r#"{"gt": 20}"#, false),
            (r#"{"ge": 20, "lt": 30}"#, true),
            (r#"{"ge": 12, "lt": 5}"#, false),
            (r#"{"ne": 10}"#, true),
            // Compared as texts, "100" would be less than "20": nothing is known of those.
            (r#"{"gt": "3"}"#, true),
        ] {
            check(&bounds, condition, expected);
        }
    }

    #[test]
    fn a_group_of_nulls_has_nulls_only() {
        let bounds =
            Bounds { between: None, has_nulls: true, has_values: false, ..numbers("", "") };
        check(&bounds, "null", true);
        check(&bounds, "1", false);
        check(&bounds, r#"{"ne": 1}"#, true);
        check(&bounds, r#"{"gt": 1}"#, false);
        check(&bounds, "[1, null]", true);
    }

    #[test]
    fn moments_are_bounded_to_the_second() {
        let texts = ("2013-01-01T05:00:00Z".to_owned(), "2013-01-01T06:00:00Z".to_owned());
        let (order, shown) = shown(Form::Timestamp(
            super::super::form::Unit::Microseconds,
            super::super::form::Zone::Utc,
        ))
        .unwrap();
        let between = cut(texts, shown);
        let bounds = Bounds { between, order, has_nulls: false, has_values: true };
        check(&bounds, r#"{"ge": "2013-01-01T06:00:00.5Z"}"#, true);
        check(&bounds, r#"{"ge": "2013-01-01T06:00:01Z"}"#, false);
        check(&bounds, r#"{"lt": "2013-01-01T05"}"#, false);
        check(&bounds, r#"{"lt": "2013-01-01T05:00:00.5Z"}"#, true);
    }

    proptest! {
        #[test]
        fn no_group_with_a_match_is_left_out(
            values in proptest::collection::vec(-20_i64..20, 1..6),
            operand in -25_i64..25,
            relation in 0_usize..6,
        ) {
            let least = values.iter().min().unwrap().to_string();
            let greatest = values.iter().max().unwrap().to_string();
            let condition = match ["", "ne", "lt", "le", "gt", "ge"][relation] {
                "" => operand.to_string(),
                name => format!("{{\"{name}\": {operand}}}"),
            };
            let condition: Condition = serde_json::from_str(&condition).unwrap();
            if values.iter().any(|value| condition.matches(Some(&value.to_string()))) {
                prop_assert!(numbers(&least, &greatest).may_meet(&condition));
            }
        }
    }
}
