//! UPD, the Universal Portable Dataset: one DuckDB file with tables of datasets, entries, annotations and media, the
//! bytes of these in it. The program `duckdb` writes it; records and media wait in its folder in the scratch
//! directory, a few at a time, and memory stays the same.

mod program;
mod records;
mod tables;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::StreamExt;
use proto::definition::{Medias, OnError, Thumbnails};
use proto::fault::Fault;
use source::datasets::Datasets;
use source::page::Row;
use tempfile::TempDir;
use tokio::runtime::Handle;

pub(crate) use self::program::DatabaseError;
use self::program::Program;
use self::records::{Entry, Media};
use self::tables::{BLOB, MEDIA, Table, Tables, Untaken};
use super::Whole;
use crate::batch::Task;
use crate::error::BatchError;
use crate::render::Unrenderable;
use crate::rows::Refused;

/// Longest media, in bytes (128 MiB): the program holds it in memory several times, which with 256 MiB came to more than
/// the 1 GiB that it may take.
const MOST_MEDIA_BYTES: u64 = 128 << 20;

/// A database under way.
pub(super) struct Upd {
    // Dropped before the folder that it works in.
    tables: Tables,
    folder: TempDir,
    datasets: Arc<dyn Datasets>,
    medias: Medias,
    on_error: OnError,
    /// The datasets that are in the table.
    met: HashSet<String>,
    missing: Missing,
}

/// Media that were not to be had.
#[derive(Default)]
struct Missing {
    count: u64,
    /// Why the first was not.
    first: Option<Fault>,
}

impl Upd {
    /// Starts the program, before anything is read.
    pub(super) fn new(task: &Task, program: &Path, scratch: &Path) -> Result<Self, Refused> {
        let datasets = task.source.datasets();
        let datasets = datasets.ok_or_else(|| {
            Unrenderable::new("the source keeps no datasets, and UPD has nothing else")
        })?;
        let folder = tempfile::tempdir_in(scratch)?;
        let program = Program::start(program, folder.path()).map_err(Untaken::from)?;
        Ok(Self {
            tables: Tables::new(program, folder.path())?,
            folder,
            datasets,
            medias: task.output.options.medias.unwrap_or_default(),
            on_error: task.read.on_error,
            met: HashSet::new(),
            missing: Missing::default(),
        })
    }

    /// Takes in a media; whether it was to be had.
    fn media(&mut self, media: &Media<'_>) -> Result<bool, Refused> {
        let path = self.path(BLOB);
        // This is a thread for what blocks, so that it may wait.
        let fetched = Handle::current().block_on(fetch(&*self.datasets, media, &path));
        if let Err(error) = fetched {
            let missing = error.of_one_asset().filter(|_| self.on_error == OnError::Warn);
            let Some(fault) = missing else { return Err(Refused::Batch(Box::new(error))) };
            self.missing.count += 1;
            let message = format!("{:?}, {}", media.name, fault.message);
            self.missing.first.get_or_insert(Fault { message, ..fault });
            return Ok(false);
        }
        fs::write(self.path(MEDIA), &media.line)?;
        self.tables.add_media()?;
        Ok(true)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Whole for Upd {
    fn table(
        &mut self,
        _name: &str,
        _columns: &[String],
        _thumbnails: Option<&Thumbnails>,
    ) -> Result<(), Refused> {
        Ok(())
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Refused> {
        let entry = Entry::read(row.cell(0).text, self.medias)?;
        let mut there = Vec::new();
        for media in &entry.medias {
            if self.media(media)? {
                there.push(media.key.as_str());
            }
        }
        if let Some((id, line)) = &entry.dataset
            && self.met.insert(id.clone())
        {
            self.tables.add(Table::Datasets, line)?;
        }
        self.tables
            .add(Table::Entries, &entry.line(|media| there.contains(&media.key.as_str())))?;
        for line in &entry.annotations {
            self.tables.add(Table::Annotations, line)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(File, Option<Fault>), Refused> {
        let Self { tables, folder, missing, .. } = *self;
        let program = tables.finish()?;
        let file = program.finish(folder.path()).map_err(Untaken::from)?;
        Ok((file, missing.told()))
    }
}

impl Missing {
    fn told(&self) -> Option<Fault> {
        let first = self.first.as_ref()?;
        let message =
            format!("media were left out: {}, the first of them {}", self.count, first.message);
        Some(Fault::new(first.code, message))
    }
}

/// Lays the bytes of a media down.
async fn fetch(datasets: &dyn Datasets, media: &Media<'_>, path: &Path) -> Result<(), BatchError> {
    let mut asset = datasets.media(&media.record.to_owned()).await?;
    let mut file = BufWriter::new(File::create(path).map_err(BatchError::Scratch)?);
    let mut len_bytes = 0;
    while let Some(chunk) = asset.bytes.next().await {
        let chunk = chunk?;
        len_bytes += chunk.len() as u64;
        if len_bytes > MOST_MEDIA_BYTES {
            let why = format!("it has more than {MOST_MEDIA_BYTES} bytes, and UPD holds it whole");
            return Err(BatchError::Unconvertible { reference: media.name.clone(), why });
        }
        file.write_all(&chunk).map_err(BatchError::Scratch)?;
    }
    file.flush().map_err(BatchError::Scratch)
}

impl From<Untaken> for Refused {
    fn from(error: Untaken) -> Self {
        match error {
            Untaken::Database(error) => Self::Batch(Box::new(BatchError::Database(error))),
            Untaken::Scratch(error) => Self::Scratch(error),
        }
    }
}
