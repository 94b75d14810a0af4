//! Files as a transport hands them over: those of the run, or what they were encrypted to one by one.
//!
//! Whoever is handed the encrypted ones finds no other by any id.

use std::sync::Arc;

use fabric::record;
use fabric::store::{Store, StoreError};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use proto::archive::Archive;
use proto::id::RunId;
use proto::key::Key;
use proto::sealed::{Bundle, SealedTree};

use crate::file::{File, FileId};
use crate::list;

/// How many bundles' records are fetched ahead; each has the names of up to some thousand files.
const READ_AHEAD: usize = 2;

type Files = BoxStream<'static, Result<File, StoreError>>;

/// All files of an archive that are handed over one by one, in their order, after one of them or from
/// the first. A bag's texts are among them where they are encrypted.
pub fn files_of(
    store: &Arc<dyn Store>,
    run: RunId,
    archive: &Archive,
    after: Option<FileId>,
) -> Files {
    match &archive.sealed {
        Some(sealed) => files(store, run, archive.transport, sealed, after),
        None => list::files(store, run, after),
    }
}

/// One of these files; nothing where there is none of that id.
pub async fn find_of(
    store: &Arc<dyn Store>,
    run: RunId,
    archive: &Archive,
    id: FileId,
) -> Result<Option<File>, StoreError> {
    let Some(sealed) = &archive.sealed else { return list::find(store, run, id).await };
    let FileId::Sealed { bundle, place } = id else { return Ok(None) };
    if bundle >= sealed.bundles {
        return Ok(None);
    }
    let found: Bundle =
        record::read(&**store, &Key::bundle(run, archive.transport, bundle)).await?;
    Ok(File::sealed(bundle, found).find(|file| file.id == FileId::Sealed { bundle, place }))
}

fn files(
    store: &Arc<dyn Store>,
    run: RunId,
    transport: u32,
    sealed: &SealedTree,
    after: Option<FileId>,
) -> Files {
    let begin = match after {
        Some(FileId::Sealed { bundle, place: _ }) => bundle,
        Some(FileId::Batch { .. } | FileId::Originals | FileId::Warnings | FileId::Index)
        | None => 0,
    };
    let store = Arc::clone(store);
    stream::iter(begin..sealed.bundles)
        .map(move |bundle| {
            let store = Arc::clone(&store);
            async move {
                let found: Bundle =
                    record::read(&*store, &Key::bundle(run, transport, bundle)).await?;
                Ok(stream::iter(File::sealed(bundle, found).map(Ok)))
            }
        })
        .buffered(READ_AHEAD)
        .try_flatten()
        .try_filter(move |file| std::future::ready(after.is_none_or(|after| file.id > after)))
        .boxed()
}
