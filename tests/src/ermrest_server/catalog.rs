//! A catalogue: its documents and its rows, as they are now and as they were at the time of a snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value as Json};

use super::model::{Models, TableModel};
use super::refusal::Refusal;
use super::table::Table;
use super::urlb32;

/// How much later than the one before a change is: the clock of a catalogue stands still between them, so that the
/// same changes have the same times.
const STEP: SignedDuration = SignedDuration::from_secs(1);

/// A catalogue.
#[derive(Debug)]
pub struct Catalog {
    pub(super) id: String,
    /// The schema documents there ever were, each with the time from which it was so.
    documents: Vec<(Timestamp, Arc<Json>)>,
    /// The name of the catalogue, where it has one.
    pub(super) name: Option<String>,
    pub(super) tables: BTreeMap<(String, String), Table>,
    /// When anything was last changed.
    pub(super) modified: Timestamp,
}

/// What is seen of a catalogue at a time.
pub(super) struct View<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) document: Arc<Json>,
    /// The time of the snapshot; none where everything is seen as it is now.
    pub(super) at: Option<Timestamp>,
}

impl Catalog {
    /// One without rows, as its schema document tells it.
    ///
    /// The document says when it was made (`snaptime`) and who may what (`acls`).
    pub fn new(id: &str, name: Option<&str>, document: Json) -> Result<Self> {
        let time = document["snaptime"].as_str().and_then(urlb32::time);
        let modified = time.context("a schema document has the time of its making")?;
        let tables = TableModel::all(&document).into_iter();
        Ok(Self {
            id: id.to_owned(),
            name: name.map(str::to_owned),
            tables: tables.map(|(names, model)| (names, Table::new(model))).collect(),
            documents: vec![(modified, Arc::new(document))],
            modified,
        })
    }

    /// Adds rows that were there before the catalogue's last change.
    ///
    /// The null of JSON is a value in a column of JSON; a row without such a value leaves its key out.
    pub fn fill(&mut self, schema: &str, table: &str, rows: &[Json]) -> Result<()> {
        let table = self.table(schema, table)?;
        for row in rows {
            table.insert(row.as_object().context("a row is an object")?, Timestamp::MIN)?;
        }
        Ok(())
    }

    /// Adds so many rows that are made when they are asked for, in every column that the table has.
    pub fn make(&mut self, schema: &str, table: &str, count: u64) -> Result<()> {
        self.table(schema, table)?.make(count);
        Ok(())
    }

    /// Tells the order in which snapshots give the rows with these identifiers.
    pub fn arrange_history(&mut self, schema: &str, table: &str, ids: &[String]) -> Result<()> {
        self.table(schema, table)?.arrange_history(ids);
        Ok(())
    }

    /// From now on snapshots give values of a table as they were written, which the real ones do not: they spell
    /// `-0` and lists without items otherwise.
    pub fn remember_exactly(&mut self, schema: &str, table: &str) -> Result<()> {
        self.table(schema, table)?.remember_exactly();
        Ok(())
    }

    /// Adds a row.
    pub fn insert(&mut self, schema: &str, table: &str, row: &Map<String, Json>) -> Result<()> {
        let now = self.tick();
        self.table(schema, table)?.insert(row, now)
    }

    /// Changes some columns of a row.
    pub fn update(
        &mut self,
        schema: &str,
        table: &str,
        id: &str,
        changed: &Map<String, Json>,
    ) -> Result<()> {
        let now = self.tick();
        self.table(schema, table)?.update(id, changed, now)
    }

    /// Takes a row away.
    pub fn delete(&mut self, schema: &str, table: &str, id: &str) -> Result<()> {
        let now = self.tick();
        self.table(schema, table)?.delete(id, now).map(drop)
    }

    /// Replaces the schema document; rows stay in tables whose columns do.
    pub fn alter(&mut self, document: Json) -> Result<()> {
        let time = document["snaptime"].as_str().and_then(urlb32::time);
        let time = time.context("a schema document has the time of its making")?;
        if time <= self.modified {
            bail!("a schema document that is older than the catalogue");
        }
        self.modified = time;
        for (names, model) in TableModel::all(&document) {
            let columns = |model: &TableModel| {
                model.columns.iter().map(|one| one.name.clone()).collect::<Vec<_>>()
            };
            let table = self.tables.entry(names);
            let table = table.or_insert_with(|| Table::new(Arc::clone(&model)));
            if columns(&table.model) == columns(&model) {
                table.model = model;
            } else {
                *table = Table::new(model);
            }
        }
        self.documents.push((time, Arc::new(document)));
        Ok(())
    }

    /// The name of the snapshot of now.
    pub fn snapshot(&self) -> String {
        urlb32::of_time(self.modified)
    }

    /// What there is now, or was at the time of a snapshot.
    pub(super) fn view(&self, snapshot: Option<&str>) -> Result<View<'_>, Refusal> {
        let at = match snapshot {
            None => None,
            Some(text) => Some(urlb32::time(text).ok_or_else(|| {
                Refusal::malformed(format!("Invalid snapshot identifier \"{text}\"."))
            })?),
        };
        let seen = at.unwrap_or(self.modified);
        let known = self.documents.iter().rev().find(|(since, _)| *since <= seen);
        let Some((_, document)) = known else {
            return Err(Refusal::conflict(format!(
                "Requested catalog revision \"{}\" is prior to any known revision.",
                snapshot.unwrap_or_default()
            )));
        };
        Ok(View { catalog: self, document: Arc::clone(document), at })
    }

    fn table(&mut self, schema: &str, table: &str) -> Result<&mut Table> {
        let names = (schema.to_owned(), table.to_owned());
        self.tables.get_mut(&names).with_context(|| format!("there is no table {schema}:{table}"))
    }

    fn tick(&mut self) -> Timestamp {
        self.modified += STEP;
        self.modified
    }
}

impl View<'_> {
    /// The tables that there are.
    pub(super) fn models(&self) -> Models {
        TableModel::all(&self.document)
    }

    /// When what is seen was last changed.
    pub(super) fn modified(&self) -> Timestamp {
        self.at.map_or(self.catalog.modified, |at| at.min(self.catalog.modified))
    }
}
