//! The files that records name: which of them are taken, what they are called, what they become.

mod image;
mod metadata;
mod overrides;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::image::{
    Colour, Convert, Edge, Flip, ImageClass, ImageFormat, Position, Quality, QualityName, Rotation,
    Size, Step, Watermark,
};
pub use self::metadata::{Metadata, MetadataName, Tags};
pub use self::overrides::{Other, Override};
use super::remote::Remote;
use crate::digest::Algorithm;
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
    /// The field in which a record says otherwise: `false` for no files, or an object with `classes`,
    /// `versions` or `convert` of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overrides: Option<String>,
    /// The field with the file's own name. Where a record has none, the file is called as its server says
    /// (`Content-Disposition`), else by the last part of its address without what stands behind a colon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The field with the MD5, in hexadecimal, that the file must have where its server tells none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
    /// The field with the SHA-256, in hexadecimal, that the file must have where its server tells none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The file's name below `to`, with fields in braces; `{_name}`, `{_stem}` and `{_extension}`
    /// are those of the file's own name, `{_asset.…}` tells of the asset. Left out, `{_name}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the folders of references are kept; left out, they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// Leaves the files where they are: bags name them, with their lengths and digests; or, where the output
    /// has the format `jsonl`, the file at `to` does, a line for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<Remote>,
    /// What becomes of files, by their class; left out, they stay as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5))]
    pub convert: Vec<Convert>,
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

impl Assets {
    /// The fields of a name template that the file's own name gives, not the record.
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
        self.filename.iter().for_each(|field| add(field));
        self.digests().for_each(|(_, field)| add(field));
        self.overrides.iter().for_each(|field| add(field));
        for convert in &self.convert {
            convert.metadata.fields().for_each(&mut add);
        }
    }

    /// The digests that files are held against, with their fields; the first that a record tells counts.
    pub fn digests(&self) -> impl Iterator<Item = (Algorithm, &str)> {
        let fields = [(Algorithm::Sha256, &self.sha256), (Algorithm::Md5, &self.md5)];
        fields.into_iter().filter_map(|(algorithm, field)| Some((algorithm, field.as_deref()?)))
    }

    /// What the schema cannot say of it.
    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mut faults = mistakes_of(&self.convert, &format!("{place}/convert"));
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
            ("convert", self.convert.is_empty()),
            ("md5", self.md5.is_none()),
            ("sha256", self.sha256.is_none()),
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

fn mistakes_of(convert: &[Convert], place: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, one) in convert.iter().enumerate() {
        let place = format!("{place}/{index}");
        if convert[..index].iter().any(|before| before.class == one.class) {
            faults.push(
                Fault::new(Code::InvalidValue, "two conversions are for the same class")
                    .at(format!("{place}/class"))
                    .hint("make two outputs to have files in two forms"),
            );
        }
        faults.extend(one.mistakes(&place));
    }
    faults
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
        assert_eq!(places(r#"{"field": "f", "convert": [{"colour": "cmyk"}]}"#), [""; 0]);
        let found = places(
            r#"{"field": "f", "classes": ["image", "audio", "image"], "versions": ["a", "a"],
                "name": "{_asset.}", "convert": [
                    {"class": "image", "format": "png", "quality": "small", "colour": "cmyk"},
                    {"class": "image", "steps": [{"crop": {"left": 0, "top": 0, "width": 0, "height": 1}}],
                     "metadata": {"title": ["xmp:dc:title", "xmp:nobody:title", "iptc:Nothing", "title"]}}]}"#,
        );
        assert_eq!(
            found,
            [
                "/convert/0/quality",
                "/convert/0/colour",
                "/convert/1/class",
                "/convert/1/steps/0/crop",
                "/convert/1/metadata/title/1",
                "/convert/1/metadata/title/2",
                "/convert/1/metadata/title/3",
                "/classes/2",
                "/versions/1",
                "/name",
            ]
        );
    }

    #[test]
    fn files_that_stay_where_they_are_are_all_taken() {
        let found = places(
            r#"{"field": "f", "classes": ["image"], "overrides": "o", "md5": "m",
                "remote": {"length": "l"}}"#,
        );
        assert_eq!(found, ["/classes", "/overrides", "/md5"]);
    }
}
