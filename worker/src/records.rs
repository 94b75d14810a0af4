//! A batch of records that are files of their own: each is rendered, named, packed, framed.

use bytes::Bytes;
use pack::deflate::Compressor;
use pack::name::{Names, sanitise};
use proto::commit::{Content, Member, Warning};
use proto::definition::Format;
use proto::template::Template;
use source::Chunk;
use source::page::Row;
use tokio::sync::mpsc;

use crate::Worker;
use crate::batch::{Made, Task, warning};
use crate::error::BatchError;
use crate::render;
use crate::segment::{CHUNK_BYTES, SegmentWriter};
use crate::spool::framed;
use crate::table::{CHANNEL, WRITTEN, replaced};

impl Worker {
    /// Renders each record of a batch into a member of its own.
    pub(crate) async fn records(
        &self,
        task: Task,
        segment: &mut SegmentWriter<'_>,
    ) -> Result<Made, BatchError> {
        let (pages, chunks) = mpsc::channel(CHANNEL);
        let (out, mut framed) = mpsc::channel(WRITTEN);
        let (source, read) = (std::sync::Arc::clone(&task.source), task.read.clone());
        let reading = tokio::spawn(async move { source.rows(&read, pages).await });
        let framing = tokio::task::spawn_blocking(move || frame(&task, chunks, &out));
        let written = segment.write_all(&mut framed).await;
        drop(framed);
        let read = reading.await.expect("the reading task does not panic");
        let made = framing.await.expect("the rendering thread does not panic");
        written?;
        read?;
        made
    }
}

/// Renders and frames every record that comes, in order.
fn frame(
    task: &Task,
    mut chunks: mpsc::Receiver<Chunk>,
    out: &mpsc::Sender<Bytes>,
) -> Result<Made, BatchError> {
    let format = task.output.format.unwrap_or(Format::Json);
    let template = Template::parse(&task.output.to).map_err(|error| BatchError::Unrenderable {
        format: format.as_str(),
        why: error.to_string(),
    })?;
    let besides = &task.read.besides;
    let mut renderer = render::renderer(format, &task.output.options, task.columns.as_deref());
    let (mut names, mut compressor) = (Names::new(), Compressor::new());
    let (mut members, mut warnings): (Vec<Member>, Vec<Warning>) = (Vec::new(), Vec::new());
    let (mut buffer, mut text) = (Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 4), Vec::new());
    let (mut offset, mut bytes) = (0, 0);
    while let Some(chunk) = chunks.blocking_recv() {
        let page = match chunk {
            Chunk::Broken { fault, text } => {
                warnings.push(warning(&task.output, fault, &text));
                continue;
            }
            Chunk::Page(page) => page,
        };
        for row in page.rows() {
            text.clear();
            renderer.record(&row, &mut text).map_err(|error| error.in_format(format))?;
            let path = names.claim(&sanitise(&name(&template, besides, &row, page.width())));
            let member = framed(&mut compressor, path, offset, &text, &mut buffer);
            offset += pack::zip::local_header_len(&entry(&member)) + member.compressed;
            bytes += member.size;
            members.push(member);
            if buffer.len() >= CHUNK_BYTES {
                let full = std::mem::replace(
                    &mut buffer,
                    Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 4),
                );
                if out.blocking_send(full.into()).is_err() {
                    break;
                }
            }
        }
    }
    // Nobody there to take it: the store failed, and says so itself.
    drop(out.blocking_send(buffer.into()));
    warnings.extend(replaced(&*renderer, &task.output));
    Ok(Made { records: members.len() as u64, content: Content::Members(members), bytes, warnings })
}

/// The name a record's file gets from the cells behind the rendered ones.
fn name(template: &Template, besides: &[String], row: &Row<'_>, width: usize) -> String {
    let first = width - besides.len();
    template.render(|field| {
        let column = besides.iter().position(|name| name == field);
        column.map_or("", |column| row.cell(first + column).text)
    })
}

/// A member, as the archive describes it.
pub(crate) fn entry(member: &Member) -> pack::zip::Entry<'_> {
    pack::zip::Entry {
        path: &member.path,
        method: member.method,
        crc32: member.crc32,
        compressed: member.compressed,
        size: member.size,
    }
}
