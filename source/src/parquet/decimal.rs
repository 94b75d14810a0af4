//! Decimals exactly, with all digits of their scale.

use std::fmt::Write as _;

/// Longest decimal that is read, in bytes: 308 digits.
const MAX_BYTES: usize = 128;

/// Appends a decimal, from a big-endian number in two's complement of any length.
pub(super) fn decimal(bytes: &[u8], scale: usize, out: &mut String) -> Result<(), String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!("a decimal of {} bytes", bytes.len()));
    }
    let is_negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let mut magnitude = bytes.to_vec();
    if is_negative {
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            let (negated, overflows) = (!*byte).overflowing_add(u8::from(carry));
            (*byte, carry) = (negated, overflows);
        }
    }
    put(is_negative, &digits(magnitude), scale, out);
    Ok(())
}

/// Appends a decimal of at most 64 bits.
pub(super) fn small(number: i64, scale: usize, out: &mut String) {
    let magnitude = number.unsigned_abs();
    put(number < 0, itoa::Buffer::new().format(magnitude), scale, out);
}

fn put(is_negative: bool, digits: &str, scale: usize, out: &mut String) {
    if is_negative {
        out.push('-');
    }
    let whole = digits.len().saturating_sub(scale);
    out.push_str(if whole == 0 { "0" } else { &digits[..whole] });
    if scale > 0 {
        out.push('.');
        out.extend(std::iter::repeat_n('0', scale.saturating_sub(digits.len())));
        out.push_str(&digits[whole..]);
    }
}

/// A big-endian number's digits, by long division.
fn digits(mut number: Vec<u8>) -> String {
    let mut groups = Vec::new();
    while number.iter().any(|byte| *byte != 0) {
        let mut rest = 0_u64;
        for byte in &mut number {
            let part = rest << 8 | u64::from(*byte);
            *byte = u8::try_from(part / 1_000_000_000).unwrap_or(u8::MAX);
            rest = part % 1_000_000_000;
        }
        groups.push(rest);
    }
    let mut digits = groups.pop().unwrap_or(0).to_string();
    for group in groups.iter().rev() {
        write!(digits, "{group:09}").expect("text can always be written to");
    }
    digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(bytes: &[u8], scale: usize, expected: &str) {
        let mut out = String::new();
        decimal(bytes, scale, &mut out).unwrap();
        assert_eq!(out, expected);
    }

    #[test]
    fn decimals_have_all_digits_of_their_scale() {
        check(&[0], 2, "0.00");
        check(&[5], 2, "0.05");
        check(&[0xff], 0, "-1");
        check(&[0xff, 0x85], 2, "-1.23");
        check(&[], 0, "0");
        check(&[0x80, 0, 0, 0, 0, 0, 0, 0], 3, "-9223372036854775.808");
        let mut large = [0xff; 32];
        large[0] = 0x7f;
        check(
            &large,
            0,
            "57896044618658097711785492504343953926634992332820282019728792003956564819967",
        );
    }

    proptest! {
        #[test]
        fn both_ways_agree(number: i64, scale in 0_usize..25) {
            let (mut bytes, mut alone) = (String::new(), String::new());
            decimal(&number.to_be_bytes(), scale, &mut bytes).unwrap();
            small(number, scale, &mut alone);
            prop_assert_eq!(bytes, alone);
        }
    }
}
