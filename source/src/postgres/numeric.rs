//! `numeric` as PostgreSQL writes it: every digit of its scale.

use std::str::from_utf8;

use super::tuples::Damaged;
use crate::page::Kind;

/// Appends a `numeric` from its wire format: number of digits, weight of the first, sign, scale, and
/// digits to the base of 10,000.
pub(super) fn numeric(bytes: &[u8], out: &mut String) -> Result<Kind, Damaged> {
    let (head, digits) = bytes.split_at_checked(8).ok_or(Damaged)?;
    let word = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
    if digits.len() != usize::from(word(0)) * 2 {
        return Err(Damaged);
    }
    let weight = i32::from(word(2).cast_signed());
    match word(4) {
        0x0000 => {}
        0x4000 => out.push('-'),
        0xC000 => return Ok(named("NaN", out)),
        0xD000 => return Ok(named("Infinity", out)),
        0xF000 => return Ok(named("-Infinity", out)),
        _ => return Err(Damaged),
    }
    let group = |place: i32| {
        let at = usize::try_from(place).unwrap_or(usize::MAX).saturating_mul(2);
        digits
            .get(at..at.saturating_add(2))
            .map_or(0, |pair| u16::from_be_bytes([pair[0], pair[1]]))
    };
    if weight < 0 {
        out.push('0');
    } else {
        out.push_str(itoa::Buffer::new().format(group(0)));
        for place in 1..=weight {
            out.push_str(text(&four(group(place)))?);
        }
    }
    let mut left = usize::from(word(6));
    let mut place = weight + 1;
    if left > 0 {
        out.push('.');
    }
    while left > 0 {
        let shown = left.min(4);
        out.push_str(text(&four(group(place))[..shown])?);
        left -= shown;
        place += 1;
    }
    Ok(Kind::Number)
}

/// What JSON has no number for stays text.
pub(super) fn named(name: &str, out: &mut String) -> Kind {
    out.push_str(name);
    Kind::Text
}

fn four(group: u16) -> [u8; 4] {
    [1000, 100, 10, 1].map(|unit| b'0' + u8::try_from(group / unit % 10).expect("one digit"))
}

fn text(digits: &[u8]) -> Result<&str, Damaged> {
    from_utf8(digits).map_err(|_| Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerics_keep_their_scale() {
        fn check(words: &[u16], expected: &str) {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            let mut out = String::new();
            numeric(&bytes, &mut out).unwrap();
            assert_eq!(out, expected);
        }
        check(&[0, 0, 0, 0], "0");
        check(&[0, 0, 0, 2], "0.00");
        check(&[2, 0, 0x4000, 2, 12, 3400], "-12.34");
        check(&[1, 1, 0, 0, 5], "50000");
        check(&[1, 0xffff, 0, 6, 1], "0.000100");
        check(&[1, 0xfffe, 0, 8, 12], "0.00000012");
        check(&[0, 0, 0xC000, 0], "NaN");
    }
}
