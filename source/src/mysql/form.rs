//! What a column's bytes are, and their text.

use std::borrow::Cow;

use mysql_async::Column;
use mysql_async::consts::ColumnType;
use proto::digest::hex;

use crate::json;
use crate::page::Kind;

/// The number of the character set of bytes that are no text.
const BINARY: u16 = 63;

/// The shape of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A whole number, in the server's spelling.
    Integer,
    /// A year. The server takes numbers below 100 for years of two digits where it compares.
    Year,
    /// A decimal or a double, in the server's spelling.
    Number,
    /// A float of 32 bits, of which the server writes six digits: asked for as a double.
    Float,
    /// Up to 64 bits.
    Bits,
    /// A JSON document.
    Json,
    /// Bytes.
    Bytes,
    /// A date or time, in the server's spelling.
    Moment,
    /// Text.
    Text,
}

impl Form {
    /// The form of a column of an answer.
    pub(super) fn of(column: &Column) -> Self {
        match column.column_type() {
            ColumnType::MYSQL_TYPE_TINY
            | ColumnType::MYSQL_TYPE_SHORT
            | ColumnType::MYSQL_TYPE_INT24
            | ColumnType::MYSQL_TYPE_LONG
            | ColumnType::MYSQL_TYPE_LONGLONG => Self::Integer,
            ColumnType::MYSQL_TYPE_YEAR => Self::Year,
            ColumnType::MYSQL_TYPE_DECIMAL
            | ColumnType::MYSQL_TYPE_NEWDECIMAL
            | ColumnType::MYSQL_TYPE_DOUBLE => Self::Number,
            ColumnType::MYSQL_TYPE_FLOAT => Self::Float,
            ColumnType::MYSQL_TYPE_BIT => Self::Bits,
            ColumnType::MYSQL_TYPE_JSON => Self::Json,
            ColumnType::MYSQL_TYPE_DATE
            | ColumnType::MYSQL_TYPE_NEWDATE
            | ColumnType::MYSQL_TYPE_TIME
            | ColumnType::MYSQL_TYPE_TIME2
            | ColumnType::MYSQL_TYPE_DATETIME
            | ColumnType::MYSQL_TYPE_DATETIME2
            | ColumnType::MYSQL_TYPE_TIMESTAMP
            | ColumnType::MYSQL_TYPE_TIMESTAMP2 => Self::Moment,
            ColumnType::MYSQL_TYPE_GEOMETRY => Self::Bytes,
            ColumnType::MYSQL_TYPE_NULL
            | ColumnType::MYSQL_TYPE_VARCHAR
            | ColumnType::MYSQL_TYPE_ENUM
            | ColumnType::MYSQL_TYPE_SET
            | ColumnType::MYSQL_TYPE_TINY_BLOB
            | ColumnType::MYSQL_TYPE_MEDIUM_BLOB
            | ColumnType::MYSQL_TYPE_LONG_BLOB
            | ColumnType::MYSQL_TYPE_BLOB
            | ColumnType::MYSQL_TYPE_VAR_STRING
            | ColumnType::MYSQL_TYPE_STRING
            | ColumnType::MYSQL_TYPE_TYPED_ARRAY
            | ColumnType::MYSQL_TYPE_VECTOR
            | ColumnType::MYSQL_TYPE_UNKNOWN => {
                if column.character_set() == BINARY {
                    Self::Bytes
                } else {
                    Self::Text
                }
            }
        }
    }

    /// The column as it is asked for.
    pub(super) fn select(self, column: &str) -> String {
        match self {
            Self::Float => format!("CAST({column} AS DOUBLE)"),
            Self::Integer
            | Self::Year
            | Self::Number
            | Self::Bits
            | Self::Json
            | Self::Bytes
            | Self::Moment
            | Self::Text => column.to_owned(),
        }
    }

    /// What a value is, and its text; errs with what is wrong with it.
    pub(super) fn cell(self, value: &[u8]) -> Result<(Kind, Cow<'_, str>), String> {
        let text = || str::from_utf8(value).map_err(|error| format!("it is not UTF-8: {error}"));
        Ok(match self {
            // Numbers that are filled up with zeros are no numbers to JSON.
            Self::Integer | Self::Year | Self::Number => {
                let text = text()?;
                (if json::is_number(text) { Kind::Number } else { Kind::Text }, text.into())
            }
            Self::Float => {
                let text = text()?;
                let double: f64 = text.parse().map_err(|_| format!("{text:?} is no float"))?;
                (Kind::Number, float(double).into())
            }
            Self::Bits => {
                let bits = value.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
                (Kind::Number, bits.to_string().into())
            }
            Self::Json => {
                let line = json::on_one_line(text()?);
                let (kind, text) = json::document(&line)?;
                (kind, text.into_owned().into())
            }
            Self::Bytes => (Kind::Text, format!("0x{}", hex(value)).into()),
            Self::Moment | Self::Text => (Kind::Text, text()?.into()),
        })
    }
}

/// A double that holds a float, as the shortest text that is that float.
#[expect(clippy::cast_possible_truncation, reason = "the server made the double of a float")]
fn float(double: f64) -> String {
    let float = double as f32;
    match float.abs() {
        0.0 | 1e-5..1e16 => float.to_string(),
        _ => format!("{float:e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: Form, value: &[u8], expected: (Kind, &str)) {
        let (kind, text) = form.cell(value).unwrap();
        assert_eq!((kind, &*text), expected, "{form:?}");
    }

    #[test]
    fn values_are_written_exactly() {
        check(Form::Number, b"0.00", (Kind::Number, "0.00"));
        check(Form::Integer, b"18446744073709551615", (Kind::Number, "18446744073709551615"));
        check(Form::Integer, b"00042", (Kind::Text, "00042"));
        check(Form::Bits, &[0xff; 8], (Kind::Number, "18446744073709551615"));
        check(Form::Bits, &[1, 0], (Kind::Number, "256"));
        check(Form::Bytes, b"\0\xffA", (Kind::Text, "0x00ff41"));
        check(Form::Moment, b"0000-00-00", (Kind::Text, "0000-00-00"));
        check(Form::Json, b"{\"a\":\n 1.0}", (Kind::Json, "{\"a\":1.0}"));
        check(Form::Json, b"\"a\"", (Kind::Text, "a"));
        for (double, text) in [
            (f64::from(0.1_f32), "0.1"),
            (16_777_216.0, "16777216"),
            (f64::from(3.402_823_5e38_f32), "3.4028235e38"),
            (f64::from(1e-45_f32), "1e-45"),
            (0.0, "0"),
        ] {
            check(Form::Float, double.to_string().as_bytes(), (Kind::Number, text));
        }
        assert!(Form::Text.cell(b"\xff").is_err());
        assert!(Form::Json.cell("[".repeat(200).as_bytes()).is_err());
    }
}
