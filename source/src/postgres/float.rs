//! Floats as PostgreSQL writes them: the shortest spelling that reads as the same value.

use std::fmt::{LowerExp, Write as _};
use std::str::FromStr;

use super::decimal::Decimal;
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
    shortest(value, parts, 15, out)
}

/// Appends a four-byte float.
pub(super) fn float4(value: f32, out: &mut String) -> Kind {
    if !value.is_finite() {
        return infinite(f64::from(value), out);
    }
    let bits = value.to_bits();
    let exponent = i32::try_from(bits >> 23 & 0xff).expect("eight bits");
    let parts = Binary::new(u64::from(bits & ((1 << 23) - 1)), exponent, 23, 150);
    shortest(value, parts, 6, out)
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

    /// Whether the value may lie exactly between the number and another with as many digits.
    ///
    /// It then is an odd number times a power of ten, halved; only the powers of two are compared.
    fn may_lie_between(self, number: &Decimal) -> bool {
        i64::from(self.exponent) + i64::from(self.mantissa.trailing_zeros())
            == i64::from(number.power) - 1
    }

    /// Whether the number lies exactly halfway to a neighbour.
    ///
    /// Halfway points are odd numbers below 2^55 times a power of two, so 5^power must divide one:
    /// only powers 0 to 23 come into question. (Below 0, they have more digits than are ever shown.)
    fn is_halfway(self, number: &Decimal) -> bool {
        if number.digits == 0 || !(0..=23).contains(&number.power) {
            return false;
        }
        let odd = u128::from(number.digits) * 5u128.pow(number.power.unsigned_abs());
        let twos = odd.trailing_zeros();
        let odd = odd >> twos;
        let power = i64::from(number.power) + i64::from(twos);
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
/// Rust's own differs from PostgreSQL's in two corners. It may lie halfway to a neighbour, trusting
/// the reader to round to even: PostgreSQL trusts nobody and takes one more digit. And of two
/// spellings equally far from the value it takes the greater: PostgreSQL takes the even one.
fn shortest<Float>(value: Float, binary: Binary, plain_below: i32, out: &mut String) -> Kind
where
    Float: LowerExp + FromStr + PartialEq + Copy,
{
    let mut text = String::with_capacity(32);
    write!(text, "{value:e}").expect("a string takes everything");
    let mut number = Decimal::parse(&text);
    let mut digits = number.len();
    // With a number of digits, Rust rounds to even.
    if binary.may_lie_between(&number) {
        let even = format!("{value:.*e}", digits - 1);
        if even.parse::<Float>().is_ok_and(|even| even == value) {
            number = Decimal::parse(&even);
        }
    }
    while binary.is_halfway(&number) {
        number = Decimal::parse(&format!("{value:.digits$e}"));
        digits += 1;
    }
    if text.starts_with('-') {
        out.push('-');
    }
    number.write(plain_below, out);
    Kind::Number
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
    fn of_two_spellings_equally_far_the_even_one_is_taken() {
        // Both end in .25, which has too many digits to be written here.
        let mut out = String::new();
        float4(-1_568_913.3, &mut out);
        assert_eq!(out, "-1.5689132e+06");
        check8(1_125_899_906_842_624.3, "1.1258999068426242e+15");
    }

    #[test]
    fn a_spelling_halfway_to_a_neighbour_gets_another_digit() {
        check8(1e23, "9.999999999999999e+22");
        check8(f64::from_bits(0x44b5_2d02_c7e1_4af6), "9.999999999999999e+22");
    }
}
