//! Images: from the bytes of a file to the bytes of what it is converted to.
//!
//! Pure: the same bytes and the same job give the same bytes, on every processor, for nothing here
//! takes what only some of them have. Whoever calls this runs it in a process that may die
//! ([`super::child`]).

mod picture;
mod decode;
mod jpeg;
mod pages;
mod tiff;
mod palette;
mod geometry;
mod resample;
mod colour;
mod watermark;
mod texts;
mod exif;
mod xmp;
mod iptc;
mod encode;

use proto::definition::{Colour, ImageFormat};

pub use self::colour::is_cmyk_profile;
use self::picture::Kind;
use crate::assets::job::Job;

/// Why an image was not converted, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It cannot be.
    Image(String),
    /// What the operator provides for it cannot be used: no image is to blame.
    Provided(String),
}

impl Refusal {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self::Image(why.into())
    }

    fn why(self) -> String {
        let (Self::Image(why) | Self::Provided(why)) = self;
        why
    }
}

/// A converted image.
#[derive(Debug)]
pub(super) struct Converted {
    /// The extension of its name, without the dot.
    pub(super) extension: &'static str,
    /// Its width and height in pixels.
    pub(super) size: [u32; 2],
    pub(super) bytes: Vec<u8>,
}

/// A format that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Jpeg,
    Png,
    Tiff,
    Bmp,
    Webp,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Tiff => "tif",
            Self::Bmp => "bmp",
            Self::Webp => "webp",
        }
    }

    /// Whether it holds pixels of a kind.
    fn holds(self, kind: Kind) -> bool {
        match self {
            Self::Jpeg => !kind.has_alpha(),
            Self::Tiff => true,
            Self::Png | Self::Webp => kind != Kind::Cmyk,
            Self::Bmp => kind != Kind::Cmyk && !kind.has_alpha(),
        }
    }

    /// Whether the profile of pixels of a kind is right for what is written of them: not where grey is
    /// written as three colours.
    fn keeps_profile(self, kind: Kind) -> bool {
        match self {
            Self::Jpeg | Self::Png => true,
            Self::Tiff => kind != Kind::GreyAlpha,
            Self::Webp => !matches!(kind, Kind::Grey | Kind::GreyAlpha),
            Self::Bmp => false,
        }
    }
}

/// Converts an image.
pub(super) fn convert(input: &[u8], job: &Job) -> Result<Converted, Refusal> {
    let wanted = &job.convert;
    let decoded = decode::decode(input, job)?;
    let format = match wanted.format {
        ImageFormat::Keep => decoded.format,
        ImageFormat::Jpeg => Format::Jpeg,
        ImageFormat::Png => Format::Png,
        ImageFormat::Tiff => Format::Tiff,
        ImageFormat::Bmp => Format::Bmp,
        ImageFormat::Webp => Format::Webp,
    };
    let mut picture = geometry::upright(decoded.picture, decoded.texts.orientation());
    for step in &wanted.steps {
        picture = geometry::step(picture, *step)?;
    }
    if let Some(size) = wanted.size {
        picture = geometry::sized(picture, size, wanted.enlarge, job.most_pixels)?;
    }
    let profile = job.cmyk_profile()?;
    if let (Some(watermark), Some(path)) = (&wanted.watermark, &job.watermark) {
        picture = watermark::laid_over(picture, watermark, path, job, profile.as_deref())?;
    }
    picture = match wanted.colour {
        Colour::Keep => picture,
        Colour::Grey => colour::to_grey(picture, profile.as_deref())?,
        Colour::Cmyk if format.holds(Kind::Cmyk) => colour::to_cmyk(picture, profile.as_deref())?,
        // Not by way of ink, which has fewer colours and hides what can be seen through.
        Colour::Cmyk | Colour::Rgb => colour::to_srgb(picture, profile.as_deref())?.grey_as_rgb(),
    };
    let is_ink = picture.kind == Kind::Cmyk && !format.holds(Kind::Cmyk);
    if is_ink || !format.keeps_profile(picture.kind) {
        picture = colour::to_srgb(picture, profile.as_deref())?;
    }
    if picture.kind.has_alpha() && !format.holds(picture.kind) {
        picture = picture.on_white();
    }
    let mut texts = decoded.texts.become_of(&wanted.metadata, &job.written);
    // WebP has no other place for it, and elsewhere both places must tell the same.
    if format == Format::Webp && wanted.dpi.is_some() && texts.exif.is_none() {
        texts.exif = Some(exif::Exif::default());
    }
    if let (Some(dpi), Some(exif)) = (wanted.dpi, &mut texts.exif) {
        exif.set_density(dpi);
    }
    let quality = wanted.quality.map_or(95, proto::definition::Quality::percent);
    let bytes = encode::encode(&picture, format, quality, wanted.dpi, &texts)?;
    let size = [picture.width, picture.height];
    Ok(Converted { extension: format.extension(), size, bytes })
}

#[cfg(test)]
mod tests;
