//! What a record shows of a table that does not say it.

use std::collections::BTreeSet;

use super::asset::Asset;
use super::shown::{Shown, outbound_name};
use crate::deriva::order;
use crate::deriva::schema::{Column, Link, TableIn};

/// All columns, in their order: those of a foreign key as the row it leads to, those that describe a file with
/// its address. Numbers that the database gives are left out where they are keys of their own, and foreign keys
/// of several columns come last, behind the columns themselves.
pub(super) fn shown(table: TableIn<'_>) -> Vec<Shown<'_>> {
    let mut usual = Usual {
        assets: Asset::all(table),
        names: BTreeSet::new(),
        shown: Vec::new(),
        last: Vec::new(),
    };
    let links: Vec<_> = table.links().collect();
    for column in &table.table.columns {
        let name = column.name.as_str();
        if usual.names.contains(name) || is_surrogate(table, column) {
            continue;
        }
        let mut held: Vec<_> =
            links.iter().copied().filter(|link| link.held().any(|held| held == name)).collect();
        held.sort_by(|left, right| order::by_name(&left.label(), &right.label()));
        usual.take(name, &held);
    }
    usual.shown.extend(usual.last.into_iter().map(|link| Shown::Row(vec![link])));
    usual.shown
}

/// What was taken so far.
struct Usual<'a> {
    assets: Vec<Asset<'a>>,
    names: BTreeSet<String>,
    shown: Vec<Shown<'a>>,
    /// Foreign keys of several columns.
    last: Vec<Link<'a>>,
}

impl<'a> Usual<'a> {
    /// Takes a column, and the foreign keys that it is part of.
    fn take(&mut self, name: &'a str, held: &[Link<'a>]) {
        let is_row = held.iter().any(|link| link.is_simple());
        if !is_row {
            self.column(name);
        }
        for link in held {
            if !self.names.insert(outbound_name(*link)) {
                continue;
            }
            if link.is_simple() {
                self.shown.push(Shown::Row(vec![*link]));
            } else {
                self.last.push(*link);
            }
        }
        self.names.insert(name.to_owned());
    }

    /// Takes a column as it is. The name of a file stands for its address, whichever comes first.
    fn column(&mut self, name: &'a str) {
        let is_part = |asset: &&Asset<'a>| asset.url == name || asset.filename == Some(name);
        let asset = self.assets.iter().find(is_part).copied();
        let Some(asset) = asset else { return self.shown.push(Shown::Column(name)) };
        let is_new = self.names.insert(asset.url.to_owned());
        self.names.extend(asset.filename.map(str::to_owned));
        if is_new {
            self.shown.push(Shown::Asset(asset));
        }
    }
}

/// Whether a column is numbered by the database and a key alone, and part of no other one.
fn is_surrogate(table: TableIn<'_>, column: &Column) -> bool {
    let mut keys = table.table.keys.iter().filter(|key| key.unique_columns.contains(&column.name));
    let is_only = keys.next().is_some_and(|key| key.is_only(&column.name));
    column.is_serial() && is_only && keys.next().is_none()
}
