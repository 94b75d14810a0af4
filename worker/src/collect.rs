//! A batch of assets: the files that records name, fetched a few at a time, laid down in order.
//!
//! Files are fetched and packed here, a thread lays them down, and what it makes goes to the store;
//! each hands the next over bounded channels.

mod naming;
mod large;
mod remote;

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures::stream::{self, StreamExt};
use pack::deflate::Compressor;
use proto::commit::{Content, Member, Piece, Warning};
use proto::definition::OnError;
use proto::lay::Lay;
use source::{Chunk, SourceError};
use tokio::sync::mpsc;

use self::naming::{Naming, Wanted};
use crate::Worker;
use crate::batch::{Made, Task, warning};
use crate::error::BatchError;
use crate::laying::Laying;
use crate::segment::Segments;
use crate::spool::{Ready, head, packed, spool};
use crate::table::{CHANNEL, WRITTEN};

/// Assets that are fetched and packed at once.
const AT_ONCE: usize = 4;

/// What came of one file.
enum Fetched {
    Ready(Ready),
    LeftOut(Warning),
}

/// What was fetched so far, besides the files themselves.
#[derive(Default)]
struct Told {
    records: u64,
    warnings: Vec<Warning>,
}

/// What was laid down.
struct Laid {
    members: Vec<Member>,
    pieces: Vec<(Lay, Piece)>,
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
        let (Told { records, warnings }, Laid { members, pieces }) = (told?, laid?);
        let bytes = members.iter().map(|member| member.size).sum();
        Ok(Made { content: Content::Members(members), records, bytes, warnings, pieces })
    }

    /// Fetches the files of all records, several at a time, and hands them over in their order.
    async fn fetch_all(&self, task: &Task, ready: mpsc::Sender<Ready>) -> Result<Told, BatchError> {
        let mut told = Told::default();
        let Some(assets) = &task.output.assets else { return Ok(told) };
        let (pages, mut chunks) = mpsc::channel(CHANNEL);
        let (source, read) = (std::sync::Arc::clone(&task.source), task.read.clone());
        let reading = tokio::spawn(async move { source.rows(&read, pages).await });
        let mut naming = Naming::new(&task.output.to, assets);
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
                    let mut wanted = Vec::new();
                    for row in page.rows() {
                        naming.names_of(task, &row, &mut wanted, &mut told.warnings)?;
                    }
                    drop(page);
                    result = self.fetch_page(task, wanted, &ready, &mut told).await;
                }
            }
        }
        drop(chunks);
        let read = reading.await.expect("the reading task does not panic");
        result?;
        read?;
        Ok(told)
    }

    async fn fetch_page(
        &self,
        task: &Task,
        wanted: Vec<Wanted>,
        ready: &mpsc::Sender<Ready>,
        told: &mut Told,
    ) -> Result<(), BatchError> {
        let compressors = &Mutex::new(Vec::new());
        let mut fetched = stream::iter(wanted)
            .map(|wanted| self.fetch(task, wanted, compressors))
            .buffered(AT_ONCE);
        while let Some(fetched) = fetched.next().await {
            match fetched? {
                Fetched::LeftOut(warning) => told.warnings.push(warning),
                Fetched::Ready(file) => {
                    if ready.send(file).await.is_err() {
                        // Nobody there to take it: whoever failed says so itself.
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Fetches and packs one file.
    async fn fetch(
        &self,
        task: &Task,
        wanted: Wanted,
        compressors: &Mutex<Vec<Compressor>>,
    ) -> Result<Fetched, BatchError> {
        match self.fetch_and_pack(task, &wanted, compressors).await {
            Ok(ready) => Ok(Fetched::Ready(ready)),
            Err(BatchError::Source(
                error @ (SourceError::AssetMissing { .. } | SourceError::AddressRefused { .. }),
            )) if task.read.on_error == OnError::Warn => {
                Ok(Fetched::LeftOut(warning(&task.output, error.warning(), &wanted.reference)))
            }
            Err(error) => Err(error),
        }
    }

    async fn fetch_and_pack(
        &self,
        task: &Task,
        wanted: &Wanted,
        compressors: &Mutex<Vec<Compressor>>,
    ) -> Result<Ready, BatchError> {
        let assets = self.catalog.assets(&*task.source);
        let mut asset = assets.open(&wanted.reference).await?;
        let (content, is_all) = head(&mut asset.bytes, self.settings.asset_bytes).await?;
        let path = wanted.path.clone();
        if !is_all {
            let (member, file) =
                spool(&self.settings.scratch, &task.asked, path, content, asset.bytes).await?;
            return Ok(Ready::Large(member, file));
        }
        let kept = || compressors.lock().unwrap_or_else(PoisonError::into_inner);
        let mut compressor = kept().pop().unwrap_or_else(Compressor::new);
        let asked = task.asked.clone();
        let (ready, compressor) = tokio::task::spawn_blocking(move || {
            let (member, data) = packed(&mut compressor, &asked, path, &content);
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
        Ok(ready)
    }
}

/// Lays down what comes, in its order.
fn lay_down(mut laying: Laying, mut files: mpsc::Receiver<Ready>) -> Result<Laid, BatchError> {
    let mut members = Vec::new();
    while let Some(file) = files.blocking_recv() {
        let offset = laying.len();
        let (member, taken) = match file {
            Ready::Small { member, packed, content } => {
                laying.begin(&member);
                let taken = laying.packed(&packed).is_break()
                    || laying.content(&content).is_break()
                    || laying.end(&member).is_break();
                (member, !taken)
            }
            Ready::Large(member, file) => {
                let taken = large::lay_down(&mut laying, &member, file);
                let taken = taken.map_err(BatchError::Scratch)?;
                (member, taken.is_continue())
            }
        };
        members.push(Member { offset, ..member });
        if !taken {
            break;
        }
    }
    Ok(Laid { members, pieces: laying.finish() })
}
