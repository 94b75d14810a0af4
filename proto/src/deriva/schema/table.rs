//! The tables of a catalogue, and how they are found from each other.

use serde::Deserialize;

use super::annotations::Annotations;
use super::column::Column;
use super::key::{ForeignKey, Key};
use super::link::Link;
use super::{Catalogue, Schema};
use crate::deriva::order;
use crate::percent::encoded;

/// A table or a view.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Table {
    /// What it is called.
    #[serde(rename = "table_name")]
    pub name: String,
    /// Its columns.
    #[serde(rename = "column_definitions")]
    pub columns: Vec<Column>,
    /// What tells its rows apart.
    #[serde(default)]
    pub keys: Vec<Key>,
    /// Where it leads.
    #[serde(default)]
    pub foreign_keys: Vec<ForeignKey>,
    /// What is said of it.
    #[serde(default)]
    pub annotations: Annotations,
}

/// A table, and where it is.
#[derive(Debug, Clone, Copy)]
pub struct TableIn<'a> {
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The schema in it.
    pub schema: &'a Schema,
    /// The table in that.
    pub table: &'a Table,
}

impl<'a> TableIn<'a> {
    /// Whether both are the same table.
    pub fn is(self, other: Self) -> bool {
        std::ptr::eq(self.table, other.table)
    }

    /// A column, by its name.
    pub fn column(self, name: &str) -> Option<&'a Column> {
        self.table.columns.iter().find(|column| column.name == name)
    }

    /// The names of its columns.
    pub fn column_names(self) -> impl Iterator<Item = &'a str> + Clone {
        self.table.columns.iter().map(|column| column.name.as_str())
    }

    /// Where ERMrest finds it: `schema:table`.
    pub fn path(self) -> String {
        format!("{}:{}", encoded(&self.schema.name), encoded(&self.table.name))
    }

    /// The path of all its rows, as clients name them: `M:=schema:table`.
    pub fn root_path(self) -> String {
        format!("M:={}", self.path())
    }

    /// The path of the rows that filters leave, such as `RID=1-X4`; of all of them where there are none. What
    /// would end a path, or be a variable of the engine, is a part of the filters.
    pub fn root_path_of(self, filters: &str) -> String {
        let mut path = self.root_path();
        let filters = filters.trim_matches('/');
        if !filters.is_empty() {
            path.push('/');
        }
        for character in filters.chars() {
            if "{}?#".contains(character) {
                path.push_str(&encoded(character.encode_utf8(&mut [0; 4])));
            } else {
                path.push(character);
            }
        }
        path
    }

    /// The tables that it leads to.
    pub fn links(self) -> impl Iterator<Item = Link<'a>> {
        let foreign_keys = self.table.foreign_keys.iter();
        foreign_keys.filter_map(move |foreign_key| Link::of(self, foreign_key))
    }

    /// The tables that lead to it.
    pub fn referring(self) -> impl Iterator<Item = Link<'a>> {
        self.catalogue.tables().flat_map(TableIn::links).filter(move |link| link.to.is(self))
    }

    /// The columns of each key, in the order of their names.
    pub(in crate::deriva) fn keys(self) -> impl Iterator<Item = Vec<&'a str>> {
        self.table.keys.iter().map(|key| {
            let mut columns: Vec<_> = key.unique_columns.iter().map(String::as_str).collect();
            columns.sort_by(|left, right| order::by_name(left, right));
            columns
        })
    }

    /// Whether a column alone tells rows apart, and every row has a value in it.
    pub(in crate::deriva) fn is_telling(self, column: &str) -> bool {
        let is_there = self.column(column).is_some_and(Column::is_always_there);
        is_there && self.table.keys.iter().any(|key| key.is_only(column))
    }

    /// Where columns stand in the table. Browsers sort numbers by their digits, and so does what is
    /// compared with what they do.
    pub(in crate::deriva) fn positions<'c>(
        self,
        columns: impl IntoIterator<Item = &'c str>,
    ) -> Vec<usize> {
        let place = |name: &str| self.column_names().position(|column| column == name);
        let mut positions: Vec<_> = columns.into_iter().filter_map(place).collect();
        positions.sort_by_cached_key(usize::to_string);
        positions
    }
}
