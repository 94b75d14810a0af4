//! Conditions as SQL that leaves out no record that meets them.
//!
//! What a condition means is defined on the cell's text, and the reader asks [`Condition::matches`]
//! of every row that comes. The server only spares the rows that cannot match: it compares texts by
//! a collation, which holds more texts to be equal than bytes do, and whole numbers exactly.

use proto::filter::{Comparison, Condition, Operand, Relation};

use super::form::Form;
use super::quote::literal;

/// Whole numbers up to here are compared alike as integers and as doubles.
const EXACT: u64 = 1 << 53;

/// The condition in SQL; nothing where only the reader can decide it.
pub(super) fn condition(column: &str, form: Form, condition: &Condition) -> Option<String> {
    match condition {
        Condition::Is(operand) => equals(column, form, operand),
        Condition::In(operands) => {
            let any: Option<Vec<String>> =
                operands.iter().map(|operand| equals(column, form, operand)).collect();
            let any = any?;
            Some(if any.is_empty() {
                "FALSE".to_owned()
            } else {
                format!("({})", any.join(" OR "))
            })
        }
        Condition::Compare(comparison) => compares(column, form, comparison),
    }
}

fn equals(column: &str, form: Form, operand: &Operand) -> Option<String> {
    match (operand, form) {
        (Operand::Null, Form::Json) => None,
        (Operand::Null, _) => Some(format!("{column} IS NULL")),
        (Operand::Number(_), Form::Integer) => Some(format!("{column} = {}", whole(operand)?)),
        (Operand::Text(text), Form::Text) => Some(format!("{column} = {}", literal(text))),
        (Operand::Bool(_) | Operand::Number(_) | Operand::Text(_), _) => None,
    }
}

/// The comparisons that the server can make; the others are the reader's.
fn compares(column: &str, form: Form, comparison: &Comparison) -> Option<String> {
    let all: Vec<String> = comparison
        .given()
        .filter_map(|(relation, operand)| {
            let sign = match relation {
                Relation::Ne if *operand == Operand::Null && form != Form::Json => {
                    return Some(format!("{column} IS NOT NULL"));
                }
                Relation::Ne => return None,
                Relation::Lt => "<",
                Relation::Le => "<=",
                Relation::Gt => ">",
                Relation::Ge => ">=",
            };
            let number = whole(operand).filter(|_| form == Form::Integer)?;
            Some(format!("{column} {sign} {number}"))
        })
        .collect();
    (!all.is_empty()).then(|| all.join(" AND "))
}

/// A whole number that every comparison takes for the same.
fn whole(operand: &Operand) -> Option<i64> {
    match operand {
        Operand::Number(number) => number.as_i64().filter(|number| number.unsigned_abs() < EXACT),
        Operand::Null | Operand::Bool(_) | Operand::Text(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: Form, json: &str, expected: Option<&str>) {
        let found = condition("c", form, &serde_json::from_str(json).unwrap());
        assert_eq!(found.as_deref(), expected, "{json}");
    }

    #[test]
    fn only_what_spares_no_match_goes_to_the_server() {
        check(Form::Integer, "2", Some("c = 2"));
        check(Form::Integer, "[1, null]", Some("(c = 1 OR c IS NULL)"));
        check(Form::Integer, "[]", Some("FALSE"));
        check(Form::Integer, r#"{"ge": 1, "lt": 2.5}"#, Some("c >= 1"));
        check(Form::Integer, r#"{"ne": null}"#, Some("c IS NOT NULL"));
        check(Form::Integer, "9007199254740993", None);
        check(Form::Integer, r#""2""#, None);
        check(Form::Number, "2", None);
        check(Form::Year, r#"{"ge": 5}"#, None);
        check(Form::Year, "5", None);
        check(Form::Text, r#""O'Hare""#, Some("c = 'O''Hare'"));
        check(Form::Text, r#"["a", 1]"#, None);
        check(Form::Text, r#"{"gt": "a"}"#, None);
        check(Form::Json, "null", None);
    }
}
