//! Files that are made in one piece, by one batch, for they cannot be joined from parts without being
//! read: a workbook is an archive of its own, whose compressed sheets would show how the batches were
//! cut. The source is read in one pass, the file grows in the scratch directory, and memory stays the
//! same.

mod zip;
mod tables;
mod beside;
mod album;
mod xlsx;
mod parquet;
mod coco;
mod cvat;
mod upd;
mod styled;

use std::fs::File;
use std::io;
use std::sync::Arc;

use pack::name::Names;
use proto::commit::{Content, Member, Warning};
use proto::definition::{Format, Thumbnails};
use proto::fault::Fault;
use source::page::Row;
use source::{Chunk, SourceError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub(crate) use self::album::{Album, Looked, Sought};
pub(crate) use self::beside::{Beside, Seeking};
use self::coco::Coco;
use self::cvat::Cvat;
use self::parquet::Parquet;
use self::styled::Styled;
use self::tables::{Channels, Incoming, Table, tables};
pub(crate) use self::upd::DatabaseError;
use self::upd::Upd;
use self::xlsx::Xlsx;
use crate::batch::{Made, Task};
use crate::error::BatchError;
use crate::large;
use crate::laying::Laying;
use crate::render::{self, Unrenderable};
use crate::rows::{Refused, Rows};
use crate::segment::Segments;
use crate::spool::packed_file;
use crate::table::WRITTEN;
use crate::xslt::Stylesheet;
use crate::{Settings, Worker};

/// A workbook that grows in a file; `pictures` is for those of one that may have some.
pub(crate) fn workbook(file: File, pictures: Option<File>) -> std::io::Result<Box<dyn Whole>> {
    Ok(Box::new(Xlsx::new(file, pictures)?))
}

/// A way to write a file in one piece.
pub(crate) trait Whole {
    /// Begins another table of the file, of this name and with these columns, and pictures beside its
    /// records where that is asked for.
    fn table(
        &mut self,
        name: &str,
        columns: &[String],
        thumbnails: Option<&Thumbnails>,
    ) -> Result<(), Refused>;

    /// Takes what stands beside the next record; for formats that have something there.
    fn beside(&mut self, _beside: Beside) {}

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
        let (task, settings) = (Arc::new(task), Arc::clone(&self.settings));
        let Channels { pages, incoming, shown } = Channels::of(&task);
        let reading = tokio::spawn(read_all(Arc::clone(&task), pages));
        let illustrating = tokio::spawn(self.clone().illustrate_all(Arc::clone(&task), shown));
        let (out, mut parts) = mpsc::channel(WRITTEN);
        let writing: JoinHandle<Result<Made, BatchError>> = tokio::task::spawn_blocking({
            let task = Arc::clone(&task);
            move || {
                let whole = begin(format, &task, &settings, stylesheet);
                let whole = whole.map_err(|error| error.in_format(format))?;
                let Written { file, records, warnings } = write(&task, format, whole, incoming)?;
                let path = Names::new().claim(&pack::bag::path(&task.asked, &task.output.to));
                let original = pack::name::original(&task.output.to, &path);
                let (mut member, file) = packed_file(&settings.scratch, &task.asked, path, file)
                    .map_err(BatchError::Scratch)?;
                member.original = original;
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
        let album = illustrating.await.expect("looking for pictures does not panic");
        let made = writing.await.expect("the writing thread does not panic");
        written?;
        read?;
        let mut made = made?;
        let output = task.output.to.clone();
        let (subject, object, left_out) = (None, None, None);
        let told = album.told().map(|fault| Warning { fault, output, subject, object, left_out });
        made.warnings.extend(told);
        Ok(made)
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
    for (table, pages) in tables(&task).zip(pages) {
        for read in table.reads {
            table.source.rows(read, pages.clone()).await?;
        }
    }
    Ok(())
}

fn write(
    task: &Task,
    format: Format,
    mut whole: Box<dyn Whole>,
    incoming: Vec<Incoming>,
) -> Result<Written, BatchError> {
    let (mut rows, mut records) = (Rows::new(task, format), 0);
    for (table, Incoming { mut chunks, mut beside }) in tables(task).zip(incoming) {
        let Table { output, columns, apart, .. } = table;
        let thumbnails = output.options.thumbnails.as_ref();
        let begun = whole.table(&xlsx::sheet_name(output), columns, thumbnails);
        begun.map_err(|error| error.in_format(format))?;
        rows.turn_to(apart);
        while let Some(chunk) = chunks.blocking_recv() {
            let mut told = Vec::new();
            rows.take(chunk, |row, _| {
                if let Some(beside) = &mut beside {
                    // Whoever looks for pictures ends early only where nobody takes them any more.
                    let found = beside.blocking_recv().ok_or(io::ErrorKind::BrokenPipe);
                    let found = found.map_err(|error| Refused::Scratch(error.into()))?;
                    let (beside, warning) = found.map_err(|error| Refused::Batch(error.into()))?;
                    whole.beside(beside);
                    told.extend(warning);
                }
                whole.row(row)?;
                records += 1;
                Ok(())
            })?;
            rows.warn(told);
        }
    }
    let (file, replaced) = whole.finish().map_err(|error| error.in_format(format))?;
    Ok(Written { file, records, warnings: rows.finish(replaced) })
}

fn begin(
    format: Format,
    task: &Task,
    settings: &Settings,
    stylesheet: Option<Stylesheet>,
) -> Result<Box<dyn Whole>, Refused> {
    let scratch = &settings.scratch;
    let file = tempfile::tempfile_in(scratch)?;
    if let Some(stylesheet) = stylesheet {
        return Ok(Box::new(Styled::new(task, stylesheet, file)?));
    }
    match format {
        Format::Xlsx => {
            let has_pictures = tables(task).any(|table| table.output.options.thumbnails.is_some());
            let pictures = has_pictures.then(|| tempfile::tempfile_in(scratch)).transpose()?;
            Ok(Box::new(Xlsx::new(file, pictures)?))
        }
        Format::Parquet => {
            let columns = task.apart.as_ref().map(|apart| &*apart.columns);
            Ok(Box::new(Parquet::new(file, columns.unwrap_or_default())?))
        }
        Format::Coco => {
            let shapes = tempfile::tempfile_in(scratch)?;
            Ok(Box::new(Coco::new(render::dataset(&task.output.options)?, file, shapes)?))
        }
        Format::Cvat => Ok(Box::new(Cvat::new(render::dataset(&task.output.options)?, file)?)),
        Format::Upd => Ok(Box::new(Upd::new(task, &settings.duckdb, scratch)?)),
        Format::Csv
        | Format::Json
        | Format::Jsonl
        | Format::Xml
        | Format::Fasta
        | Format::Yolo
        | Format::Voc => Err(Unrenderable::new("it is joined from parts").into()),
    }
}
