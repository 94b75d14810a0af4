//! Columns that come, go and change.

use std::collections::HashMap;

use proto::definition::{OtherColumn, Treated, Treatment};
use serde_json::value::RawValue;

use super::error::TransformError;
use super::record::Record;

/// Changes the columns of a row, one after the other.
pub(super) fn row(
    treated: &[Treated],
    record: &mut Record,
    number: u64,
) -> Result<(), TransformError> {
    let unreadable = |source| TransformError::RowUnreadable { row: number, source };
    for Treated { column, becomes } in treated {
        match becomes {
            Treatment::Value(value) => record.set(column, value).map_err(unreadable)?,
            Treatment::Nothing => record.delete(column),
            Treatment::Other(OtherColumn { column: from, key }) => {
                let missing =
                    || TransformError::ColumnMissing { row: number, column: from.clone() };
                let value = record.value(from).ok_or_else(missing)?;
                let value = match key {
                    None => Some(value.to_owned()),
                    Some(key) => within(value, key),
                };
                record.set(column, &value).map_err(unreadable)?;
            }
        }
    }
    Ok(())
}

/// What an object has for a key; nothing where it has no such key, and where it is none.
fn within(value: &RawValue, key: &str) -> Option<Box<RawValue>> {
    let mut map: HashMap<String, Box<RawValue>> = serde_json::from_str(value.get()).ok()?;
    map.remove(key)
}
