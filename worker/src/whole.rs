//! Files that are made in one piece, by one batch, for they cannot be joined from parts without being
//! read: a workbook is an archive of its own, whose compressed sheets would show how the batches were
//! cut. The source is read in one pass, the file grows in the scratch directory, and memory stays the
//! same.

mod zip;
mod xlsx;
mod parquet;
mod coco;
mod cvat;
mod styled;

use std::fs::File;
use std::iter;
use std::path::Path;
use std::sync::Arc;

use pack::name::Names;
use proto::commit::{Content, Member, Warning};
use proto::definition::Format;
use proto::fault::Fault;
use source::page::Row;
use source::{Chunk, SourceError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use self::coco::Coco;
use self::cvat::Cvat;
use self::parquet::Parquet;
use self::styled::Styled;
use self::xlsx::Xlsx;
use crate::Worker;
use crate::batch::{Made, Task};
use crate::error::BatchError;
use crate::large;
use crate::laying::Laying;
use crate::render::{self, Unrenderable};
use crate::rows::{Refused, Rows};
use crate::segment::Segments;
use crate::spool::packed_file;
use crate::table::{CHANNEL, WRITTEN};
use crate::xslt::Stylesheet;

/// A way to write a file in one piece.
pub(crate) trait Whole {
    /// Begins another table of the file, of this name and with these columns.
    fn table(&mut self, name: &str, columns: &[String]) -> Result<(), Refused>;

    /// Appends a record to the table.
    fn row(&mut self, row: &Row<'_>) -> Result<(), Refused>;

    /// The whole file, and what was written otherwise than it was, for the format cannot hold it.
    fn finish(self: Box<Self>) -> Result<(File, Option<Fault>), Refused>;
}

/// A file that is finished, and what is to be told of it.
struct Written {
    file: File,
    records: u64,
    warnings: Vec<Warning>,
}

impl Worker {
    /// Writes all records of an output into one file.
    pub(crate) async fn whole(
        &self,
        task: Task,
        format: Format,
        segments: &mut Segments<'_>,
    ) -> Result<Made, BatchError> {
        let folder = self.settings.stylesheets.as_deref();
        let stylesheet = Stylesheet::of(&task.output.options, folder)?;
        let (task, scratch) = (Arc::new(task), self.settings.scratch.clone());
        // A channel for each table, so that its end is told from that of the next one.
        let tables = 1 + task.sheets.len();
        let (pages, chunks): (Vec<_>, Vec<_>) = (0..tables).map(|_| mpsc::channel(CHANNEL)).unzip();
        let reading = tokio::spawn(read_all(Arc::clone(&task), pages));
        let (out, mut parts) = mpsc::channel(WRITTEN);
        let writing: JoinHandle<Result<Made, BatchError>> = tokio::task::spawn_blocking({
            let task = Arc::clone(&task);
            move || {
                let whole = begin(format, &task, &scratch, stylesheet);
                let whole = whole.map_err(|error| error.in_format(format))?;
                let Written { file, records, warnings } = write(&task, format, whole, chunks)?;
                let path = Names::new().claim(&pack::bag::path(&task.asked, &task.output.to));
                let (member, file) =
                    packed_file(&scratch, &task.asked, path, file).map_err(BatchError::Scratch)?;
                let mut laying = Laying::members(&task.asked, out);
                // Where nobody takes it any more, the store failed, and says so itself.
                let _taken =
                    large::lay_down(&mut laying, &member, file).map_err(BatchError::Scratch)?;
                Ok(made(member, records, warnings, laying))
            }
        });
        let written = segments.write_all(&mut parts).await;
        drop(parts);
        let read = reading.await.expect("the reading task does not panic");
        let made = writing.await.expect("the writing thread does not panic");
        written?;
        read?;
        made
    }
}

fn made(member: Member, records: u64, warnings: Vec<Warning>, laying: Laying) -> Made {
    Made {
        bytes: member.size,
        content: Content::Members(vec![member]),
        records,
        warnings,
        pieces: laying.finish(),
    }
}

/// Reads the tables, one after the other.
async fn read_all(task: Arc<Task>, pages: Vec<mpsc::Sender<Chunk>>) -> Result<(), SourceError> {
    let mut pages = pages.into_iter();
    if let Some(pages) = pages.next() {
        task.source.rows(&task.read, pages).await?;
    }
    for (sheet, pages) in task.sheets.iter().zip(pages) {
        for read in &sheet.reads {
            sheet.source.rows(read, pages.clone()).await?;
        }
    }
    Ok(())
}

fn write(
    task: &Task,
    format: Format,
    mut whole: Box<dyn Whole>,
    chunks: Vec<mpsc::Receiver<Chunk>>,
) -> Result<Written, BatchError> {
    let columns = task.columns.as_deref().unwrap_or_default();
    let first = (&task.output, columns, task.apart.as_ref());
    let sheets =
        task.sheets.iter().map(|sheet| (&sheet.output, &*sheet.columns, sheet.apart.as_ref()));
    let (mut rows, mut records) = (Rows::new(task, format), 0);
    for ((output, columns, apart), mut chunks) in iter::once(first).chain(sheets).zip(chunks) {
        let name = xlsx::sheet_name(output);
        whole.table(&name, columns).map_err(|error| error.in_format(format))?;
        rows.turn_to(apart);
        while let Some(chunk) = chunks.blocking_recv() {
            rows.take(chunk, |row, _| {
                whole.row(row)?;
                records += 1;
                Ok(())
            })?;
        }
    }
    let (file, replaced) = whole.finish().map_err(|error| error.in_format(format))?;
    Ok(Written { file, records, warnings: rows.finish(replaced) })
}

fn begin(
    format: Format,
    task: &Task,
    scratch: &Path,
    stylesheet: Option<Stylesheet>,
) -> Result<Box<dyn Whole>, Refused> {
    let file = tempfile::tempfile_in(scratch)?;
    if let Some(stylesheet) = stylesheet {
        return Ok(Box::new(Styled::new(task, stylesheet, file)?));
    }
    match format {
        Format::Xlsx => Ok(Box::new(Xlsx::new(file)?)),
        Format::Parquet => {
            let columns = task.apart.as_ref().map(|apart| &*apart.columns);
            Ok(Box::new(Parquet::new(file, columns.unwrap_or_default())?))
        }
        Format::Coco => {
            let shapes = tempfile::tempfile_in(scratch)?;
            Ok(Box::new(Coco::new(render::dataset(&task.output.options)?, file, shapes)?))
        }
        Format::Cvat => Ok(Box::new(Cvat::new(render::dataset(&task.output.options)?, file)?)),
        Format::Csv
        | Format::Json
        | Format::Jsonl
        | Format::Xml
        | Format::Fasta
        | Format::Yolo
        | Format::Voc => Err(Unrenderable::new("it is joined from parts").into()),
    }
}
