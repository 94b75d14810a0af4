//! Reading JPEG: colours as they are in the file, ink too, and the texts beside them.

use std::borrow::Cow;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::decode::{Decoded, broken, within};
use super::exif::Exif;
use super::picture::{Kind, Picture};
use super::texts::Texts;
use super::{Format, Refusal, iptc};

/// What segments with texts begin with.
const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// Reads a JPEG.
pub(super) fn decode(input: &[u8], most_pixels: u64) -> Result<Decoded, Refusal> {
    let segments = Segments::of(input)?;
    let input = segments.of_three_colours(input);
    // Without what only some processors have, so that all read the same.
    let options = DecoderOptions::default().set_use_unsafe(false);
    let options = options.set_max_width(65535).set_max_height(65535);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&input[..]), options);
    decoder.decode_headers().map_err(broken)?;
    let (width, height) = decoder.dimensions().ok_or_else(|| Refusal::new("it has no pixels"))?;
    let edge = |edge: usize| u32::try_from(edge).unwrap_or(u32::MAX);
    let (width, height) = (edge(width), edge(height));
    within(width, height, most_pixels)?;
    let stored = decoder.input_colorspace().ok_or_else(|| Refusal::new("it has no colours"))?;
    let profile = decoder.icc_profile();
    #[expect(clippy::wildcard_enum_match_arm, reason = "a list of somebody else's that grows")]
    let (kind, read_as) = match stored {
        ColorSpace::Luma => (Kind::Grey, ColorSpace::Luma),
        ColorSpace::CMYK | ColorSpace::YCCK => (Kind::Cmyk, stored),
        // Taken as it is stored, which is RGB.
        _ if segments.is_plain_rgb() => (Kind::Rgb, stored),
        _ => (Kind::Rgb, ColorSpace::RGB),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(read_as));
    let mut pixels = decoder.decode().map_err(broken)?;
    if pixels.len() as u64 != u64::from(width) * u64::from(height) * kind.channels() as u64 {
        return Err(Refusal::new("it has not all of its pixels"));
    }
    if stored == ColorSpace::CMYK {
        for value in &mut pixels {
            *value = 255 - *value;
        }
    } else if stored == ColorSpace::YCCK {
        pixels.chunks_exact_mut(4).for_each(ink_of_ycck);
    }
    let picture = Picture { width, height, kind, pixels, profile };
    Ok(Decoded { picture, format: Format::Jpeg, texts: segments.texts })
}

/// Makes ink of YCCK. Adobe's programs write ink inverted, and all others have followed; so what
/// comes out as red, green and blue is the ink itself, and black alone is inverted.
fn ink_of_ycck(pixel: &mut [u8]) {
    let [y, cb, cr, k] = [0, 1, 2, 3].map(|channel| i32::from(pixel[channel]));
    let (cb, cr) = (cb - 128, cr - 128);
    // The factors of JFIF, in 65,536ths.
    let red = y + ((91_881 * cr + 32_768) >> 16);
    let green = y - ((22_554 * cb + 46_802 * cr + 32_768) >> 16);
    let blue = y + ((116_130 * cb + 32_768) >> 16);
    for (target, value) in pixel.iter_mut().zip([red, green, blue, 255 - k]) {
        *target = u8::try_from(value.clamp(0, 255)).unwrap_or_default();
    }
}

/// What stands before the pixels.
#[derive(Default)]
struct Segments {
    texts: Texts,
    is_jfif: bool,
    components: u8,
    /// Where Adobe's mark of the colours stands.
    adobe: Option<usize>,
    /// Adobe's mark: 0 for colours as they are, 1 for YCbCr, 2 for YCCK.
    transform: u8,
}

impl Segments {
    /// Walks over the segments, up to the pixels. A file that does not end as one is cut off:
    /// decoders would fill the rest with grey.
    fn of(input: &[u8]) -> Result<Self, Refusal> {
        let cut_off = || Refusal::new("it is cut off");
        let mut found = Self::default();
        let mut at = 2;
        loop {
            let rest = input.get(at..).ok_or_else(cut_off)?;
            let [0xff, marker, rest @ ..] = rest else {
                return Err(Refusal::new("it cannot be read: no segment where one should be"));
            };
            // Any number of 0xff may stand before a marker.
            if *marker == 0xff {
                at += 1;
                continue;
            }
            if matches!(marker, 0x01 | 0xd0..=0xd7) {
                at += 2;
                continue;
            }
            let len = match rest {
                [high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
                _ => return Err(cut_off()),
            };
            if *marker == 0xda {
                let has_end = memchr::memmem::rfind(rest, &[0xff, 0xd9]).is_some();
                return if has_end { Ok(found) } else { Err(cut_off()) };
            }
            let content = rest.get(2..len).ok_or_else(cut_off)?;
            let texts = &mut found.texts;
            match (marker, content) {
                (0xe0, content) if content.starts_with(b"JFIF\0") => found.is_jfif = true,
                (0xe1, content) if content.starts_with(EXIF) && texts.exif.is_none() => {
                    texts.exif = Exif::parse(&content[EXIF.len()..]);
                }
                (0xe1, content) if content.starts_with(XMP) && texts.xmp.is_none() => {
                    texts.xmp = Some(content[XMP.len()..].to_vec());
                }
                (0xed, content) if texts.iptc.is_none() => {
                    texts.iptc = iptc::of_photoshop(content);
                }
                (0xee, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => {
                    found.adobe = Some(at + 15);
                    found.transform = *transform;
                }
                // Frames, whatever they are compressed by; not the tables between their numbers.
                (0xc0..=0xcf, [_, _, _, _, _, components, ..])
                    if !matches!(marker, 0xc4 | 0xc8 | 0xcc) =>
                {
                    found.components = *components;
                }
                _ => {}
            }
            at += 2 + len;
        }
    }

    /// Whether the pixels are red, green and blue as they stand. JFIF's are never.
    fn is_plain_rgb(&self) -> bool {
        self.components == 3 && self.adobe.is_some() && self.transform == 0 && !self.is_jfif
    }

    /// The file with the mark of YCbCr where three components are marked as plain, which the decoder
    /// takes for ink.
    fn of_three_colours<'i>(&self, input: &'i [u8]) -> Cow<'i, [u8]> {
        match self.adobe {
            Some(at) if self.components == 3 && self.transform != 1 => {
                let mut marked = input.to_vec();
                marked[at] = 1;
                Cow::Owned(marked)
            }
            Some(_) | None => Cow::Borrowed(input),
        }
    }
}
