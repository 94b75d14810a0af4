//! The plan's look at a relation: how many rows, and after which keys to cut.
//!
//! The server counts and cuts; only the bounds come here, one at a time. They depend on the content
//! alone, never on statistics, so that the same content makes the same plan.

use futures::TryStreamExt;
use proto::plan::{KeyRange, Slice};

use super::failure::failure;
use super::layout::Layout;
use super::pool::Link;
use super::quote::identifier;
use super::relation::{ROW, Relation};
use crate::{SourceError, Wanted};

/// How many rows, the first in key order, tell how long a row is.
const SAMPLE_ROWS: u32 = 10_000;

/// What was seen.
pub(super) struct Seen {
    /// The slices, at least one.
    pub(super) slices: Vec<Slice>,
    /// How many rows there are.
    pub(super) records: u64,
    /// About how many bytes the wanted fields have, as text.
    pub(super) bytes: u64,
}

/// Looks at the relation, in the transaction that is open.
pub(super) async fn look(
    link: &Link,
    relation: &Relation,
    layout: &Layout,
    fields: &[String],
    wanted: &Wanted,
) -> Result<Seen, SourceError> {
    let records = count(link, relation, layout).await?;
    let sample = sample(link, relation, layout, fields.iter().chain(&wanted.besides)).await?;
    let size = match wanted.batch_size {
        Some(size) => size,
        None => sample.rows_for(wanted.target_bytes),
    };
    let slices = match size {
        0 => vec![slice(None, None)],
        size => cut(link, relation, layout, size, records).await?,
    };
    Ok(Seen { slices, records, bytes: sample.bytes_for(records) })
}

/// Counts the rows, and refuses keys that are NULL: no range of keys holds them.
async fn count(link: &Link, relation: &Relation, layout: &Layout) -> Result<u64, SourceError> {
    let sql = format!("SELECT count(*), count({}) FROM {}", layout.key.sql, relation.from);
    let row = link.query_one(&sql, &[]).await.map_err(|error| failure(&error))?;
    let (rows, keys): (i64, i64) = (row.get(0), row.get(1));
    if rows != keys {
        let what =
            format!("the key is NULL in {} of {rows} rows; they would be left out", rows - keys);
        return Err(SourceError::Refused { what });
    }
    Ok(rows.unsigned_abs())
}

/// How long some rows are.
struct Sample {
    rows: u64,
    bytes: u64,
}

impl Sample {
    /// How many rows make so many bytes; 0, for all, where rows have no length.
    fn rows_for(&self, bytes: u64) -> u64 {
        match self.bytes {
            0 => 0,
            _ => scale(bytes, self.rows, self.bytes).max(1),
        }
    }

    /// How many bytes so many rows make.
    fn bytes_for(&self, rows: u64) -> u64 {
        match self.rows {
            0 => 0,
            _ => scale(rows, self.bytes, self.rows),
        }
    }
}

fn scale(number: u64, by: u64, over: u64) -> u64 {
    u64::try_from(u128::from(number) * u128::from(by) / u128::from(over)).unwrap_or(u64::MAX)
}

async fn sample(
    link: &Link,
    relation: &Relation,
    layout: &Layout,
    fields: impl Iterator<Item = &String>,
) -> Result<Sample, SourceError> {
    let columns: Vec<String> = fields
        .map(|field| identifier(field).map(|field| format!("{ROW}.{field}")))
        .collect::<Result<_, _>>()?;
    let sql = format!(
        "SELECT count(*), coalesce(sum(octet_length(sampled::text)), 0)::int8 \
        FROM (SELECT {} FROM {} ORDER BY {} LIMIT {SAMPLE_ROWS}) AS sampled",
        columns.join(", "),
        relation.from,
        layout.key.sql
    );
    let row = link.query_one(&sql, &[]).await.map_err(|error| failure(&error))?;
    let (rows, bytes): (i64, i64) = (row.get(0), row.get(1));
    Ok(Sample { rows: rows.unsigned_abs(), bytes: bytes.unsigned_abs() })
}

/// Cuts after every `size`th key. A key that many rows share is one bound, whatever the size.
async fn cut(
    link: &Link,
    relation: &Relation,
    layout: &Layout,
    size: u64,
    records: u64,
) -> Result<Vec<Slice>, SourceError> {
    let sql = format!(
        "SELECT bound::text FROM (\
            SELECT {key} AS bound, row_number() OVER (ORDER BY {key}) AS place FROM {}\
        ) AS keys WHERE place % {size} = 0 AND place < {records} ORDER BY place",
        relation.from,
        key = layout.key.sql
    );
    let none: [&str; 0] = [];
    let bounds = link.query_raw(&sql, none).await.map_err(|error| failure(&error))?;
    futures::pin_mut!(bounds);
    let mut slices = Vec::new();
    let mut after: Option<String> = None;
    while let Some(row) = bounds.try_next().await.map_err(|error| failure(&error))? {
        let bound: String = row.get(0);
        if after.as_ref() != Some(&bound) {
            slices.push(slice(after.take(), Some(bound.clone())));
            after = Some(bound);
        }
    }
    slices.push(slice(after, None));
    Ok(slices)
}

fn slice(after: Option<String>, until: Option<String>) -> Slice {
    Slice::Keys(KeyRange { after, until })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_about_the_bytes_it_should() {
        let sample = Sample { rows: 10_000, bytes: 1_000_000 };
        assert_eq!(sample.rows_for(64 << 20), 671_088);
        assert_eq!(sample.bytes_for(5_000_000), 500_000_000);
        assert_eq!(sample.rows_for(1), 1);
        assert_eq!(Sample { rows: 0, bytes: 0 }.rows_for(64 << 20), 0);
        assert_eq!(Sample { rows: 0, bytes: 0 }.bytes_for(7), 0);
    }
}
