//! What a query finds: the rows of its path, picked, grouped, sorted and cut into a page.

use std::collections::BTreeMap;

use super::catalog::View;
use super::output::{Output, Pick, all, outputs};
use super::page::page;
use super::path::{Joined, Path, cell};
use super::query::{Api, Query};
use super::refusal::Refusal;
use super::table::Part;
use super::text;
use super::value::{self, Value};

/// What is found.
pub(super) struct Found {
    pub(super) outputs: Vec<Output>,
    pub(super) lines: Vec<Line>,
}

/// A row of it.
pub(super) enum Line {
    /// Whose values are picked when they are written.
    Joined(Joined),
    /// Whose values are there.
    Values(Vec<Value>),
}

impl Line {
    /// The value of a column.
    pub(super) fn value(&self, outputs: &[Output], column: usize) -> Value {
        match self {
            Self::Joined(row) => outputs[column].of_row(row),
            Self::Values(values) => values[column].clone(),
        }
    }
}

impl Found {
    /// Looks for what is asked for, at most so many rows.
    pub(super) fn new(
        view: &View<'_>,
        query: &Query,
        limit: Option<usize>,
    ) -> Result<Self, Refusal> {
        let part = query.identifier_before().map(|after| Part {
            after,
            most: limit.and_then(|most| u64::try_from(most).ok()).unwrap_or(u64::MAX),
        });
        let mut path = Path::new(view, &query.steps, part)?;
        let mut picked = match query.api {
            Api::Entity => all(&path, path.current, ""),
            Api::Attribute | Api::Aggregate | Api::AttributeGroup => outputs(&path, &query.keys)?,
        };
        let keys = picked.len();
        picked.extend(outputs(&path, &query.items)?);
        let outputs = picked;
        // Which outputs have functions is part of what an address may say.
        let computed =
            outputs.iter().find(|one| one.is_computed() != (query.api == Api::Aggregate));
        if let Some(output) = computed.filter(|_| query.api != Api::AttributeGroup) {
            let told = match query.api {
                Api::Aggregate => "lacks an aggregate function",
                Api::Entity | Api::Attribute | Api::AttributeGroup => "has an aggregate function",
            };
            return Err(Refusal::malformed(format!("Attribute {} {told}.", output.name)));
        }
        let identifier = match query.api {
            Api::Entity | Api::Attribute => path.identifier(),
            Api::Aggregate | Api::AttributeGroup => None,
        };
        let lines = match query.api {
            Api::Entity | Api::Attribute => {
                distinct(&mut path);
                std::mem::take(&mut path.rows).into_iter().map(Line::Joined).collect()
            }
            Api::Aggregate => {
                let rows: Vec<&Joined> = path.rows.iter().collect();
                let values = outputs.iter().map(|output| output.of_rows(&path, &rows));
                vec![Line::Values(values.collect())]
            }
            Api::AttributeGroup => groups(&path, &outputs, keys),
        };
        let mut found = Self { outputs, lines };
        page(&mut found, query, limit, identifier)?;
        Ok(found)
    }
}

/// Leaves one row of those that are the same in the current table, in the order of its key; of several, the
/// last one, as the database finds it first.
fn distinct(path: &mut Path<'_>) {
    if path.tables.len() == 1 {
        return;
    }
    let current = path.current;
    let key = path.tables[current].key.clone();
    let mut kept: BTreeMap<Vec<String>, Joined> = BTreeMap::new();
    for row in std::mem::take(&mut path.rows) {
        if let Some(own) = &row[current] {
            let texts = key.iter().map(|column| text::plain(&own.cell(*column)));
            kept.insert(texts.collect(), row);
        }
    }
    path.rows = kept.into_values().collect();
}

/// One row of each group, in the order of what is grouped by.
fn groups(path: &Path<'_>, outputs: &[Output], keys: usize) -> Vec<Line> {
    let mut groups: BTreeMap<Vec<(bool, String)>, Vec<&Joined>> = BTreeMap::new();
    let keys = &outputs[..keys];
    for row in &path.rows {
        let values = keys.iter().map(|output| match &output.pick {
            Pick::Cell(place) => cell(row, *place),
            Pick::Column(..) | Pick::Rows(..) => Value::Null,
        });
        let key = values.map(|value| (value.is_null(), text::plain(&value))).collect();
        groups.entry(key).or_default().push(row);
    }
    let values = groups.values().map(|rows| {
        let (keys, others) = outputs.split_at(keys.len());
        let keys = keys.iter().map(|output| output.of_row(rows[0]));
        let others = others.iter().map(|output| output.of_rows(path, rows));
        keys.chain(others).collect::<Vec<Value>>()
    });
    let mut values: Vec<Vec<Value>> = values.collect();
    values.sort_by(|one, two| value::order(&one[..keys.len()], &two[..keys.len()]));
    values.into_iter().map(Line::Values).collect()
}
