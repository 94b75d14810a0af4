//! A batch of records that are files of their own: each is rendered, named, packed, framed.

use pack::deflate::Compressor;
use pack::name::Names;
use proto::commit::{Content, Member, Warning};
use proto::definition::Format;
use proto::template::Template;
use source::Chunk;
use source::page::Row;
use tokio::sync::mpsc;

use crate::Worker;
use crate::batch::{Made, Task, warning};
use crate::error::BatchError;
use crate::laying::{Laying, Part};
use crate::render;
use crate::segment::Segments;
use crate::spool::packed;
use crate::table::{CHANNEL, WRITTEN, replaced};

impl Worker {
    /// Renders each record of a batch into a member of its own.
    pub(crate) async fn records(
        &self,
        task: Task,
        segments: &mut Segments<'_>,
    ) -> Result<Made, BatchError> {
        let (pages, chunks) = mpsc::channel(CHANNEL);
        let (out, mut parts) = mpsc::channel(WRITTEN);
        let (source, read) = (std::sync::Arc::clone(&task.source), task.read.clone());
        let reading = tokio::spawn(async move { source.rows(&read, pages).await });
        let laying = tokio::task::spawn_blocking(move || lay_down(&task, chunks, out));
        let written = segments.write_all(&mut parts).await;
        drop(parts);
        let read = reading.await.expect("the reading task does not panic");
        let made = laying.await.expect("the rendering thread does not panic");
        written?;
        read?;
        made
    }
}

/// Renders every record that comes and lays it down, in order.
fn lay_down(
    task: &Task,
    mut chunks: mpsc::Receiver<Chunk>,
    out: mpsc::Sender<Part>,
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
    let mut laying = Laying::members(&task.asked, out);
    let (mut text, mut bytes) = (Vec::new(), 0);
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
            let path = names.claim(&pack::bag::path(
                &task.asked,
                &name(&template, besides, &row, page.width()),
            ));
            let (mut member, data) = packed(&mut compressor, &task.asked, path, &text);
            member.offset = laying.len();
            bytes += member.size;
            let taken = laying.member(&member, &data, &text);
            members.push(member);
            if taken.is_break() {
                break;
            }
        }
    }
    warnings.extend(replaced(&*renderer, &task.output));
    Ok(Made {
        records: members.len() as u64,
        content: Content::Members(members),
        bytes,
        warnings,
        pieces: laying.finish(),
    })
}

/// The name a record's file gets from the cells behind the rendered ones.
fn name(template: &Template, besides: &[String], row: &Row<'_>, width: usize) -> String {
    let first = width - besides.len();
    template.render(|field| {
        let column = besides.iter().position(|name| name == field);
        column.map_or("", |column| row.cell(first + column).text)
    })
}
