//! A ZIP archive of some files of a run, made while it is sent.
//!
//! Files are compressed already, as their batches left them, and go out as they lie. Every length is known
//! beforehand, so that the answer says how long it is, and one that was cut off is known by that. Nothing
//! grows with the archive: its directory is made by listing the files once more.

use std::sync::Arc;

use bytes::Bytes;
use fabric::store::StoreError;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use pack::zip::{Directory, Entry, local_header, local_header_len};
use tree::File;

use super::Dialect;
use super::files::Selection;

type Chunks = BoxStream<'static, Result<Bytes, StoreError>>;

/// How many bytes of the directory go out at once, or a little more.
const CHUNK_BYTES: usize = 64 << 10;

fn entry<'f>(selection: &Selection, file: &'f File) -> Entry<'f> {
    let (method, compressed) = file.packing();
    Entry { path: selection.name(file), method, crc32: file.crc32, compressed, size: file.size }
}

/// The length of the archive; nothing where it has no files.
pub(super) async fn len(
    dialect: &Dialect,
    selection: &Selection,
) -> Result<Option<u64>, StoreError> {
    let (mut files, mut at, mut listed) = (selection.files(dialect), 0, 0);
    let (mut directory, mut text, mut is_empty) = (Directory::new(), Vec::new(), true);
    while let Some(file) = files.try_next().await? {
        let entry = entry(selection, &file);
        directory.entry(&entry, at, &mut text);
        at += local_header_len(&entry) + entry.compressed;
        listed += text.len() as u64;
        text.clear();
        is_empty = false;
    }
    directory.end(at, &mut text);
    Ok((!is_empty).then_some(at + listed + text.len() as u64))
}

/// The archive.
pub(super) fn stream(dialect: &Dialect, selection: &Arc<Selection>) -> Chunks {
    let (store, named) = (Arc::clone(&dialect.api.coordinator.store), Arc::clone(selection));
    let entries = selection.files(dialect).and_then(move |file| {
        let (store, selection) = (Arc::clone(&store), Arc::clone(&named));
        async move {
            let mut header = Vec::new();
            local_header(&entry(&selection, &file), &mut header);
            let content = file.read_packed(&store).await?;
            Ok(stream::once(async { Ok(Bytes::from(header)) }).chain(content))
        }
    });
    entries.try_flatten().chain(directory(dialect, selection)).boxed()
}

/// What a directory needs on its way.
struct Way {
    files: BoxStream<'static, Result<File, StoreError>>,
    selection: Arc<Selection>,
    directory: Directory,
    at: u64,
}

fn directory(dialect: &Dialect, selection: &Arc<Selection>) -> Chunks {
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
                return Ok(Some((Bytes::from(text), None)));
            };
            let entry = entry(&way.selection, &file);
            way.directory.entry(&entry, way.at, &mut text);
            way.at += local_header_len(&entry) + entry.compressed;
        }
        Ok(Some((Bytes::from(text), Some(way))))
    })
    .boxed()
}
