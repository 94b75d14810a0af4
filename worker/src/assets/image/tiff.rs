//! Reading TIFF: ink as it is in the file, and what lies beside the pixels.

use std::io::Cursor;

use tiff::ColorType;
use tiff::decoder::ifd::Value;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

use super::decode::{Decoded, broken, within};
use super::exif::Exif;
use super::picture::{Kind, Picture};
use super::texts::Texts;
use super::{Format, Refusal};

/// The tag of the ICC profile.
pub(super) const ICC: u16 = 34_675;

/// The tag of XMP.
pub(super) const XMP: u16 = 700;

/// The tag of IPTC.
pub(super) const IPTC: u16 = 33_723;

/// The picture, where it is CMYK, whose ink is kept as it is; nothing where it is another.
pub(super) fn decode_ink(input: &[u8], most_pixels: u64) -> Result<Option<Decoded>, Refusal> {
    let mut decoder = opened(input)?;
    let ColorType::CMYK(8 | 16) = decoder.colortype().map_err(broken)? else { return Ok(None) };
    let (width, height) = decoder.dimensions().map_err(broken)?;
    within(width, height, most_pixels)?;
    #[expect(clippy::wildcard_enum_match_arm, reason = "a list of somebody else's that grows")]
    let pixels = match decoder.read_image().map_err(broken)? {
        DecodingResult::U8(pixels) => pixels,
        DecodingResult::U16(pixels) => pixels.into_iter().map(rounded).collect(),
        _ => return Err(Refusal::new("it holds its colours in an unusual way")),
    };
    if pixels.len() as u64 != u64::from(width) * u64::from(height) * 4 {
        return Err(Refusal::new("it has not all of its pixels"));
    }
    let (profile, texts) = beside(input)?;
    let picture = Picture { width, height, kind: Kind::Cmyk, pixels, profile };
    Ok(Some(Decoded { picture, format: Format::Tiff, texts }))
}

/// The more significant bits of a value, rounded.
fn rounded(value: u16) -> u8 {
    u8::try_from((u32::from(value) + 128) / 257).expect("257 is how often 255 is in 65,535")
}

/// The profile, and the texts.
pub(super) fn beside(input: &[u8]) -> Result<(Option<Vec<u8>>, Texts), Refusal> {
    let mut decoder = opened(input)?;
    let is_little = input.starts_with(b"II");
    let mut tag = |number| {
        let value = decoder.find_tag(Tag::from_u16_exhaustive(number)).ok().flatten()?;
        bytes(value, is_little)
    };
    let (profile, xmp, iptc) = (tag(ICC), tag(XMP), tag(IPTC));
    Ok((profile, Texts { exif: Exif::parse(input), xmp, iptc }))
}

/// A file's decoder. How much memory there is, the process itself limits.
fn opened(input: &[u8]) -> Result<Decoder<Cursor<&[u8]>>, Refusal> {
    let decoder = Decoder::new(Cursor::new(input)).map_err(broken)?;
    Ok(decoder.with_limits(Limits::unlimited()))
}

/// A value as the bytes of the file. Some programs say of IPTC that it is numbers of four bytes.
fn bytes(value: Value, is_little: bool) -> Option<Vec<u8>> {
    if let Value::List(values) = &value
        && let Some(Value::Unsigned(_)) = values.first()
    {
        let numbers = value.into_u32_vec().ok()?;
        let bytes =
            |number: u32| if is_little { number.to_le_bytes() } else { number.to_be_bytes() };
        return Some(numbers.into_iter().flat_map(bytes).collect());
    }
    value.into_u8_vec().ok()
}
