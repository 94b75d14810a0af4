//! What is said of a part of a catalogue, under tags.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Names, and how they are shown.
pub(in crate::deriva) const DISPLAY: &str = "tag:misd.isi.edu,2015:display";
/// How the two ends of a foreign key are called.
pub(in crate::deriva) const FOREIGN_KEY: &str = "tag:isrd.isi.edu,2016:foreign-key";
/// Columns that have a value, whatever their definition allows.
pub(in crate::deriva) const REQUIRED: &str = "tag:isrd.isi.edu,2018:required";
/// Columns that are shown, by context.
pub(in crate::deriva) const VISIBLE_COLUMNS: &str = "tag:isrd.isi.edu,2016:visible-columns";
/// Related tables that are shown, by context.
pub(in crate::deriva) const VISIBLE_FOREIGN_KEYS: &str =
    "tag:isrd.isi.edu,2016:visible-foreign-keys";
/// Paths to other tables, by names.
pub(in crate::deriva) const SOURCE_DEFINITIONS: &str = "tag:isrd.isi.edu,2019:source-definitions";
/// Columns that hold addresses of files.
pub(in crate::deriva) const ASSET: &str = "tag:isrd.isi.edu,2017:asset";
/// Export templates for every context.
pub(in crate::deriva) const EXPORT: &str = "tag:isrd.isi.edu,2016:export";
/// Export templates by context.
pub(in crate::deriva) const EXPORT_BY_CONTEXT: &str = "tag:isrd.isi.edu,2019:export";
/// Parts of export templates, by names.
pub(in crate::deriva) const EXPORT_FRAGMENTS: &str =
    "tag:isrd.isi.edu,2021:export-fragment-definitions";

/// Annotations by their tags, such as `tag:isrd.isi.edu,2019:export`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Annotations(Map<String, Value>);

impl Annotations {
    /// What stands under a tag. It may be null, which is not the same as nothing.
    pub fn get(&self, tag: &str) -> Option<&Value> {
        self.0.get(tag)
    }
}
