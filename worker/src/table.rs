//! A table's batch: rows become text, text becomes a share of the one member that all batches make.
//!
//! Three tasks hand each other chunks over bounded channels: the source reads, a blocking thread
//! renders and deflates, the store writes. Memory does not depend on the batch.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use pack::frame::frame;
use proto::commit::{Content, Piece, Share, Warning};
use proto::definition::Format;
use proto::lay::Lay;
use source::{CsvStream, Dialect, SourceError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::Worker;
use crate::batch::{Made, Place, Task};
use crate::error::BatchError;
use crate::laying::{Laying, Part};
use crate::render;
use crate::rows::Rows;
use crate::segment::Segments;

/// Pages that may wait between two tasks.
pub(crate) const CHANNEL: usize = 4;

/// Chunks that may wait for the store, which has a buffer of its own.
pub(crate) const WRITTEN: usize = 1;

/// What the rendering thread leaves.
pub(crate) struct Rendered {
    pub(crate) pieces: Vec<(Lay, Piece)>,
    pub(crate) records: u64,
    pub(crate) warnings: Vec<Warning>,
}

impl Worker {
    /// Renders a table's batch into a share.
    pub(crate) async fn table(
        &self,
        task: Task,
        segments: &mut Segments<'_>,
    ) -> Result<Made, BatchError> {
        let format = task.output.format.unwrap_or(Format::Jsonl);
        let ready = match render::dialect(format, &task.output.options) {
            Some(dialect) => {
                task.source.csv(&task.read, &dialect).await?.map(|stream| (stream, dialect))
            }
            None => None,
        };
        let (out, parts) = mpsc::channel(WRITTEN);
        let laying = Laying::share(&task.asked, &separator(&task, format), out);
        let under_way = match ready {
            Some((stream, dialect)) => pass_through(stream, dialect, laying),
            None => render_rows(task, format, laying),
        };
        share(under_way, parts, segments).await
    }
}

/// The task that reads, and the thread that lays down what it reads.
pub(crate) type Reading = JoinHandle<Result<(), SourceError>>;
pub(crate) type Rendering = JoinHandle<Result<Rendered, BatchError>>;

/// Stores a share while it is laid down.
pub(crate) async fn share(
    (reading, rendering): (Reading, Rendering),
    mut parts: mpsc::Receiver<Part>,
    segments: &mut Segments<'_>,
) -> Result<Made, BatchError> {
    let written = segments.write_all(&mut parts).await;
    drop(parts);
    // The first cause speaks: a source that failed ends the others too, and a store that failed
    // makes the others stop without an error of their own.
    let read = reading.await.expect("the reading task does not panic");
    let rendered = rendering.await.expect("the rendering thread does not panic");
    written?;
    read?;
    Ok(Made::of_share(rendered?))
}

impl Made {
    /// A share that was laid down.
    pub(crate) fn of_share(rendered: Rendered) -> Self {
        let Rendered { pieces, records, warnings } = rendered;
        let plain_zip = pieces.first().map(|(_, piece)| *piece);
        let Piece { size, compressed, check: crc32, .. } = plain_zip.unwrap_or_default();
        let content = Content::Share(Share { crc32, size, compressed });
        Self { content, records, bytes: size, warnings, pieces }
    }
}

/// Text that the source made goes into the share as it is.
fn pass_through(
    mut stream: CsvStream,
    dialect: Dialect,
    mut laying: Laying,
) -> (Reading, Rendering) {
    let (text, mut texts) = mpsc::channel::<Bytes>(CHANNEL);
    let reading = tokio::spawn(async move {
        while let Some(chunk) = stream.next().await {
            if text.send(chunk?).await.is_err() {
                break;
            }
        }
        Ok(())
    });
    let rendering = tokio::task::spawn_blocking(move || {
        let mut lines = Lines::new(dialect.quote);
        while let Some(chunk) = texts.blocking_recv() {
            lines.count(&chunk);
            if laying.content(&chunk).is_break() {
                break;
            }
        }
        Ok(Rendered { pieces: laying.finish(), records: lines.ended, warnings: Vec::new() })
    });
    (reading, rendering)
}

/// What parts the share from those before it.
fn separator(task: &Task, format: Format) -> Vec<u8> {
    let columns = task.columns.as_deref().unwrap_or_default();
    match task.place {
        Place::First => Vec::new(),
        Place::Later => frame(format, &task.output.options, columns).separator,
    }
}

/// Rows are rendered into the share.
fn render_rows(task: Task, format: Format, mut laying: Laying) -> (Reading, Rendering) {
    let (pages, mut chunks) = mpsc::channel(CHANNEL);
    let (source, read) = (Arc::clone(&task.source), task.read.clone());
    let is_without_records = task.output.is_without_records();
    let reading = tokio::spawn(async move {
        if is_without_records { Ok(()) } else { source.rows(&read, pages).await }
    });
    let rendering = tokio::task::spawn_blocking(move || {
        let mut rows = Rows::new(&task, format);
        let columns = task.columns.as_deref();
        let mut renderer = render::renderer(format, &task.output.options, columns)
            .map_err(|error| error.in_format(format))?;
        let (mut records, mut text) = (0, Vec::new());
        while let Some(chunk) = chunks.blocking_recv() {
            text.clear();
            rows.take(chunk, |row, _| {
                let start = text.len();
                renderer.row(row, &mut text).inspect_err(|_| text.truncate(start))?;
                records += 1;
                Ok(())
            })?;
            if laying.content(&text).is_break() {
                break;
            }
        }
        let warnings = rows.finish(renderer.replaced());
        Ok(Rendered { pieces: laying.finish(), records, warnings })
    });
    (reading, rendering)
}

/// Counts records of CSV text: line ends outside quotes.
struct Lines {
    quote: u8,
    quoted: bool,
    ended: u64,
}

impl Lines {
    fn new(quote: u8) -> Self {
        Self { quote, quoted: false, ended: 0 }
    }

    fn count(&mut self, text: &[u8]) {
        for at in memchr::memchr2_iter(self.quote, b'\n', text) {
            // A doubled quote leaves and enters again, which comes to the same.
            if text[at] == self.quote {
                self.quoted = !self.quoted;
            } else if !self.quoted {
                self.ended += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(chunks: &[&str], expected: u64) {
        let mut lines = Lines::new(b'"');
        for chunk in chunks {
            lines.count(chunk.as_bytes());
        }
        assert_eq!(lines.ended, expected, "{chunks:?}");
    }

    #[test]
    fn line_ends_inside_quotes_are_no_records() {
        check(&["a,b\r\nc,\"d\r\ne\"\r\n"], 2);
        check(&["\"x\"\"", "\n\"\"y\"\r\n", "z\r\n"], 2);
        check(&[], 0);
    }
}
