//! How long sources take: whatever a role gets from its catalogue is asked through this.
//!
//! Told is the time that the source itself took. While whoever reads is busy with what came, nothing counts. In
//! traces, surveys and slices that are read are spans of what they are for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use proto::definition::Verbatim;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tracing::{Instrument, Span};

use crate::asset::{AssetRoot, Credentials};
use crate::catalogue::Catalogue;
use crate::datasets::Datasets;
use crate::pass::Token;
use crate::users::{Session, Users};
use crate::{
    Chunk, CsvStream, Dialect, Greatest, Holding, Peek, Read, Sought, Source, SourceError, Survey,
    TextStream, Wanted,
};

/// How many chunks wait between the source and whoever reads.
const CHANNEL: usize = 1;

/// A source that tells how long it takes.
pub(crate) struct Timed {
    source: Arc<dyn Source>,
    /// What it is asked for: reading goes on in tasks of its own, which know of no span.
    parent: Span,
}

impl Timed {
    /// The same source, timed.
    pub(crate) fn over(source: Arc<dyn Source>) -> Arc<dyn Source> {
        Arc::new(Self { source, parent: Span::current() })
    }

    /// The span of an operation. Of databases it says what OpenTelemetry has names for:
    /// <https://opentelemetry.io/docs/specs/semconv/database/>
    fn span(&self, operation: &'static str) -> Span {
        let kind = self.source.kind();
        let span = tracing::info_span!(
            parent: &self.parent, "source", kind, operation, otel.kind = "client",
        );
        let database = match kind {
            "postgres" => Some("postgresql"),
            "mysql" => Some("mysql"),
            _ => None,
        };
        if let Some(database) = database {
            fabric::trace::describe(&span, "db.system.name", database);
            fabric::trace::describe(&span, "db.operation.name", operation);
        }
        span
    }

    /// What a question is answered, once it is told how long that took.
    async fn timed<T>(&self, operation: &'static str, asking: impl Future<Output = T> + Send) -> T {
        let began = Instant::now();
        let answer = asking.await;
        tell(self.source.kind(), operation, began.elapsed());
        answer
    }

    /// The parts of an answer, where there is one that was asked for when `began`.
    fn parts<T: Send + 'static>(
        &self,
        operation: &'static str,
        began: Instant,
        parts: BoxStream<'static, T>,
    ) -> BoxStream<'static, T> {
        let mut waiting = Waiting::new(self.source.kind(), operation);
        waiting.waited = began.elapsed();
        // The span ends with the last part, or where nobody wants any more.
        let open = (parts, waiting, self.span(operation));
        stream::unfold(open, next).boxed()
    }
}

#[async_trait]
impl Source for Timed {
    fn kind(&self) -> &'static str {
        self.source.kind()
    }

    async fn survey(&self, wanted: &Wanted) -> Result<Survey, SourceError> {
        let span = self.span("survey");
        self.timed("survey", self.source.survey(wanted)).instrument(span).await
    }

    async fn greatest(&self, sought: &Sought) -> Result<Option<Greatest>, SourceError> {
        self.timed("greatest", self.source.greatest(sought)).await
    }

    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        let (chunks, given) = mpsc::channel(CHANNEL);
        let waiting = Waiting::new(self.source.kind(), "rows");
        let reading = self.source.rows(read, chunks).instrument(self.span("rows"));
        let (read, ()) = tokio::join!(reading, hand_on(given, out, waiting));
        read
    }

    async fn csv(&self, read: &Read, dialect: &Dialect) -> Result<Option<CsvStream>, SourceError> {
        let began = Instant::now();
        let parts = self.source.csv(read, dialect).await?;
        Ok(parts.map(|parts| self.parts("csv", began, parts)))
    }

    fn takes_queries(&self) -> bool {
        self.source.takes_queries()
    }

    async fn verbatim(
        &self,
        read: &Read,
        form: Verbatim,
    ) -> Result<Option<TextStream>, SourceError> {
        let began = Instant::now();
        let parts = self.source.verbatim(read, form).await?;
        Ok(parts.map(|parts| self.parts("verbatim", began, parts)))
    }

    async fn view(&self, wanted: Option<&str>) -> Result<Option<String>, SourceError> {
        self.source.view(wanted).await
    }

    async fn first(
        &self,
        query: &str,
        view: Option<&str>,
    ) -> Result<Option<Map<String, Value>>, SourceError> {
        self.timed("first", self.source.first(query, view)).await
    }

    async fn document(&self, path: &str, view: Option<&str>) -> Result<Bytes, SourceError> {
        self.timed("document", self.source.document(path, view)).await
    }

    async fn holdings(&self) -> Result<Vec<Holding>, SourceError> {
        self.source.holdings().await
    }

    async fn peek(&self, table: &str, most: usize) -> Result<Option<Peek>, SourceError> {
        self.source.peek(table, most).await
    }

    fn credentials(&self) -> Option<Arc<Credentials>> {
        self.source.credentials()
    }

    fn catalogue(&self) -> Option<Arc<dyn Catalogue>> {
        self.source.catalogue()
    }

    fn datasets(&self) -> Option<Arc<dyn Datasets>> {
        self.source.datasets()
    }

    fn users(&self) -> Option<Arc<dyn Users>> {
        self.source.users()
    }

    async fn session(&self, token: &Token) -> Result<Option<Session>, SourceError> {
        self.timed("session", self.source.session(token)).await
    }

    async fn own_session(&self) -> Result<Option<Session>, SourceError> {
        self.timed("session", self.source.own_session()).await
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        self.source.assets()
    }
}

/// An answer whose parts come: they, how long was waited for them, and their span.
type Open<T> = (BoxStream<'static, T>, Waiting, Span);

/// The next part of an answer.
async fn next<T>((mut parts, mut waiting, span): Open<T>) -> Option<(T, Open<T>)> {
    let part = waiting.until(parts.next()).await?;
    Some((part, (parts, waiting, span)))
}

/// Hands chunks on until there are no more, or nobody wants them; dropping its ends tells the source so.
async fn hand_on(mut given: mpsc::Receiver<Chunk>, out: mpsc::Sender<Chunk>, mut waiting: Waiting) {
    loop {
        // Both arms lose nothing when dropped.
        let chunk = tokio::select! {
            chunk = waiting.until(given.recv()) => chunk,
            () = out.closed() => return,
        };
        let Some(chunk) = chunk else { return };
        if out.send(chunk).await.is_err() {
            return;
        }
    }
}

/// How long was waited for the parts of an answer so far; told where it is dropped.
struct Waiting {
    kind: &'static str,
    operation: &'static str,
    waited: Duration,
    is_first: bool,
}

impl Waiting {
    fn new(kind: &'static str, operation: &'static str) -> Self {
        Self { kind, operation, waited: Duration::ZERO, is_first: true }
    }

    /// Waits for the next part.
    async fn until<T>(&mut self, next: impl Future<Output = T> + Send) -> T {
        let began = Instant::now();
        let part = next.await;
        self.waited += began.elapsed();
        if self.is_first {
            self.is_first = false;
            tell(self.kind, "first_part", self.waited);
        }
        part
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        tell(self.kind, self.operation, self.waited);
    }
}

fn tell(kind: &'static str, operation: &'static str, took: Duration) {
    metrics::histogram!("longshore_source_seconds", "kind" => kind, "operation" => operation)
        .record(took.as_secs_f64());
}

#[cfg(test)]
mod tests;
