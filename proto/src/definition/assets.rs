//! The files that records name: which of them are taken, and what they are called.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::remote::Remote;
use crate::fault::{Code, Fault};
use crate::template::Template;

/// The files that records name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assets {
    /// The field that holds the reference: a path below the source's asset root, or an `http(s)`
    /// URL; an object that describes an asset; or a JSON list of them.
    pub field: String,
    /// Only files of these classes; left out, files of every class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5))]
    pub classes: Vec<Class>,
    /// Which version is taken of an asset that has several: the first of these that it has. Left
    /// out, `original`, and the first it has where it has none of that name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub versions: Vec<String>,
    /// The field in which a record says otherwise: `false` for no files, or an object with `classes`
    /// or `versions` of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overrides: Option<String>,
    /// The file's name below `to`, with fields in braces; `{_name}`, `{_stem}` and `{_extension}`
    /// are those of the reference, `{_asset.…}` tells of the asset. Left out, `{_name}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the folders of references are kept; left out, they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// Leaves the files where they are: bags name them, with their lengths and digests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<Remote>,
}

/// What kind of file an asset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Pictures.
    Image,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// Texts, tables and slides, PDF among them.
    Office,
    /// Everything else.
    Other,
}

impl Class {
    /// The class as definitions name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Office => "office",
            Self::Other => "other",
        }
    }
}

/// Where files lie below `to`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// By their names alone.
    #[default]
    Flat,
    /// In the folders that their references name.
    Folders,
}

/// What a record says of its own files.
#[derive(Debug, Clone, PartialEq)]
pub enum Override {
    /// Whether they are taken at all.
    Taken(bool),
    /// What is different for them.
    Other(Other),
}

/// What is different for the files of one record; what is left out stays.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// Instead of [`Assets::classes`].
    pub classes: Option<Vec<Class>>,
    /// Instead of [`Assets::versions`].
    pub versions: Option<Vec<String>>,
}

impl Override {
    /// Reads what a record says, or tells why it says nothing that can be done.
    pub fn parse(json: &str) -> Result<Self, String> {
        let value: serde_json::Value =
            serde_json::from_str(json).map_err(|error| format!("it is not JSON: {error}"))?;
        if let serde_json::Value::Bool(is_taken) = value {
            return Ok(Self::Taken(is_taken));
        }
        Other::deserialize(value).map(Self::Other).map_err(|error| error.to_string())
    }
}

impl Assets {
    /// The fields of a name template that the reference gives, not the record.
    pub const OWN_FIELDS: [&str; 3] = ["_name", "_stem", "_extension"];

    /// What fields of a name template begin with that the asset gives, not the record.
    pub const OWN_PREFIX: &str = "_asset.";

    /// Whether a field of a name template is the asset's and not the record's.
    pub fn is_own(field: &str) -> bool {
        Self::OWN_FIELDS.contains(&field) || field.starts_with(Self::OWN_PREFIX)
    }

    /// The fields of records that are needed to collect files, in the order in which rows carry
    /// them; the reference comes first.
    pub(super) fn besides<'a>(&'a self, mut add: impl FnMut(&'a str)) {
        add(&self.field);
        self.overrides.iter().for_each(|field| add(field));
    }

    /// What the schema cannot say of it.
    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (index, class) in self.classes.iter().enumerate() {
            if self.classes[..index].contains(class) {
                let place = format!("{place}/classes/{index}");
                faults.push(twice(class.as_str()).at(place));
            }
        }
        for (index, version) in self.versions.iter().enumerate() {
            if self.versions[..index].contains(version) {
                faults.push(twice(version).at(format!("{place}/versions/{index}")));
            }
        }
        let chosen = [
            ("classes", self.classes.is_empty()),
            ("versions", self.versions.is_empty()),
            ("overrides", self.overrides.is_none()),
        ];
        for (key, _) in
            chosen.iter().filter(|(_, is_left_out)| self.remote.is_some() && !is_left_out)
        {
            faults.push(
                Fault::new(Code::InvalidValue, format!("`{key}` does not go with `remote`"))
                    .at(format!("{place}/{key}"))
                    .hint("nobody looks into files that stay where they are"),
            );
        }
        let template = self.name.as_deref().and_then(|name| Template::parse(name).ok());
        for field in template.iter().flat_map(Template::fields) {
            if field == Self::OWN_PREFIX {
                faults.push(
                    Fault::new(Code::InvalidValue, "`_asset.` names nothing of the asset")
                        .at(format!("{place}/name"))
                        .hint("such as {_asset.original_filename}"),
                );
            }
        }
        faults
    }
}

fn twice(what: &str) -> Fault {
    Fault::new(Code::InvalidValue, format!("{what:?} is named twice")).hint("name each once")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(json: &str) -> Vec<String> {
        let assets: Assets = serde_json::from_str(json).unwrap();
        assets.mistakes("").into_iter().map(|fault| fault.place.unwrap_or_default()).collect()
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        assert_eq!(places(r#"{"field": "f"}"#), [""; 0]);
        let found = places(
            r#"{"field": "f", "classes": ["image", "audio", "image"], "versions": ["a", "a"],
                "name": "{_asset.}"}"#,
        );
        assert_eq!(found, ["/classes/2", "/versions/1", "/name"]);
    }

    #[test]
    fn files_that_stay_where_they_are_are_all_taken() {
        let found = places(
            r#"{"field": "f", "classes": ["image"], "overrides": "o", "remote": {"length": "l"}}"#,
        );
        assert_eq!(found, ["/classes", "/overrides"]);
    }

    #[test]
    fn a_record_overrides_or_is_told_why_not() {
        assert_eq!(Override::parse("false"), Ok(Override::Taken(false)));
        let parsed = Override::parse(r#"{"versions": ["small"]}"#).unwrap();
        let Override::Other(other) = parsed else { panic!("{parsed:?}") };
        assert_eq!(other.versions, Some(vec!["small".to_owned()]));
        for json in [r#"{"version": "small"}"#, "7", "{", r#"{"classes": ["picture"]}"#] {
            assert!(Override::parse(json).is_err(), "{json}");
        }
    }
}
