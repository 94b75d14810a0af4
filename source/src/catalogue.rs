//! A catalogue of linked objects, besides its records: what its fields are, and objects by their number.
//!
//! Records of such a source are whole objects as `/api/v1/search` gives them in the format `long`, or `full` where
//! their changes are wanted, in the order of their `_system_object_id`.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{Search, SourceError};

/// What a source of linked objects can tell besides its records.
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// What holds for all of its objects. Asked once for each batch; answers from memory where it can.
    async fn about(&self) -> Result<Arc<About>, SourceError>;

    /// The names of its users, as far as they are known: they may be many, and are asked for only by batches that
    /// name owners. Answers from memory where it can.
    async fn user_names(&self) -> Result<Arc<UserNames>, SourceError> {
        Ok(Arc::default())
    }

    /// Objects by their `_system_object_id`, as JSON documents in the format `long`, in this order; nothing in
    /// the place of those that are not there or not to be seen. At most 1,000 are asked for at once. Of many, or long
    /// ones, only the first may be answered for, one at least: the others are to be asked for again.
    async fn objects(&self, ids: &[u64]) -> Result<Vec<Option<String>>, SourceError>;

    /// Which of these objects a search gives.
    async fn found(&self, search: &Search, ids: &[u64]) -> Result<Vec<bool>, SourceError>;

    /// A stylesheet that it keeps, by the number of its file; nothing where there is none of that number, or
    /// none that is to be seen.
    async fn stylesheet(&self, _id: &str) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(None)
    }

    /// A mapping profile that it keeps, by its number or its name, as JSON; nothing where there is none that is
    /// called so, or none that is to be seen.
    async fn mapping(&self, _name: &str) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(None)
    }

    /// Which mappings its pools and object types have for the texts in pictures.
    async fn image_mappings(&self) -> Result<ImageMappings, SourceError> {
        Ok(self.about().await?.image_mappings.clone())
    }

    /// Whether it answers at all.
    async fn answers(&self) -> bool {
        true
    }

    /// Whether a login and a password are those of the user with whose rights it is read; nothing where it
    /// has no users.
    async fn knows(
        &self,
        _login: &str,
        _password: &SecretString,
    ) -> Result<Option<bool>, SourceError> {
        Ok(None)
    }
}

/// A text in several languages, by BCP 47 tag (`de-DE`).
pub type Localised = BTreeMap<String, String>;

/// The names of users, by number.
pub type UserNames = BTreeMap<u64, String>;

/// What holds for all objects of a catalogue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// What the instance is called; the beginning of its exports' folders.
    pub name: String,
    /// The instance's UUID: what stands behind `@` in a `_global_object_id`.
    pub uuid: String,
    /// Where the instance is, without a slash at the end; empty where nobody knows.
    pub url: String,
    /// Version of the base schema.
    pub base_schema: u64,
    /// Version of the user's schema.
    pub user_schema: u64,
    /// The languages that its users write in, in the order that is shown.
    pub languages: Vec<String>,
    /// All languages that are configured, in the order that is shown.
    pub all_languages: Vec<String>,
    /// The object types, by name.
    pub types: BTreeMap<String, ObjectType>,
    /// The names of tags, by number.
    pub tags: BTreeMap<u64, Localised>,
    /// What tags are referred to by, by number, of those that have such a word.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tag_references: BTreeMap<u64, String>,
    /// Which mappings its pools and object types have for the texts in pictures; a server is asked for them apart, by
    /// those who need them.
    #[serde(skip_serializing_if = "ImageMappings::is_empty")]
    pub image_mappings: ImageMappings,
}

/// Which mappings pools and object types have for the texts in pictures: each by its number or name, or `none`,
/// where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageMappings {
    /// Those of pools, by the pools' numbers. They go before those of types.
    pub pools: BTreeMap<u64, String>,
    /// Those of object types, by the types' names.
    pub types: BTreeMap<String, String>,
}

impl ImageMappings {
    fn is_empty(&self) -> bool {
        self.pools.is_empty() && self.types.is_empty()
    }
}

/// An object type: a table of the user's schema.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectType {
    /// What it is called.
    pub display: Localised,
    /// Whether its objects appear in the catalogue's main search, which is what merging goes by. They do not where the
    /// catalogue does not say so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub in_main_search: bool,
    /// Its fields, in the order of its mask.
    pub columns: Vec<Column>,
    /// Templates of what files are called that go along, by the ways to their fields (`bild.datei`).
    pub filenames: BTreeMap<String, Localised>,
}

/// A field of an object type, or of the rows nested in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its key in the object: `titel`, `_nested:bild__schlagwort`, `_reverse_nested:bestimmung:bild`.
    pub name: String,
    /// Its number in the schema, where the catalogue tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// What it is called.
    #[serde(default)]
    pub display: Localised,
    /// What it holds.
    #[serde(flatten)]
    pub kind: ColumnKind,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ColumnKind {
    /// Text of several lines.
    Text,
    /// Text of one line.
    TextOneline,
    /// A string that is no language's.
    String,
    /// A whole number.
    Number,
    /// A number with two decimal places; objects hold it in hundredths.
    #[serde(rename = "integer.2")]
    Hundredths,
    /// A number of any precision.
    Double,
    /// A day, month or year.
    Date,
    /// A moment.
    Datetime,
    /// From one date to another.
    Daterange,
    /// True or false.
    Boolean,
    /// Text of several lines in several languages.
    TextL10n,
    /// Text of one line in several languages.
    TextL10nOneline,
    /// Another object.
    Link {
        /// The type it is of.
        to: std::string::String,
    },
    /// Rows that belong to the object.
    Nested {
        /// Their fields.
        columns: Vec<Column>,
    },
    /// Objects that link to this one.
    ReverseNested {
        /// The type they are of.
        from: std::string::String,
        /// Their fields.
        columns: Vec<Column>,
    },
    /// Files.
    Eas,
    /// What a plugin defines.
    Custom {
        /// Its kind, such as `custom:base.custom-data-type-link.link`.
        kind: std::string::String,
    },
}
