//! Decimal numbers on their way from Rust's spelling to PostgreSQL's.

use std::fmt::Write as _;

/// A number as `digits * 10^power`, without trailing zeros.
pub(super) struct Decimal {
    /// The digits, as a number.
    pub(super) digits: u64,
    /// The power of ten.
    pub(super) power: i32,
}

impl Decimal {
    /// From Rust's `1.25e-7`.
    pub(super) fn parse(text: &str) -> Self {
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

    /// How many digits there are.
    pub(super) fn len(&self) -> usize {
        self.digits.checked_ilog10().map_or(1, |log| log as usize + 1)
    }

    /// Appends it as `%g` would: plain from 0.0001 to below 10^`plain_below`, else with an exponent of at least
    /// two digits.
    pub(super) fn write(&self, plain_below: i32, out: &mut String) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_plain_in_the_middle_and_scientific_at_the_ends() {
        fn check(text: &str, expected: &str) {
            let mut out = String::new();
            Decimal::parse(text).write(6, &mut out);
            assert_eq!(out, expected);
        }
        check("0e0", "0");
        check("1.5e-5", "1.5e-05");
        check("1.5e-4", "0.00015");
        check("1.25e1", "12.5");
        check("1.20e3", "1200");
        check("9.99999e5", "999999");
        check("1e6", "1e+06");
        check("1e-300", "1e-300");
    }
}
