//! Conditions as SQL, where SQL can say exactly what [`Condition::matches`] says.
//!
//! What a condition means is defined on the cell's text. Where the server cannot decide by that text
//! without risk of an error or of another result (a number against a text column), the condition is
//! left to the reader, which fetches the cell and asks `matches` itself.

use proto::filter::{Comparison, Condition, Operand, Relation};
use serde_json::Number;

use super::form::Form;
use super::layout::{Column, Encoding};
use super::quote::literal;
use crate::SourceError;

/// Smallest number that reads as an infinite `f64`: halfway between the greatest and 2^1024.
const TOO_LARGE: &str = "1.797693134862315807937289714053034150799341e308";

/// Greatest number that reads as zero: half of the smallest `f64`.
const TOO_SMALL: &str = "2.470328229206232720882843964341106861825299e-324";

/// The condition in SQL; nothing where only the reader can decide it.
pub(super) fn condition(
    column: &Column,
    encoding: Encoding,
    condition: &Condition,
) -> Result<Option<String>, SourceError> {
    // The server knows a document, and we the text or number that it is.
    if matches!(column.form, Form::Json | Form::Jsonb) {
        return Ok(None);
    }
    match condition {
        Condition::Is(operand) => equals(column, operand),
        Condition::In(operands) => among(column, operands),
        Condition::Compare(comparison) => compares(column, encoding, comparison),
    }
}

fn equals(column: &Column, operand: &Operand) -> Result<Option<String>, SourceError> {
    let sql = &column.sql;
    Ok(match operand {
        Operand::Null => Some(format!("{sql} IS NULL")),
        Operand::Bool(value) if column.form == Form::Bool => {
            Some(format!("{sql} IS {}", if *value { "TRUE" } else { "FALSE" }))
        }
        Operand::Bool(value) => Some(by_bytes(column, "=", if *value { "true" } else { "false" })?),
        Operand::Text(value) => Some(by_bytes(column, "=", value)?),
        Operand::Number(value) => by_number(column, "=", value),
    })
}

/// Any of the operands. Those that compare alike become one list, for an export by ids names
/// thousands.
fn among(column: &Column, operands: &[Operand]) -> Result<Option<String>, SourceError> {
    let mut any = Vec::new();
    let mut texts = Vec::new();
    let mut integers = Vec::new();
    for operand in operands {
        match operand {
            Operand::Text(value) => texts.push(literal(value)?),
            Operand::Number(value) if is_integer(column.form) && value.is_i64() => {
                integers.push(format!("'{value}'::int8"));
            }
            Operand::Null | Operand::Bool(_) | Operand::Number(_) => match equals(column, operand)?
            {
                Some(sql) => any.push(sql),
                None => return Ok(None),
            },
        }
    }
    if !texts.is_empty() {
        any.push(format!("{} COLLATE \"C\" IN ({})", column.text, texts.join(", ")));
    }
    if !integers.is_empty() {
        any.push(format!("{}::int8 IN ({})", column.sql, integers.join(", ")));
    }
    Ok(Some(if any.is_empty() { "FALSE".to_owned() } else { format!("({})", any.join(" OR ")) }))
}

fn compares(
    column: &Column,
    encoding: Encoding,
    comparison: &Comparison,
) -> Result<Option<String>, SourceError> {
    let mut all = vec!["TRUE".to_owned()];
    for (relation, operand) in comparison.given() {
        match relates(column, encoding, relation, operand)? {
            Some(sql) => all.push(sql),
            None => return Ok(None),
        }
    }
    Ok(Some(all.join(" AND ")))
}

fn relates(
    column: &Column,
    encoding: Encoding,
    relation: Relation,
    operand: &Operand,
) -> Result<Option<String>, SourceError> {
    let sign = match relation {
        // NULL is unequal to every value, other than SQL has it.
        Relation::Ne => {
            return Ok(
                equals(column, operand)?.map(|equal| format!("NOT COALESCE(({equal}), FALSE)"))
            );
        }
        Relation::Lt => "<",
        Relation::Le => "<=",
        Relation::Gt => ">",
        Relation::Ge => ">=",
    };
    Ok(match operand {
        Operand::Null | Operand::Bool(_) => Some("FALSE".to_owned()),
        Operand::Text(value) => match encoding {
            Encoding::Utf8 => Some(by_bytes(column, sign, value)?),
            Encoding::Converted | Encoding::Unknown => None,
        },
        Operand::Number(value) => by_number(column, sign, value),
    })
}

fn by_bytes(column: &Column, sign: &str, text: &str) -> Result<String, SourceError> {
    Ok(format!("{} COLLATE \"C\" {sign} {}", column.text, literal(text)?))
}

fn by_number(column: &Column, sign: &str, number: &Number) -> Option<String> {
    let sql = &column.sql;
    // An `f64` in its shortest spelling is read back as itself.
    let real = format!("'{:e}'::float8", number.as_f64()?);
    match (column.form, number.as_i64()) {
        (Form::Int2 | Form::Int4 | Form::Int8 | Form::Oid, Some(integer)) => {
            Some(format!("{sql}::int8 {sign} '{integer}'::int8"))
        }
        (Form::Int2 | Form::Int4 | Form::Int8 | Form::Oid, None) => {
            Some(format!("{sql}::int8::float8 {sign} {real}"))
        }
        (Form::Float8, _) => Some(reals(sql, sign, &real)),
        // By its text: 0.1 of four bytes is not 0.1 of eight.
        (Form::Float4, _) => Some(reals(&format!("{}::float8", column.text), sign, &real)),
        (Form::Numeric, integer) => {
            let rounded = format!(
                "CASE WHEN {sql} = 'NaN' THEN NULL \
                WHEN abs({sql}) >= {TOO_LARGE} THEN CASE WHEN {sql} > 0 THEN 'Infinity'::float8 ELSE '-Infinity' END \
                WHEN abs({sql}) <= {TOO_SMALL} THEN 0 ELSE {sql}::float8 END"
            );
            let by_real = format!("({rounded}) {sign} {real}");
            // Whole numbers are compared as such where both fit 64 bits.
            Some(integer.map_or(by_real.clone(), |integer| {
                format!(
                    "CASE WHEN scale({sql}) = 0 AND {sql} BETWEEN {} AND {} THEN {sql} {sign} '{integer}'::numeric \
                    ELSE {by_real} END",
                    i64::MIN,
                    i64::MAX
                )
            }))
        }
        (Form::Bool | Form::Bytea, _) => Some("FALSE".to_owned()),
        // Their text may read as a number, and may not: the server would fail where it does not.
        (
            Form::Date
            | Form::Time
            | Form::Timestamp
            | Form::TimestampTz
            | Form::Uuid
            | Form::Text
            | Form::Label
            | Form::Json
            | Form::Jsonb
            | Form::Output,
            _,
        ) => None,
    }
}

/// A comparison of `f64`. PostgreSQL takes NaN for equal to itself and greater than all others.
fn reals(sql: &str, sign: &str, real: &str) -> String {
    format!("({sql} {sign} {real} AND {sql} <> 'NaN'::float8)")
}

fn is_integer(form: Form) -> bool {
    matches!(form, Form::Int2 | Form::Int4 | Form::Int8 | Form::Oid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: Form, json: &str, expected: Option<&str>) {
        let column =
            Column { name: "c".to_owned(), form, sql: "c".to_owned(), text: "t".to_owned() };
        let parsed: Condition = serde_json::from_str(json).unwrap();
        assert_eq!(
            condition(&column, Encoding::Utf8, &parsed).unwrap().as_deref(),
            expected,
            "{json}"
        );
    }

    #[test]
    fn conditions_become_sql() {
        check(Form::Text, r#""O'Hare""#, Some(r#"t COLLATE "C" = 'O''Hare'"#));
        check(Form::Text, "null", Some("c IS NULL"));
        check(Form::Bool, "true", Some("c IS TRUE"));
        check(Form::Int4, "[1, 2, null]", Some("(c IS NULL OR c::int8 IN ('1'::int8, '2'::int8))"));
        check(Form::Text, "[]", Some("FALSE"));
        check(
            Form::Int8,
            r#"{"ge": 1, "lt": 2.5}"#,
            Some("TRUE AND c::int8::float8 < '2.5e0'::float8 AND c::int8 >= '1'::int8"),
        );
        check(
            Form::Text,
            r#"{"ne": "x"}"#,
            Some(r#"TRUE AND NOT COALESCE((t COLLATE "C" = 'x'), FALSE)"#),
        );
        check(Form::Text, r#"{"lt": true}"#, Some("TRUE AND FALSE"));
    }

    #[test]
    fn a_number_against_a_text_is_left_to_the_reader() {
        check(Form::Text, "5", None);
        check(Form::Json, r#"["a", 5]"#, None);
        check(Form::Jsonb, "null", None);
        check(Form::Json, r#""a""#, None);
        check(Form::Jsonb, r#"{"ne": null}"#, None);
        check(Form::Timestamp, r#"{"ge": "2013", "lt": 5}"#, None);
    }

    #[test]
    fn a_value_that_no_text_can_hold_is_refused() {
        let column = Column {
            name: "c".to_owned(),
            form: Form::Text,
            sql: "c".to_owned(),
            text: "t".to_owned(),
        };
        let nul = Condition::Is(Operand::Text("a\0".to_owned()));
        assert!(condition(&column, Encoding::Utf8, &nul).is_err());
    }
}
