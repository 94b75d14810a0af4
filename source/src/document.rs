//! A record as a JSON object: validated whole, its keys and values borrowed from its text.

mod columns;
mod keys;

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::value::RawValue;

pub(crate) use self::columns::{Columns, Taken};
pub(crate) use self::keys::Keys;
use crate::json;

/// The text of a record, without blanks around it.
fn line_text(line: &[u8]) -> Result<&str, String> {
    str::from_utf8(line)
        .map(|text| text.trim_matches([' ', '\t', '\r', '\n']))
        .map_err(|error| format!("the record is not UTF-8: {error}"))
}

/// Whether a text is one whole JSON object.
fn check_object(text: &str) -> Result<(), String> {
    check_braces(text)?;
    serde_json::from_str::<&RawValue>(text).map_err(|error| invalid(&error))?;
    Ok(())
}

/// Whether a text looks like an object, and is not nested too deep.
fn check_braces(text: &str) -> Result<(), String> {
    if !text.starts_with('{') {
        return Err("the record is no JSON object".to_owned());
    }
    if json::is_too_deep(text) {
        return Err(format!("the record is nested deeper than {}", json::MAX_DEPTH));
    }
    Ok(())
}

/// What is wrong with a record. It is on one line, so that only the column says anything.
fn invalid(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    match error.column() {
        0 => format!("the record is not valid JSON: {what}"),
        column => format!("the record is not valid JSON: {what} at column {column}"),
    }
}

/// A key, borrowed unless it has escapes.
struct Key<'l>(Cow<'l, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(parser: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }

        parser.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(), &str>) {
        assert_eq!(
            check_object(text).as_ref().map_err(String::as_str),
            expected.as_ref().map_err(|why| *why)
        );
    }

    #[test]
    fn only_whole_objects_are_records() {
        check(r#"{"a": {"b": [1e400]}}"#, Ok(()));
        check("[1]", Err("the record is no JSON object"));
        check(
            r#"{"a": 1"#,
            Err("the record is not valid JSON: EOF while parsing an object at column 7"),
        );
        check(r#"{"a": 01}"#, Err("the record is not valid JSON: invalid number at column 8"));
        check("{} {}", Err("the record is not valid JSON: trailing characters at column 4"));
    }

    #[test]
    fn deep_nesting_is_refused_without_recursion() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        check(&deep, Err("the record is nested deeper than 128"));
    }
}
