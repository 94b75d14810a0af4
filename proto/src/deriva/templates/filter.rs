//! Filters in paths to other tables.

use serde_json::Value;

use crate::deriva::schema::TableIn;
use crate::percent::encoded;

/// How a column and a value may be compared, as ERMrest writes it.
const OPERATORS: [&str; 9] = [
    "=",
    "::null::",
    "::lt::",
    "::leq::",
    "::gt::",
    "::geq::",
    "::regexp::",
    "::ciregexp::",
    "::ts::",
];

/// Whether a part of a path is a filter.
pub(super) fn is_filter(node: &Value) -> bool {
    ["filter", "and", "or"].iter().any(|key| node.get(key).is_some())
}

/// A filter as ERMrest writes it; nothing where it cannot be meant, or compares with what only a row on the
/// screen could tell.
pub(super) fn filter(table: TableIn<'_>, node: &Value) -> Option<String> {
    let is_negated = node.get("negate") == Some(&Value::Bool(true));
    let text = match (node.get("filter"), node.get("and"), node.get("or")) {
        (Some(column), _, _) => comparison(table, column, node)?,
        (None, Some(parts), _) => combined(table, parts, "&", is_negated)?,
        (None, None, parts) => combined(table, parts?, ";", is_negated)?,
    };
    Some(if is_negated { format!("!({text})") } else { text })
}

fn comparison(table: TableIn<'_>, column: &Value, node: &Value) -> Option<String> {
    let column = match column {
        Value::String(column) => column.as_str(),
        Value::Array(place) => match place.as_slice() {
            [Value::String(column)] | [Value::Null, Value::String(column)] => column.as_str(),
            _ => return None,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    table.column(column)?;
    let operator = node.get("operator").map_or(Some("="), Value::as_str)?;
    if !OPERATORS.contains(&operator) {
        return None;
    }
    let operand = node.get("operand_pattern");
    let operand = if operator == "::null::" {
        operand.is_none().then_some("")?
    } else {
        operand?.as_str().filter(|operand| !operand.trim().is_empty())?
    };
    // What stands in braces is a value of the row on the screen.
    let is_known = !operand.contains("{{");
    is_known.then(|| format!("{}{operator}{}", encoded(column), encoded(operand)))
}

fn combined(table: TableIn<'_>, parts: &Value, with: &str, is_negated: bool) -> Option<String> {
    let parts = parts.as_array().filter(|parts| !parts.is_empty())?;
    let texts = parts.iter().map(|part| filter(table, part)).collect::<Option<Vec<_>>>()?;
    let text = texts.join(with);
    Some(if texts.len() > 1 && !is_negated { format!("({text})") } else { text })
}
