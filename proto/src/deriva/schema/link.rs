//! A foreign key with the tables at both its ends, and the joins that follow it.

use serde_json::Value;

use super::annotations::FOREIGN_KEY;
use super::column::Column;
use super::key::ForeignKey;
use super::table::TableIn;
use crate::deriva::order;
use crate::percent::encoded;

/// A way from one table to another.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// The table that holds the key.
    pub from: TableIn<'a>,
    /// The table whose key it is.
    pub to: TableIn<'a>,
    /// The key.
    pub foreign_key: &'a ForeignKey,
}

impl<'a> Link<'a> {
    /// Follows a foreign key; nothing where the other table is not in the document.
    pub(super) fn of(from: TableIn<'a>, foreign_key: &'a ForeignKey) -> Option<Self> {
        let place = foreign_key.referenced_columns.first()?;
        let to = from.catalogue.table(&place.schema, &place.table)?;
        Some(Self { from, to, foreign_key })
    }

    /// Whether both are the same foreign key.
    pub fn is(self, other: Self) -> bool {
        std::ptr::eq(self.foreign_key, other.foreign_key)
    }

    /// The columns that hold the key and those whose values they hold, in the order of the first ones' names.
    pub fn columns(self) -> Vec<(&'a str, &'a str)> {
        let held = self.foreign_key.foreign_key_columns.iter();
        let pairs = held.zip(&self.foreign_key.referenced_columns);
        let mut pairs: Vec<_> =
            pairs.map(|(from, to)| (from.column.as_str(), to.column.as_str())).collect();
        pairs.sort_by(|(left, _), (right, _)| order::by_name(left, right));
        pairs
    }

    /// The columns that hold the key.
    pub(in crate::deriva) fn held(self) -> impl Iterator<Item = &'a str> {
        self.columns().into_iter().map(|(from, _)| from)
    }

    /// The columns whose values are held.
    pub(in crate::deriva) fn referenced(self) -> impl Iterator<Item = &'a str> {
        self.columns().into_iter().map(|(_, to)| to)
    }

    /// Whether the caller may not see one of the columns that hold the key.
    pub(in crate::deriva) fn is_hidden(self) -> bool {
        self.held().filter_map(|name| self.from.column(name)).any(Column::is_hidden)
    }

    /// Whether it is of one column.
    pub fn is_simple(self) -> bool {
        self.foreign_key.foreign_key_columns.len() == 1
    }

    /// The join from the table that holds the key: `(held)=(schema:table:referenced)`.
    pub(in crate::deriva) fn outbound(self) -> String {
        let far = list(self.referenced());
        format!("({})=({}:{far})", list(self.held()), self.to.path())
    }

    /// The join to the table that holds the key: `(referenced)=(schema:table:held)`.
    pub(in crate::deriva) fn inbound(self) -> String {
        let far = list(self.held());
        format!("({})=({}:{far})", list(self.referenced()), self.from.path())
    }

    /// What its annotation calls one of its ends, `from_name` or `to_name`.
    pub(in crate::deriva) fn end_name(self, end: &str) -> Option<&'a str> {
        let said = self.foreign_key.annotations.get(FOREIGN_KEY)?;
        said.get(end).and_then(Value::as_str).filter(|name| !name.is_empty())
    }

    /// What tells it from others, in messages and names.
    pub(in crate::deriva) fn label(self) -> String {
        self.foreign_key.names.first().map(|name| name.join("_")).unwrap_or_default()
    }
}

fn list<'c>(columns: impl Iterator<Item = &'c str>) -> String {
    columns.map(encoded).collect::<Vec<_>>().join(",")
}
