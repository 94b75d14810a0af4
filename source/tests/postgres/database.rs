//! A schema to fill, and sources that read from it.

use std::path::PathBuf;
use std::sync::Arc;

use futures::TryStreamExt;
use proto::definition::OnError;
use proto::filter::Where;
use proto::plan::Slice;
use proto::source::{Consistency, PostgresSpec, SourceSpec};
use source::address::AddressRules;
use source::asset::{HttpAssets, HttpLimits};
use source::page::Kind;
use source::{
    Chunk, Context, Dialect, Formulas, NoBuckets, Quoting, Read, Source, SourceError, Survey,
    Wanted,
};
use tokio::sync::mpsc;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// CSV as RFC 4180 has it.
pub(crate) const RFC_4180: Dialect =
    Dialect { delimiter: b',', quote: b'"', quoting: Quoting::Needed, formulas: Formulas::Kept };

/// Cells, each with its kind.
pub(crate) type Cells = Vec<(Kind, String)>;

/// A schema of one test.
pub(crate) struct Database {
    /// Where the server is.
    pub(crate) url: String,
    /// The schema.
    pub(crate) schema: &'static str,
    /// A connection of the test's own.
    pub(crate) client: Client,
}

impl Database {
    /// An empty schema.
    pub(crate) async fn new(schema: &'static str) -> Self {
        let url = address();
        let client = connect(&url).await;
        let sql = format!(
            "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; SET search_path = {schema}"
        );
        client.batch_execute(&sql).await.unwrap();
        Self { url, schema, client }
    }

    /// Runs statements.
    pub(crate) async fn run(&self, sql: &str) {
        self.client.batch_execute(sql).await.unwrap();
    }

    /// What a statement gives, as the server's own text.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        let messages = self.client.simple_query(sql).await.unwrap();
        let rows = messages.iter().filter_map(|message| {
            if let SimpleQueryMessage::Row(row) = message { Some(row) } else { None }
        });
        rows.map(|row| (0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()).collect()
    }

    /// The specification of a table of the schema.
    pub(crate) fn spec(&self, table: &str) -> PostgresSpec {
        PostgresSpec {
            url: self.url.clone(),
            password_file: None,
            tls: None,
            table: Some(format!("{}.{table}", self.schema)),
            query: None,
            key: "id".to_owned(),
            consistency: Consistency::None,
            assets: None,
        }
    }

    /// A table of the schema as a source.
    pub(crate) fn table(&self, table: &str) -> Arc<dyn Source> {
        open(self.spec(table)).unwrap()
    }

    /// A query as a source.
    pub(crate) fn query(&self, query: &str) -> Arc<dyn Source> {
        open(PostgresSpec { table: None, query: Some(query.to_owned()), ..self.spec("") }).unwrap()
    }
}

/// A connection to the server, outside of any source.
pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Opens a source.
pub(crate) fn open(spec: PostgresSpec) -> Result<Arc<dyn Source>, SourceError> {
    open_any(&SourceSpec::Postgres(spec))
}

/// Opens a source of any kind.
pub(crate) fn open_any(spec: &SourceSpec) -> Result<Arc<dyn Source>, SourceError> {
    let http = HttpAssets::new(HttpLimits::default(), AddressRules::new(&[]).unwrap()).unwrap();
    let context =
        Context { base: PathBuf::from("."), buckets: Arc::new(NoBuckets), http: Arc::new(http) };
    source::open(spec, &context)
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

/// What a worker would ask of a slice.
pub(crate) fn read(survey: &Survey, slice: &Slice) -> Read {
    Read {
        slice: slice.clone(),
        fields: survey.fields.clone(),
        besides: Vec::new(),
        filter: Where::new(),
        search: None,
        query: None,
        view: survey.view.clone(),
        on_error: OnError::Fail,
    }
}

/// The whole source as one slice.
pub(crate) async fn whole(source: &dyn Source) -> Read {
    let survey = source.survey(&batches_of(0)).await.unwrap();
    read(&survey, &survey.slices[0])
}

/// The rows of a slice.
pub(crate) async fn rows(source: &dyn Source, read: &Read) -> Result<Vec<Cells>, SourceError> {
    let (out, mut chunks) = mpsc::channel(2);
    let mut rows = Vec::new();
    let collect = async {
        while let Some(chunk) = chunks.recv().await {
            match chunk {
                Chunk::Page(page) => rows.extend(page.rows().map(|row| {
                    row.cells(page.width())
                        .map(|cell| (cell.kind, cell.text.to_owned()))
                        .collect::<Cells>()
                })),
                Chunk::Broken { fault, .. } => rows.push(vec![(Kind::Null, fault.message)]),
            }
        }
    };
    let (done, ()) = tokio::join!(source.rows(read, out), collect);
    done.map(|()| rows)
}

/// The first cells of the rows, as text.
pub(crate) async fn firsts(source: &dyn Source, read: &Read) -> Vec<String> {
    rows(source, read).await.unwrap().into_iter().map(|mut cells| cells.swap_remove(0).1).collect()
}

/// The CSV text of a slice.
pub(crate) async fn csv(source: &dyn Source, read: &Read) -> Result<Vec<u8>, SourceError> {
    let stream = source.csv(read, &RFC_4180).await?.expect("plain CSV is the source's own");
    stream
        .try_fold(Vec::new(), |mut all, chunk| async move {
            all.extend_from_slice(&chunk);
            Ok(all)
        })
        .await
}

#[expect(clippy::disallowed_methods, reason = "the test command says here where its servers are")]
fn address() -> String {
    std::env::var("LONGSHORE_TEST_POSTGRES").expect(
        "set LONGSHORE_TEST_POSTGRES to the URL of a PostgreSQL server for tests, such as \
         postgresql://postgres@127.0.0.1:5432/postgres; `./check test` does",
    )
}
