//! A row of JSON whose values stay as they were written.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// A row: its columns in their order, each with the JSON of its value.
#[derive(Debug, Clone, Default)]
pub(super) struct Record(IndexMap<String, Box<RawValue>>);

impl Record {
    /// Reads an object.
    pub(super) fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json).map(Self)
    }

    /// The value of a column.
    pub(super) fn value(&self, column: &str) -> Option<&RawValue> {
        self.0.get(column).map(|value| &**value)
    }

    /// The columns and their values.
    pub(super) fn columns(&self) -> impl ExactSizeIterator<Item = (&String, &RawValue)> {
        self.0.iter().map(|(column, value)| (column, &**value))
    }

    /// Gives a column a value; a new one is the last.
    pub(super) fn set(
        &mut self,
        column: &str,
        value: &impl Serialize,
    ) -> Result<(), serde_json::Error> {
        self.0.insert(column.to_owned(), to_raw_value(value)?);
        Ok(())
    }

    /// Takes a column away, if it is there.
    pub(super) fn delete(&mut self, column: &str) {
        self.0.shift_remove(column);
    }

    /// Appends the row as a line, spaced as Python spaces JSON.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (n, (column, value)) in self.columns().enumerate() {
            if n > 0 {
                out.extend_from_slice(b", ");
            }
            out.extend_from_slice(serde_json::Value::from(column.as_str()).to_string().as_bytes());
            out.extend_from_slice(b": ");
            spaced(value.get(), out);
        }
        out.extend_from_slice(b"}\n");
    }
}

/// Whether a value is none.
pub(super) fn is_null(value: &RawValue) -> bool {
    value.get() == "null"
}

/// A value as a text: what is text without quotes, other plain values as Python writes them, lists and
/// objects as their JSON.
pub(super) fn text(value: &RawValue) -> Cow<'_, str> {
    let json = value.get();
    match json {
        "null" => Cow::Borrowed("None"),
        "true" => Cow::Borrowed("True"),
        "false" => Cow::Borrowed("False"),
        _ if json.starts_with('"') => match serde_json::from_str(json) {
            Ok(text) => Cow::Owned(text),
            // Half of a pair of surrogates has no text but its escape.
            Err(_) => Cow::Borrowed(json.trim_matches('"')),
        },
        _ => Cow::Borrowed(json),
    }
}

/// Appends JSON with a space behind each comma and colon, and nowhere else.
fn spaced(json: &str, out: &mut Vec<u8>) {
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in json.bytes() {
        if is_text {
            out.push(byte);
            is_text = is_escaped || byte != b'"';
            is_escaped = !is_escaped && byte == b'\\';
            continue;
        }
        match byte {
            b' ' | b'\n' | b'\r' | b'\t' => {}
            b',' | b':' => out.extend_from_slice(&[byte, b' ']),
            _ => {
                is_text = byte == b'"';
                out.push(byte);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(json: &str) -> Record {
        Record::parse(json.as_bytes()).unwrap()
    }

    fn written(record: &Record) -> String {
        let mut out = Vec::new();
        record.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_row_is_written_as_it_was_read_but_for_spaces() {
        let check = |json: &str, expected: &str| assert_eq!(written(&record(json)), expected);
        check("{}", "{}\n");
        check(
            r#"{"a":1.0,"b" : [1,{ "c":-0,"d":1e+300 }], "e\"":"x,y: \"{\\"}"#,
            "{\"a\": 1.0, \"b\": [1, {\"c\": -0, \"d\": 1e+300}], \"e\\\"\": \"x,y: \\\"{\\\\\"}\n",
        );
        check(
            r#"{"n":123456789012345678901234567890.10}"#,
            "{\"n\": 123456789012345678901234567890.10}\n",
        );
    }

    #[test]
    fn columns_come_and_go_in_their_order() {
        let mut record = record(r#"{"a":1,"b":2,"c":3}"#);
        record.set("a", &"x").unwrap();
        record.set("d", &4).unwrap();
        record.delete("b");
        record.delete("nope");
        assert_eq!(written(&record), "{\"a\": \"x\", \"c\": 3, \"d\": 4}\n");
        assert_eq!(record.value("c").unwrap().get(), "3");
        assert!(record.value("b").is_none());
    }

    #[test]
    fn values_are_texts_as_python_has_them() {
        let record =
            record(r#"{"a":"x\n\u00e9","b":true,"c":null,"d":1e+300,"e":[1, "x"],"f":"\ud800"}"#);
        let texts: Vec<_> = record.columns().map(|(_, value)| text(value).into_owned()).collect();
        assert_eq!(texts, ["x\né", "True", "None", "1e+300", "[1, \"x\"]", "\\ud800"]);
        assert!(is_null(record.value("c").unwrap()) && !is_null(record.value("a").unwrap()));
    }

    #[test]
    fn what_is_no_object_is_no_row() {
        for json in ["", "[]", "{\"a\"}", "{\"a\":1"] {
            assert!(Record::parse(json.as_bytes()).is_err(), "{json}");
        }
    }
}
