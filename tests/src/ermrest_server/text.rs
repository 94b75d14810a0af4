//! Values as text: as the database writes them, in JSON, and in CSV.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::jsonb;
use super::value::Value;

/// How lists are written in CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    /// As the database writes them.
    Literals,
    /// As JSON.
    Json,
}

/// As the database writes it; nothing is written for nothing.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "t".to_owned(),
        Value::Bool(false) => "f".to_owned(),
        Value::Int(whole) => whole.to_string(),
        Value::Float(number) => float(*number),
        Value::Time(moment) => format!("{}+00", time(*moment).replace('T', " ")),
        Value::Text(text) => text.clone(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(item).collect();
            format!("{{{}}}", items.join(","))
        }
        Value::Json(value) => jsonb::text(value),
    }
}

/// As JSON, without a space but in values that are JSON themselves.
pub(super) fn json(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(whole) => whole.to_string(),
        Value::Float(number) => float(*number),
        Value::Time(moment) => format!("\"{}+00:00\"", time(*moment)),
        Value::Text(text) => Json::from(text.as_str()).to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(json).collect();
            format!("[{}]", items.join(","))
        }
        Value::Json(value) => jsonb::text(value),
    }
}

/// As a field of CSV: an empty text is told from nothing by its quotes.
pub(super) fn csv(value: &Value, lists: Lists) -> String {
    if value.is_null() {
        return String::new();
    }
    let is_json = lists == Lists::Json && matches!(value, Value::List(_));
    quoted(if is_json { json(value) } else { plain(value) })
}

/// A text as a field of CSV.
pub(super) fn quoted(text: String) -> String {
    if text.is_empty() || text.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

/// A number with as few digits as tell it from every other.
pub(super) fn float(number: f64) -> String {
    let short = format!("{number:e}");
    let Some((mantissa, exponent)) = short.split_once('e') else {
        return short;
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if number == 0.0 || (-4..15).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// A time in its usual form, without its zone.
fn time(moment: Timestamp) -> String {
    moment.to_string().trim_end_matches('Z').to_owned()
}

/// An item of a list as the database writes it.
fn item(value: &Value) -> String {
    if value.is_null() {
        return "NULL".to_owned();
    }
    let text = plain(value);
    let is_special = |letter: char| letter.is_whitespace() || "{},\"\\".contains(letter);
    if text.is_empty() || text.eq_ignore_ascii_case("null") || text.contains(is_special) {
        return format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Lists, Value, csv, float};

    #[test]
    fn numbers_have_an_exponent_only_where_they_need_one() {
        let written = [1.5, -0.0, 1e300, 1e15, 123_456_789.0, 0.0001, 0.000_01].map(float);
        assert_eq!(written, ["1.5", "-0", "1e+300", "1e+15", "123456789", "0.0001", "1e-05"]);
    }

    #[test]
    fn lists_are_literals_unless_they_are_to_be_json() {
        let texts = ["a", "b,c", "d\"e", ""].map(|text| Value::Text(text.to_owned()));
        let list = Value::List([texts.as_slice(), &[Value::Null]].concat());
        let literal = r#""{a,""b,c"",""d\""e"","""",NULL}""#;
        assert_eq!(csv(&list, Lists::Literals), literal);
        assert_eq!(csv(&list, Lists::Json), r#""[""a"",""b,c"",""d\""e"","""",null]""#);
    }
}
