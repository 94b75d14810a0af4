//! One value, from the wire to its text.

use std::str::from_utf8;

use super::float::{float4, float8};
use super::form::Form;
use super::moment::{date, time, timestamp};
use super::numeric::numeric;
use super::tuples::Damaged;
use crate::json;
use crate::page::Kind;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Why a value has no text.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Unreadable {
    /// The bytes are not those of the type.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// The text is not UTF-8; only databases without an encoding hold such.
    #[error("the value is not UTF-8")]
    NotUtf8,
    /// A document that readers behind us could not follow, or whose text is no text.
    #[error("{0}")]
    Document(String),
}

/// Gives a value's kind and text to `use_it`. `scratch` is working space.
pub(super) fn cell<T>(
    form: Form,
    bytes: &[u8],
    scratch: &mut String,
    use_it: impl FnOnce(Kind, &str) -> T,
) -> Result<T, Unreadable> {
    scratch.clear();
    let kind = match form {
        Form::Text | Form::Label | Form::Output => return Ok(use_it(Kind::Text, utf8(bytes)?)),
        Form::Json => return document(bytes, use_it),
        Form::Jsonb => {
            let (_version, document) = bytes.split_first().ok_or(Damaged)?;
            return self::document(document, use_it);
        }
        Form::Bool => {
            return Ok(use_it(Kind::Bool, if array(bytes)? == [0] { "false" } else { "true" }));
        }
        Form::Int2 => return Ok(integer(i16::from_be_bytes(array(bytes)?), use_it)),
        Form::Int4 => return Ok(integer(i32::from_be_bytes(array(bytes)?), use_it)),
        Form::Int8 => return Ok(integer(i64::from_be_bytes(array(bytes)?), use_it)),
        Form::Oid => return Ok(integer(u32::from_be_bytes(array(bytes)?), use_it)),
        Form::Float4 => float4(f32::from_be_bytes(array(bytes)?), scratch),
        Form::Float8 => float8(f64::from_be_bytes(array(bytes)?), scratch),
        Form::Numeric => numeric(bytes, scratch)?,
        Form::Date => {
            date(i32::from_be_bytes(array(bytes)?), scratch);
            Kind::Text
        }
        Form::Time => {
            time(i64::from_be_bytes(array(bytes)?), scratch);
            Kind::Text
        }
        Form::Timestamp => {
            timestamp(i64::from_be_bytes(array(bytes)?), "", scratch);
            Kind::Text
        }
        Form::TimestampTz => {
            timestamp(i64::from_be_bytes(array(bytes)?), "+00", scratch);
            Kind::Text
        }
        Form::Uuid => {
            for (at, byte) in array::<16>(bytes)?.into_iter().enumerate() {
                if matches!(at, 4 | 6 | 8 | 10) {
                    scratch.push('-');
                }
                hex(byte, scratch);
            }
            Kind::Text
        }
        Form::Bytea => {
            scratch.push_str("\\x");
            for byte in bytes {
                hex(*byte, scratch);
            }
            Kind::Text
        }
    };
    Ok(use_it(kind, scratch))
}

fn document<T>(bytes: &[u8], use_it: impl FnOnce(Kind, &str) -> T) -> Result<T, Unreadable> {
    let (kind, text) = json::document(utf8(bytes)?).map_err(Unreadable::Document)?;
    Ok(use_it(kind, &text))
}

fn utf8(bytes: &[u8]) -> Result<&str, Unreadable> {
    from_utf8(bytes).map_err(|_| Unreadable::NotUtf8)
}

fn array<const LEN: usize>(bytes: &[u8]) -> Result<[u8; LEN], Damaged> {
    bytes.try_into().map_err(|_| Damaged)
}

fn integer<T>(value: impl itoa::Integer, use_it: impl FnOnce(Kind, &str) -> T) -> T {
    use_it(Kind::Number, itoa::Buffer::new().format(value))
}

fn hex(byte: u8, out: &mut String) {
    out.push(char::from(HEX[usize::from(byte >> 4)]));
    out.push(char::from(HEX[usize::from(byte & 15)]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: Form, bytes: &[u8], expected: (Kind, &str)) {
        let mut scratch = "left over".to_owned();
        let got = cell(form, bytes, &mut scratch, |kind, text| (kind, text.to_owned())).unwrap();
        assert_eq!((got.0, got.1.as_str()), expected);
    }

    #[test]
    fn values_become_their_text() {
        check(Form::Bool, &[1], (Kind::Bool, "true"));
        check(Form::Int4, &[0xff; 4], (Kind::Number, "-1"));
        check(Form::Oid, &[0xff; 4], (Kind::Number, "4294967295"));
        check(Form::Uuid, &[0xab; 16], (Kind::Text, "abababab-abab-abab-abab-abababababab"));
        check(Form::Bytea, &[0, 255], (Kind::Text, "\\x00ff"));
        check(Form::Jsonb, b"\x01{}", (Kind::Json, "{}"));
        check(Form::Jsonb, b"\x01null", (Kind::Null, ""));
        check(Form::Json, b" \"a\\u00e4\"\n", (Kind::Text, "a\u{e4}"));
        check(Form::Json, b"1.50", (Kind::Number, "1.50"));
    }

    #[test]
    fn a_document_that_is_nested_too_deep_is_refused() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        for (form, before) in [(Form::Json, ""), (Form::Jsonb, "\x01")] {
            let check = |depth| {
                let bytes = format!("{before}{}", nested(depth));
                cell(form, bytes.as_bytes(), &mut String::new(), |_, _| ())
            };
            assert!(check(json::MAX_DEPTH).is_ok());
            assert!(matches!(check(json::MAX_DEPTH + 1), Err(Unreadable::Document(_))));
        }
    }

    #[test]
    fn bytes_of_another_type_are_damaged_and_foreign_text_is_told() {
        let mut scratch = String::new();
        assert!(matches!(
            cell(Form::Int4, &[1], &mut scratch, |_, _| ()),
            Err(Unreadable::Damaged(_))
        ));
        assert!(matches!(
            cell(Form::Text, &[0xfc], &mut scratch, |_, _| ()),
            Err(Unreadable::NotUtf8)
        ));
    }
}
