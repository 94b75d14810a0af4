//! The rows of a slice, as they come.

use mysql_async::{Row, Value};
use proto::definition::OnError;
use proto::filter::Condition;
use proto::plan::{KeyRange, Slice};
use tokio::sync::mpsc;

use super::MysqlSource;
use super::condition::condition;
use super::failure::failure;
use super::form::Form;
use super::layout::Layout;
use super::link::Link;
use super::quote::column;
use crate::feed::told;
use crate::files::{MAX_RECORD_BYTES, TOO_LONG};
use crate::page::{Kind, Page};
use crate::{Chunk, Read, SourceError};

/// What is asked for, and what becomes of it.
struct Asked<'r> {
    sql: String,
    /// The columns of an answer: the cells of a row, then what only conditions look at, then the key.
    forms: Vec<Form>,
    width: usize,
    filter: Vec<(usize, &'r Condition)>,
}

/// Sends the rows of a slice, in order.
pub(super) async fn rows(
    link: &mut Link,
    source: &MysqlSource,
    layout: &Layout,
    read: &Read,
    out: mpsc::Sender<Chunk>,
) -> Result<(), SourceError> {
    let asked = asked(source, layout, read).map_err(SourceError::amid_a_run)?;
    if asked.width == 0 {
        return Ok(());
    }
    let mut rows = link.rows(&asked.sql).await?;
    let mut page = Page::new(asked.width);
    while let Some(row) = rows.next().await.map_err(|error| failure(&error))? {
        let len = page.len();
        let broken = match put(&asked, &row, &mut page) {
            Ok(()) => None,
            Err(why) => {
                page.truncate(len);
                Some(broken(source, &asked, &row, why, read.on_error)?)
            }
        };
        if (page.is_full() || broken.is_some()) && !page.is_empty() {
            let full = std::mem::replace(&mut page, Page::new(asked.width));
            // A receiver that is gone wants no more; the connection is cut as it is dropped.
            if out.send(Chunk::Page(full)).await.is_err() {
                return Ok(());
            }
        }
        if let Some(broken) = broken
            && out.send(broken).await.is_err()
        {
            return Ok(());
        }
    }
    if !page.is_empty() {
        // Whoever is gone by now misses nothing.
        drop(out.send(Chunk::Page(page)).await);
    }
    Ok(())
}

/// The first rows of a table, as the server gives them.
pub(super) async fn first(
    link: &mut Link,
    table: &str,
    columns: &[(String, Form)],
    most: usize,
) -> Result<Vec<Chunk>, SourceError> {
    let selected: Vec<String> =
        columns.iter().map(|(name, form)| form.select(&column(name))).collect();
    let forms: Vec<Form> = columns.iter().map(|(_, form)| *form).collect();
    let from = super::quote::table(table)?;
    let sql = format!("SELECT {} FROM {from} LIMIT {most}", selected.join(", "));
    let asked = Asked { sql, width: forms.len(), forms, filter: Vec::new() };
    let (mut chunks, mut page) = (Vec::new(), Page::new(asked.width));
    for row in link.all(&asked.sql).await? {
        let len = page.len();
        if let Err(why) = put(&asked, &row, &mut page) {
            page.truncate(len);
            let (file, text) = (table.to_owned(), String::new());
            let broken = SourceError::BrokenRecord { file, line: None, byte: None, why, text };
            chunks.push(broken.leave_out(OnError::Warn)?);
        }
    }
    chunks.insert(0, Chunk::Page(page));
    Ok(chunks)
}

fn asked<'r>(
    source: &MysqlSource,
    layout: &Layout,
    read: &'r Read,
) -> Result<Asked<'r>, SourceError> {
    let range = match &read.slice {
        Slice::Keys(range) => range.clone(),
        Slice::Files(_) | Slice::Groups(_) | Slice::Pages(_) | Slice::Listed(_) => {
            let what = "it was made of something else, and is a database now".to_owned();
            return Err(SourceError::Changed { what });
        }
    };
    let (mut columns, mut forms) = (Vec::new(), Vec::new());
    let mut ask = |name: &str| {
        let form = layout.form(name)?;
        columns.push(form.select(&column(name)));
        forms.push(form);
        Ok::<_, SourceError>(forms.len() - 1)
    };
    for name in read.fields.iter().flatten().chain(&read.besides) {
        ask(name)?;
    }
    let (mut filter, mut conditions) = (Vec::new(), layout.key.within(&KeyRange { ..range }));
    for (name, given) in &read.filter {
        filter.push((ask(name)?, given));
        conditions.extend(condition(&column(name), layout.form(name)?, given));
    }
    let width = read.fields.as_ref().map_or(0, Vec::len) + read.besides.len();
    columns.push(layout.key.sql.clone());
    forms.push(layout.key.form);
    let mut sql = format!("SELECT {} FROM {}", columns.join(", "), source.from);
    if !conditions.is_empty() {
        sql.push_str(" WHERE ");
        sql.push_str(&conditions.join(" AND "));
    }
    sql.push_str(" ORDER BY ");
    sql.push_str(&layout.key.sql);
    Ok(Asked { sql, forms, width, filter })
}

/// Puts a row into a page, if it meets the conditions; errs with what is wrong with it.
fn put(asked: &Asked<'_>, row: &Row, page: &mut Page) -> Result<(), String> {
    let len = (0..row.len()).map(|at| match row.as_ref(at) {
        Some(Value::Bytes(bytes)) => bytes.len(),
        Some(_) | None => 0,
    });
    if len.sum::<usize>() > MAX_RECORD_BYTES {
        return Err(TOO_LONG.to_owned());
    }
    for (at, condition) in &asked.filter {
        let (kind, text) = cell(asked, row, *at)?;
        if !condition.matches((kind != Kind::Null).then_some(&*text)) {
            return Ok(());
        }
    }
    for at in 0..asked.width {
        let (kind, text) = cell(asked, row, at)?;
        page.push(kind, &text);
    }
    Ok(())
}

fn cell<'r>(
    asked: &Asked<'_>,
    row: &'r Row,
    at: usize,
) -> Result<(Kind, std::borrow::Cow<'r, str>), String> {
    match row.as_ref(at) {
        Some(Value::Bytes(bytes)) => asked.forms[at].cell(bytes),
        Some(Value::NULL) | None => Ok((Kind::Null, "".into())),
        Some(
            Value::Int(_)
            | Value::UInt(_)
            | Value::Float(_)
            | Value::Double(_)
            | Value::Date(..)
            | Value::Time(..),
        ) => Err("the server did not write a value as text".to_owned()),
    }
}

/// A row that is left out; or the failure, where that is wanted.
fn broken(
    source: &MysqlSource,
    asked: &Asked<'_>,
    row: &Row,
    why: String,
    on_error: OnError,
) -> Result<Chunk, SourceError> {
    let key = cell(asked, row, asked.forms.len() - 1).map(|(_, text)| text.into_owned());
    let key = key.unwrap_or_else(|_| "?".to_owned());
    let text = told(key.as_bytes());
    let file = format!("{}, key {key}", source.name);
    SourceError::BrokenRecord { file, line: None, byte: None, why, text }.leave_out(on_error)
}
