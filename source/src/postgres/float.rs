//! Floats as PostgreSQL writes them: the shortest spelling that reads as the same value.

use std::fmt::Write as _;

use super::numeric::named;
use crate::page::Kind;

/// Appends an eight-byte float.
pub(super) fn float8(value: f64, out: &mut String) -> Kind {
    if !value.is_finite() {
        return infinite(value, out);
    }
    let bits = value.to_bits();
    let exponent = i32::try_from(bits >> 52 & 0x7ff).expect("eleven bits");
    let parts = Binary::new(bits & ((1 << 52) - 1), exponent, 52, 1075);
    shortest(|digits, text| spell(value, digits, text), parts, 15, out)
}

/// Appends a four-byte float.
pub(super) fn float4(value: f32, out: &mut String) -> Kind {
    if !value.is_finite() {
        return infinite(f64::from(value), out);
    }
    let bits = value.to_bits();
    let exponent = i32::try_from(bits >> 23 & 0xff).expect("eight bits");
    let parts = Binary::new(u64::from(bits & ((1 << 23) - 1)), exponent, 23, 150);
    shortest(|digits, text| spell(value, digits, text), parts, 6, out)
}

fn spell(value: impl std::fmt::LowerExp, digits: Option<usize>, text: &mut String) {
    text.clear();
    match digits {
        None => write!(text, "{value:e}"),
        Some(digits) => write!(text, "{value:.*e}", digits - 1),
    }
    .expect("a string takes everything");
}

/// A float's magnitude, as `mantissa * 2^exponent`.
#[derive(Clone, Copy)]
struct Binary {
    mantissa: u64,
    exponent: i32,
    /// Whether the next smaller float is nearer than the next greater.
    uneven: bool,
}

impl Binary {
    /// From the fraction of so many bits and the exponent as they are stored; `offset` is what the
    /// stored exponent of a whole mantissa has too much.
    fn new(fraction: u64, stored: i32, bits: u32, offset: i32) -> Self {
        if stored == 0 {
            return Self { mantissa: fraction, exponent: 1 - offset, uneven: false };
        }
        Self {
            mantissa: fraction | 1 << bits,
            exponent: stored - offset,
            uneven: fraction == 0 && stored > 1,
        }
    }

    /// Whether `digits * 10^exponent` lies exactly halfway to a neighbour.
    ///
    /// Halfway points are odd numbers below 2^55 times a power of two, so 5^exponent must divide one:
    /// only exponents 0 to 23 come into question. (Below 0, they have more digits than are ever shown.)
    fn is_halfway(self, digits: u64, exponent: i32) -> bool {
        if digits == 0 || !(0..=23).contains(&exponent) {
            return false;
        }
        let odd = u128::from(digits) * 5u128.pow(exponent.unsigned_abs());
        let twos = odd.trailing_zeros();
        let odd = odd >> twos;
        let power = i64::from(exponent) + i64::from(twos);
        let mantissa = u128::from(self.mantissa);
        let at = i64::from(self.exponent);
        let above = odd == 2 * mantissa + 1 && power == at - 1;
        let below = if self.uneven {
            odd == 4 * mantissa - 1 && power == at - 2
        } else {
            odd + 1 == 2 * mantissa && power == at - 1
        };
        above || below
    }
}

/// Appends the shortest spelling that no reader can take for a neighbour.
///
/// Rust's shortest spelling may lie halfway to a neighbour, trusting the reader to round to even;
/// PostgreSQL trusts nobody and takes one more digit then.
fn shortest(
    spell: impl Fn(Option<usize>, &mut String),
    binary: Binary,
    plain_below: i32,
    out: &mut String,
) -> Kind {
    let mut text = String::with_capacity(32);
    spell(None, &mut text);
    let mut number = Decimal::parse(&text);
    let mut wanted = number.len();
    while binary.is_halfway(number.digits, number.power) {
        wanted += 1;
        spell(Some(wanted), &mut text);
        number = Decimal::parse(&text);
    }
    if text.starts_with('-') {
        out.push('-');
    }
    number.write(plain_below, out);
    Kind::Number
}

/// A number as `digits * 10^power`, without trailing zeros.
struct Decimal {
    digits: u64,
    power: i32,
}

impl Decimal {
    /// From Rust's `1.25e-7`.
    fn parse(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').expect("an exponent is always written");
        let mut number =
            Self { digits: 0, power: exponent.parse().expect("the exponent is a number") };
        let mut digits = mantissa.bytes().filter(u8::is_ascii_digit);
        number.digits = u64::from(digits.next().map_or(0, |digit| digit - b'0'));
        for digit in digits {
            number.digits = number.digits * 10 + u64::from(digit - b'0');
            number.power -= 1;
        }
        while number.digits != 0 && number.digits.is_multiple_of(10) {
            number.digits /= 10;
            number.power += 1;
        }
        number
    }

    fn len(&self) -> usize {
        self.digits.checked_ilog10().map_or(1, |log| log as usize + 1)
    }

    /// As `%g` would: plain from 0.0001 to below 10^`plain_below`, else with an exponent of at least
    /// two digits.
    fn write(&self, plain_below: i32, out: &mut String) {
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(self.digits);
        let len = i32::try_from(digits.len()).expect("at most 20 digits");
        let exponent = self.power + len - 1;
        if self.digits == 0 {
            out.push('0');
        } else if !(-4..plain_below).contains(&exponent) {
            let (first, rest) = digits.split_at(1);
            out.push_str(first);
            if !rest.is_empty() {
                out.push('.');
                out.push_str(rest);
            }
            let sign = if exponent < 0 { '-' } else { '+' };
            write!(out, "e{sign}{:02}", exponent.unsigned_abs())
                .expect("a string takes everything");
        } else if self.power >= 0 {
            out.push_str(digits);
            out.extend((0..self.power).map(|_| '0'));
        } else if exponent >= 0 {
            let (whole, fraction) =
                digits.split_at(usize::try_from(exponent + 1).expect("not negative"));
            out.push_str(whole);
            out.push('.');
            out.push_str(fraction);
        } else {
            out.push_str("0.");
            out.extend((exponent + 1..0).map(|_| '0'));
            out.push_str(digits);
        }
    }
}

fn infinite(value: f64, out: &mut String) -> Kind {
    named(
        if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        },
        out,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check8(value: f64, expected: &str) {
        let mut out = String::new();
        float8(value, &mut out);
        assert_eq!(out, expected);
    }

    #[test]
    fn floats_are_spelt_as_the_server_spells_them() {
        check8(0.0, "0");
        check8(-0.0, "-0");
        check8(0.1, "0.1");
        check8(0.0001, "0.0001");
        check8(0.00001, "1e-05");
        check8(100_000_000_000_000.0, "100000000000000");
        check8(1e15, "1e+15");
        check8(-123.456, "-123.456");
        check8(5e-324, "5e-324");
        check8(f64::MAX, "1.7976931348623157e+308");
        check8(f64::NEG_INFINITY, "-Infinity");
        let mut out = String::new();
        float4(1.5e7, &mut out);
        assert_eq!(out, "1.5e+07");
    }

    #[test]
    fn a_spelling_halfway_to_a_neighbour_gets_another_digit() {
        check8(1e23, "9.999999999999999e+22");
        check8(f64::from_bits(0x44b5_2d02_c7e1_4af6), "9.999999999999999e+22");
    }
}
