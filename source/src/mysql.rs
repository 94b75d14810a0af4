//! A table or query of a MySQL or MariaDB database, read in ranges of its key.
//!
//! Rows come in the text protocol, in which the server itself writes decimals, 64-bit numbers and
//! dates, zero dates among them; what it cannot write exactly as text (bits, bytes, short floats) is
//! made into text here. A batch is one statement and sees one moment. These servers cannot show the
//! moment of one connection to another, so that batches see what is committed when each reads.
//!
//! Connections are encrypted where `tls` says how; a URL that asks for it is refused rather than obeyed in
//! part.

mod failure;
mod quote;
mod link;
mod form;
mod layout;
mod condition;
mod survey;
mod rows;

use std::sync::Arc;

use async_trait::async_trait;
use mysql_async::Row;
use proto::source::MysqlSpec;
use tokio::sync::mpsc;

use self::layout::Layout;
use self::link::Server;
use crate::asset::{self, AssetRoot};
use crate::{
    Chunk, Context, Holding, MOST_HOLDINGS, Peek, Read, Source, SourceError, Survey, Wanted,
};

/// The tables that whoever is logged in may see, but for those that the server keeps for itself.
const TABLES: &str = "\
SELECT concat(table_schema, '.', table_name), data_length FROM information_schema.tables \
WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') \
ORDER BY table_schema, table_name";

/// A database to read from.
pub(crate) struct MysqlSource {
    server: Server,
    /// What is read, as it stands after `FROM`.
    from: String,
    /// What people know it by.
    name: String,
    key: String,
    assets: Option<Arc<dyn AssetRoot>>,
}

impl MysqlSource {
    /// Reads the configuration and the password's file; connects to nothing.
    pub(crate) fn open(spec: &MysqlSpec, context: &Context) -> Result<Self, SourceError> {
        let assets =
            spec.assets.as_ref().map(|place| asset::root_at(place, context)).transpose()?;
        let (from, name) = match (&spec.table, &spec.query) {
            (Some(table), None) => (quote::table(table)?, table.clone()),
            (None, Some(query)) => (quote::query(query)?, "query".to_owned()),
            (Some(_), Some(_)) | (None, None) => {
                let what = "one of `table` and `query` is wanted".to_owned();
                return Err(SourceError::Refused { what });
            }
        };
        let server = Server::of(spec, &context.base)?;
        Ok(Self { server, from, name, key: spec.key.clone(), assets })
    }
}

#[async_trait]
impl Source for MysqlSource {
    fn kind(&self) -> &'static str {
        "mysql"
    }

    async fn survey(&self, wanted: &Wanted) -> Result<Survey, SourceError> {
        let mut link = self.server.connect().await?;
        let layout = Layout::of(&mut link, &self.from, &self.key).await?;
        let fields = wanted.fields.clone().unwrap_or_else(|| layout.names());
        layout.refuse_unknown(fields.iter().chain(&wanted.besides).chain(wanted.filter.keys()))?;
        let seen = survey::look(&mut link, &self.from, &layout, &fields, wanted).await?;
        link.part().await;
        Ok(Survey { fields: Some(fields), ..seen })
    }

    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        let mut link = self.server.connect().await?;
        let layout = Layout::of(&mut link, &self.from, &self.key).await?;
        rows::rows(&mut link, self, &layout, read, out).await?;
        link.part().await;
        Ok(())
    }

    async fn peek(&self, table: &str, most: usize) -> Result<Option<Peek>, SourceError> {
        let from = quote::table(table)?;
        let mut link = self.server.connect().await?;
        let (columns, _) = layout::columns(&mut link, &from).await?;
        let chunks = rows::first(&mut link, table, &columns, most).await?;
        link.part().await;
        let fields = columns.into_iter().map(|(name, _)| name).collect();
        Ok(Some(Peek { fields, chunks }))
    }

    async fn holdings(&self) -> Result<Vec<Holding>, SourceError> {
        let mut link = self.server.connect().await?;
        let rows = link.all(&format!("{TABLES} LIMIT {MOST_HOLDINGS}")).await?;
        link.part().await;
        let holding = |row: &Row| {
            let name: Option<String> = row.get(0);
            let bytes: Option<Option<u64>> = row.get(1);
            Some(Holding { name: name?, bytes: bytes.flatten() })
        };
        Ok(rows.iter().filter_map(holding).collect())
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        self.assets.clone()
    }
}
