//! What a slice is read with: one `COPY`, and what is done with its columns.

use proto::filter::{Condition, Where};
use proto::plan::{KeyRange, Slice};

use super::condition::condition;
use super::form::Form;
use super::layout::{Column, Layout};
use super::relation::{ROW, Relation};
use crate::{Read, SourceError};

/// A `COPY` statement and the meaning of its columns.
#[derive(Debug, Clone)]
pub(super) struct CopyStatement {
    /// The statement.
    pub(super) sql: String,
    /// The columns that are cells of the row, in order.
    pub(super) cells: Vec<Copied>,
    /// The columns after those: what the server could not decide about.
    pub(super) undecided: Vec<(Copied, Condition)>,
}

/// A column of the `COPY`.
#[derive(Debug, Clone)]
pub(super) struct Copied {
    /// The field's name.
    pub(super) name: String,
    /// What comes.
    pub(super) form: Form,
}

impl CopyStatement {
    /// The statement for a slice.
    pub(super) fn new(
        relation: &Relation,
        layout: &Layout,
        read: &Read,
    ) -> Result<Self, SourceError> {
        let mut columns = Vec::new();
        let mut cells = Vec::new();
        if read.fields.is_none() {
            columns.push(format!("pg_catalog.row_to_json({ROW}.*)"));
            cells.push(Copied { name: "record".to_owned(), form: Form::Json });
        }
        for field in read.fields.iter().flatten().chain(&read.besides) {
            cells.push(copied(layout.column(field)?, &mut columns));
        }
        if cells.is_empty() {
            return Err(SourceError::Refused { what: "no field is asked for".to_owned() });
        }
        let mut conditions: Vec<String> =
            layout.key.within(keys(&read.slice)?)?.into_iter().collect();
        let mut undecided = Vec::new();
        for (field, wanted) in &read.filter {
            match condition(layout.column(field)?, layout.encoding, wanted)? {
                Some(sql) => conditions.push(format!("({sql})")),
                None => {
                    let copied = copied(layout.column(field)?, &mut columns);
                    undecided.push((copied, wanted.clone()));
                }
            }
        }
        let filter = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        let sql = format!(
            "COPY (SELECT {} FROM {}{filter} ORDER BY {}) TO STDOUT (FORMAT binary)",
            columns.join(", "),
            relation.from,
            layout.key.sql
        );
        Ok(Self { sql, cells, undecided })
    }

    /// The statement for the first rows of a relation, as the server gives them.
    pub(super) fn first(relation: &Relation, columns: &[Column], rows: usize) -> Self {
        let mut sql = Vec::new();
        let cells = columns.iter().map(|column| copied(column, &mut sql)).collect();
        let sql = format!(
            "COPY (SELECT {} FROM {} LIMIT {rows}) TO STDOUT (FORMAT binary)",
            sql.join(", "),
            relation.from
        );
        Self { sql, cells, undecided: Vec::new() }
    }
}

/// That every field a plan speaks of is there.
pub(super) fn known<'f>(
    layout: &Layout,
    fields: impl IntoIterator<Item = &'f String>,
    filter: &'f Where,
) -> Result<(), SourceError> {
    fields.into_iter().chain(filter.keys()).try_for_each(|field| layout.column(field).map(|_| ()))
}

fn copied(column: &Column, columns: &mut Vec<String>) -> Copied {
    columns.push(if column.form == Form::Output {
        column.text.clone()
    } else {
        column.sql.clone()
    });
    Copied { name: column.name.clone(), form: column.form }
}

fn keys(slice: &Slice) -> Result<&KeyRange, SourceError> {
    match slice {
        Slice::Keys(range) => Ok(range),
        Slice::Files(_) | Slice::Groups(_) | Slice::Pages(_) | Slice::Listed(_) => {
            Err(SourceError::Changed {
                what: "it was made of files, and is a database now".to_owned(),
            })
        }
    }
}
