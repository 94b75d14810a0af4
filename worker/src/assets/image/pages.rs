//! Files of several pictures: counted before any is read, for a few bytes may claim many.

use super::Refusal;

/// Most pictures in a file.
const MOST: usize = 10_000;

fn too_many() -> Refusal {
    Refusal::new(format!("it holds more than {MOST} pictures"))
}

/// Refuses a TIFF whose directories lead in a circle, or are too many.
pub(super) fn of_tiff(input: &[u8]) -> Result<(), Refusal> {
    let cut_off = || Refusal::new("it cannot be read: a directory lies beyond its end");
    let is_little = input.starts_with(b"II");
    let is_big_tiff = matches!(input.get(..4), Some(b"II+\0" | b"MM\0+"));
    let number = |at: usize, len: usize| {
        let bytes = at.checked_add(len).and_then(|end| input.get(at..end)).ok_or_else(cut_off)?;
        let value = bytes.iter().enumerate().fold(0_u64, |value, (place, byte)| {
            let shift = if is_little { place } else { len - 1 - place };
            value | u64::from(*byte) << (8 * shift)
        });
        usize::try_from(value).map_err(|_| cut_off())
    };
    let (first, count_len, entry_len, offset_len) =
        if is_big_tiff { (8, 8, 20, 8) } else { (4, 2, 12, 4) };
    let mut seen = std::collections::HashSet::new();
    let mut at = number(first, offset_len)?;
    while at != 0 {
        if !seen.insert(at) {
            return Err(Refusal::new("its directories lead in a circle"));
        }
        if seen.len() > MOST {
            return Err(too_many());
        }
        let entries = number(at, count_len)?;
        let next = entries.checked_mul(entry_len).and_then(|len| len.checked_add(at + count_len));
        at = number(next.ok_or_else(cut_off)?, offset_len)?;
    }
    Ok(())
}

/// Refuses a GIF of too many frames.
pub(super) fn of_gif(input: &[u8]) -> Result<(), Refusal> {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let Some(&flags) = input.get(10) else { return Ok(()) };
    let (mut at, mut frames) = (13 + table(flags), 0);
    // What is cut off or out of place here, the decoder tells.
    while let Some(&block) = input.get(at) {
        at += match block {
            0x2c => {
                frames += 1;
                if frames > MOST {
                    return Err(too_many());
                }
                let Some(&flags) = input.get(at + 9) else { return Ok(()) };
                11 + table(flags)
            }
            0x21 => 2,
            _ => return Ok(()),
        };
        while let Some(&len) = input.get(at) {
            at += 1 + usize::from(len);
            if len == 0 {
                break;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_that_lead_in_a_circle_are_refused() {
        let tiff = |next: u8| [b"II*\0\x08\0\0\0\0\0".as_slice(), &[next, 0, 0, 0]].concat();
        assert_eq!(of_tiff(&tiff(0)), Ok(()));
        assert!(of_tiff(&tiff(8)).unwrap_err().why().contains("circle"));
        assert!(of_tiff(&tiff(200)).unwrap_err().why().contains("beyond its end"));
        assert!(of_tiff(b"MM\0*\0\0\0\x08").is_err());
    }

    #[test]
    fn frames_beyond_counting_are_refused() {
        let gif = |frames: usize| {
            let frame = b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
            [b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".as_slice(), &frame.repeat(frames)]
                .concat()
        };
        assert_eq!(of_gif(&gif(MOST)), Ok(()));
        assert!(of_gif(&gif(MOST + 1)).is_err());
    }
}
