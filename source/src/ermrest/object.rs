//! The first of what an answer gives: one row, or the object that a document is.

use serde_json::{Map, Value};

use crate::SourceError;
use crate::http::{Answer, refused};

/// The first object of an answer, without the key that was read besides; nothing where it has none.
pub(super) fn first(
    answer: &Answer,
    hidden: Option<&str>,
) -> Result<Option<Map<String, Value>>, SourceError> {
    let broken = |why: &str| refused(format!("{} gives no object: {why}", answer.told()));
    let found: Value =
        serde_json::from_str(answer.body()).map_err(|error| broken(&error.to_string()))?;
    let object = if let Value::Array(rows) = found { rows.into_iter().next() } else { Some(found) };
    match object {
        None => Ok(None),
        Some(Value::Object(mut object)) => {
            if let Some(hidden) = hidden {
                object.remove(hidden);
            }
            Ok(Some(object))
        }
        Some(other) => Err(broken(&format!("there is {other}"))),
    }
}
