//! A ZIP archive of some files of a run, made while it is sent.
//!
//! Files are compressed already, as their batches left them, and go out as they lie. Every length is known
//! beforehand, so that the answer says how long it is, one that was cut off is known by that, and goes on
//! from any byte. Nothing grows with the archive: its directory is made by listing the files once more.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use fabric::store::StoreError;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use pack::zip::{Directory, Entry, local_header, local_header_len};
use tree::{File, part};

use super::Dialect;
use super::selection::Selection;

type Chunks = BoxStream<'static, Result<Bytes, StoreError>>;

/// How many bytes of the directory go out at once, or a little more.
const CHUNK_BYTES: usize = 64 << 10;

/// An archive before it is made.
pub(super) struct Measured {
    /// Length of the files with their headers.
    files: u64,
    /// Length of the directory after them.
    directory: u64,
    /// CRC-32 of the directory, which has the path, length and CRC-32 of every file.
    pub(super) check: u32,
}

impl Measured {
    pub(super) fn len(&self) -> u64 {
        self.files + self.directory
    }

    /// Whether it has no files.
    pub(super) fn is_empty(&self) -> bool {
        self.files == 0
    }
}

fn entry<'f>(selection: &Selection, file: &'f File) -> Entry<'f> {
    let (method, compressed) = file.packing();
    Entry { path: selection.name(file), method, crc32: file.crc32, compressed, size: file.size }
}

/// What is known of the archive before it is made.
pub(super) async fn measure(
    dialect: &Dialect,
    selection: &Arc<Selection>,
) -> Result<Measured, StoreError> {
    let mut texts = directory(dialect, selection);
    let (mut check, mut len, mut files) = (crc32fast::Hasher::new(), 0, 0);
    while let Some((text, before)) = texts.try_next().await? {
        check.update(&text);
        len += text.len() as u64;
        files = before;
    }
    Ok(Measured { files, directory: len, check: check.finalize() })
}

/// A range of the archive. Files before it are passed by unread.
pub(super) fn stream(
    dialect: &Dialect,
    selection: &Arc<Selection>,
    measured: &Measured,
    range: Range<u64>,
) -> Chunks {
    let end = measured.files;
    let files = entries(dialect, selection, range.start..range.end.min(end));
    if range.end <= end {
        return files;
    }
    let texts = directory(dialect, selection).map_ok(|(text, _)| text).boxed();
    let listed = part(texts, range.start.saturating_sub(end)..range.end - end);
    if range.start >= end { listed } else { files.chain(listed).boxed() }
}

/// A range of the files with their headers.
fn entries(dialect: &Dialect, selection: &Arc<Selection>, range: Range<u64>) -> Chunks {
    let (store, named) = (Arc::clone(&dialect.api.coordinator.store), Arc::clone(selection));
    let (mut at, Range { start, end }) = (0, range);
    let placed = selection.files(dialect).map_ok(move |file| {
        let entry = entry(&named, &file);
        let (begin, len) = (at, local_header_len(&entry) + entry.compressed);
        at += len;
        let mut header = Vec::new();
        local_header(&entry, &mut header);
        (header, file, begin..begin + len)
    });
    placed
        .try_take_while(move |(_, _, place)| std::future::ready(Ok(place.start < end)))
        .try_filter(move |(_, _, place)| std::future::ready(start < place.end))
        .and_then(move |(header, file, place)| {
            let store = Arc::clone(&store);
            async move {
                let begin = start.saturating_sub(place.start);
                let wanted = begin..end.min(place.end) - place.start;
                let len = header.len() as u64;
                let head =
                    part(stream::once(async { Ok(Bytes::from(header)) }).boxed(), wanted.clone());
                if wanted.end <= len {
                    return Ok(head);
                }
                let content = wanted.start.saturating_sub(len)..wanted.end - len;
                Ok(head.chain(file.read_packed(&store, content).await?).boxed())
            }
        })
        .try_flatten()
        .boxed()
}

/// What a directory needs on its way.
struct Way {
    files: BoxStream<'static, Result<File, StoreError>>,
    selection: Arc<Selection>,
    directory: Directory,
    at: u64,
}

/// The directory in pieces, each with the length of the files that it lists so far.
fn directory(
    dialect: &Dialect,
    selection: &Arc<Selection>,
) -> BoxStream<'static, Result<(Bytes, u64), StoreError>> {
    let way = Way {
        files: selection.files(dialect),
        selection: Arc::clone(selection),
        directory: Directory::new(),
        at: 0,
    };
    stream::try_unfold(Some(way), |way| async {
        let Some(mut way) = way else { return Ok(None) };
        let mut text = Vec::new();
        while text.len() < CHUNK_BYTES {
            let Some(file) = way.files.try_next().await? else {
                way.directory.end(way.at, &mut text);
                return Ok(Some(((Bytes::from(text), way.at), None)));
            };
            let entry = entry(&way.selection, &file);
            way.directory.entry(&entry, way.at, &mut text);
            way.at += local_header_len(&entry) + entry.compressed;
        }
        Ok(Some(((Bytes::from(text), way.at), Some(way))))
    })
    .boxed()
}
