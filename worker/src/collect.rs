//! A batch of assets: the files that records name, fetched a few at a time, laid down in order.
//!
//! Files are fetched and packed here, a thread lays them down, and what it makes goes to the store;
//! each hands the next over bounded channels.

mod digest;
mod naming;
mod converted;
mod remote;

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use pack::deflate::Compressor;
use pack::name::Names;
use proto::commit::{Content, Member, Warning};
use proto::definition::OnError;
use source::Chunk;
use source::asset::shown;
use source::page::Halves;
use tokio::sync::mpsc;

use self::naming::{Called, Known, Named, Naming, Wanted};
use crate::Worker;
use crate::assets::class::{HEAD_BYTES, class_of};
use crate::batch::{Made, Task, warning};
use crate::error::BatchError;
use crate::laid::{Laid, lay_down, next_wanted};
use crate::laying::Laying;
use crate::packing::packed;
use crate::rows::of_halves;
use crate::segment::Segments;
use crate::spool::{Head, LARGE_BYTES, Ready, spool};
use crate::table::{CHANNEL, WRITTEN};
use crate::warnings::Warnings;

/// Assets that are fetched and packed at once.
const AT_ONCE: usize = 4;

/// What came of one file, and what it is to be called.
enum Fetched {
    Ready(Ready),
    /// Nothing. It takes no name either, for what it would be called is not always known.
    LeftOut(Warning),
    /// It is of a class that nobody asked for.
    Unwanted,
}

/// What was fetched so far, besides the files themselves.
#[derive(Default)]
struct Told {
    records: u64,
    halves: Halves,
    warnings: Warnings,
}

impl Worker {
    /// Lays the assets of a batch's records down as members.
    pub(crate) async fn collect(
        &self,
        task: &Task,
        segments: &mut Segments<'_>,
    ) -> Result<Made, BatchError> {
        let (out, mut parts) = mpsc::channel(WRITTEN);
        let (ready, files) = mpsc::channel(1);
        let laying = Laying::members(&task.asked, out);
        let laying = tokio::task::spawn_blocking(move || lay_down(laying, files));
        let writing = async {
            let written = segments.write_all(&mut parts).await;
            drop(parts);
            written
        };
        let (told, written) = tokio::join!(self.fetch_all(task, ready), writing);
        // The first cause speaks: a store that failed makes the others stop without an error.
        let laid = laying.await.expect("the laying thread does not panic");
        written?;
        let (Told { records, halves, mut warnings }, Laid { members, pieces }) = (told?, laid?);
        warnings.extend(of_halves(&task.output, halves));
        let bytes = members.iter().map(|member| member.size).sum();
        let (content, warnings) = (Content::Members(members), warnings.finish());
        Ok(Made { content, records, bytes, warnings, pieces })
    }

    /// Fetches the files of all records, several at a time, and hands them over in their order.
    async fn fetch_all(&self, task: &Task, ready: mpsc::Sender<Ready>) -> Result<Told, BatchError> {
        let mut told = Told::default();
        let Some(assets) = &task.output.assets else { return Ok(told) };
        let (pages, mut chunks) = mpsc::channel(CHANNEL);
        let (source, read) = (std::sync::Arc::clone(&task.source), task.read.clone());
        let reading = tokio::spawn(async move { source.rows(&read, pages).await });
        let (naming, mut taken) = (Naming::new(task, assets), Names::new());
        let mut result = Ok(());
        while result.is_ok()
            && let Some(chunk) = chunks.recv().await
        {
            match chunk {
                Chunk::Broken { fault, text } => {
                    told.warnings.push(warning(&task.output, fault, &text));
                }
                Chunk::Page(page) => {
                    told.records += page.len() as u64;
                    told.halves.add(page.halves());
                    let mut named = Vec::new();
                    result = page.rows().try_for_each(|row| naming.files_of(&row, &mut named));
                    drop(page);
                    if result.is_ok() {
                        let fetched = self.fetch_page(&naming, task, named);
                        match hand_over(fetched, &mut taken, &ready, &mut told).await {
                            Ok(ControlFlow::Continue(())) => {}
                            Ok(ControlFlow::Break(())) => break,
                            Err(error) => result = Err(error),
                        }
                    }
                }
            }
        }
        drop(chunks);
        let read = reading.await.expect("the reading task does not panic");
        result?;
        read?;
        Ok(told)
    }

    /// Fetches what a page names, a few files at a time, in its order.
    fn fetch_page<'f>(
        &'f self,
        naming: &'f Naming<'f>,
        task: &'f Task,
        named: Vec<Named>,
    ) -> BoxStream<'f, Result<Fetched, BatchError>> {
        let compressors = Arc::new(Mutex::new(Vec::new()));
        let fetch = move |named| {
            let compressors = Arc::clone(&compressors);
            async move {
                match named {
                    Named::LeftOut(warning) => Ok(Fetched::LeftOut(warning)),
                    Named::Wanted(wanted) => self.fetch(naming, task, wanted, &compressors).await,
                }
            }
        };
        stream::iter(named).map(fetch).buffered(AT_ONCE).boxed()
    }

    /// Fetches and packs one file.
    async fn fetch(
        &self,
        naming: &Naming<'_>,
        task: &Task,
        wanted: Wanted,
        compressors: &Mutex<Vec<Compressor>>,
    ) -> Result<Fetched, BatchError> {
        let fetch = || self.fetch_and_pack(naming, task, &wanted, compressors);
        // One that is silent for good ends the batch by the first file.
        match self.insist(task, &AtomicBool::new(false), fetch).await {
            Ok(Some(ready)) => Ok(Fetched::Ready(ready)),
            Ok(None) => Ok(Fetched::Unwanted),
            Err(error) => {
                let fault = error.of_one_asset().filter(|_| task.read.on_error == OnError::Warn);
                let Some(fault) = fault else { return Err(error) };
                let place = shown(&wanted.reference.place);
                Ok(Fetched::LeftOut(warning(&task.output, fault, &place)))
            }
        }
    }

    /// Nothing where the file is of a class that is not wanted.
    async fn fetch_and_pack(
        &self,
        naming: &Naming<'_>,
        task: &Task,
        wanted: &Wanted,
        compressors: &Mutex<Vec<Compressor>>,
    ) -> Result<Option<Ready>, BatchError> {
        let assets = self.catalog.assets(&*task.source);
        let place = &wanted.reference.place;
        let mut asset = assets.open(place).await?;
        if let Some((algorithm, digest)) = &wanted.digest {
            asset = asset.held_against(*algorithm, digest, place);
        }
        let mut head = Head::default();
        head.read(&mut asset.bytes, HEAD_BYTES).await?;
        let name = asset.name.take();
        let mut known =
            Known { name: name.as_deref(), is_object: asset.is_object, ..Known::default() };
        let class = class_of(head.first(HEAD_BYTES), naming.extension(wanted, &known));
        if !wanted.choice.takes(class) {
            return Ok(None);
        }
        let mut extension = None;
        if let Some(convert) = wanted.choice.conversion(class) {
            let converted =
                self.converted(naming, &assets, wanted, convert, head.bytes, asset.bytes).await?;
            extension = Some(converted.extension);
            (head, asset.bytes) = (Head::default(), converted.bytes);
        }
        head.read(&mut asset.bytes, LARGE_BYTES).await?;
        known.class = Some(class);
        known.extension = extension.as_deref();
        let Called { path, wanted } = naming.called(wanted, &known);
        if !head.is_all {
            let (mut member, file) =
                spool(&self.settings.scratch, &task.asked, path, head.bytes, asset.bytes).await?;
            member.original = Some(wanted);
            return Ok(Some(Ready::Large(member, file)));
        }
        let content = head.bytes;
        let kept = || compressors.lock().unwrap_or_else(PoisonError::into_inner);
        let mut compressor = kept().pop().unwrap_or_else(Compressor::new);
        let asked = task.asked.clone();
        let (ready, compressor) = tokio::task::spawn_blocking(move || {
            let (mut member, data) = packed(&mut compressor, &asked, path, &content);
            member.original = Some(wanted);
            let data = match data {
                Cow::Borrowed(_) => None,
                Cow::Owned(data) => Some(Bytes::from(data)),
            };
            let content = Bytes::from(content);
            let packed = data.unwrap_or_else(|| content.clone());
            (Ready::Small { member, packed, content }, compressor)
        })
        .await
        .expect("packing does not panic");
        kept().push(compressor);
        Ok(Some(ready))
    }
}

/// Hands files over in their order, each under a name of its own, until nobody takes them.
async fn hand_over(
    mut fetched: BoxStream<'_, Result<Fetched, BatchError>>,
    names: &mut Names,
    ready: &mpsc::Sender<Ready>,
    told: &mut Told,
) -> Result<ControlFlow<()>, BatchError> {
    while let Some(fetched) = next_wanted(&mut fetched, ready).await {
        match fetched? {
            Fetched::Unwanted => {}
            Fetched::LeftOut(warning) => told.warnings.push(warning),
            Fetched::Ready(mut file) => {
                let Member { path, original, .. } = file.member_mut();
                *path = names.claim(path);
                *original = original.take().and_then(|wanted| pack::name::original(&wanted, path));
                if ready.send(file).await.is_err() {
                    break;
                }
            }
        }
    }
    Ok(if ready.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use proto::commit::Method;

    use super::*;

    #[tokio::test]
    async fn once_nobody_takes_files_no_more_are_fetched() {
        let fetched = AtomicUsize::new(0);
        let files = stream::iter(0..100).map(|number| {
            fetched.fetch_add(1, Ordering::Relaxed);
            let member = Member {
                path: format!("{number}.txt"),
                offset: 0,
                method: Method::Stored,
                crc32: 0,
                compressed: 0,
                size: 0,
                sha256: String::new(),
                digests: BTreeMap::new(),
                packed_crc32: None,
                of: None,
                original: None,
            };
            Ok(Fetched::Ready(Ready::Small { member, packed: Bytes::new(), content: Bytes::new() }))
        });
        let (ready, taken) = mpsc::channel(1);
        drop(taken);
        let (mut names, mut told) = (Names::new(), Told::default());
        for files in [files.boxed(), stream::pending().boxed()] {
            let handed = hand_over(files, &mut names, &ready, &mut told).await.unwrap();
            assert!(handed.is_break(), "whoever reads the records is to end too");
        }
        assert_eq!(fetched.into_inner(), 0);
    }
}
