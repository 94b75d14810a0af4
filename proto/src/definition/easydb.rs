//! Objects of an easydb catalogue, laid out as easydb's own exports are: folders of batches with the
//! objects as XML, CSV, JSON or XLSX, and their files beside them.
//!
//! The keys are those of easydb's export definition, in their normal form; the dialect translates the
//! older shapes into it.

mod files;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::files::{
    EasData, EasDataFormat, EasDataKind, EasField, EasRule, EasVersion, EasVersions,
};
use super::schedule::zone;
use crate::fault::Fault;

/// How objects of a catalogue are written, and which of their files go with them.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of easydb's definitions")]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Easydb {
    /// Which objects: a search as `/api/v1/search` takes it. Left out, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<Map<String, Value>>,
    /// Also the objects above those that the search gives, each once, whether it gives them or not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub include_parents: bool,
    /// Whose form XML and JSON have; tables say so themselves.
    #[serde(skip_serializing_if = "Generation::is_usual")]
    pub generation: Generation,
    /// Which fields, by their names in searches (`bild.titel`), and what they are called; left out, all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<BTreeMap<String, Shown>>,
    /// XML in easydb's standard form.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub xml: bool,
    /// One XML file for each object, not for each batch.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub xml_one_file_per_object: bool,
    /// The objects as the search gives them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub json: bool,
    /// One JSON file for each object, not for each batch.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub json_one_file_per_object: bool,
    /// CSV, a file for each object type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csv: Option<EasydbCsv>,
    /// A workbook, a sheet for each object type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xlsx: Option<EasydbXlsx>,
    /// The form of the XML: `easydb`, `easydb_flat`, or the name of one of the operator's or the catalogue's
    /// profiles, which is applied to CSV too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapping: Option<String>,
    /// The operator's stylesheet that the XML goes through, or the number of one of the catalogue's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stylesheet: Option<String>,
    /// Which linked objects are written out whole, and not only named.
    pub merge_linked_objects: Merge,
    /// How many links deep; 1 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 9))]
    pub merge_max_depth: Option<u8>,
    /// Every language of the catalogue, not only those that its users write.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub all_languages: bool,
    /// Of which fields files go along (`bild.datei`), and what is told of them. Left out, no files.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub eas_fields: BTreeMap<String, EasField>,
    /// Which versions of files, by their class (`image`, `audio`, `video`, `office`, `other`).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<String, Vec<EasVersion>>,
    /// What is otherwise for single files, by their number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub assets: BTreeMap<String, EasRule>,
    /// Files keep the names that they were uploaded with. Not together with `filename_template`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub filename_original: bool,
    /// The names of files without their extension: text with variables between percent signs
    /// (`%bild.titel%-%_asset.id%`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename_template: Option<String>,
    /// No folders.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub flat: bool,
    /// The time that the export says it was made at; left out, when its run began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub exported_at: Option<Timestamp>,
    /// The zone that this time is told in, in the names of folders too: a name of the IANA database, such as
    /// `Europe/Berlin`; UTC unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

impl Easydb {
    /// The key of objects with their changes.
    pub const CHANGELOG: &str = "_changelog";

    /// The forms of XML that are no mapping profiles.
    const OWN_FORMS: [&str; 2] = ["easydb", "easydb_flat"];

    /// The mapping profile that XML and tables are made by; nothing where they have forms of easydb's own.
    pub fn profile(&self) -> Option<&str> {
        self.mapping.as_deref().filter(|name| !Self::OWN_FORMS.contains(name))
    }

    /// Whether a table tells of the changes of objects: one that is made by a profile has no column for them.
    pub fn tells_changes(&self) -> bool {
        if self.profile().is_some() {
            return false;
        }
        let csv = self.csv.as_ref().and_then(|csv| csv.changelog);
        csv.or_else(|| self.xlsx.as_ref()?.changelog).is_some()
    }

    /// The zone that times are told in.
    pub fn zone(&self) -> Result<TimeZone, Fault> {
        zone(self.time_zone.as_deref())
    }
}

/// How a field is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Shown {
    /// What its element or column is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// Which linked objects are written out whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Merge {
    /// None.
    #[default]
    None,
    /// Those of types that do not appear in the main search, by the data model of the catalogue.
    NotInMainSearch,
    /// The same, and those in reverse links.
    NotInMainSearchAndReverse,
    /// Those of types that appear in the main search.
    InMainSearch,
    /// All.
    All,
}

/// CSV of objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EasydbCsv {
    /// Between values; `,` unless given. One ASCII character.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Around values; `"` unless given. One ASCII character.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Before a quote in a value; `"` unless given. One ASCII character.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escape: Option<String>,
    /// Begins with a byte order mark.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub use_bom: bool,
    /// Columns without any value stay.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub empty_columns: bool,
    /// How the parents of objects are shown; left out, not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hierarchy: Option<EasydbHierarchy>,
    /// How column names are put together.
    pub generation: Generation,
    /// Columns are called by the names of their fields in the first language.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub localized_column_names: bool,
    /// A column with the changes of each object, as far as the catalogue tells them; left out, none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changelog: Option<Changelog>,
}

/// What is told of the changes of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Changelog {
    /// When, and what was done.
    Changes,
    /// Also who did it.
    Users,
}

/// A workbook of objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EasydbXlsx {
    /// How the parents of objects are shown; left out, not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hierarchy: Option<EasydbHierarchy>,
    /// Columns are called by the names of their fields in the first language.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub localized_column_names: bool,
    /// A column with the changes of each object, as far as the catalogue tells them; left out, none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changelog: Option<Changelog>,
    /// Small pictures of the objects, before the first column.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub thumbnails: bool,
}

/// How the parents of objects are shown in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EasydbHierarchy {
    /// A column for each level.
    #[serde(rename = "column")]
    Column,
    /// One column: `A / B / C`.
    #[serde(rename = "/")]
    Slash,
    /// One column: `A > B > C`.
    #[serde(rename = ">")]
    Arrow,
}

/// Whose form objects are written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Generation {
    /// That of easydb 5; in tables `titel#de-DE`, and nested rows in one cell.
    #[default]
    Easydb,
    /// That of fylr; in tables `titel.de-DE`, `rows[0].titel`.
    Fylr,
}

impl Generation {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn tables_tell_of_changes_where_they_are_asked_to_and_no_profile_makes_them() {
        let check = |easydb: Value, expected: bool| {
            let read: Easydb = serde_json::from_value(easydb.clone()).unwrap();
            assert_eq!(read.tells_changes(), expected, "{easydb}");
        };
        let csv = json!({"changelog": "users"});
        check(json!({"csv": {}, "xlsx": {}}), false);
        check(json!({"csv": csv}), true);
        check(json!({"csv": {}, "xlsx": {"changelog": "changes"}}), true);
        check(json!({"csv": csv, "mapping": "easydb_flat"}), true);
        check(json!({"csv": csv, "mapping": "own"}), false);
    }
}
