//! What is read: a table or a query, as it stands after `FROM`.

use proto::source::PostgresSpec;

use super::quote::table;
use crate::SourceError;

/// The name under which statements speak of a row.
pub(super) const ROW: &str = "_row";

/// A table or a query.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// For `FROM`, with the alias [`ROW`].
    pub(super) from: String,
    /// What people know it by.
    pub(super) name: String,
}

impl Relation {
    /// A table or view.
    pub(super) fn table(name: &str) -> Result<Self, SourceError> {
        Ok(Self { from: format!("{} AS {ROW}", table(name)?), name: name.to_owned() })
    }

    /// The one of the two that is given.
    pub(super) fn of(spec: &PostgresSpec) -> Result<Self, SourceError> {
        match (&spec.table, &spec.query) {
            (Some(name), None) => Self::table(name),
            (None, Some(query)) => {
                let query = query.trim_end_matches(|end: char| end.is_whitespace() || end == ';');
                if query.contains('\0') || query.trim().is_empty() {
                    return Err(SourceError::Refused {
                        what: "the query is empty or holds a NUL".to_owned(),
                    });
                }
                // On lines of its own, for it may end in a comment.
                Ok(Self { from: format!("(\n{query}\n) AS {ROW}"), name: "query".to_owned() })
            }
            (Some(_), Some(_)) => Err(SourceError::Refused {
                what: "both `table` and `query` are given; one is wanted".to_owned(),
            }),
            (None, None) => Err(SourceError::Refused {
                what: "neither `table` nor `query` is given; one is wanted".to_owned(),
            }),
        }
    }
}
