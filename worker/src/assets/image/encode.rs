//! From a picture to the bytes of a file, with its profile and its texts.

use std::io::Cursor;

use image::codecs::bmp::BmpEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use image_webp::WebPEncoder;
use jpeg_encoder::{ColorType, Encoder, PixelDensity, SamplingFactor};
use tiff::encoder::{Compression, Rational, TiffEncoder, colortype};
use tiff::tags::{ResolutionUnit, Tag};

use super::picture::{Kind, Picture};
use super::texts::Texts;
use super::{Format, Refusal, iptc};

/// Longest content of a JPEG's segment, in bytes.
const SEGMENT_BYTES: usize = 65_533;

/// Where the header of a bitmap says how many pixels a metre has, across and down.
const BMP_DENSITIES: [usize; 2] = [38, 42];

/// From this quality on JPEG keeps colours in full resolution.
const FULL_COLOURS: u8 = 90;

/// Writes a picture, whose kind the format holds, with so many pixels an inch where that is said. Texts that
/// the format has no place for are left out.
pub(super) fn encode(
    picture: &Picture,
    format: Format,
    quality: u8,
    dpi: Option<u16>,
    texts: &Texts,
) -> Result<Vec<u8>, Refusal> {
    match format {
        Format::Jpeg => jpeg(picture, quality, dpi, texts),
        Format::Png => png(picture, dpi, texts),
        Format::Tiff => tiff(picture, dpi, texts),
        Format::Bmp => bmp(picture, dpi),
        Format::Webp => webp(picture, texts),
    }
}

fn unwritable(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(format!("it cannot be written: {error}"))
}

fn colours(kind: Kind) -> ExtendedColorType {
    match kind {
        Kind::Grey => ExtendedColorType::L8,
        Kind::GreyAlpha => ExtendedColorType::La8,
        Kind::Rgb => ExtendedColorType::Rgb8,
        Kind::Rgba => ExtendedColorType::Rgba8,
        Kind::Cmyk => ExtendedColorType::Cmyk8,
    }
}

/// How many pixels a metre has, rounded: an inch is 2.54 cm.
fn per_metre(dpi: u16) -> u32 {
    (u32::from(dpi) * 10_000 + 127) / 254
}

fn jpeg(
    picture: &Picture,
    quality: u8,
    dpi: Option<u16>,
    texts: &Texts,
) -> Result<Vec<u8>, Refusal> {
    let edge = |edge: u32| {
        u16::try_from(edge).map_err(|_| Refusal::new("a JPEG has at most 65535 pixels at an edge"))
    };
    let (width, height) = (edge(picture.width)?, edge(picture.height)?);
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, quality);
    let is_full = quality >= FULL_COLOURS || picture.kind == Kind::Cmyk;
    let sampling = if is_full { SamplingFactor::R_4_4_4 } else { SamplingFactor::R_4_2_0 };
    encoder.set_sampling_factor(sampling);
    encoder.set_optimized_huffman_tables(true);
    if let Some(dpi) = dpi {
        encoder.set_density(PixelDensity::dpi(dpi));
    }
    let exif = texts.exif.as_ref().map(|exif| [b"Exif\0\0", exif.to_bytes().as_slice()].concat());
    let xmp =
        texts.xmp.as_ref().map(|xmp| [b"http://ns.adobe.com/xap/1.0/\0", xmp.as_slice()].concat());
    let iptc = texts.iptc.as_ref().map(|records| iptc::photoshop(records));
    for (number, content) in [(1, exif), (1, xmp), (13, iptc)] {
        if let Some(content) = content.filter(|content| content.len() <= SEGMENT_BYTES) {
            encoder.add_app_segment(number, content).map_err(unwritable)?;
        }
    }
    if let Some(profile) = &picture.profile {
        encoder.add_icc_profile(profile).map_err(unwritable)?;
    }
    let kind = match picture.kind {
        Kind::Grey | Kind::GreyAlpha => ColorType::Luma,
        Kind::Rgb | Kind::Rgba => ColorType::Rgb,
        Kind::Cmyk => ColorType::Cmyk,
    };
    encoder.encode(&picture.pixels, width, height, kind).map_err(unwritable)?;
    Ok(out)
}

fn png(picture: &Picture, dpi: Option<u16>, texts: &Texts) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    let mut encoder =
        PngEncoder::new_with_quality(&mut out, CompressionType::Default, FilterType::Adaptive);
    if let Some(profile) = &picture.profile {
        encoder.set_icc_profile(profile.clone()).map_err(unwritable)?;
    }
    encoder
        .write_image(&picture.pixels, picture.width, picture.height, colours(picture.kind))
        .map_err(unwritable)?;
    // Behind the signature and the header, which are as long in every PNG.
    let mut chunks = Vec::new();
    if let Some(per_metre) = dpi.map(|dpi| per_metre(dpi).to_be_bytes()) {
        // 1 is for metres.
        chunk(*b"pHYs", &[&per_metre[..], &per_metre, &[1]].concat(), &mut chunks);
    }
    if let Some(exif) = &texts.exif {
        chunk(*b"eXIf", &exif.to_bytes(), &mut chunks);
    }
    if let Some(xmp) = &texts.xmp {
        chunk(*b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", xmp.as_slice()].concat(), &mut chunks);
    }
    out.splice(33..33, chunks);
    Ok(out)
}

fn chunk(name: [u8; 4], content: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&u32::try_from(content.len()).unwrap_or(0).to_be_bytes());
    let checked = out.len();
    out.extend_from_slice(&name);
    out.extend_from_slice(content);
    let sum = crc32fast::hash(&out[checked..]);
    out.extend_from_slice(&sum.to_be_bytes());
}

fn bmp(picture: &Picture, dpi: Option<u16>) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    BmpEncoder::new(&mut out)
        .encode(&picture.pixels, picture.width, picture.height, colours(picture.kind))
        .map_err(unwritable)?;
    if let Some(per_metre) = dpi.map(|dpi| per_metre(dpi).to_le_bytes()) {
        for at in BMP_DENSITIES {
            out.splice(at..at + 4, per_metre);
        }
    }
    Ok(out)
}

fn webp(picture: &Picture, texts: &Texts) -> Result<Vec<u8>, Refusal> {
    let kind = match picture.kind {
        Kind::Grey => image_webp::ColorType::L8,
        Kind::GreyAlpha => image_webp::ColorType::La8,
        Kind::Rgb | Kind::Cmyk => image_webp::ColorType::Rgb8,
        Kind::Rgba => image_webp::ColorType::Rgba8,
    };
    let mut out = Vec::new();
    let mut encoder = WebPEncoder::new(&mut out);
    if let Some(profile) = &picture.profile {
        encoder.set_icc_profile(profile.clone());
    }
    if let Some(exif) = &texts.exif {
        encoder.set_exif_metadata(exif.to_bytes());
    }
    if let Some(xmp) = &texts.xmp {
        encoder.set_xmp_metadata(xmp.clone());
    }
    encoder.encode(&picture.pixels, picture.width, picture.height, kind).map_err(unwritable)?;
    Ok(out)
}

fn tiff(picture: &Picture, dpi: Option<u16>, texts: &Texts) -> Result<Vec<u8>, Refusal> {
    let mut out = Cursor::new(Vec::new());
    match picture.kind {
        Kind::Grey => write_tiff::<colortype::Gray8>(&mut out, picture, dpi, texts),
        Kind::GreyAlpha => {
            let picture = picture.clone().grey_as_rgb();
            write_tiff::<colortype::RGBA8>(&mut out, &picture, dpi, texts)
        }
        Kind::Rgb => write_tiff::<colortype::RGB8>(&mut out, picture, dpi, texts),
        Kind::Rgba => write_tiff::<colortype::RGBA8>(&mut out, picture, dpi, texts),
        Kind::Cmyk => write_tiff::<colortype::CMYK8>(&mut out, picture, dpi, texts),
    }
    .map_err(unwritable)?;
    Ok(out.into_inner())
}

fn write_tiff<C: colortype::ColorType<Inner = u8>>(
    out: &mut Cursor<Vec<u8>>,
    picture: &Picture,
    dpi: Option<u16>,
    texts: &Texts,
) -> Result<(), tiff::TiffError> {
    let mut file = TiffEncoder::new(out)?.with_compression(Compression::Lzw);
    let mut image = file.new_image::<C>(picture.width, picture.height)?;
    let mut write =
        |tag: u16, bytes: &[u8]| image.encoder().write_tag(Tag::from_u16_exhaustive(tag), bytes);
    if let Some(profile) = &picture.profile {
        write(super::tiff::ICC, profile)?;
    }
    if let Some(xmp) = &texts.xmp {
        write(super::tiff::XMP, xmp)?;
    }
    if let Some(iptc) = &texts.iptc {
        write(super::tiff::IPTC, iptc)?;
    }
    for (tag, text) in texts.exif.iter().flat_map(super::exif::Exif::texts) {
        let text = String::from_utf8_lossy(text);
        // EXIF's texts are ASCII, and TIFF's readers insist.
        let text = text.trim_end_matches('\0').replace(|c: char| !c.is_ascii(), "?");
        image.encoder().write_tag(Tag::from_u16_exhaustive(tag), text.as_str())?;
    }
    if let Some(dpi) = dpi {
        image.resolution(ResolutionUnit::Inch, Rational { n: dpi.into(), d: 1 });
    }
    image.write_data(&picture.pixels)
}
