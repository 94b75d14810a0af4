//! What is picked of the rows of a path: columns, and what functions make of many values.

use std::cmp::Ordering;

use serde_json::{Map, Value as Json};

use super::path::{Joined, Path, Place, cell};
use super::query::Item;
use super::refusal::Refusal;
use super::text;
use super::value::{Type, Value};

/// A column of what comes out.
pub(super) struct Output {
    pub(super) name: String,
    pub(super) of: Type,
    pub(super) pick: Pick,
}

/// Where its values come from.
pub(super) enum Pick {
    Cell(Place),
    /// A function of the values of a column.
    Column(Function, Place),
    /// A function of whole rows of a table of the path.
    Rows(Function, usize),
}

/// A function of many values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Count,
    CountDistinct,
    Min,
    Max,
    Sum,
    Average,
    Array,
    ArrayDistinct,
}

/// What functions are called.
const FUNCTIONS: &[(&str, Function)] = &[
    ("cnt", Function::Count),
    ("cnt_d", Function::CountDistinct),
    ("min", Function::Min),
    ("max", Function::Max),
    ("sum", Function::Sum),
    ("avg", Function::Average),
    ("array", Function::Array),
    ("array_d", Function::ArrayDistinct),
];

/// What items of a query pick; a star picks all columns of its table.
pub(super) fn outputs(path: &Path<'_>, items: &[Item]) -> Result<Vec<Output>, Refusal> {
    let mut outputs = Vec::new();
    for item in items {
        let Some((column, table)) = item.name.split_last() else { continue };
        match (&item.function, column.as_str()) {
            (None, "*") => {
                let prefix = [table, &[String::new()]].concat().join(":");
                outputs.extend(all(path, path.table(table)?, &prefix));
            }
            (None, _) => {
                let place = path.place(&item.name)?;
                let name = item.alias.clone().unwrap_or_else(|| column.clone());
                outputs.push(Output { name, of: path.of(place), pick: Pick::Cell(place) });
            }
            (Some(function), _) => outputs.push(computed(path, item, function)?),
        }
    }
    Ok(outputs)
}

/// All columns of a table of the path.
pub(super) fn all(path: &Path<'_>, table: usize, prefix: &str) -> Vec<Output> {
    let columns = path.tables[table].columns.iter().enumerate();
    let outputs = columns.map(|(place, column)| Output {
        name: format!("{prefix}{}", column.name),
        of: column.of,
        pick: Pick::Cell(Place { table, column: place }),
    });
    outputs.collect()
}

fn computed(path: &Path<'_>, item: &Item, function: &str) -> Result<Output, Refusal> {
    let known = FUNCTIONS.iter().find(|(name, _)| *name == function);
    let Some((_, function)) = known else {
        return Err(Refusal::malformed(format!("Unknown aggregate function '{function}'.")));
    };
    let Some((column, table)) = item.name.split_last() else {
        return Err(Refusal::malformed("No name."));
    };
    let name = item.alias.clone().unwrap_or_else(|| column.clone());
    let (pick, of) = if column == "*" {
        (Pick::Rows(*function, path.table(table)?), Type::JSON)
    } else {
        let place = path.place(&item.name)?;
        (Pick::Column(*function, place), path.of(place))
    };
    let of = match function {
        Function::Count | Function::CountDistinct => Type::INT,
        Function::Average => Type::FLOAT,
        Function::Array | Function::ArrayDistinct => Type::JSON,
        Function::Min | Function::Max | Function::Sum => of,
    };
    Ok(Output { name, of, pick })
}

impl Output {
    /// What it makes of a row; of a function there is nothing to be had from one.
    pub(super) fn of_row(&self, row: &Joined) -> Value {
        match &self.pick {
            Pick::Cell(place) => cell(row, *place),
            Pick::Column(..) | Pick::Rows(..) => Value::Null,
        }
    }

    /// What it makes of many rows; of a column without a function, the first value that is one.
    pub(super) fn of_rows(&self, path: &Path<'_>, rows: &[&Joined]) -> Value {
        match &self.pick {
            Pick::Cell(place) => {
                let mut values = rows.iter().map(|row| cell(row, *place));
                values.find(|value| !value.is_null()).unwrap_or(Value::Null)
            }
            Pick::Column(function, place) => {
                function.of(rows.iter().map(|row| cell(row, *place)).collect())
            }
            Pick::Rows(Function::Count, _) => Value::Int(count(rows.len())),
            Pick::Rows(function, table) => {
                let whole = rows.iter().map(|row| whole(path, row, *table));
                function.of(whole.collect())
            }
        }
    }

    /// Whether it has a function.
    pub(super) fn is_computed(&self) -> bool {
        matches!(self.pick, Pick::Column(..) | Pick::Rows(..))
    }
}

impl Function {
    fn of(self, mut values: Vec<Value>) -> Value {
        if matches!(self, Self::CountDistinct | Self::ArrayDistinct) {
            values.sort_by(Value::order);
            values.dedup_by(|one, two| one.order(two) == Ordering::Equal);
        }
        if matches!(self, Self::Array | Self::ArrayDistinct) {
            let items: Vec<Json> = values.iter().map(json).collect();
            return if items.is_empty() { Value::Null } else { Value::Json(Json::Array(items)) };
        }
        values.retain(|value| !value.is_null());
        match self {
            Self::Count | Self::CountDistinct => Value::Int(count(values.len())),
            Self::Min => values.into_iter().min_by(Value::order).unwrap_or(Value::Null),
            Self::Max => values.into_iter().max_by(Value::order).unwrap_or(Value::Null),
            Self::Sum => {
                let sum = values.into_iter().reduce(|one, two| plus(&one, &two));
                sum.unwrap_or(Value::Null)
            }
            Self::Average if values.is_empty() => Value::Null,
            Self::Average => {
                let sum: f64 = values.iter().map(Value::number).sum();
                Value::Float(sum / values.len() as f64)
            }
            Self::Array | Self::ArrayDistinct => Value::Null,
        }
    }
}

fn plus(one: &Value, two: &Value) -> Value {
    if let (Value::Int(one), Value::Int(two)) = (one, two) {
        return Value::Int(one + two);
    }
    Value::Float(one.number() + two.number())
}

fn count(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

/// A whole row as an object; nothing where an outer join found none.
fn whole(path: &Path<'_>, row: &Joined, table: usize) -> Value {
    let Some(found) = &row[table] else {
        return Value::Null;
    };
    let columns = path.tables[table].columns.iter().enumerate();
    let pairs = columns.map(|(place, column)| (column.name.clone(), json(&found.cell(place))));
    Value::Json(Json::Object(pairs.collect::<Map<String, Json>>()))
}

fn json(value: &Value) -> Json {
    if let Value::Json(value) = value {
        return value.clone();
    }
    serde_json::from_str(&text::json(value)).unwrap_or_default()
}
