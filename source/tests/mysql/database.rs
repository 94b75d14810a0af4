//! A table of a test's own, and sources that read from it.

use std::path::PathBuf;
use std::sync::Arc;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};
use proto::definition::OnError;
use proto::filter::Where;
use proto::source::{MysqlSpec, SourceSpec};
use source::address::AddressRules;
use source::asset::{HttpAssets, HttpLimits};
use source::page::Kind;
use source::{Chunk, Context, NoBuckets, Read, Source, SourceError, Survey, Wanted};
use tokio::sync::mpsc;

/// Cells, each with its kind.
pub(crate) type Cells = Vec<(Kind, String)>;

/// A connection of a test's own, in a database of its own.
pub(crate) struct Database {
    pub(crate) url: String,
    client: Conn,
}

impl Database {
    /// An empty database.
    pub(crate) async fn new(name: &str) -> Self {
        let server = address();
        let mut client = Conn::new(opts(&server)).await.unwrap();
        for sql in ["DROP DATABASE IF EXISTS", "CREATE DATABASE", "USE"] {
            client.query_drop(format!("{sql} {name}")).await.unwrap();
        }
        let (server, _) = server.rsplit_once('/').unwrap();
        Self { url: format!("{server}/{name}"), client }
    }

    /// Runs a statement.
    pub(crate) async fn run(&mut self, sql: &str) {
        self.client.query_drop(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// What the server was asked that says this, by its log.
    pub(crate) async fn log(&mut self, said: &str) -> Vec<String> {
        let sql = format!(
            "SELECT convert(argument USING utf8mb4) FROM mysql.general_log WHERE locate('{said}', argument) > 0"
        );
        self.client.query(sql).await.unwrap()
    }

    /// The specification of a table.
    pub(crate) fn spec(&self, table: &str) -> MysqlSpec {
        MysqlSpec {
            url: self.url.clone(),
            password_file: None,
            tls: None,
            table: Some(table.to_owned()),
            query: None,
            key: "id".to_owned(),
            assets: None,
        }
    }

    /// A table as a source.
    pub(crate) fn table(&self, table: &str) -> Arc<dyn Source> {
        open(self.spec(table)).unwrap()
    }
}

fn opts(url: &str) -> OptsBuilder {
    OptsBuilder::from_opts(Opts::from_url(url).unwrap()).prefer_socket(false)
}

fn address() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the server is, is the tests' configuration"
    )]
    std::env::var("LONGSHORE_TEST_MYSQL").expect(
        "LONGSHORE_TEST_MYSQL is not set: run ./check test, or start the servers with \
         `tests/setup/servers.sh start DIR` and `source DIR/env`",
    )
}

/// Opens a source.
pub(crate) fn open(spec: MysqlSpec) -> Result<Arc<dyn Source>, SourceError> {
    let http = HttpAssets::new(HttpLimits::default(), AddressRules::new(&[]).unwrap()).unwrap();
    let context =
        Context { base: PathBuf::from("."), buckets: Arc::new(NoBuckets), http: Arc::new(http) };
    source::open(&SourceSpec::Mysql(spec), &context)
}

/// Everything, in batches of so many records.
pub(crate) fn batches_of(batch_size: u64) -> Wanted {
    Wanted {
        fields: None,
        besides: Vec::new(),
        filter: Where::new(),
        batch_size: Some(batch_size),
        target_bytes: 64 << 20,
        needs_columns: true,
        search: None,
        query: None,
        view: None,
    }
}

/// All rows, slice by slice, and the survey.
pub(crate) async fn rows(
    source: &dyn Source,
    wanted: &Wanted,
) -> Result<(Vec<Cells>, Survey), SourceError> {
    let survey = source.survey(wanted).await?;
    let mut rows = Vec::new();
    for slice in &survey.slices {
        let read = Read {
            slice: slice.clone(),
            fields: survey.fields.clone(),
            besides: wanted.besides.clone(),
            filter: wanted.filter.clone(),
            search: None,
            query: None,
            view: survey.view.clone(),
            on_error: OnError::Fail,
        };
        let (out, mut chunks) = mpsc::channel(2);
        let collect = async {
            while let Some(Chunk::Page(page)) = chunks.recv().await {
                rows.extend(page.rows().map(|row| {
                    row.cells(page.width())
                        .map(|cell| (cell.kind, cell.text.to_owned()))
                        .collect::<Cells>()
                }));
            }
        };
        tokio::join!(source.rows(&read, out), collect).0?;
    }
    Ok((rows, survey))
}
