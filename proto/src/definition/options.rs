//! Details of formats.
//!
//! One set of keys for all formats, so that a definition stays flat; which of them go with which
//! format is for `check`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dataset::Dataset;
use super::field_names::FieldNames;
use super::select::Select;
use super::table::{EmptyColumns, Flatten, Hierarchies, Languages};
use super::thumbnails::Thumbnails;

/// Details of a format. Options of another format are refused.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// CSV: the character between fields; `,` unless given. One ASCII character, `\t` for a tab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1))]
    pub delimiter: Option<String>,
    /// CSV: the character around fields; `"` unless given. One ASCII character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1))]
    pub quote: Option<String>,
    /// CSV: the character before a quote within a field, and before itself; unless given, a quote is
    /// doubled. One ASCII character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1))]
    pub escape: Option<String>,
    /// CSV: quote every field, not only those that need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub always_quote: Option<bool>,
    /// CSV: what ends a row; CR LF unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_end: Option<LineEnd>,
    /// CSV: begin with a byte order mark, which spreadsheets take as a sign of UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bom: Option<bool>,
    /// CSV: whether the file begins with the names of the columns; it does unless told not to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// CSV: how NULL is spelled, without quotes; a text that is spelled so is quoted. Left out, NULL
    /// is written as the empty text is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub null: Option<String>,
    /// CSV: put `'` before cells that a spreadsheet would run as a formula. Numbers stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spreadsheet_safe: Option<bool>,
    /// Tables: what becomes of columns in which no record has a value; they are kept unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty_columns: Option<EmptyColumns>,
    /// Tables: makes columns of the values of nested objects and lists, which are otherwise written as
    /// JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flatten: Option<Flatten>,
    /// Tables: makes a column for each language of fields that hold a text in several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub languages: Option<Languages>,
    /// Tables: how fields are written that hold a path through a hierarchy, as a list from its top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hierarchies: Option<Hierarchies>,
    /// XLSX: the name of the sheet; as the file is called unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 31))]
    pub sheet: Option<String>,
    /// XLSX: a column of small pictures beside the records, made of their assets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnails: Option<Thumbnails>,
    /// XLSX: further tables, each a sheet of the same workbook after those before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub sheets: Vec<Sheet>,
    /// JSON and JSONL: how objects are laid out; left out, one on each line, documents as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<JsonLayout>,
    /// XML: the name of the root element; `records` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub root: Option<String>,
    /// XML: the name of a record's element; `record` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub record: Option<String>,
    /// XML: the name of the elements of a list; `item` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub item: Option<String>,
    /// XML: the namespace of all elements; none unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1000))]
    pub namespace: Option<String>,
    /// XML: the fields, by their names in the output, that are attributes of the record's element.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub attributes: Vec<String>,
    /// XML: the name of the stylesheet (XSLT 1.0) that the file goes through, with `per` each file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub stylesheet: Option<String>,
    /// FASTA: the field with the comment, by its name in the output; of several the texts stand one after the
    /// other, with ` | ` between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<FieldNames>,
    /// FASTA: the field with the sequence, by its name in the output; of several the letters stand one after the
    /// other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<FieldNames>,
    /// FASTA: the field whose text is a whole record as it is to be written, instead of `comment` and `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// FASTA: how many letters of a sequence a line has; all unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10000))]
    pub line_length: Option<u32>,
    /// COCO, YOLO, Pascal VOC, CVAT: which fields are what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<Dataset>,
    /// UPD: which media have their bytes in the file; the originals unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medias: Option<Medias>,
}

/// A further table of a workbook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// The name of the sheet.
    #[schemars(length(min = 1, max = 31))]
    pub name: String,
    /// The name of the source.
    pub from: String,
    /// As of an output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 20000))]
    pub query: Option<String>,
    /// Which records and fields; left out, all of them.
    #[serde(default, skip_serializing_if = "Select::is_everything")]
    pub select: Select,
    /// A column of small pictures beside its records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnails: Option<Thumbnails>,
}

/// Which media of an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Medias {
    /// None of them.
    None,
    /// The original, which has no key.
    #[default]
    Original,
    /// The original and all variants of it.
    All,
}

/// What ends a row of CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineEnd {
    /// CR LF, as RFC 4180 has it.
    Crlf,
    /// LF alone.
    Lf,
}

/// How JSON is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JsonLayout {
    /// Over several lines, indented by two blanks a level. Not for JSONL.
    Pretty,
    /// Without any blank that need not be there.
    Compact,
}

impl Options {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The fields of FASTA, by their names in the output, each with its key.
    pub(super) fn fasta_fields(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let named = [("comment", &self.comment), ("data", &self.data)].into_iter();
        let named = named.flat_map(|(key, names)| {
            names.iter().flat_map(FieldNames::as_slice).map(move |name| (key, name))
        });
        named.chain(self.line.iter().map(|name| ("line", name)))
    }

    /// Whether the columns of a table depend on what is in the records: of what shape each value is.
    pub fn takes_apart(&self) -> bool {
        self.flatten.is_some()
            || self.languages.is_some()
            || self.hierarchies.is_some()
            || self.empty_columns == Some(EmptyColumns::Drop)
    }
}
