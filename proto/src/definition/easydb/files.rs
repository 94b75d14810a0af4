//! Which files of a catalogue go along, and what is told of them.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::{Convert, Metadata};

/// What goes along of a field with files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EasField {
    /// The files themselves.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub files: bool,
    /// What is told of the files in XML and tables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub data: Vec<EasData>,
    /// Also files that are not the preferred ones of their field.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub include_non_preferred: bool,
    /// What its element or column is called, where `fields` say nothing of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// What is told of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EasData {
    /// Of which of its versions.
    #[serde(rename = "type")]
    pub kind: EasDataKind,
    /// Everything, or the addresses alone.
    #[serde(default)]
    pub format: EasDataFormat,
    /// The version's class and name (`image.small`), for `version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// Of which version of a file something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EasDataKind {
    /// As it was uploaded.
    Original,
    /// As it was turned and cut since.
    Current,
    /// One that was made of it.
    Version,
}

/// How much is told of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EasDataFormat {
    /// Everything.
    #[default]
    Long,
    /// Its address.
    Short,
}

/// A version of a file that goes along.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum EasVersion {
    /// As it was uploaded.
    Original {
        /// What becomes of the texts in an image; left out, it is as the catalogue has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        metadata: Option<Metadata>,
    },
    /// As it was turned and cut since.
    Current {
        /// What becomes of the texts in an image; left out, it is as the catalogue has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        metadata: Option<Metadata>,
    },
    /// One that the catalogue has made of it, by its name (`small`, `preview`, `full`).
    Version {
        /// Its name.
        version: String,
        /// What becomes of the texts in an image; left out, it is as the catalogue has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        metadata: Option<Metadata>,
    },
    /// One that is made for this export, of an image as it was turned and cut since.
    Custom {
        /// How.
        convert: Box<Convert>,
    },
}

impl EasVersion {
    /// The conversion that makes it; nothing where the file goes along as the catalogue has it.
    pub fn conversion(&self) -> Option<Cow<'_, Convert>> {
        match self {
            Self::Original { metadata }
            | Self::Current { metadata }
            | Self::Version { metadata, .. } => {
                metadata.clone().map(|metadata| Cow::Owned(Convert::of_texts(metadata)))
            }
            Self::Custom { convert } => Some(Cow::Borrowed(&**convert)),
        }
    }
}

/// What is otherwise for one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum EasRule {
    /// Whether it goes along, in the versions of its class.
    Whether(bool),
    /// It goes along in exactly these versions, where some are named.
    Versions(EasVersions),
}

/// The versions of one file that go along.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EasVersions {
    /// Those, none where the list is empty; left out, those of its class.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub versions: Option<Vec<EasVersion>>,
    /// Whether its object is written as JSON, whatever `json` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<bool>,
}
