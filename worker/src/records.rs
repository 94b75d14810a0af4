//! A batch of records that are files of their own: each is rendered, named, packed, framed.

use std::ops::ControlFlow;

use pack::deflate::Compressor;
use pack::name::Names;
use proto::commit::Content;
use proto::definition::Format;
use proto::template::Template;
use source::Chunk;
use source::page::Row;
use tokio::sync::mpsc;

use crate::Worker;
use crate::batch::{Made, Task};
use crate::error::BatchError;
use crate::laying::{Laying, Part};
use crate::members::Members;
use crate::packing::packed;
use crate::render;
use crate::rows::{Refused, Rows};
use crate::segment::Segments;
use crate::table::{CHANNEL, WRITTEN};
use crate::xslt::Stylesheet;

impl Worker {
    /// Renders each record of a batch into a member of its own.
    pub(crate) async fn records(
        &self,
        task: Task,
        segments: &mut Segments<'_>,
    ) -> Result<Made, BatchError> {
        let (pages, chunks) = mpsc::channel(CHANNEL);
        let (out, mut parts) = mpsc::channel(WRITTEN);
        let folder = self.settings.stylesheets.as_deref();
        let stylesheet = Stylesheet::of(&task.output.options, folder)?;
        let (source, read) = (std::sync::Arc::clone(&task.source), task.read.clone());
        let reading = tokio::spawn(async move { source.rows(&read, pages).await });
        let laying =
            tokio::task::spawn_blocking(move || lay_down(&task, stylesheet.as_ref(), chunks, out));
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
    stylesheet: Option<&Stylesheet>,
    mut chunks: mpsc::Receiver<Chunk>,
    out: mpsc::Sender<Part>,
) -> Result<Made, BatchError> {
    let format = task.output.format.unwrap_or(Format::Json);
    let template = Template::parse(&task.output.to).map_err(|error| BatchError::Unrenderable {
        format: format.as_str(),
        why: error.to_string(),
    })?;
    let mut rows = Rows::new(task, format);
    let mut renderer = render::renderer(format, &task.output.options, task.columns.as_deref())
        .map_err(|error| error.in_format(format))?;
    let (mut names, mut compressor) = (Names::new(), Compressor::new());
    let mut members = Members::new();
    let mut laying = Laying::members(&task.asked, out);
    let (mut text, mut bytes) = (Vec::new(), 0);
    let mut taken = ControlFlow::Continue(());
    while taken.is_continue()
        && let Some(chunk) = chunks.blocking_recv()
    {
        rows.take(chunk, |row, width| {
            if taken.is_break() {
                return Ok(());
            }
            text.clear();
            renderer.record(row, &mut text)?;
            if let Some(stylesheet) = stylesheet {
                text = stylesheet.apply(&text)?;
            }
            let (name, wanted) = name(&template, task, row, width);
            let path = names.claim(&pack::bag::path(&task.asked, &name));
            let original = pack::name::original(&wanted, &path);
            let (mut member, data) = packed(&mut compressor, &task.asked, path, &text);
            (member.offset, member.original) = (laying.len(), original);
            bytes += member.size;
            taken = laying.member(&member, &data, &text);
            members.push(member).map_err(|error| Refused::Batch(error.into()))
        })?;
    }
    Ok(Made {
        records: members.count(),
        content: Content::Members(members.finish()),
        bytes,
        warnings: rows.finish(renderer.replaced()),
        pieces: laying.finish(),
    })
}

/// The name a record's file gets from the cells behind the rendered ones, or from the name of its
/// picture; and the same by values as they are.
fn name(template: &Template, task: &Task, row: &Row<'_>, width: usize) -> (String, String) {
    let besides = &task.read.besides;
    let first = width - besides.len();
    let value = |field: &str| {
        if let Some(column) = besides.iter().position(|name| name == field) {
            return row.cell(first + column).text;
        }
        let file = row.cell(0).text;
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        match field {
            "_name" => file,
            "_stem" => stem,
            "_extension" => extension,
            _ => "",
        }
    };
    (template.render(value), template.render_original(value))
}
