//! What becomes of the texts in an image's file.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of the texts in a picture's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Metadata {
    /// By name.
    Named(MetadataName),
    /// All that is there goes, and these are written: fields of the record, and the tags they go to.
    Mapped(IndexMap<String, Tags>),
}

/// What becomes of the texts in a picture's file, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetadataName {
    /// They stay, as far as the format can hold them.
    Keep,
    /// They go.
    Remove,
    /// What describes the picture stays; where it was taken, and by which device, goes.
    Standard,
}

/// The tags that a field goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Tags {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl Tags {
    /// The tags, in order.
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(tag) => std::slice::from_ref(tag),
            Self::Several(tags) => tags,
        }
    }
}

impl Default for Metadata {
    fn default() -> Self {
        Self::Named(MetadataName::Standard)
    }
}

impl Metadata {
    /// The fields of records that are written into files.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.mapped().map(|(field, _)| field)
    }

    /// The fields of records that are written into files, each with its tags.
    pub fn mapped(&self) -> impl Iterator<Item = (&str, &Tags)> {
        let map = match self {
            Self::Named(_) => None,
            Self::Mapped(map) => Some(map),
        };
        map.into_iter().flatten().map(|(field, tags)| (field.as_str(), tags))
    }
}
