//! From the bytes of a file to a picture: by what they are, never by what they are called.

use std::io::Cursor;

use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::picture::{Kind, Picture};
use super::texts::Texts;
use super::{Format, Refusal, exif, jpeg, pages, palette, tiff};
use crate::assets::job::Job;

/// A file that was read.
pub(super) struct Decoded {
    pub(super) picture: Picture,
    /// The format to write where the one it has is kept.
    pub(super) format: Format,
    pub(super) texts: Texts,
}

/// Reads a file. Of several pictures (a GIF's, a TIFF's pages) the first is taken.
pub(super) fn decode(input: &[u8], job: &Job) -> Result<Decoded, Refusal> {
    if input.is_empty() {
        return Err(Refusal::new("it is empty"));
    }
    let format = image::guess_format(input)
        .map_err(|_| Refusal::new("it is of no format that can be converted"))?;
    #[expect(clippy::wildcard_enum_match_arm, reason = "a list of somebody else's that grows")]
    match format {
        ImageFormat::Jpeg => jpeg::decode(input, job.most_pixels),
        ImageFormat::Tiff => {
            pages::of_tiff(input)?;
            if let Some(decoded) = palette::decode(input, job.most_pixels)? {
                return Ok(decoded);
            }
            match tiff::decode_ink(input, job.most_pixels)? {
                Some(decoded) => Ok(decoded),
                None => any(input, format, Format::Tiff, job.most_pixels),
            }
        }
        ImageFormat::Gif => {
            pages::of_gif(input)?;
            any(input, format, Format::Png, job.most_pixels)
        }
        ImageFormat::Png => any(input, format, Format::Png, job.most_pixels),
        ImageFormat::Bmp => any(input, format, Format::Bmp, job.most_pixels),
        ImageFormat::WebP => any(input, format, Format::Webp, job.most_pixels),
        _ => Err(Refusal::new("it is of no format that can be converted")),
    }
}

/// Refuses a picture before its pixels are read.
pub(super) fn within(width: u32, height: u32, most_pixels: u64) -> Result<(), Refusal> {
    if width == 0 || height == 0 {
        return Err(Refusal::new("it has no pixels"));
    }
    if u64::from(width) * u64::from(height) > most_pixels {
        return Err(Refusal::new(format!(
            "it has {width} by {height} pixels, and at most {most_pixels} are read"
        )));
    }
    Ok(())
}

/// What a decoder says of a file that it cannot read.
pub(super) fn broken(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(format!("it cannot be read: {error}"))
}

fn any(
    input: &[u8],
    format: ImageFormat,
    kept: Format,
    most_pixels: u64,
) -> Result<Decoded, Refusal> {
    let mut reader = ImageReader::with_format(Cursor::new(input), format);
    // How much memory there is, the process itself limits.
    reader.limits(Limits::no_limits());
    let mut opened = reader.into_decoder().map_err(broken)?;
    let (width, height) = opened.dimensions();
    within(width, height, most_pixels)?;
    let (profile, texts) = if format == ImageFormat::Tiff {
        tiff::beside(input)?
    } else {
        let exif = opened.exif_metadata().map_err(broken)?;
        let exif = exif.and_then(|raw| exif::Exif::parse(&raw));
        let xmp = opened.xmp_metadata().map_err(broken)?;
        // What of IPTC there is elsewhere is text about records, not the records.
        (opened.icc_profile().map_err(broken)?, Texts { exif, xmp, iptc: None })
    };
    let decoded = DynamicImage::from_decoder(opened).map_err(broken)?;
    #[expect(clippy::wildcard_enum_match_arm, reason = "a list of somebody else's that grows")]
    let (kind, pixels) = match decoded.color() {
        ColorType::L8 | ColorType::L16 => (Kind::Grey, decoded.into_luma8().into_raw()),
        ColorType::La8 | ColorType::La16 => {
            (Kind::GreyAlpha, decoded.into_luma_alpha8().into_raw())
        }
        ColorType::Rgba8 | ColorType::Rgba16 | ColorType::Rgba32F => {
            (Kind::Rgba, decoded.into_rgba8().into_raw())
        }
        _ => (Kind::Rgb, decoded.into_rgb8().into_raw()),
    };
    let picture = Picture { width, height, kind, pixels, profile };
    Ok(Decoded { picture: seen(picture), format: kept, texts })
}

/// The same without alpha, where all of it can be seen.
fn seen(picture: Picture) -> Picture {
    let channels = picture.kind.channels();
    let is_seen = |pixel: &[u8]| pixel[channels - 1] == u8::MAX;
    if picture.kind.has_alpha() && picture.pixels.chunks_exact(channels).all(is_seen) {
        return picture.on_white();
    }
    picture
}
