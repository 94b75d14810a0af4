//! The greatest value of a column, by the server: one row comes here, and an index on the column is
//! all that is read where there is one.
//!
//! Only where the server's order is that of [`Condition::matches`](proto::filter::Condition) without
//! doubt: of whole numbers, of texts by their bytes, of times whose text has four digits for the year.

use jiff::Timestamp;

use super::condition::condition;
use super::failure::failure;
use super::form::Form;
use super::layout::{Column, Encoding, Layout};
use super::pool::Link;
use super::quote::literal;
use super::relation::Relation;
use crate::page::Kind;
use crate::{Greatest, Sought, SourceError};

/// Times outside of these are written so that their texts are ordered otherwise.
const YEARS: (&str, &str) = ("0001-01-01", "10000-01-01");

/// How the server finds what is greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As whole numbers.
    Number,
    /// As times.
    Time,
    /// As texts, by their bytes.
    Text,
}

/// Looks for it, in the transaction that is open; nothing where the reader has to.
pub(super) async fn look(
    link: &Link,
    relation: &Relation,
    layout: &Layout,
    sought: &Sought,
) -> Result<Option<Greatest>, SourceError> {
    let column = layout.column(&sought.field)?;
    let Some(order) = Order::of(column, layout.encoding) else { return Ok(None) };
    let mut all = vec!["TRUE".to_owned()];
    for (field, wanted) in &sought.filter {
        match condition(layout.column(field)?, layout.encoding, wanted)? {
            Some(sql) => all.push(format!("({sql})")),
            None => return Ok(None),
        }
    }
    let from = format!("FROM {} WHERE {}", relation.from, all.join(" AND "));
    let there = async |what: &str| {
        let sql = format!("SELECT EXISTS (SELECT {from} AND {what})");
        let row = link.query_one(&sql, &[]).await.map_err(|error| failure(&error))?;
        Ok::<bool, SourceError>(row.get(0))
    };
    let sql = &column.sql;
    if there(&format!("{sql} IS NULL")).await? {
        return Ok(Some(Greatest::Null));
    }
    let until = match (order, sought.until) {
        (_, None) | (Order::Number, Some(_)) => String::new(),
        (Order::Time, Some(until)) => format!(" AND {sql} <= {}", time(until)?),
        // Such texts may be times or not: only who reads them can tell.
        (Order::Text, Some(_)) => return Ok(None),
    };
    if order == Order::Time {
        let (first, beyond) = YEARS;
        if there(&format!("({sql} < '{first}' OR {sql} >= '{beyond}')")).await? {
            return Ok(None);
        }
    }
    let (kind, by) = match order {
        Order::Number => (Kind::Number, sql.clone()),
        Order::Time => (Kind::Text, sql.clone()),
        Order::Text => (Kind::Text, format!("{} COLLATE \"C\"", column.text)),
    };
    let greatest = format!(
        "SELECT {} {from} AND {sql} IS NOT NULL{until} ORDER BY {by} DESC LIMIT 1",
        column.text
    );
    let row = link.query_opt(&greatest, &[]).await.map_err(|error| failure(&error))?;
    Ok(Some(match row {
        Some(row) => Greatest::Value { kind, text: row.get(0) },
        None => Greatest::Nothing,
    }))
}

impl Order {
    /// The order of a column; nothing where the server's is another than ours, or might be.
    fn of(column: &Column, encoding: Encoding) -> Option<Self> {
        match column.form {
            Form::Int2 | Form::Int4 | Form::Int8 | Form::Oid => Some(Self::Number),
            Form::Date | Form::Timestamp | Form::TimestampTz => Some(Self::Time),
            Form::Text | Form::Uuid => match encoding {
                Encoding::Utf8 => Some(Self::Text),
                Encoding::Converted | Encoding::Unknown => None,
            },
            Form::Bool
            | Form::Float4
            | Form::Float8
            | Form::Numeric
            | Form::Time
            | Form::Bytea
            | Form::Label
            | Form::Json
            | Form::Jsonb
            | Form::Output => None,
        }
    }
}

/// A time as a literal, cut at what the server can tell apart, for it would round.
fn time(at: Timestamp) -> Result<String, SourceError> {
    let cut = at.as_microsecond() - i64::from(at.subsec_nanosecond() % 1000 < 0);
    let cut = Timestamp::from_microsecond(cut).unwrap_or(at);
    literal(&cut.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_cut_and_never_rounded_up() {
        for (at, expected) in [
            ("2026-01-01T00:00:00.9999999Z", "'2026-01-01T00:00:00.999999Z'"),
            ("2026-01-01T00:00:00Z", "'2026-01-01T00:00:00Z'"),
            ("1969-12-31T23:59:59.9999999Z", "'1969-12-31T23:59:59.999999Z'"),
        ] {
            assert_eq!(time(at.parse().unwrap()).unwrap(), expected);
        }
    }
}
