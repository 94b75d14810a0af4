//! Columns that hold addresses of files, and those that describe the files.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::deriva::schema::{ASSET, Column, TableIn};

/// A column of addresses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asset<'a> {
    /// The column.
    pub(super) url: &'a str,
    /// The column of the files' names.
    pub(super) filename: Option<&'a str>,
    /// The column of their lengths in bytes.
    pub(super) length: Option<&'a str>,
    /// The column of their MD5.
    pub(super) md5: Option<&'a str>,
    /// The column of their SHA-256.
    pub(super) sha256: Option<&'a str>,
}

impl<'a> Asset<'a> {
    /// All of a table, in the order of its columns. A column serves one of them only: an annotation that names
    /// one that is taken does not count.
    pub(super) fn all(table: TableIn<'a>) -> Vec<Self> {
        let (mut assets, mut taken) = (Vec::new(), BTreeSet::new());
        for column in &table.table.columns {
            let Some(annotation) = annotation(column) else { continue };
            let named = |key: &str| {
                annotation.get(key).and_then(Value::as_str).filter(|name| !name.is_empty())
            };
            let describing: Vec<_> =
                ["filename_column", "byte_count_column", "md5", "sha256"].map(named).into();
            let is_taken = |name: &&str| taken.contains(*name);
            if taken.contains(column.name.as_str()) || describing.iter().flatten().any(is_taken) {
                continue;
            }
            taken.insert(column.name.as_str());
            taken.extend(describing.into_iter().flatten());
            let there = |key| named(key).filter(|name| table.column(name).is_some());
            assets.push(Self {
                url: &column.name,
                filename: there("filename_column"),
                length: there("byte_count_column"),
                md5: there("md5"),
                sha256: there("sha256"),
            });
        }
        assets
    }

    /// All of its columns, that of the addresses first.
    pub(super) fn columns(self) -> impl Iterator<Item = &'a str> {
        let describing = [self.filename, self.length, self.md5, self.sha256];
        std::iter::once(self.url).chain(describing.into_iter().flatten())
    }
}

/// What makes a column one of addresses: it is annotated, and holds text.
fn annotation(column: &Column) -> Option<&Value> {
    let is_text = column.column_type.typename == "text";
    column.annotations.get(ASSET).filter(|_| is_text)
}
