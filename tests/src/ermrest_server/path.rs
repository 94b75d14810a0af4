//! The way through the tables: after each step, the rows that are left, each with a row of every table of the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::catalog::View;
use super::condition::Condition;
use super::cursor::Name;
use super::link::{Link, linked};
use super::model::{Models, TableModel};
use super::query::{Join, Step};
use super::refusal::Refusal;
use super::table::{Part, Row, Table};
use super::text;
use super::value::{Kind, Type, Value};

/// A row of every table of the way; none of one that an outer join found nothing in.
pub(super) type Joined = Vec<Option<Row>>;

/// A column of a table of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) table: usize,
    pub(super) column: usize,
}

/// The way.
pub(super) struct Path<'a> {
    view: &'a View<'a>,
    pub(super) models: Models,
    pub(super) tables: Vec<Arc<TableModel>>,
    aliases: BTreeMap<String, usize>,
    /// The table that names without another one mean.
    pub(super) current: usize,
    pub(super) rows: Vec<Joined>,
    /// Whether the rows are in the order of their identifiers, and known to be.
    pub(super) is_in_order: bool,
}

impl<'a> Path<'a> {
    /// Goes all steps; from a part of the first table, if that is enough.
    pub(super) fn new(
        view: &'a View<'a>,
        steps: &[Step],
        part: Option<Part<'_>>,
    ) -> Result<Self, Refusal> {
        let mut path = Self {
            view,
            models: view.models(),
            tables: Vec::new(),
            aliases: BTreeMap::new(),
            current: 0,
            rows: Vec::new(),
            is_in_order: false,
        };
        for step in steps {
            path.step(step, part)?;
        }
        Ok(path)
    }

    /// The column by which the rows are known to be in order.
    pub(super) fn identifier(&self) -> Option<Place> {
        let (table, columns) = (self.current, &self.tables.get(self.current)?.columns);
        let column = columns.iter().position(|column| column.name == "RID")?;
        self.is_in_order.then_some(Place { table, column })
    }

    fn step(&mut self, step: &Step, part: Option<Part<'_>>) -> Result<(), Refusal> {
        match step {
            Step::Back(alias) => {
                let known = self.aliases.get(alias).copied();
                self.current = known
                    .ok_or_else(|| Refusal::malformed(format!("Alias {alias} is not bound.")))?;
            }
            Step::Filter(filter) => {
                let condition = Condition::new(filter, self)?;
                self.rows.retain(|row| condition.holds(row) == Some(true));
            }
            Step::Table { alias, name } if self.tables.is_empty() => {
                let table = self.named(name)?;
                let names = (table.schema.clone(), table.name.clone());
                let kept = self.view.catalog.tables.get(&names);
                let page = part.zip(kept).and_then(|(part, kept)| kept.page(part));
                let rows = page.unwrap_or_else(|| self.rows_of(&table));
                self.rows = rows.into_iter().map(|row| vec![Some(row)]).collect();
                self.is_in_order = kept.is_some_and(Table::is_made);
                self.enter(table, alias.as_deref())?;
            }
            Step::Table { alias, name } => {
                let link = linked(self, &self.named(name)?)?;
                self.join(link, alias.as_deref(), Join::Inner)?;
            }
            Step::Link { alias, join, left, right } => {
                let link = Link::new(self, left, right.as_deref())?;
                self.join(link, alias.as_deref(), *join)?;
            }
        }
        Ok(())
    }

    fn join(&mut self, link: Link, alias: Option<&str>, join: Join) -> Result<(), Refusal> {
        let rows = self.rows_of(&link.table);
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, row) in rows.iter().enumerate() {
            let values: Vec<Value> = link.pairs.iter().map(|(_, own)| row.cell(*own)).collect();
            if let Some(key) = key(&values) {
                places.entry(key).or_default().push(place);
            }
        }
        let mut matched = BTreeSet::new();
        let mut joined = Vec::new();
        for row in &self.rows {
            let values: Vec<Value> =
                link.pairs.iter().map(|(place, _)| cell(row, *place)).collect();
            let found = key(&values).and_then(|key| places.get(&key));
            for place in found.into_iter().flatten() {
                matched.insert(*place);
                joined.push([row.as_slice(), &[Some(rows[*place].clone())]].concat());
            }
            if found.is_none() && matches!(join, Join::Left | Join::Full) {
                joined.push([row.as_slice(), &[None]].concat());
            }
        }
        if matches!(join, Join::Right | Join::Full) {
            let others = rows.iter().enumerate().filter(|(place, _)| !matched.contains(place));
            let nothing: Joined = vec![None; self.tables.len()];
            joined
                .extend(others.map(|(_, row)| [nothing.as_slice(), &[Some(row.clone())]].concat()));
        }
        self.rows = joined;
        self.is_in_order = false;
        self.enter(link.table, alias)
    }

    fn enter(&mut self, table: Arc<TableModel>, alias: Option<&str>) -> Result<(), Refusal> {
        self.current = self.tables.len();
        self.tables.push(table);
        if let Some(alias) = alias
            && self.aliases.insert(alias.to_owned(), self.current).is_some()
        {
            return Err(Refusal::malformed(format!("Alias {alias} bound more than once.")));
        }
        Ok(())
    }

    fn rows_of(&self, table: &TableModel) -> Vec<Row> {
        let names = (table.schema.clone(), table.name.clone());
        let table = self.view.catalog.tables.get(&names);
        table.map(|table| table.rows(self.view.at)).unwrap_or_default()
    }

    /// The table of a name, with its schema or alone.
    pub(super) fn named(&self, name: &[String]) -> Result<Arc<TableModel>, Refusal> {
        if let [schema, name] = name {
            if !self.models.keys().any(|(known, _)| known == schema) {
                return Err(Refusal::conflict(format!("Schema {schema} does not exist.")));
            }
            let found = self.models.get(&(schema.clone(), name.clone()));
            return found.cloned().ok_or_else(|| {
                let told = format!("Table {name} does not exist in schema {schema}.");
                Refusal::conflict(told)
            });
        }
        let name = name.join(":");
        let mut found = self.models.values().filter(|table| table.name == name);
        match (found.next(), found.next()) {
            (Some(table), None) => Ok(Arc::clone(table)),
            (Some(_), Some(_)) => Err(Refusal::conflict(format!("Ambiguous table name {name}."))),
            (None, _) => Err(Refusal::conflict(format!("Table {name} not found in model."))),
        }
    }

    /// The table of the way that the first parts of a name mean; the current one where there are none.
    pub(super) fn table(&self, name: &[String]) -> Result<usize, Refusal> {
        match name {
            [] => Ok(self.current),
            [alias] if self.aliases.contains_key(alias) => Ok(self.aliases[alias]),
            _ => {
                let table = self.named(name)?;
                let is_it = |one: &Arc<TableModel>| Arc::ptr_eq(one, &table);
                self.tables.iter().rposition(is_it).ok_or_else(|| {
                    Refusal::conflict(format!("Table {} is not part of the path.", table.name))
                })
            }
        }
    }

    /// The column of a name.
    pub(super) fn place(&self, name: &Name) -> Result<Place, Refusal> {
        let (column, table) = name.split_last().ok_or_else(|| Refusal::malformed("No name."))?;
        let table = self.table(table)?;
        Ok(Place { table, column: self.tables[table].column(column)? })
    }

    /// The type of a column.
    pub(super) fn of(&self, place: Place) -> Type {
        self.tables[place.table].columns[place.column].of
    }

    /// What the values of a column are, or those in its lists.
    pub(super) fn kind(&self, place: Place) -> Kind {
        self.of(place).kind
    }
}

/// The value of a column.
pub(super) fn cell(row: &Joined, place: Place) -> Value {
    row[place.table].as_ref().map_or(Value::Null, |row| row.cell(place.column))
}

/// Values as one text, unless one of them is nothing, which equals nothing.
fn key(values: &[Value]) -> Option<String> {
    let texts = values.iter().map(|value| (!value.is_null()).then(|| text::plain(value)));
    Some(texts.collect::<Option<Vec<String>>>()?.join("\0"))
}
