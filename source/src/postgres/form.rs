//! What a column's values are on the wire, in a filter, and in a page.
//!
//! The common types come in PostgreSQL's binary format and are written here, which is faster than
//! letting the server do it. All others are turned into text by their own output function, on the
//! server. Either way the text is the one that `psql` shows, but for truth values, which are `true`
//! and `false` and not `t` and `f`.

use tokio_postgres::types::{Kind as TypeKind, Type};

/// How a column's values are sent and meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One byte.
    Bool,
    /// Two bytes, signed.
    Int2,
    /// Four bytes, signed.
    Int4,
    /// Eight bytes, signed.
    Int8,
    /// Four bytes, without sign.
    Oid,
    /// IEEE 754, four bytes.
    Float4,
    /// IEEE 754, eight bytes.
    Float8,
    /// Digits to the base of 10,000.
    Numeric,
    /// Days since 2000-01-01.
    Date,
    /// Microseconds since midnight.
    Time,
    /// Microseconds since 2000-01-01.
    Timestamp,
    /// Microseconds since 2000-01-01, UTC.
    TimestampTz,
    /// Sixteen bytes.
    Uuid,
    /// Bytes.
    Bytea,
    /// The text itself, for types that compare by their bytes.
    Text,
    /// The text itself, for types that compare otherwise.
    Label,
    /// The document's text.
    Json,
    /// A version byte and the document's text.
    Jsonb,
    /// The text that the type's output function made.
    Output,
}

impl Form {
    /// The form of a type.
    pub(super) fn of(kind: &Type) -> Self {
        match *kind {
            Type::BOOL => Self::Bool,
            Type::INT2 => Self::Int2,
            Type::INT4 => Self::Int4,
            Type::INT8 => Self::Int8,
            Type::OID => Self::Oid,
            Type::FLOAT4 => Self::Float4,
            Type::FLOAT8 => Self::Float8,
            Type::NUMERIC => Self::Numeric,
            Type::DATE => Self::Date,
            Type::TIME => Self::Time,
            Type::TIMESTAMP => Self::Timestamp,
            Type::TIMESTAMPTZ => Self::TimestampTz,
            Type::UUID => Self::Uuid,
            Type::BYTEA => Self::Bytea,
            Type::TEXT | Type::VARCHAR => Self::Text,
            Type::BPCHAR | Type::NAME => Self::Label,
            Type::JSON => Self::Json,
            Type::JSONB => Self::Jsonb,
            _ if matches!(kind.kind(), TypeKind::Enum(_)) => Self::Label,
            _ => Self::Output,
        }
    }
}
