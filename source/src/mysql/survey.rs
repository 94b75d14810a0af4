//! The plan's look at a table: how many rows, and after which keys to cut.

use mysql_async::{Row, Value};
use proto::plan::{KeyRange, Slice};

use super::failure::failure;
use super::layout::Layout;
use super::link::Link;
use super::quote::column;
use crate::sample::Sample;
use crate::slices::refuse_more;
use crate::{SourceError, Survey, Wanted};

/// How many rows, the first in key order, tell how long a row is.
const SAMPLE_ROWS: u32 = 10_000;

/// Looks the table over.
pub(super) async fn look(
    link: &mut Link,
    from: &str,
    layout: &Layout,
    fields: &[String],
    wanted: &Wanted,
) -> Result<Survey, SourceError> {
    // All of it at one moment.
    link.all("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await?;
    refuse_null_keys(link, from, layout).await?;
    let sample = sample(link, from, layout, fields.iter().chain(&wanted.besides)).await?;
    let records = link.number(&format!("SELECT count(*) FROM {from}")).await?;
    let size = match wanted.batch_size {
        Some(size) => size,
        None => sample.rows_for(wanted.target_bytes_of(sample.bytes_for(records))),
    };
    refuse_more(records.checked_div(size).unwrap_or(0))?;
    let bounds = match size {
        0 => Vec::new(),
        size if size >= records => Vec::new(),
        size if layout.key.is_indexed => step(link, from, layout, size).await?,
        size => pass(link, from, layout, size).await?,
    };
    link.all("COMMIT").await?;
    let starts = std::iter::once(None).chain(bounds.iter().cloned().map(Some));
    let ends = bounds.iter().cloned().map(Some).chain(std::iter::once(None));
    let slices =
        starts.zip(ends).map(|(after, until)| Slice::Keys(KeyRange { after, until })).collect();
    let bytes = Some(sample.bytes_for(records));
    Ok(Survey { fields: None, slices, records: Some(records), bytes, view: None, hold: None })
}

/// Keys that are NULL are refused: no range of keys holds their rows.
async fn refuse_null_keys(link: &mut Link, from: &str, layout: &Layout) -> Result<(), SourceError> {
    if !layout.key.is_nullable {
        return Ok(());
    }
    let sql = format!("SELECT count(*) FROM {from} WHERE {} IS NULL", layout.key.sql);
    match link.number(&sql).await? {
        0 => Ok(()),
        nulls => {
            let what = format!("the key is NULL in {nulls} rows; they would be left out");
            Err(SourceError::Refused { what })
        }
    }
}

async fn sample(
    link: &mut Link,
    from: &str,
    layout: &Layout,
    fields: impl Iterator<Item = &String>,
) -> Result<Sample, SourceError> {
    let lens: Vec<String> =
        fields.map(|field| format!("coalesce(octet_length({}), 0) + 1", column(field))).collect();
    let len = if lens.is_empty() { "0".to_owned() } else { lens.join(" + ") };
    let sql = format!(
        "SELECT count(*), coalesce(sum(len), 0) FROM (SELECT {len} AS len FROM {from} ORDER BY {} LIMIT {SAMPLE_ROWS}) AS sampled",
        layout.key.sql
    );
    let rows = link.all(&sql).await?;
    let [rows, bytes] =
        rows.first().map(|row| [number(row, 0), number(row, 1)]).unwrap_or_default();
    Ok(Sample { rows, bytes })
}

fn number(row: &Row, at: usize) -> u64 {
    row.as_ref(at).and_then(text).and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Bytes(bytes) => str::from_utf8(bytes).ok(),
        Value::NULL
        | Value::Int(_)
        | Value::UInt(_)
        | Value::Float(_)
        | Value::Double(_)
        | Value::Date(..)
        | Value::Time(..) => None,
    }
}

/// Cuts after every `size`th key, from bound to bound: the server passes over so many entries of the
/// index, and only the bounds come here.
async fn step(
    link: &mut Link,
    from: &str,
    layout: &Layout,
    size: u64,
) -> Result<Vec<String>, SourceError> {
    let mut bounds: Vec<String> = Vec::new();
    loop {
        let range = KeyRange { after: bounds.last().cloned(), until: None };
        let within = layout.key.within(&range).join(" AND ");
        let within = if within.is_empty() { String::new() } else { format!("WHERE {within} ") };
        // Two keys: a bound is one only where something comes after it.
        let sql = format!(
            "SELECT {key} FROM {from} {within}ORDER BY {key} LIMIT {}, 2",
            size - 1,
            key = layout.key.sql
        );
        let rows = link.all(&sql).await?;
        let [bound, _] = &rows[..] else { return Ok(bounds) };
        bounds.push(key(layout, bound)?);
    }
}

/// Cuts after every `size`th key in one pass over all keys, for without an index each bound would
/// cost a sort.
async fn pass(
    link: &mut Link,
    from: &str,
    layout: &Layout,
    size: u64,
) -> Result<Vec<String>, SourceError> {
    let sql = format!("SELECT {key} FROM {from} ORDER BY {key}", key = layout.key.sql);
    let mut rows = link.rows(&sql).await?;
    let (mut bounds, mut bound, mut seen): (Vec<String>, Option<String>, u64) =
        (Vec::new(), None, 0);
    while let Some(row) = rows.next().await.map_err(|error| failure(&error))? {
        if let Some(bound) = bound.take()
            && bounds.last() != Some(&bound)
        {
            bounds.push(bound);
        }
        seen += 1;
        if seen.is_multiple_of(size) {
            bound = Some(key(layout, &row)?);
        }
    }
    Ok(bounds)
}

fn key(layout: &Layout, row: &Row) -> Result<String, SourceError> {
    let none = |why: String| SourceError::Refused { what: format!("a key cannot be read: {why}") };
    match row.as_ref(0) {
        Some(Value::Bytes(bytes)) => Ok(layout.key.form.cell(bytes).map_err(none)?.1.into_owned()),
        Some(_) | None => Err(none("it has no value".to_owned())),
    }
}
