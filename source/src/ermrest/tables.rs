//! The tables of a catalogue, and a look into one of them.

use std::collections::BTreeMap;

use proto::filter::Where;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::query::{of_table, table_name};
use super::server::{Missed, Server};
use crate::document::Columns;
use crate::http::refused;
use crate::page::Page;
use crate::{Chunk, Holding, MOST_HOLDINGS, Peek, SourceError};

/// What is read of a schema in the catalogue's document: the names of its tables.
#[derive(Deserialize)]
#[expect(clippy::zero_sized_map_values, reason = "only the names of tables are looked at")]
struct Schema {
    #[serde(default)]
    tables: BTreeMap<String, IgnoredAny>,
}

/// All tables, as queries call them.
pub(super) async fn all(server: &Server) -> Result<Vec<Holding>, SourceError> {
    let answer = server.document(None, "schema").await?;
    let schemas = answer.find("/schemas");
    let schemas: Option<BTreeMap<String, Schema>> =
        schemas.and_then(|schemas| serde_json::from_str(schemas).ok());
    let schemas = schemas.ok_or_else(|| refused(format!("{} names no schemas", answer.told())))?;
    let tables = schemas.iter().flat_map(|(schema, of_schema)| {
        of_schema.tables.keys().map(move |table| table_name(schema, table))
    });
    Ok(tables.take(MOST_HOLDINGS).map(|name| Holding { name, bytes: None }).collect())
}

/// The columns of a table, and its first rows in whatever order.
pub(super) async fn peek(server: &Server, table: &str, most: usize) -> Result<Peek, SourceError> {
    let path = of_table(table)?.rows(None, None);
    let view = server.view(None).await?;
    let fields = server.columns(Some(&view), &path).await?;
    let most = u64::try_from(most.max(1)).unwrap_or(u64::MAX);
    let answer = server.rows(Some(&view), &path, Some(most)).await;
    let answer = answer.map_err(Missed::error)?;
    let mut columns = Columns::new(Some(&fields), &[], &Where::new());
    let mut page = Page::new(columns.width());
    for record in answer.records("")? {
        let taken = columns.take(record.as_bytes(), &mut page);
        taken.map_err(|why| refused(format!("{} gives a broken row: {why}", answer.told())))?;
    }
    Ok(Peek { fields, chunks: vec![Chunk::Page(page)] })
}
