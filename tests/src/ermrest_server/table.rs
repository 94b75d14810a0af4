//! A table with its rows, as they are now and as they were at any time.
//!
//! What was is kept as the database keeps it: as JSON, which knows neither a negative zero nor a list without
//! items, and in an order of its own.

use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::large::MadeRow;
use super::model::TableModel;
use super::value::Value;

/// A row.
#[derive(Debug, Clone)]
pub(super) enum Row {
    Kept(Arc<Vec<Value>>),
    Made(MadeRow),
}

impl Row {
    /// The value of a column.
    pub(super) fn cell(&self, column: usize) -> Value {
        match self {
            Self::Kept(values) => values.get(column).cloned().unwrap_or(Value::Null),
            Self::Made(row) => row.cell(column),
        }
    }
}

/// A row while it was so.
#[derive(Debug)]
struct Version {
    from: Timestamp,
    until: Timestamp,
    row: Arc<Vec<Value>>,
}

/// So many rows of a table that follow an identifier.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) after: &'a str,
    pub(super) most: u64,
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) model: Arc<TableModel>,
    /// The rows as they are now, in the order in which they are found.
    live: Vec<Arc<Vec<Value>>>,
    history: Vec<Version>,
    /// How many rows are made besides; they never change.
    made: u64,
    /// Whether snapshots give values as they were written.
    is_exact: bool,
}

impl Table {
    /// One without rows.
    pub(super) fn new(model: Arc<TableModel>) -> Self {
        Self { model, live: Vec::new(), history: Vec::new(), made: 0, is_exact: false }
    }

    /// The rows as they are now, or as they were.
    pub(super) fn rows(&self, at: Option<Timestamp>) -> Vec<Row> {
        let made = MadeRow::all(&self.model, 0..self.made).map(Row::Made);
        match at {
            None => self.live.iter().cloned().map(Row::Kept).chain(made).collect(),
            Some(at) => {
                let versions = self.history.iter().filter(|one| one.from <= at && at < one.until);
                let row = |one: &Version| {
                    if self.is_exact { Arc::clone(&one.row) } else { remembered(&one.row) }
                };
                versions.map(|one| Row::Kept(row(one))).chain(made).collect()
            }
        }
    }

    /// The rows of a page, if they are made; a database finds them by its index, and not by looking through all.
    pub(super) fn page(&self, part: Part<'_>) -> Option<Vec<Row>> {
        let begin = MadeRow::following(part.after).filter(|_| self.is_made())?;
        let end = self.made.min(begin.saturating_add(part.most));
        Some(MadeRow::all(&self.model, begin..end).map(Row::Made).collect())
    }

    /// Whether all rows are made, which are in the order of their identifiers.
    pub(super) fn is_made(&self) -> bool {
        self.made > 0 && self.live.is_empty()
    }

    /// Adds rows that are made.
    pub(super) fn make(&mut self, count: u64) {
        self.made += count;
    }

    /// Adds a row; it has nothing where it has no key.
    pub(super) fn insert(&mut self, row: &Map<String, Json>, now: Timestamp) -> Result<()> {
        let mut values = Vec::new();
        for column in &self.model.columns {
            let told = row.get(&column.name);
            values.push(told.map_or(Value::Null, |told| Value::of_json(told, column.of)));
        }
        if let Some(unknown) = row.keys().find(|name| self.model.column(name).is_err()) {
            anyhow::bail!("{} has no column {unknown}", self.model.name);
        }
        self.add(Arc::new(values), now);
        Ok(())
    }

    /// Changes some columns of a row, which is the last one afterwards.
    pub(super) fn update(
        &mut self,
        id: &str,
        changed: &Map<String, Json>,
        now: Timestamp,
    ) -> Result<()> {
        let mut values = self.delete(id, now)?.to_vec();
        for (name, told) in changed {
            let column = self.model.columns.iter().position(|column| column.name == *name);
            let column = column.with_context(|| format!("there is no column {name}"))?;
            values[column] = Value::of_json(told, self.model.columns[column].of);
        }
        self.add(Arc::new(values), now);
        Ok(())
    }

    /// Takes a row away, and gives it.
    pub(super) fn delete(&mut self, id: &str, now: Timestamp) -> Result<Arc<Vec<Value>>> {
        let rid = self.model.columns.iter().position(|column| column.name == "RID");
        let rid = rid.context("a table without identifiers")?;
        let is_it = |row: &Arc<Vec<Value>>| matches!(&row[rid], Value::Text(known) if known == id);
        let place = self.live.iter().position(is_it);
        let row = self.live.remove(place.with_context(|| format!("there is no row {id}"))?);
        for version in self.history.iter_mut().filter(|version| Arc::ptr_eq(&version.row, &row)) {
            version.until = now;
        }
        Ok(row)
    }

    /// Puts what is remembered into the order of these identifiers.
    pub(super) fn arrange_history(&mut self, ids: &[String]) {
        let Some(rid) = self.model.columns.iter().position(|column| column.name == "RID") else {
            return;
        };
        self.history.sort_by_key(|version| {
            ids.iter().position(|id| matches!(&version.row[rid], Value::Text(known) if known == id))
        });
    }

    /// From now on snapshots give values as they were written.
    pub(super) fn remember_exactly(&mut self) {
        self.is_exact = true;
    }

    fn add(&mut self, row: Arc<Vec<Value>>, now: Timestamp) {
        let version = Version { from: now, until: Timestamp::MAX, row: Arc::clone(&row) };
        self.history.push(version);
        self.live.push(row);
    }
}

/// A row as it comes back from JSON.
fn remembered(row: &[Value]) -> Arc<Vec<Value>> {
    let values = row.iter().map(|value| {
        if matches!(value, Value::List(items) if items.is_empty()) {
            Value::Null
        } else if matches!(value, Value::Float(number) if *number == 0.0) {
            Value::Float(0.0)
        } else {
            value.clone()
        }
    });
    Arc::new(values.collect())
}
