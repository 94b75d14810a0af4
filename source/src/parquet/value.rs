//! Values as text.

use std::borrow::Cow;
use std::fmt::Write as _;

use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};

use super::form::{Form, Zone};
use super::{decimal, moment};
use crate::json;
use crate::page::Kind;

/// A value as it is stored.
pub(super) trait Value {
    /// Appends the value's text and says what it is; errs with what is wrong with it.
    fn write(&self, form: Form, out: &mut String) -> Result<Kind, String>;
}

/// Days from the beginning of the Julian calendar to 1970-01-01.
const JULIAN_EPOCH: i128 = 2_440_588;

/// Nanoseconds of a day.
const DAY: i128 = 86_400_000_000_000;

impl Value for bool {
    fn write(&self, _form: Form, out: &mut String) -> Result<Kind, String> {
        out.push_str(if *self { "true" } else { "false" });
        Ok(Kind::Bool)
    }
}

impl Value for i32 {
    fn write(&self, form: Form, out: &mut String) -> Result<Kind, String> {
        if form == Form::Unsigned {
            out.push_str(itoa::Buffer::new().format(self.cast_unsigned()));
            return Ok(Kind::Number);
        }
        i64::from(*self).write(form, out)
    }
}

impl Value for i64 {
    fn write(&self, form: Form, out: &mut String) -> Result<Kind, String> {
        match form {
            Form::Unsigned => {
                out.push_str(itoa::Buffer::new().format(self.cast_unsigned()));
                Ok(Kind::Number)
            }
            Form::Decimal { scale } => {
                decimal::small(*self, scale, out);
                Ok(Kind::Number)
            }
            Form::Date => moment::date(*self, out).map(|()| Kind::Text),
            Form::Time(unit) => moment::time(*self, unit, out).map(|()| Kind::Text),
            Form::Timestamp(unit, zone) => {
                moment::timestamp(*self, unit, zone, out).map(|()| Kind::Text)
            }
            Form::Bool
            | Form::Signed
            | Form::Float
            | Form::Text
            | Form::Json
            | Form::Uuid
            | Form::Bytes => {
                out.push_str(itoa::Buffer::new().format(*self));
                Ok(Kind::Number)
            }
        }
    }
}

impl Value for Int96 {
    fn write(&self, _form: Form, out: &mut String) -> Result<Kind, String> {
        let [low, high, day] = [0, 1, 2].map(|at| self.data().get(at).copied().unwrap_or(0));
        let nanoseconds = i128::from(u64::from(high) << 32 | u64::from(low));
        let days = i128::from(day.cast_signed()) - JULIAN_EPOCH;
        moment::moment(days * DAY + nanoseconds, Zone::Local, out).map(|()| Kind::Text)
    }
}

impl Value for f32 {
    fn write(&self, _form: Form, out: &mut String) -> Result<Kind, String> {
        Ok(match self.abs() {
            0.0 | 1e-5..1e16 => shown(out, format_args!("{self}")),
            magnitude if magnitude.is_finite() => shown(out, format_args!("{self:e}")),
            _ => unreal(f64::from(*self), out),
        })
    }
}

impl Value for f64 {
    fn write(&self, _form: Form, out: &mut String) -> Result<Kind, String> {
        Ok(match self.abs() {
            0.0 | 1e-5..1e16 => shown(out, format_args!("{self}")),
            magnitude if magnitude.is_finite() => shown(out, format_args!("{self:e}")),
            _ => unreal(*self, out),
        })
    }
}

fn shown(out: &mut String, number: std::fmt::Arguments<'_>) -> Kind {
    out.write_fmt(number).expect("text can always be written to");
    Kind::Number
}

/// Appends what JSON has no number for.
fn unreal(value: f64, out: &mut String) -> Kind {
    out.push_str(match value {
        value if value.is_nan() => "NaN",
        value if value > 0.0 => "Infinity",
        _ => "-Infinity",
    });
    Kind::Text
}

impl Value for ByteArray {
    fn write(&self, form: Form, out: &mut String) -> Result<Kind, String> {
        // One that was not filled has no bytes at all.
        bytes(if self.is_empty() { &[] } else { self.data() }, form, out)
    }
}

impl Value for FixedLenByteArray {
    fn write(&self, form: Form, out: &mut String) -> Result<Kind, String> {
        bytes(if self.is_empty() { &[] } else { self.data() }, form, out)
    }
}

fn bytes(value: &[u8], form: Form, out: &mut String) -> Result<Kind, String> {
    match form {
        Form::Text => {
            out.push_str(text(value)?);
            Ok(Kind::Text)
        }
        Form::Json => document(text(value)?, out),
        Form::Decimal { scale } => decimal::decimal(value, scale, out).map(|()| Kind::Number),
        Form::Float => {
            let [low, high] = value else {
                return Err(format!("a float of {} bytes", value.len()));
            };
            half(u16::from_le_bytes([*low, *high])).write(form, out)
        }
        Form::Uuid => {
            for (nth, byte) in value.iter().enumerate() {
                if matches!(nth, 4 | 6 | 8 | 10) {
                    out.push('-');
                }
                write!(out, "{byte:02x}").expect("text can always be written to");
            }
            Ok(Kind::Text)
        }
        Form::Bool
        | Form::Signed
        | Form::Unsigned
        | Form::Date
        | Form::Time(_)
        | Form::Timestamp(..)
        | Form::Bytes => {
            out.push_str("0x");
            for byte in value {
                write!(out, "{byte:02x}").expect("text can always be written to");
            }
            Ok(Kind::Text)
        }
    }
}

fn text(value: &[u8]) -> Result<&str, String> {
    str::from_utf8(value).map_err(|error| format!("a text that is not UTF-8: {error}"))
}

/// Appends a JSON document on one line, as the kind it is.
fn document(text: &str, out: &mut String) -> Result<Kind, String> {
    let line = json::on_one_line(text);
    let raw: &serde_json::value::RawValue = serde_json::from_str(&line)
        .map_err(|error| format!("a document that is no JSON: {error}"))?;
    if json::is_too_deep(raw.get()) {
        return Err(format!("a document that is nested deeper than {}", json::MAX_DEPTH));
    }
    let (kind, text): (Kind, Cow<'_, str>) =
        json::cell(raw.get()).map_err(|error| format!("a document that is no JSON: {error}"))?;
    out.push_str(&text);
    Ok(kind)
}

/// A float of 16 bits as one of 32.
fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (bits >> 10 & 0x1f, f32::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => fraction * 2_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        exponent => (1.0 + fraction / 1024.0) * 2_f32.powi(i32::from(exponent) - 15),
    };
    sign * magnitude
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &dyn Value, form: Form, expected: Result<(Kind, &str), &str>) {
        let mut out = String::new();
        let written = value.write(form, &mut out).map(|kind| (kind, out.as_str()));
        match (written, expected) {
            (Err(why), Err(part)) => assert!(why.contains(part), "{why} does not say {part}"),
            (written, expected) => assert_eq!(written, expected.map_err(str::to_owned)),
        }
    }

    #[test]
    fn numbers_are_written_exactly() {
        check(&i64::MIN, Form::Signed, Ok((Kind::Number, "-9223372036854775808")));
        check(&-1_i64, Form::Unsigned, Ok((Kind::Number, "18446744073709551615")));
        check(&-1_i32, Form::Unsigned, Ok((Kind::Number, "4294967295")));
        check(&0.1_f32, Form::Float, Ok((Kind::Number, "0.1")));
        check(&-0.0_f64, Form::Float, Ok((Kind::Number, "-0")));
        check(&5e-324_f64, Form::Float, Ok((Kind::Number, "5e-324")));
        check(&f64::MAX, Form::Float, Ok((Kind::Number, "1.7976931348623157e308")));
        check(&f64::NAN, Form::Float, Ok((Kind::Text, "NaN")));
        check(&f32::NEG_INFINITY, Form::Float, Ok((Kind::Text, "-Infinity")));
        let half = FixedLenByteArray::from(vec![0x00, 0xbc]);
        check(&half, Form::Float, Ok((Kind::Number, "-1")));
    }

    #[test]
    fn bytes_are_what_their_column_says() {
        let of = |bytes: &[u8]| ByteArray::from(bytes.to_vec());
        check(&of("ä".as_bytes()), Form::Text, Ok((Kind::Text, "ä")));
        check(&of(b"\xff"), Form::Text, Err("not UTF-8"));
        check(&of(b"\xff\x00"), Form::Bytes, Ok((Kind::Text, "0xff00")));
        check(&of(b""), Form::Text, Ok((Kind::Text, "")));
        check(&of(b"{\"a\":\n 1.0}"), Form::Json, Ok((Kind::Json, "{\"a\":1.0}")));
        check(&of(b"{\"a\""), Form::Json, Err("no JSON"));
        check(&of("[".repeat(200_000).as_bytes()), Form::Json, Err("JSON"));
        let id = FixedLenByteArray::from((0..16).collect::<Vec<u8>>());
        check(&id, Form::Uuid, Ok((Kind::Text, "00010203-0405-0607-0809-0a0b0c0d0e0f")));
    }

    #[test]
    fn the_old_moments_are_read_to_the_nanosecond() {
        let mut moment = Int96::new();
        moment.set_data(1, 0, 2_440_588);
        let form = Form::Timestamp(super::super::form::Unit::Nanoseconds, Zone::Local);
        check(&moment, form, Ok((Kind::Text, "1970-01-01T00:00:00.000000001")));
    }
}
