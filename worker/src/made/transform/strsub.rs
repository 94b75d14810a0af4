//! Columns that get what a pattern leaves of others.

use proto::deriva::engine::Substitution;

use super::error::TransformError;
use super::record::{Record, is_null, text};

/// Writes columns anew, in the order of the substitutions. Where there is no value none comes of it.
pub(super) fn row(
    substitutions: &[Substitution],
    record: &mut Record,
    number: u64,
) -> Result<(), TransformError> {
    for substitution in substitutions {
        let missing = || {
            let column = substitution.input.clone();
            TransformError::ColumnMissing { row: number, column }
        };
        let value = record.value(&substitution.input).ok_or_else(missing)?;
        let left = (!is_null(value)).then(|| substitution.applied(&text(value)).into_owned());
        record
            .set(&substitution.output, &left)
            .map_err(|source| TransformError::RowUnreadable { row: number, source })?;
    }
    Ok(())
}
