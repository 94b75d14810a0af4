//! Numbers that are stored as differences, walked without keeping anything: how many there are, and
//! where they end. Whoever unpacks them believes what they claim.

/// The numbers contradict themselves.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contradiction;

/// Whether packed numbers are no more than `most`; gives what follows them.
pub(super) fn pass(bytes: &[u8], most: u64) -> Result<&[u8], Contradiction> {
    let mut rest = bytes;
    let block = varint(&mut rest)?;
    let parts = varint(&mut rest)?;
    let count = varint(&mut rest)?;
    varint(&mut rest)?;
    if count > most || parts == 0 || block == 0 || block % parts != 0 {
        return Err(Contradiction);
    }
    let per_part = block / parts;
    // The first number stands in the head.
    let mut left = count.saturating_sub(1);
    while left > 0 {
        varint(&mut rest)?;
        let parts = usize::try_from(parts).map_err(|_| Contradiction)?;
        let (widths, packed) = rest.split_at_checked(parts).ok_or(Contradiction)?;
        rest = packed;
        for width in widths {
            if left == 0 {
                break;
            }
            let bits = per_part.checked_mul(u64::from(*width)).ok_or(Contradiction)?;
            let len = usize::try_from(bits.div_ceil(8)).map_err(|_| Contradiction)?;
            // The last part may be cut where its numbers end.
            rest = rest.get(len..).unwrap_or_default();
            left = left.saturating_sub(per_part);
        }
    }
    Ok(rest)
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Contradiction> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(Contradiction)?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Contradiction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_their_widths_say() {
        // Blocks of 128 in 4 parts; five numbers, of which four are differences of two bits.
        let mut bytes = vec![0x80, 1, 4, 5, 14, 0, 2, 0, 0, 0];
        bytes.extend([0; 8]);
        bytes.push(b'!');
        assert_eq!(pass(&bytes, 5), Ok(&b"!"[..]));
        assert_eq!(pass(&bytes, 4), Err(Contradiction));
    }

    #[test]
    fn what_they_claim_is_not_believed() {
        assert_eq!(pass(&[0x80, 1, 4, 0xff, 0xff, 0xff, 0xff, 0x7f, 0], 10), Err(Contradiction));
        assert_eq!(pass(&[0x80, 1, 0, 5, 0], 10), Err(Contradiction));
        assert_eq!(pass(&[], 10), Err(Contradiction));
    }
}
