//! How a table is linked to those of the way: by what it refers to, or by columns that are told.

use std::sync::Arc;

use super::cursor::Name;
use super::model::{Reference, TableModel};
use super::path::{Path, Place};
use super::refusal::Refusal;

/// A link to a table.
pub(super) struct Link {
    pub(super) table: Arc<TableModel>,
    /// Columns of the way, each with the one of the table that it equals.
    pub(super) pairs: Vec<(Place, usize)>,
}

impl Link {
    /// By columns of the way and those of a table, or by either alone where one table refers to the other.
    pub(super) fn new(
        path: &Path<'_>,
        left: &[Name],
        right: Option<&[Name]>,
    ) -> Result<Self, Refusal> {
        let Some(right) = right else {
            return by_reference(path, left);
        };
        let (_, table) = split(&right[0])?;
        let table = path.named(table)?;
        if left.len() != right.len() {
            return Err(Refusal::malformed("Linked columns differ in number."));
        }
        let mut pairs = Vec::new();
        for (left, right) in left.iter().zip(right) {
            let (column, _) = split(right)?;
            pairs.push((path.place(left)?, table.column(column)?));
        }
        Ok(Self { table, pairs })
    }

    /// From the columns of a table of the way to those of another.
    fn of_columns(
        path: &Path<'_>,
        from: usize,
        columns: &[String],
        table: &Arc<TableModel>,
        others: &[String],
    ) -> Result<Self, Refusal> {
        let columns = path.tables[from].places(columns)?.into_iter();
        let places = columns.map(|column| Place { table: from, column });
        let pairs = places.zip(table.places(others)?).collect();
        Ok(Self { table: Arc::clone(table), pairs })
    }
}

/// The only link between the current table and another.
pub(super) fn linked(path: &Path<'_>, table: &Arc<TableModel>) -> Result<Link, Refusal> {
    let found = links(path, path.current, table, |_| true)?;
    let names = format!("{} and {}", path.tables[path.current].name, table.name);
    only(found, &names)
}

/// The only link by some columns that are part of a reference.
fn by_reference(path: &Path<'_>, names: &[Name]) -> Result<Link, Refusal> {
    let (_, first) = split(&names[0])?;
    let mut columns = Vec::new();
    for name in names {
        columns.push(split(name)?.0.clone());
    }
    columns.sort();
    let is_it = |told: &[String]| {
        let mut told = told.to_vec();
        told.sort();
        told == columns
    };
    let mut found = Vec::new();
    if let Ok(from) = path.table(first) {
        for table in path.models.values() {
            found.extend(links(path, from, table, |side| is_it(side.near))?);
        }
    }
    if found.is_empty() {
        let table = path.named(first)?;
        found = links(path, path.current, &table, |side| is_it(side.far))?;
    }
    only(found, &columns.join(", "))
}

/// The columns of a reference at the table of the way, and at the other one.
struct Side<'a> {
    near: &'a [String],
    far: &'a [String],
}

/// The links between a table of the way and another in which the columns are those that are looked for.
fn links(
    path: &Path<'_>,
    from: usize,
    table: &Arc<TableModel>,
    is_meant: impl Fn(&Side<'_>) -> bool,
) -> Result<Vec<Link>, Refusal> {
    let near = &path.tables[from];
    let to = |reference: &&Reference| table.is(&reference.table);
    let back = |reference: &&Reference| near.is(&reference.table);
    let mut sides = Vec::new();
    for one in near.references.iter().filter(to) {
        sides.push(Side { near: &one.columns, far: &one.referenced });
    }
    for one in table.references.iter().filter(back) {
        sides.push(Side { near: &one.referenced, far: &one.columns });
    }
    sides.retain(is_meant);
    let links = sides.iter().map(|side| Link::of_columns(path, from, side.near, table, side.far));
    links.collect()
}

fn only(mut found: Vec<Link>, between: &str) -> Result<Link, Refusal> {
    match (found.pop(), found.is_empty()) {
        (Some(link), true) => Ok(link),
        (Some(_), false) => Err(Refusal::conflict(format!("Ambiguous links by {between}."))),
        (None, _) => Err(Refusal::conflict(format!("No link found by {between}."))),
    }
}

/// A name in its last part and those before.
fn split(name: &Name) -> Result<(&String, &[String]), Refusal> {
    name.split_last().ok_or_else(|| Refusal::malformed("No name."))
}
