//! What kind of values a column holds, as narrow as all of them allow.

use proto::plan::Holds;

use crate::page::Kind;

/// Largest whole number up to which a double holds every one (2^53).
const DOUBLE_INTEGERS: u64 = 1 << 53;

/// So many digits survive a double and back, whatever they are: `DBL_DIG` of C.
const DOUBLE_DIGITS: usize = 15;

/// What a cell is.
pub fn of(kind: Kind, text: &str) -> Holds {
    match kind {
        Kind::Null => Holds::Nothing,
        Kind::Text if text.is_empty() => Holds::Nothing,
        Kind::Text => Holds::Texts,
        Kind::Bool => Holds::Bools,
        Kind::Json => Holds::Documents,
        Kind::Number => number(text),
    }
}

/// What holds the values of both.
pub fn both(one: Holds, other: Holds) -> Holds {
    match (one.min(other), one.max(other)) {
        (narrow, wide) if narrow == wide => wide,
        (Holds::Nothing, wide) => wide,
        (Holds::Integers, wide @ (Holds::Longs | Holds::Doubles)) => wide,
        (
            Holds::Bools
            | Holds::Integers
            | Holds::Longs
            | Holds::Doubles
            | Holds::Documents
            | Holds::Texts,
            _,
        ) => Holds::Texts,
    }
}

/// The number a double holds of a text in JSON's spelling, where no digit is lost.
pub fn double(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    if !number.is_finite() {
        return None;
    }
    let digits = significant(text);
    if digits.len() <= DOUBLE_DIGITS {
        // A number so small that a double has fewer digits left, or none.
        let is_subnormal = number.abs() < f64::MIN_POSITIVE;
        return (!is_subnormal || digits.is_empty()).then_some(number);
    }
    (significant(&format!("{number:e}")) == digits).then_some(number)
}

/// How many digits of a number in JSON's spelling count.
pub fn digits(text: &str) -> usize {
    significant(text).len()
}

fn number(text: &str) -> Holds {
    let is_whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') && text != "-0";
    if is_whole && let Ok(number) = text.parse::<i64>() {
        let is_in_double = number.unsigned_abs() <= DOUBLE_INTEGERS;
        return if is_in_double { Holds::Integers } else { Holds::Longs };
    }
    if double(text).is_some() { Holds::Doubles } else { Holds::Texts }
}

/// The digits that count: without sign, point, exponent, and zeros before and after them.
fn significant(text: &str) -> String {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_loses_no_digit() {
        for (text, expected) in [
            ("0", Holds::Integers),
            ("-9007199254740992", Holds::Integers),
            ("9007199254740993", Holds::Longs),
            ("9223372036854775807", Holds::Longs),
            ("9223372036854775808", Holds::Texts),
            ("-0", Holds::Doubles),
            ("1.10", Holds::Doubles),
            ("1e5", Holds::Doubles),
            ("0.1000000000000000055511151231257827", Holds::Texts),
            ("0.30000000000000004", Holds::Doubles),
            ("1e400", Holds::Texts),
            ("1e-400", Holds::Texts),
            ("0e-400", Holds::Doubles),
            ("12345678901234567890123", Holds::Texts),
        ] {
            assert_eq!(of(Kind::Number, text), expected, "{text}");
        }
    }

    #[test]
    fn a_column_holds_what_all_of_its_cells_are() {
        use Holds::{Bools, Documents, Doubles, Integers, Longs, Nothing, Texts};
        for (one, other, expected) in [
            (Nothing, Bools, Bools),
            (Nothing, Nothing, Nothing),
            (Integers, Longs, Longs),
            (Integers, Doubles, Doubles),
            (Longs, Doubles, Texts),
            (Bools, Integers, Texts),
            (Documents, Documents, Documents),
            (Documents, Texts, Texts),
        ] {
            assert_eq!((both(one, other), both(other, one)), (expected, expected));
        }
    }
}
