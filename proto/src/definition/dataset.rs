//! Which fields of a record are what, where records are pictures with shapes on them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the fields of an annotated picture are called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// The field with the name of the picture's file.
    #[serde(default = "name")]
    pub file: String,
    /// What stands before that name: the folder where the pictures are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub folder: Option<String>,
    /// The field with the picture's width in pixels.
    #[serde(default = "width")]
    pub width: String,
    /// The field with its height.
    #[serde(default = "height")]
    pub height: String,
    /// The field with the list of shapes.
    #[serde(default = "shapes")]
    pub shapes: String,
    /// Where a shape has its kind, keys with dots between them. Left out, it is judged by the number
    /// of points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Where a shape has its points.
    #[serde(default = "points")]
    pub points: String,
    /// Where a shape has its category.
    #[serde(default = "category")]
    pub category: String,
    /// The categories, in the order of their numbers; left out, in that in which they are met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10000))]
    pub categories: Vec<String>,
    /// Whether points are in pixels; otherwise they are parts of width and height, from 0 to 1.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pixels: bool,
}

impl Dataset {
    /// The fields of the source that are read.
    pub fn fields(&self) -> Vec<String> {
        [&self.file, &self.width, &self.height, &self.shapes].map(Clone::clone).to_vec()
    }
}

fn name() -> String {
    "name".to_owned()
}

fn width() -> String {
    "width".to_owned()
}

fn height() -> String {
    "height".to_owned()
}

fn shapes() -> String {
    "annotations".to_owned()
}

fn points() -> String {
    "points".to_owned()
}

fn category() -> String {
    "category".to_owned()
}
