//! A column of small pictures in a workbook.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::assets::{
    Colour, Convert, ImageClass, ImageFormat, Metadata, MetadataName, Quality, QualityName, Size,
};

/// A column of small pictures, before the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thumbnails {
    /// The field of the source that holds the reference, as for assets; it need not be written. Of
    /// several files the first is shown.
    pub field: String,
    /// Which version is taken of an asset that has several, as for assets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub versions: Vec<String>,
    /// What the column is called.
    #[serde(default = "default_column")]
    #[schemars(length(min = 1, max = 200))]
    pub column: String,
    /// The longer edge of the pictures in pixels; smaller ones stay as small as they are.
    #[serde(default = "default_edge")]
    #[schemars(range(min = 16, max = 512))]
    pub edge: u16,
}

impl Thumbnails {
    /// What becomes of each picture: a JPEG in sRGB, with nothing of what its file tells.
    pub fn convert(&self) -> Convert {
        Convert {
            class: ImageClass::Image,
            format: ImageFormat::Jpeg,
            quality: Some(Quality::Named(QualityName::Medium)),
            colour: Colour::Rgb,
            steps: Vec::new(),
            size: Some(Size::LongEdge(u32::from(self.edge))),
            enlarge: false,
            watermark: None,
            dpi: None,
            metadata: Metadata::Named(MetadataName::Remove),
        }
    }
}

fn default_column() -> String {
    "Picture".to_owned()
}

fn default_edge() -> u16 {
    96
}
