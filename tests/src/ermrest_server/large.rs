//! Tables too large to be written down: every cell follows from the number of its row. Those of files tell of files
//! that nobody has, by columns of the names that the recorded table of files has.

use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;

use super::model::TableModel;
use super::urlb32;
use super::value::{Kind, Value};

/// The number of the first row, so great that all identifiers have the same length, and hence the order of their
/// rows.
const FIRST: u64 = 1 << 20;

/// When the first row came to be, in microseconds.
const BEGIN: i64 = 1_767_225_600_000_000;

/// How often texts are not plain: one of so many rows has each kind.
const RARELY: u64 = 1000;

/// A row that is made when it is asked for.
#[derive(Debug, Clone)]
pub(super) struct MadeRow {
    table: Arc<TableModel>,
    number: u64,
}

impl MadeRow {
    /// The rows of a table with these numbers, in the order of their identifiers.
    pub(super) fn all(table: &Arc<TableModel>, numbers: Range<u64>) -> impl Iterator<Item = Self> {
        let table = Arc::clone(table);
        numbers.map(move |number| Self { table: Arc::clone(&table), number })
    }

    /// The number of the row that follows an identifier, unless that is none of a row.
    pub(super) fn following(identifier: &str) -> Option<u64> {
        let number = urlb32::decode(identifier)?.checked_sub(FIRST)?;
        (urlb32::encode(FIRST + number) == identifier).then_some(number + 1)
    }

    /// The value of a column.
    pub(super) fn cell(&self, column: usize) -> Value {
        let Some(column) = self.table.columns.get(column) else {
            return Value::Null;
        };
        let signed = i64::try_from(self.number).unwrap_or_default();
        match (column.name.as_str(), column.of.kind) {
            ("RID", _) => Value::Text(urlb32::encode(FIRST + self.number)),
            ("RCB" | "RMB", _) => Value::Text("test1".to_owned()),
            (_, Kind::Bool) => Value::Bool(self.number.is_multiple_of(2)),
            // No file is empty.
            ("bytes", Kind::Int) => Value::Int(signed + 1),
            (_, Kind::Int) => Value::Int(signed),
            (_, Kind::Float) => Value::Float(self.number as f64 / 8.0),
            (_, Kind::Time) => {
                Timestamp::from_microsecond(BEGIN + signed).map_or(Value::Null, Value::Time)
            }
            ("uri", Kind::Text) => Value::Text(format!("/hatrac/made/{:08}:1", self.number)),
            ("filename", Kind::Text) => Value::Text(format!("{:08}.bin", self.number)),
            ("md5sum", Kind::Text) => Value::Text(format!("{:032x}", self.number)),
            ("sha256sum", Kind::Text) => Value::Text(format!("{:064x}", self.number)),
            (name, Kind::Text) => self.text(name),
            (_, Kind::Json) => Value::Json(serde_json::json!({"row": self.number})),
        }
    }

    /// A text; now and then one that readers of CSV get wrong.
    fn text(&self, column: &str) -> Value {
        let number = self.number;
        let plain = format!("{column} of row {number:08} is a plain text");
        match number % RARELY {
            7 => Value::Null,
            11 => Value::Text(String::new()),
            13 => Value::Text(format!("{plain}\nin two lines")),
            17 => Value::Text(format!("{plain}, with a \"quote\" and \r\n another line")),
            19 => Value::Text(format!("{plain} {{and}} signs: é漢😀")),
            _ => Value::Text(plain),
        }
    }
}
