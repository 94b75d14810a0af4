//! An object that a search gives, and what is kept of it from run to run.

use serde_json::{Map, Value, json};
use source::page::{Cell, Kind, Row};

/// The field with the number of an object.
pub(super) const NUMBER: &str = "_system_object_id";

/// What is kept of an object, as the catalogue calls it.
pub(super) const FIELDS: [&str; 4] = [NUMBER, "_objecttype", "_global_object_id", "_uuid"];

/// The columns of the list of what is gone.
pub(super) const COLUMNS: [&str; 5] =
    [NUMBER, "_objecttype", "_global_object_id", "_uuid", "reason"];

/// An object as it is kept.
pub(super) type Object = Map<String, Value>;

/// An object that the search gives.
pub(super) struct Met {
    pub(super) id: u64,
    pub(super) object: Object,
    /// Whether the last run had reached the value of the field that its changes are known by.
    pub(super) is_reached: bool,
}

impl Met {
    /// Of a row with what is kept of it, and that value. Nothing of one without a number.
    pub(super) fn of(row: &Row<'_>, is_reached: impl Fn(Cell<'_>) -> bool) -> Option<Self> {
        let cells = row.cells(FIELDS.len() + 1);
        let named = FIELDS.iter().zip(cells).filter_map(|(name, cell)| {
            let value = match cell.kind {
                Kind::Null => return None,
                Kind::Text => json!(cell.text),
                Kind::Number | Kind::Bool | Kind::Json => serde_json::from_str(cell.text).ok()?,
            };
            Some(((*name).to_owned(), value))
        });
        let object: Object = named.collect();
        Some(Self { id: number(&object)?, object, is_reached: is_reached(row.cell(FIELDS.len())) })
    }
}

/// The number of an object.
pub(super) fn number(object: &Object) -> Option<u64> {
    object.get(NUMBER)?.as_u64()
}
