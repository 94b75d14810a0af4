//! A tar archive of some files of a run, compressed by gzip, made while it is sent.
//!
//! How long it becomes nobody knows beforehand; one that was cut off has no end of gzip.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use fabric::store::StoreError;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use pack::coding::{Coding, PieceWriter};
use pack::tar;

use super::Dialect;
use super::selection::Selection;

/// The archive.
pub(super) fn stream(
    dialect: &Dialect,
    selection: &Arc<Selection>,
) -> BoxStream<'static, Result<Bytes, StoreError>> {
    let (store, named) = (Arc::clone(&dialect.api.coordinator.store), Arc::clone(selection));
    let entries = selection.files(dialect).and_then(move |file| {
        let (store, selection) = (Arc::clone(&store), Arc::clone(&named));
        async move {
            let mut header = Vec::new();
            tar::header(selection.name(&file), file.size, &mut header);
            let content = file.read(&store, 0..file.size).await?;
            let padding = Bytes::from_static(tar::padding(file.size));
            Ok(stream::once(async { Ok(Bytes::from(header)) })
                .chain(content)
                .chain(stream::once(async { Ok(padding) })))
        }
    });
    let end = stream::once(async { Ok(Bytes::from_static(&tar::END)) });
    compressed(entries.try_flatten().chain(end).boxed())
}

fn compressed(
    plain: BoxStream<'static, Result<Bytes, StoreError>>,
) -> BoxStream<'static, Result<Bytes, StoreError>> {
    let begin = Bytes::from_static(Coding::Gzip.open());
    let writer = PieceWriter::new(Coding::Gzip);
    let rest = stream::try_unfold((plain, Some(writer)), |(mut plain, writer)| async {
        let Some(mut writer) = writer else { return Ok(None) };
        let chunk = plain.try_next().await?;
        // Compressing a chunk takes longer than other requests may wait.
        let (writer, packed) = tokio::task::spawn_blocking(move || {
            let mut packed = Vec::new();
            let Some(chunk) = chunk else {
                let piece = writer.finish(&mut packed);
                Coding::Gzip.close(&piece, &mut packed);
                return (None, packed);
            };
            writer.write(&chunk, &mut packed);
            (Some(writer), packed)
        })
        .await
        .map_err(|error| StoreError::Unavailable {
            during: "compressing",
            source: Box::new(io::Error::other(error)),
        })?;
        Ok(Some((Bytes::from(packed), (plain, writer))))
    });
    stream::once(async { Ok(begin) })
        .chain(rest)
        .try_filter(|chunk| std::future::ready(!chunk.is_empty()))
        .boxed()
}
