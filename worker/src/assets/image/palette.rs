//! TIFF with a palette, which the decoder does not know: it is told that the numbers of the colours are
//! shades of grey, and gives them; the colours are looked up here.

use std::io::Cursor;

use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

use super::decode::{Decoded, broken, within};
use super::picture::{Kind, Picture};
use super::{Format, Refusal, tiff as beside};

/// The tag that says what the numbers of a pixel are, and what it says of a palette and of grey.
const PHOTOMETRIC: u16 = 262;
const PALETTE: u16 = 3;
const GREY: u16 = 1;

/// Length of an entry of a directory, in bytes.
const ENTRY_BYTES: usize = 12;

/// The picture in its colours; nothing where it has no palette.
pub(super) fn decode(input: &[u8], most_pixels: u64) -> Result<Option<Decoded>, Refusal> {
    let Some(place) = place_of_palette(input) else { return Ok(None) };
    let mut grey = input.to_vec();
    let told = if input.starts_with(b"II") { GREY.to_le_bytes() } else { GREY.to_be_bytes() };
    grey[place..place + 2].copy_from_slice(&told);
    let decoder = Decoder::new(Cursor::new(&grey)).map_err(broken)?;
    let mut decoder = decoder.with_limits(Limits::unlimited());
    let ColorType::Gray(bits @ (1 | 2 | 4 | 8)) = decoder.colortype().map_err(broken)? else {
        return Err(Refusal::new("it has a palette of an unusual kind"));
    };
    let (width, height) = decoder.dimensions().map_err(broken)?;
    within(width, height, most_pixels)?;
    let map = decoder.get_tag_u16_vec(Tag::ColorMap).map_err(broken)?;
    let colours = 1_usize << bits;
    if map.len() != 3 * colours {
        return Err(Refusal::new("its palette has not all of its colours"));
    }
    let DecodingResult::U8(packed) = decoder.read_image().map_err(broken)? else {
        return Err(Refusal::new("it holds its colours in an unusual way"));
    };
    let row = (width as usize * usize::from(bits)).div_ceil(8);
    if packed.len() != row * height as usize {
        return Err(Refusal::new("it has not all of its pixels"));
    }
    // Some programs write a palette of 8 bits, though it has room for 16.
    let is_deep = map.iter().any(|&value| value > 0xff);
    let shade = |value: u16| if is_deep { (u32::from(value) + 128) / 257 } else { value.into() };
    let shade = |value: u16| u8::try_from(shade(value)).unwrap_or(u8::MAX);
    let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
    for row in packed.chunks_exact(row) {
        for x in 0..width as usize {
            let at = x * usize::from(bits);
            let shift = 8 - usize::from(bits) - at % 8;
            let colour = usize::from(row[at / 8] >> shift) & (colours - 1);
            pixels.extend([0, 1, 2].map(|channel| shade(map[channel * colours + colour])));
        }
    }
    let (profile, texts) = beside::beside(input)?;
    let picture = Picture { width, height, kind: Kind::Rgb, pixels, profile };
    Ok(Some(Decoded { picture, format: Format::Tiff, texts }))
}

/// Where the first directory says that its picture has a palette, where it does. Of the usual files; none
/// of more than 4 GiB is read.
fn place_of_palette(input: &[u8]) -> Option<usize> {
    let is_little = input.starts_with(b"II*\0");
    if !is_little && !input.starts_with(b"MM\0*") {
        return None;
    }
    let short = |at: usize| {
        let bytes = input.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let [one, two] = [short(4)?, short(6)?].map(usize::from);
    let directory = if is_little { two << 16 | one } else { one << 16 | two };
    let entries = usize::from(short(directory)?);
    let mut places = (0..entries).map(|entry| directory + 2 + entry * ENTRY_BYTES);
    let place = places.find(|&place| short(place) == Some(PHOTOMETRIC))? + 8;
    (short(place) == Some(PALETTE)).then_some(place)
}
