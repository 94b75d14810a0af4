//! What becomes of images: format, size, colours, watermark.

mod check;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::metadata::Metadata;

/// What becomes of the files of a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Convert {
    /// The class whose files are converted: `image`.
    #[serde(default)]
    pub class: ImageClass,
    /// The format to write.
    #[serde(default)]
    pub format: ImageFormat,
    /// How much of the picture JPEG keeps: a name, or 1 to 100; left out, `maximum`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// The colour space to write.
    #[serde(default)]
    pub colour: Colour,
    /// Turns, flips and cuts, done in this order, before anything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub steps: Vec<Step>,
    /// The size in pixels; left out, as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// Whether smaller pictures are made larger to have the size.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub enlarge: bool,
    /// A picture of the operator's that is laid over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Watermark>,
    /// How many pixels an inch of it has when it is printed; left out, the file says nothing new of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub dpi: Option<u16>,
    /// What becomes of the texts in the file.
    #[serde(default)]
    pub metadata: Metadata,
}

impl Convert {
    /// A conversion that changes the texts in the file alone.
    pub fn of_texts(metadata: Metadata) -> Self {
        Self {
            class: ImageClass::Image,
            format: ImageFormat::Keep,
            quality: None,
            colour: Colour::Keep,
            steps: Vec::new(),
            size: None,
            enlarge: false,
            watermark: None,
            dpi: None,
            metadata,
        }
    }
}

/// The class of images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImageClass {
    /// Pictures.
    #[default]
    Image,
}

/// A format of images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImageFormat {
    /// The one it has; PNG where it is one that is not written (GIF).
    #[default]
    Keep,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// TIFF.
    Tiff,
    /// Windows bitmap.
    Bmp,
    /// WebP, without loss.
    Webp,
}

impl ImageFormat {
    /// Whether CMYK can be written in it. Of files that keep their formats, JPEG and TIFF hold it, and the
    /// others become sRGB.
    pub fn may_hold_cmyk(self) -> bool {
        match self {
            Self::Keep | Self::Jpeg | Self::Tiff => true,
            Self::Png | Self::Bmp | Self::Webp => false,
        }
    }
}

/// How much of the picture a JPEG keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Quality {
    /// By name.
    Named(QualityName),
    /// From 1, the worst, to 100.
    Percent(#[schemars(range(min = 1, max = 100))] u8),
}

/// A quality by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QualityName {
    /// 95, colours in full resolution.
    Maximum,
    /// 80.
    Medium,
    /// 50.
    Small,
}

impl Quality {
    /// From 1 to 100.
    pub fn percent(self) -> u8 {
        match self {
            Self::Named(QualityName::Maximum) => 95,
            Self::Named(QualityName::Medium) => 80,
            Self::Named(QualityName::Small) => 50,
            Self::Percent(percent) => percent.clamp(1, 100),
        }
    }
}

/// A colour space.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// The one it has, with its profile, as far as the format can hold it.
    #[default]
    Keep,
    /// sRGB.
    Rgb,
    /// The CMYK of the operator's profile; plain ink where there is none. JPEG and TIFF only.
    Cmyk,
    /// Grey.
    Grey,
}

/// One of the steps before a picture gets its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Turns it clockwise, by 90, 180 or 270 degrees.
    Rotate(Rotation),
    /// Mirrors it.
    Flip(Flip),
    /// Cuts a part out of it; what is beyond the picture is ignored.
    Crop(Edge),
}

/// A turn clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u16", into = "u16")]
#[schemars(with = "u16", extend("enum" = [90, 180, 270]))]
pub enum Rotation {
    /// A quarter.
    Quarter,
    /// A half.
    Half,
    /// Three quarters.
    ThreeQuarters,
}

impl TryFrom<u16> for Rotation {
    type Error = &'static str;

    fn try_from(degrees: u16) -> Result<Self, Self::Error> {
        match degrees {
            90 => Ok(Self::Quarter),
            180 => Ok(Self::Half),
            270 => Ok(Self::ThreeQuarters),
            _ => Err("pictures are turned by 90, 180 or 270 degrees"),
        }
    }
}

impl From<Rotation> for u16 {
    fn from(rotation: Rotation) -> Self {
        match rotation {
            Rotation::Quarter => 90,
            Rotation::Half => 180,
            Rotation::ThreeQuarters => 270,
        }
    }
}

/// How a picture is mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flip {
    /// Left becomes right.
    Horizontal,
    /// Top becomes bottom.
    Vertical,
}

/// A part of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// Its first column, from 0.
    pub left: u32,
    /// Its first row, from 0.
    pub top: u32,
    /// How many columns.
    pub width: u32,
    /// How many rows.
    pub height: u32,
}

/// The size of a picture in pixels. Proportions stay, but for `cover`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// The longer edge.
    LongEdge(#[schemars(range(min = 1, max = 65535))] u32),
    /// The shorter edge.
    ShortEdge(#[schemars(range(min = 1, max = 65535))] u32),
    /// The width.
    Width(#[schemars(range(min = 1, max = 65535))] u32),
    /// The height.
    Height(#[schemars(range(min = 1, max = 65535))] u32),
    /// A width and a height that the picture fills; what is beyond them is cut off evenly.
    Cover([u32; 2]),
    /// A width and a height that the picture fits into.
    Contain([u32; 2]),
}

/// A picture that is laid over another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watermark {
    /// The name of one of the operator's pictures.
    #[schemars(length(min = 1, max = 100))]
    pub image: String,
    /// Where it lies.
    #[serde(default)]
    pub position: Position,
    /// How much of it is seen, in percent.
    #[serde(default = "default_opacity")]
    #[schemars(range(min = 1, max = 100))]
    pub opacity: u8,
    /// Its width in percent of the picture's; left out, the one it has, or the picture's where that
    /// is less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub scale: Option<u8>,
}

/// Where a watermark lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// In the upper left corner.
    TopLeft,
    /// In the upper right corner.
    TopRight,
    /// In the middle.
    Centre,
    /// In the lower left corner.
    BottomLeft,
    /// In the lower right corner.
    #[default]
    BottomRight,
}

fn default_opacity() -> u8 {
    50
}
