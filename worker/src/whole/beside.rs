//! What stands beside the records of a workbook: small pictures of their assets, fetched and converted
//! a few at a time while the sheet is written, and handed over in the order of the records.
//!
//! How many a workbook may have, [`Album`] says. Of a record whose picture is missing the name is shown.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::stream::{self, BoxStream, Stream, StreamExt};
use proto::definition::{Class, Convert, Output, Thumbnails};
use source::asset::{Assets, shown};
use source::page::Cell;
use source::{Chunk, SourceError};

use super::album::{Album, Looked, Sought};
use super::tables::{Shown, tables};
use crate::Worker;
use crate::assets::class::{HEAD_BYTES, class_of};
use crate::assets::reference::{NoVersion, Reference, references};
use crate::batch::Task;
use crate::error::BatchError;
use crate::laid::next_wanted;
use crate::spool::Head;

/// Pictures that are fetched and converted at once.
const AT_ONCE: usize = 4;

/// Longest small picture, in bytes (1 MiB): more than the largest has as a JPEG.
const PICTURE_BYTES: usize = 1 << 20;

/// Most characters of a name that is shown instead of a picture.
const NAME_CHARS: usize = 200;

/// What stands beside a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Nothing: the record names no file.
    Nothing,
    /// A small picture.
    Picture(Thumbnail),
    /// The name of what is not shown.
    Name(String),
}

/// A small picture, as a JPEG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Thumbnail {
    pub(crate) bytes: Vec<u8>,
    /// Pixels, at most as many as the largest edge there is.
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// A table whose records have pictures beside them.
struct Illustrated<'t> {
    output: &'t Output,
    thumbnails: &'t Thumbnails,
    assets: Assets,
    /// The column of the reference.
    column: usize,
    shown: Shown,
}

/// For what, and of what, pictures are looked for by their places.
#[derive(Clone, Copy)]
pub(crate) struct Seeking<'f> {
    pub(crate) task: &'f Task,
    pub(crate) assets: &'f Assets,
    /// Whether the workbook takes no more: then nothing is looked for.
    pub(crate) is_full: &'f AtomicBool,
    /// Whether the server is silent: then nobody insists.
    pub(crate) is_silent: &'f AtomicBool,
}

/// What a row names.
enum Named {
    Nothing,
    File(Reference),
    Unclear { subject: String, why: String },
}

impl Worker {
    /// Finds what stands beside the rows of those tables that have something there, one after the other.
    pub(super) async fn illustrate_all(self, task: Arc<Task>, shown: Vec<Option<Shown>>) -> Album {
        let mut album = Album::default();
        for (table, shown) in tables(&task).zip(shown) {
            let (Some(shown), Some(thumbnails)) = (shown, &table.output.options.thumbnails) else {
                continue;
            };
            let illustrated = Illustrated {
                output: table.output,
                thumbnails,
                assets: self.catalog.assets(table.source),
                column: table.column_of(&thumbnails.field),
                shown,
            };
            self.illustrate(&task, illustrated, &mut album).await;
        }
        album
    }

    /// Passes a table's chunks on, and after each what stands beside its rows. Ends early where nobody
    /// takes them any more.
    async fn illustrate(&self, task: &Task, table: Illustrated<'_>, album: &mut Album) {
        let Illustrated { output, thumbnails, assets, column, mut shown } = table;
        while let Some(chunk) = shown.chunks.recv().await {
            let named: Vec<Named> = match &chunk {
                Chunk::Broken { .. } => Vec::new(),
                Chunk::Page(page) => {
                    let versions = &thumbnails.versions;
                    page.rows().map(|row| named(&row.cell(column), versions)).collect()
                }
            };
            if shown.pages.send(chunk).await.is_err() {
                return;
            }
            let convert = thumbnails.convert();
            let mut looked = self.look_at_all(task, &assets, &convert, named, album.is_full());
            while let Some((name, looked)) = next_wanted(&mut looked, &shown.found).await {
                let found = album.take(task.read.on_error, output, name, looked);
                if shown.found.send(found).await.is_err() {
                    break;
                }
            }
            if shown.found.is_closed() {
                return;
            }
        }
    }

    /// Looks for the pictures of a page, a few at a time, in its order; nothing is looked for where the
    /// workbook takes no more.
    fn look_at_all<'f>(
        &'f self,
        task: &'f Task,
        assets: &'f Assets,
        convert: &'f Convert,
        named: Vec<Named>,
        is_full: bool,
    ) -> BoxStream<'f, Sought> {
        let look = move |named| async move {
            match named {
                Named::Nothing => (String::new(), None),
                Named::Unclear { subject, why } => {
                    let error = SourceError::AssetMissing { reference: name(&subject), why };
                    (name(&subject), Some(Err(error.into())))
                }
                Named::File(reference) if is_full => {
                    (name(&reference.place), Some(Ok(Looked::NoPicture)))
                }
                Named::File(reference) => {
                    let look = || self.look_at(assets, convert, &reference);
                    // One that is silent for good ends the workbook by the first file.
                    let looked = self.insist(task, &AtomicBool::new(false), look).await;
                    (name(&reference.place), Some(looked))
                }
            }
        };
        stream::iter(named).map(look).buffered(AT_ONCE).boxed()
    }

    /// Looks for the pictures at some places, a few at a time, in their order, each with its place; of an empty
    /// one nothing.
    pub(crate) fn look_for<'f>(
        &'f self,
        seeking: Seeking<'f>,
        convert: Convert,
        places: impl Iterator<Item = String> + Send + 'f,
    ) -> impl Stream<Item = (String, Sought)> + Send + 'f {
        let Seeking { task, assets, is_full, is_silent } = seeking;
        let convert = Arc::new(convert);
        let look = move |place: String| {
            let convert = Arc::clone(&convert);
            async move {
                if place.is_empty() {
                    return (place, (String::new(), None));
                }
                if is_full.load(Ordering::Relaxed) {
                    let name = name(&place);
                    return (place, (name, Some(Ok(Looked::NoPicture))));
                }
                let reference = Reference { place, told: BTreeMap::new() };
                let look = || self.look_at(assets, &convert, &reference);
                let looked = self.insist(task, is_silent, look).await;
                let name = name(&reference.place);
                (reference.place, (name, Some(looked)))
            }
        };
        stream::iter(places).map(look).buffered(AT_ONCE)
    }

    async fn look_at(
        &self,
        assets: &Assets,
        convert: &Convert,
        reference: &Reference,
    ) -> Result<Looked, BatchError> {
        let place = &reference.place;
        let mut asset = assets.open(place).await?;
        let mut head = Head::default();
        head.read(&mut asset.bytes, HEAD_BYTES).await?;
        if class_of(head.first(HEAD_BYTES), reference.extension()) != Class::Image {
            return Ok(Looked::NoPicture);
        }
        let converted = self.convert(assets, place, convert, &[], head.bytes, asset.bytes).await;
        let mut converted = converted.map_err(|error| BatchError::of_conversion(error, place))?;
        let mut small = Head::default();
        small.read(&mut converted.bytes, PICTURE_BYTES).await?;
        if !small.is_all {
            let why = "it is too long as a small picture".to_owned();
            return Err(BatchError::Unconvertible { reference: shown(place), why });
        }
        let [width, height] = converted.size;
        Ok(Looked::Picture(Thumbnail { bytes: small.bytes, width, height }))
    }
}

/// What a cell names; of several files the first.
fn named(cell: &Cell<'_>, versions: &[String]) -> Named {
    let Some(found) = references(cell, versions) else {
        let why = "the field holds neither a reference nor a list of references".to_owned();
        return Named::Unclear { subject: cell.text.to_owned(), why };
    };
    match found.into_iter().next() {
        None => Named::Nothing,
        Some(Ok(reference)) => Named::File(reference),
        Some(Err(NoVersion { subject, why })) => Named::Unclear { subject, why },
    }
}

fn name(place: &str) -> String {
    shown(place).chars().take(NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use source::page::Kind;

    use super::*;

    #[test]
    fn the_first_file_of_a_cell_is_shown() {
        let check = |kind, text: &str| match named(&Cell { kind, text }, &[]) {
            Named::Nothing => "nothing".to_owned(),
            Named::File(reference) => reference.place,
            Named::Unclear { why, .. } => why,
        };
        assert_eq!(check(Kind::Json, r#"["a.png", "b.png"]"#), "a.png");
        assert_eq!(check(Kind::Json, "[]"), "nothing");
        assert_eq!(check(Kind::Null, ""), "nothing");
        assert!(check(Kind::Number, "1").starts_with("the field holds neither"));
    }
}
