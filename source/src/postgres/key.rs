//! The column that orders the records and bounds the slices.
//!
//! A slice is a range of key *values*, so rows that share a key stay together whatever the batch
//! size, and none is lost or read twice. Text is ordered byte by byte (`COLLATE "C"`): the order of
//! a locale changes with the operating system under the database.

use proto::plan::KeyRange;
use tokio_postgres::types::Type;

use super::quote::{identifier, literal};
use super::relation::ROW;
use crate::SourceError;

/// The key column.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// The column, in its order: what is compared and sorted by.
    pub(super) sql: String,
    kind: KeyKind,
}

/// What a key can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyKind {
    Integer,
    Numeric,
    Text,
    Uuid,
}

/// By which rule the server would compare a text column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collation {
    /// Byte by byte; an index on the column serves as it is.
    Bytes,
    /// Another. Only an index `ON t (key COLLATE "C")` can serve.
    Locale,
}

impl Key {
    /// Whether keys of the type have a collation.
    pub(super) fn is_text(kind: &Type) -> bool {
        matches!(*kind, Type::TEXT | Type::VARCHAR)
    }

    /// The key of a column, which exists.
    pub(super) fn new(
        column: &str,
        kind: &Type,
        collation: Collation,
    ) -> Result<Self, SourceError> {
        let kind = match *kind {
            Type::INT2 | Type::INT4 | Type::INT8 => KeyKind::Integer,
            Type::NUMERIC => KeyKind::Numeric,
            Type::TEXT | Type::VARCHAR => KeyKind::Text,
            Type::UUID => KeyKind::Uuid,
            _ => {
                let what = format!(
                    "the key {column:?} is of type {}; a key is an integer, numeric, text or uuid",
                    kind.name()
                );
                return Err(SourceError::Refused { what });
            }
        };
        let mut sql = format!("{ROW}.{}", identifier(column)?);
        // Where it changes nothing it is left out: the planner takes no index for it.
        if kind == KeyKind::Text && collation == Collation::Locale {
            sql.push_str(" COLLATE \"C\"");
        }
        Ok(Self { sql, kind })
    }

    /// The condition that a row is of the range; nothing where every row is.
    pub(super) fn within(&self, range: &KeyRange) -> Result<Option<String>, SourceError> {
        let mut conditions = Vec::new();
        for (relation, bound) in [(">", &range.after), ("<=", &range.until)] {
            if let Some(bound) = bound {
                conditions.push(format!(
                    "{} {relation} {}{}",
                    self.sql,
                    literal(bound)?,
                    self.cast()
                ));
            }
        }
        Ok((!conditions.is_empty()).then(|| conditions.join(" AND ")))
    }

    fn cast(&self) -> &'static str {
        match self.kind {
            KeyKind::Integer => "::int8",
            KeyKind::Numeric => "::numeric",
            KeyKind::Text => "::text",
            KeyKind::Uuid => "::uuid",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_open_below_and_closed_above() {
        let key = Key::new("na\"me", &Type::TEXT, Collation::Locale).unwrap();
        let range = KeyRange { after: Some("a'b".to_owned()), until: Some("c".to_owned()) };
        assert_eq!(
            key.within(&range).unwrap().unwrap(),
            r#"_row."na""me" COLLATE "C" > 'a''b'::text AND _row."na""me" COLLATE "C" <= 'c'::text"#
        );
        assert_eq!(key.within(&KeyRange { after: None, until: None }).unwrap(), None);
    }

    #[test]
    fn a_key_without_a_stable_order_is_refused_with_its_type() {
        let error = Key::new("at", &Type::TIMESTAMPTZ, Collation::Bytes).unwrap_err();
        assert!(error.to_string().contains("timestamptz"), "{error}");
    }
}
