//! A table or query of a PostgreSQL database, read in ranges of its key.
//!
//! Rows come by `COPY` in binary and become text here, which is faster than asking the server for
//! text, and the text is the server's own to the byte. Conditions go to the server wherever SQL can
//! say exactly what they mean. With `consistency = "snapshot"` all readers see the moment of the
//! survey, for as long as its hold lives; without it each batch sees what is committed when it reads.
//!
//! Connections are encrypted where `tls` says how; a URL that asks for TLS is refused rather than obeyed
//! in part.

mod relation;
mod quote;
mod tls;
mod pool;
mod failure;
mod form;
mod layout;
mod key;
mod survey;
mod greatest;
mod condition;
mod statement;
mod tuples;
mod cell;
mod moment;
mod numeric;
mod float;
mod decimal;
mod reader;
mod lines;
mod texts;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream};
use proto::definition::OnError;
use proto::source::{Consistency, PostgresSpec};
use tokio::sync::mpsc;
use tokio_postgres::Row;

use self::failure::{failure, snapshot_failure};
use self::layout::{Column, Encoding, Layout};
use self::lines::Lines;
use self::pool::{Link, Pool, config};
pub(crate) use self::quote::{identifier, literal, table};
use self::reader::{Pause, Reader};
use self::relation::Relation;
use self::statement::CopyStatement;
use self::tls::Tls;
use crate::asset::{self, AssetRoot};
use crate::open::Context;
use crate::page::Page;
use crate::{
    Chunk, CsvStream, Dialect, Greatest, Holding, MOST_HOLDINGS, Peek, Read, Sought, Source,
    SourceError, Survey, Wanted,
};

/// Begins a transaction that sees one moment and changes nothing.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The tables and views that whoever is logged in may read, but for those that the server keeps for
/// itself.
const TABLES: &str = "\
SELECT n.nspname || '.' || c.relname,
    CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_table_size(c.oid) END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
ORDER BY 1";

/// A database to read from.
pub(crate) struct PostgresSource {
    pool: Arc<Pool>,
    relation: Relation,
    key: String,
    consistency: Consistency,
    assets: Option<Arc<dyn AssetRoot>>,
}

impl PostgresSource {
    /// Reads the configuration and the password's file; connects to nothing.
    pub(crate) fn open(spec: &PostgresSpec, context: &Context) -> Result<Self, SourceError> {
        let assets =
            spec.assets.as_ref().map(|place| asset::root_at(place, context)).transpose()?;
        let tls = spec.tls.as_ref().map(|tls| Tls::of(tls, &context.base)).transpose()?;
        Ok(Self {
            pool: Arc::new(Pool::new(config(spec, &context.base)?, tls)),
            relation: Relation::of(spec)?,
            key: spec.key.clone(),
            consistency: spec.consistency,
            assets,
        })
    }

    async fn layout(&self, link: &Link) -> Result<Layout, SourceError> {
        Layout::of(link, &self.relation, &self.key).await
    }

    /// A connection whose transaction sees what the plan saw, where that was held.
    async fn begin(&self, view: Option<&str>) -> Result<Link, SourceError> {
        let link = self.pool.take().await?;
        link.batch_execute(BEGIN).await.map_err(|error| failure(&error))?;
        if let Some(view) = view {
            // The name comes from the plan, and no name that PostgreSQL gives has other characters.
            if !view.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
                return Err(SourceError::SnapshotLost);
            }
            let sql = format!("SET TRANSACTION SNAPSHOT '{view}'");
            link.batch_execute(&sql).await.map_err(|error| snapshot_failure(&error))?;
        }
        Ok(link)
    }

    async fn prepare(&self, read: &Read) -> Result<(Link, CopyStatement, Encoding), SourceError> {
        let link = self.begin(read.view.as_deref()).await?;
        let layout = self.layout(&link).await.map_err(SourceError::amid_a_run)?;
        let statement =
            CopyStatement::new(&self.relation, &layout, read).map_err(SourceError::amid_a_run)?;
        as_it_is(&link, layout.encoding).await?;
        Ok((link, statement, layout.encoding))
    }

    async fn start(
        &self,
        read: &Read,
        link: Link,
        statement: CopyStatement,
    ) -> Result<Reader, SourceError> {
        Reader::start(&self.pool, link, statement, read.on_error, &self.relation.name).await
    }
}

#[async_trait]
impl Source for PostgresSource {
    fn kind(&self) -> &'static str {
        "postgres"
    }

    async fn survey(&self, wanted: &Wanted) -> Result<Survey, SourceError> {
        let link = self.begin(None).await?;
        let layout = self.layout(&link).await?;
        let fields = wanted.fields.clone().unwrap_or_else(|| layout.names());
        statement::known(&layout, fields.iter().chain(&wanted.besides), &wanted.filter)?;
        let seen = survey::look(&link, &self.relation, &layout, &fields, wanted).await?;
        let mut survey = Survey {
            fields: Some(fields),
            slices: seen.slices,
            records: Some(seen.records),
            bytes: Some(seen.bytes),
            view: None,
            hold: None,
        };
        match self.consistency {
            Consistency::None => {
                link.batch_execute("COMMIT").await.map_err(|error| failure(&error))?;
                self.pool.give_back(link);
            }
            Consistency::Snapshot => {
                let row = link.query_one("SELECT pg_catalog.pg_export_snapshot()", &[]).await;
                survey.view = Some(row.map_err(|error| failure(&error))?.get(0));
                // Its transaction stays open until the connection is dropped.
                survey.hold = Some(Box::new(link));
            }
        }
        Ok(survey)
    }

    async fn greatest(&self, sought: &Sought) -> Result<Option<Greatest>, SourceError> {
        let link = self.begin(None).await?;
        let layout = self.layout(&link).await?;
        let greatest = greatest::look(&link, &self.relation, &layout, sought).await?;
        link.batch_execute("COMMIT").await.map_err(|error| failure(&error))?;
        self.pool.give_back(link);
        Ok(greatest)
    }

    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        let (link, statement, _) = self.prepare(read).await?;
        let mut reader = self.start(read, link, statement).await?;
        loop {
            let mut page = Page::new(reader.width());
            let pause = reader.fill(&mut page).await?;
            // A receiver that is gone wants no more; dropping the reader cuts its connection.
            if !page.is_empty() && out.send(Chunk::Page(page)).await.is_err() {
                return Ok(());
            }
            match pause {
                Pause::Full => {}
                Pause::Broken(chunk) => {
                    if out.send(chunk).await.is_err() {
                        return Ok(());
                    }
                }
                Pause::End => return reader.finish().await,
            }
        }
    }

    async fn csv(&self, read: &Read, dialect: &Dialect) -> Result<Option<CsvStream>, SourceError> {
        let Some(fields) = &read.fields else { return Ok(None) };
        let Some(lines) = Lines::new(*dialect, fields.len()) else { return Ok(None) };
        if !read.besides.is_empty() {
            return Ok(None);
        }
        let (link, statement, encoding) = self.prepare(read).await?;
        match encoding {
            Encoding::Utf8 | Encoding::Converted => {}
            // A broken row could not be told apart from the others.
            Encoding::Unknown => return Ok(None),
        }
        let reader = self.start(read, link, statement).await?;
        Ok(Some(stream::try_unfold(Some((reader, lines)), chunk).boxed()))
    }

    async fn peek(&self, table: &str, most: usize) -> Result<Option<Peek>, SourceError> {
        let relation = Relation::table(table)?;
        let link = self.begin(None).await?;
        let (columns, _) = Column::all(&link, &relation).await?;
        let fields = columns.iter().map(|column| column.name.clone()).collect();
        let mut chunks = Vec::new();
        if columns.is_empty() {
            return Ok(Some(Peek { fields, chunks }));
        }
        as_it_is(&link, Encoding::of(&link).await?).await?;
        let statement = CopyStatement::first(&relation, &columns, most);
        let (pool, name) = (&self.pool, &relation.name);
        let mut reader = Reader::start(pool, link, statement, OnError::Warn, name).await?;
        loop {
            let mut page = Page::new(reader.width());
            let pause = reader.fill(&mut page).await?;
            chunks.push(Chunk::Page(page));
            match pause {
                Pause::Full => {}
                Pause::Broken(chunk) => chunks.push(chunk),
                Pause::End => break,
            }
        }
        reader.finish().await?;
        Ok(Some(Peek { fields, chunks }))
    }

    async fn holdings(&self) -> Result<Vec<Holding>, SourceError> {
        let link = self.pool.take().await?;
        let sql = format!("{TABLES} LIMIT {MOST_HOLDINGS}");
        let rows = link.query(&sql, &[]).await.map_err(|error| failure(&error))?;
        self.pool.give_back(link);
        let holding = |row: &Row| {
            let bytes: Option<i64> = row.get(1);
            Holding { name: row.get(0), bytes: bytes.and_then(|bytes| u64::try_from(bytes).ok()) }
        };
        Ok(rows.iter().map(holding).collect())
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        self.assets.clone()
    }
}

/// The next chunk of a CSV stream, and what is left to read.
async fn chunk(
    state: Option<(Reader, Lines)>,
) -> Result<Option<(Bytes, Option<(Reader, Lines)>)>, SourceError> {
    let Some((mut reader, mut lines)) = state else { return Ok(None) };
    loop {
        match reader.fill(&mut lines).await? {
            Pause::Full => return Ok(Some((lines.take(), Some((reader, lines))))),
            // Only databases without an encoding have broken rows, and those were sent away before.
            Pause::Broken(_) => {}
            Pause::End => {
                reader.finish().await?;
                let last = lines.take();
                return Ok((!last.is_empty()).then_some((last, None)));
            }
        }
    }
}

/// Takes texts as they are stored, where nobody vouches for them: else the server stops at the first one
/// that is not UTF-8; this way its row alone is broken.
async fn as_it_is(link: &Link, encoding: Encoding) -> Result<(), SourceError> {
    match encoding {
        Encoding::Utf8 | Encoding::Converted => Ok(()),
        Encoding::Unknown => {
            let raw = "SET LOCAL client_encoding = 'SQL_ASCII'";
            link.batch_execute(raw).await.map_err(|error| failure(&error))
        }
    }
}
