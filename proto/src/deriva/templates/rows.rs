//! The rows of a table as CSV: its columns, and what people know the rows by that they lead to.

use std::collections::BTreeSet;

use super::MAX_PATH_LEN;
use super::candidate::{candidate, is_candidate};
use super::file_name::file_name;
use super::shown::Shown;
use super::template::Output;
use crate::deriva::schema::{Link, TableIn};
use crate::percent::encoded;

/// The rows of a table, and how they are reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    /// The table.
    pub(super) table: TableIn<'a>,
    /// What it is called in paths.
    pub(super) alias: &'static str,
    /// The path to it from the rows that are exported, where it is not those.
    pub(super) path: Option<&'a str>,
    /// The table of the rows that are exported, where its key is to stand beside.
    pub(super) beside: Option<TableIn<'a>>,
}

/// The query of the rows with what is shown of them; nothing where nothing is. It is of whole rows where their
/// columns do not fit into an address.
pub(super) fn output(rows: Rows<'_>, display_name: &str, shown: &[Shown<'_>]) -> Option<Output> {
    if shown.is_empty() {
        return None;
    }
    let mut projection = Projection::of(rows);
    for one in shown {
        projection.take(one);
    }
    let (path, name) = (projection.path(), file_name(display_name));
    if path.len() > MAX_PATH_LEN {
        return Some(Output::of("csv", name, "entity", rows.path.map(str::to_owned)));
    }
    Some(Output::of("csv", name, "attributegroup", Some(path)))
}

/// The columns of a query, and the joins that they need.
struct Projection<'a> {
    rows: Rows<'a>,
    /// Columns of the table that are in it.
    taken: BTreeSet<&'a str>,
    /// Names that columns of the answer cannot have any more.
    used: BTreeSet<String>,
    joins: Vec<String>,
    keys: Vec<String>,
    columns: Vec<String>,
}

impl<'a> Projection<'a> {
    fn of(rows: Rows<'a>) -> Self {
        let key = rows.table.shortest_key();
        let mut projection = Self {
            rows,
            taken: key.iter().copied().collect(),
            used: rows.table.column_names().map(str::to_owned).collect(),
            joins: Vec::new(),
            keys: key.into_iter().map(encoded).collect(),
            columns: Vec::new(),
        };
        if let Some(main) = rows.beside {
            projection.stand_beside(main);
        }
        projection
    }

    /// Adds the key of the table that the rows belong to.
    fn stand_beside(&mut self, main: TableIn<'_>) {
        let (key, mut number) = (main.shortest_key(), 0);
        for column in &key {
            let name = self.free_name(main, column, &mut number);
            self.keys.push(format!("{name}:=M:{}", encoded(column)));
        }
        // The name by which people know its rows is kept free as well: so do clients, and the names of the
        // others depend on it.
        if let Some(known) = candidate(main.column_names()).filter(|known| !key.contains(known)) {
            self.free_name(main, known, &mut number);
        }
    }

    fn take(&mut self, shown: &Shown<'a>) {
        match shown {
            Shown::Column(column) => self.column(column),
            Shown::Key(columns) => self.columns(columns.iter().copied()),
            Shown::Asset(asset) => self.columns(asset.columns()),
            Shown::Row(links) => self.row(links),
            Shown::Rows(_) | Shown::Made => {}
        }
    }

    fn columns(&mut self, columns: impl Iterator<Item = &'a str>) {
        for column in columns {
            self.column(column);
        }
    }

    fn column(&mut self, column: &'a str) {
        if self.taken.insert(column) {
            self.columns.push(encoded(column));
        }
    }

    /// Adds the columns that lead to a row, and what people know that row by, unless they hold it themselves.
    fn row(&mut self, links: &[Link<'a>]) {
        let (Some(first), Some(last)) = (links.first(), links.last()) else { return };
        self.columns(first.held());
        let is_held = links.len() == 1 && first.referenced().any(is_candidate);
        let Some(known) = candidate(last.to.column_names()).filter(|_| !is_held) else { return };
        let alias = format!("F{}", self.joins.len() + 1);
        let steps = links.iter().enumerate().map(|(index, link)| {
            let is_last = index + 1 == links.len();
            let named = if is_last { format!("{alias}:=") } else { String::new() };
            format!("{named}left{}", link.outbound())
        });
        let way = steps.collect::<Vec<_>>().join("/");
        self.joins.push(format!("{way}/${}", self.rows.alias));
        let name = self.free_name(last.to, known, &mut 0);
        self.columns.push(format!("{name}:={alias}:{}", encoded(known)));
    }

    /// A name for a column of another table, with a number behind it where it is used already.
    fn free_name(&mut self, table: TableIn<'_>, column: &str, number: &mut usize) -> String {
        let wanted = format!("{}.{}", encoded(&table.table.name), encoded(column));
        let mut name = wanted.clone();
        while !self.used.insert(name.clone()) {
            *number += 1;
            name = format!("{wanted}_{number}");
        }
        name
    }

    fn path(&self) -> String {
        let columns = format!("{};{}", self.keys.join(","), self.columns.join(","));
        let before = self.rows.path.into_iter().chain(self.joins.iter().map(String::as_str));
        before.chain([columns.as_str()]).collect::<Vec<_>>().join("/")
    }
}
