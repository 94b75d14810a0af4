//! A batch of assets: the files that records name, fetched a few at a time, laid down in order.

mod naming;

use std::fs::File;
use std::io::Read as _;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures::stream::{self, StreamExt};
use pack::deflate::Compressor;
use proto::commit::{Content, Member, Warning};
use proto::definition::OnError;
use source::{Chunk, SourceError};
use tokio::sync::mpsc;

use self::naming::{Naming, Wanted};
use crate::Worker;
use crate::batch::{Made, Task, warning};
use crate::error::BatchError;
use crate::records::entry;
use crate::segment::{CHUNK_BYTES, SegmentWriter};
use crate::spool::{Framed, framed, head, spool};
use crate::table::CHANNEL;

/// Assets that are fetched and packed at once.
const AT_ONCE: usize = 4;

/// What came of one file.
enum Fetched {
    Framed(Framed),
    LeftOut(Warning),
}

impl Worker {
    /// Lays the assets of a batch's records down as members.
    pub(crate) async fn collect(
        &self,
        task: &Task,
        segment: &mut SegmentWriter<'_>,
    ) -> Result<Made, BatchError> {
        let Some(assets) = &task.output.assets else {
            return Ok(Made {
                content: Content::Members(Vec::new()),
                records: 0,
                bytes: 0,
                warnings: Vec::new(),
            });
        };
        let (pages, mut chunks) = mpsc::channel(CHANNEL);
        let (source, read) = (std::sync::Arc::clone(&task.source), task.read.clone());
        let reading = tokio::spawn(async move { source.rows(&read, pages).await });
        let mut naming = Naming::new(&task.output.to, assets);
        let mut made = Laid::default();
        let mut result = Ok(());
        while result.is_ok()
            && let Some(chunk) = chunks.recv().await
        {
            match chunk {
                Chunk::Broken { fault, text } => {
                    made.warnings.push(warning(&task.output, fault, &text));
                }
                Chunk::Page(page) => {
                    made.records += page.len() as u64;
                    let mut wanted = Vec::new();
                    for row in page.rows() {
                        naming.names_of(task, &row, &mut wanted, &mut made.warnings)?;
                    }
                    drop(page);
                    result = self.lay_down(task, wanted, segment, &mut made).await;
                }
            }
        }
        drop(chunks);
        let read = reading.await.expect("the reading task does not panic");
        result?;
        read?;
        let Laid { members, records, bytes, warnings } = made;
        Ok(Made { content: Content::Members(members), records, bytes, warnings })
    }

    /// Fetches a page's files, several at a time, and appends them in the order of the records.
    async fn lay_down(
        &self,
        task: &Task,
        wanted: Vec<Wanted>,
        segment: &mut SegmentWriter<'_>,
        made: &mut Laid,
    ) -> Result<(), BatchError> {
        let compressors = &Mutex::new(Vec::new());
        let mut fetched = stream::iter(wanted)
            .map(|wanted| self.fetch(task, wanted, compressors))
            .buffered(AT_ONCE);
        while let Some(fetched) = fetched.next().await {
            match fetched? {
                Fetched::LeftOut(warning) => made.warnings.push(warning),
                Fetched::Framed(framed) => {
                    let offset = segment.len();
                    let mut member = write(segment, framed).await?;
                    member.offset = offset;
                    made.bytes += member.size;
                    made.members.push(member);
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
        match self.fetch_and_frame(task, &wanted, compressors).await {
            Ok(framed) => Ok(Fetched::Framed(framed)),
            Err(BatchError::Source(
                error @ (SourceError::AssetMissing { .. } | SourceError::AddressRefused { .. }),
            )) if task.read.on_error == OnError::Warn => {
                Ok(Fetched::LeftOut(warning(&task.output, error.warning(), &wanted.reference)))
            }
            Err(error) => Err(error),
        }
    }

    async fn fetch_and_frame(
        &self,
        task: &Task,
        wanted: &Wanted,
        compressors: &Mutex<Vec<Compressor>>,
    ) -> Result<Framed, BatchError> {
        let assets = self.catalog.assets(&*task.source);
        let mut asset = assets.open(&wanted.reference).await?;
        let (content, is_all) = head(&mut asset.bytes, self.settings.asset_bytes).await?;
        let path = wanted.path.clone();
        if !is_all {
            let (member, file) = spool(&self.settings.scratch, path, content, asset.bytes).await?;
            return Ok(Framed::Large(member, file));
        }
        let kept = || compressors.lock().unwrap_or_else(PoisonError::into_inner);
        let mut compressor = kept().pop().unwrap_or_else(Compressor::new);
        let (framed, compressor) = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::with_capacity(content.len() + 128);
            let member = framed(&mut compressor, path, 0, &content, &mut bytes);
            (Framed::Small(member, bytes), compressor)
        })
        .await
        .expect("packing does not panic");
        kept().push(compressor);
        Ok(framed)
    }
}

/// What is laid down so far.
#[derive(Default)]
struct Laid {
    members: Vec<Member>,
    records: u64,
    bytes: u64,
    warnings: Vec<Warning>,
}

/// Appends a member to the segment.
async fn write(segment: &mut SegmentWriter<'_>, framed: Framed) -> Result<Member, BatchError> {
    match framed {
        Framed::Small(member, bytes) => {
            segment.write(bytes.into()).await?;
            Ok(member)
        }
        Framed::Large(member, mut file) => {
            let mut header = Vec::new();
            pack::zip::local_header(&entry(&member), &mut header);
            segment.write(header.into()).await?;
            loop {
                let (chunk, read_from) = read_chunk(file).await?;
                file = read_from;
                if chunk.is_empty() {
                    return Ok(member);
                }
                segment.write(chunk).await?;
            }
        }
    }
}

async fn read_chunk(mut file: File) -> Result<(Bytes, File), BatchError> {
    let read = tokio::task::spawn_blocking(move || {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        (&mut file).take(CHUNK_BYTES as u64).read_to_end(&mut chunk)?;
        Ok((chunk.into(), file))
    });
    read.await.expect("reading a file does not panic").map_err(BatchError::Scratch)
}
