//! A table's batch: rows become text, text becomes a share of the one member that all batches make.
//!
//! Three tasks hand each other chunks over bounded channels: the source reads, a blocking thread
//! renders and deflates, the store writes. Memory does not depend on the batch.

use bytes::Bytes;
use futures::StreamExt;
use pack::deflate::{ShareWriter, stored_block};
use pack::frame::frame;
use proto::commit::{Content, Share, Warning};
use proto::definition::{Format, Output};
use source::{Chunk, CsvStream, Dialect, SourceError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::Worker;
use crate::batch::{Made, Place, Task, warning};
use crate::error::BatchError;
use crate::render::{self, Render};
use crate::segment::{CHUNK_BYTES, SegmentWriter};

/// Pages that may wait between two tasks.
pub(crate) const CHANNEL: usize = 4;

/// Chunks that may wait for the store, which has a buffer of its own.
pub(crate) const WRITTEN: usize = 1;

/// What the rendering thread leaves.
struct Rendered {
    share: Share,
    records: u64,
    warnings: Vec<Warning>,
}

impl Worker {
    /// Renders a table's batch into a share.
    pub(crate) async fn table(
        &self,
        task: Task,
        segment: &mut SegmentWriter<'_>,
    ) -> Result<Made, BatchError> {
        let format = task.output.format.unwrap_or(Format::Jsonl);
        let ready = match render::dialect(format, &task.output.options) {
            Some(dialect) => {
                task.source.csv(&task.read, &dialect).await?.map(|stream| (stream, dialect))
            }
            None => None,
        };
        let lead = lead(&task, format);
        let (out, mut chunks) = mpsc::channel(WRITTEN);
        let (read, rendering) = match ready {
            Some((stream, dialect)) => pass_through(stream, dialect, ShareBuffer::new(lead, out)),
            None => render_rows(task, format, ShareBuffer::new(lead, out)),
        };
        let written = segment.write_all(&mut chunks).await;
        drop(chunks);
        // The first cause speaks: a source that failed ends the others too, and a store that failed
        // makes the others stop without an error of their own.
        let read = read.await.expect("the reading task does not panic");
        let rendered = rendering.await.expect("the rendering thread does not panic");
        written?;
        read?;
        let Rendered { share, records, warnings } = rendered?;
        Ok(Made { content: Content::Share(share), records, bytes: share.size, warnings })
    }
}

type Reading = JoinHandle<Result<(), SourceError>>;
type Rendering = JoinHandle<Result<Rendered, BatchError>>;

/// Text that the source made goes into the share as it is.
fn pass_through(
    mut stream: CsvStream,
    dialect: Dialect,
    mut share: ShareBuffer,
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
            if share.write(&chunk).is_break() {
                break;
            }
        }
        Ok(Rendered { share: share.finish(), records: lines.ended, warnings: Vec::new() })
    });
    (reading, rendering)
}

/// What parts the share from those before it, as a piece of the deflate stream.
fn lead(task: &Task, format: Format) -> Vec<u8> {
    let mut lead = Vec::new();
    if task.place == Place::Later {
        let frame =
            frame(format, &task.output.options, task.columns.as_deref().unwrap_or_default());
        stored_block(frame.separator, &mut lead);
    }
    lead
}

/// Rows are rendered into the share.
fn render_rows(task: Task, format: Format, mut share: ShareBuffer) -> (Reading, Rendering) {
    let (pages, mut chunks) = mpsc::channel(CHANNEL);
    let Task { output, columns, source, read, .. } = task;
    let reading = tokio::spawn(async move { source.rows(&read, pages).await });
    let rendering = tokio::task::spawn_blocking(move || {
        let mut renderer = render::renderer(format, &output.options, columns.as_deref());
        let (mut records, mut warnings, mut text) = (0, Vec::new(), Vec::new());
        while let Some(chunk) = chunks.blocking_recv() {
            match chunk {
                Chunk::Broken { fault, text } => warnings.push(warning(&output, fault, &text)),
                Chunk::Page(page) => {
                    records += page.len() as u64;
                    text.clear();
                    renderer.rows(&page, &mut text).map_err(|error| error.in_format(format))?;
                    if share.write(&text).is_break() {
                        break;
                    }
                }
            }
        }
        warnings.extend(replaced(&*renderer, &output));
        Ok(Rendered { share: share.finish(), records, warnings })
    });
    (reading, rendering)
}

/// What the renderer could not write as it was, said once for the batch.
pub(crate) fn replaced(renderer: &dyn Render, output: &Output) -> Option<Warning> {
    let fault = renderer.replaced()?;
    Some(Warning { fault, output: output.to.clone(), subject: None })
}

/// A share whose compressed bytes are sent off in chunks.
struct ShareBuffer {
    share: ShareWriter,
    /// What comes before the share, unless it stays empty.
    lead: Vec<u8>,
    buffer: Vec<u8>,
    out: mpsc::Sender<Bytes>,
}

impl ShareBuffer {
    fn new(lead: Vec<u8>, out: mpsc::Sender<Bytes>) -> Self {
        Self {
            share: ShareWriter::new(),
            lead,
            buffer: Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 4),
            out,
        }
    }

    /// Compresses bytes; a break where nobody takes them any more.
    fn write(&mut self, bytes: &[u8]) -> std::ops::ControlFlow<()> {
        if !bytes.is_empty() {
            self.buffer.append(&mut self.lead);
        }
        self.share.write(bytes, &mut self.buffer);
        if self.buffer.len() < CHUNK_BYTES {
            return std::ops::ControlFlow::Continue(());
        }
        let full =
            std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 4));
        match self.out.blocking_send(full.into()) {
            Ok(()) => std::ops::ControlFlow::Continue(()),
            Err(_) => std::ops::ControlFlow::Break(()),
        }
    }

    fn finish(mut self) -> Share {
        let share = self.share.finish(&mut self.buffer);
        // Nobody there to take it: the store failed, and says so itself.
        drop(self.out.blocking_send(self.buffer.into()));
        share
    }
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
