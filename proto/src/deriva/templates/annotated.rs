//! The export annotations that hold for a table in a context.

use serde_json::Value;

use super::context;
use crate::deriva::schema::{Annotations, EXPORT, EXPORT_BY_CONTEXT, TableIn};

/// What the annotations say.
pub(super) enum Annotated<'a> {
    /// Nothing for the context.
    Nowhere,
    /// Something that has no list of templates.
    Malformed {
        /// Whose annotation it is.
        place: String,
    },
    /// These templates, which may name fragments.
    There {
        /// Whose annotation it is.
        place: String,
        /// The templates.
        list: &'a [Value],
    },
}

/// What holds for a table: what is said of it, otherwise of its schema, otherwise of its catalogue. Whoever says
/// something that cannot be read is not asked further, so that a table can have no templates at all.
pub(super) fn annotated<'a>(table: TableIn<'a>, context: &str) -> Annotated<'a> {
    let schema = &table.schema.name;
    let levels = [
        (format!("table {schema}:{}", table.table.name), &table.table.annotations),
        (format!("schema {schema}"), &table.schema.annotations),
        ("catalogue".to_owned(), &table.catalogue.annotations),
    ];
    for (place, annotations) in levels {
        if let Some(said) = for_context(annotations, context) {
            return match said.get("templates").and_then(Value::as_array) {
                Some(list) => Annotated::There { place, list },
                None => Annotated::Malformed { place },
            };
        }
    }
    Annotated::Nowhere
}

/// The older annotation stands for all contexts of which the newer one does not speak.
fn for_context<'a>(annotations: &'a Annotations, context: &str) -> Option<&'a Value> {
    let newer = annotations.get(EXPORT_BY_CONTEXT);
    newer.and_then(|newer| context::said(newer, context)).or_else(|| annotations.get(EXPORT))
}
