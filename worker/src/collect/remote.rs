//! A batch of assets that stay where they are: read from the records, checked, named, and fetched by
//! nobody here. What records do not tell, the servers of the files are asked for, several at a time; the files
//! keep the order of their records all the same.

mod needed;
mod referring;
mod list;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use futures::stream::{self, BoxStream, StreamExt};
use pack::name::Names;
use proto::commit::{Content, RemoteFile, Warning};
use proto::definition::{Assets, OnError, Output, Remote};
use proto::digest::Algorithm;
use source::asset::{Header, shown};
use source::{Chunk, SourceError};
use tokio::sync::mpsc;

use self::referring::{NotSaid, Referring, Said, Unsaid};
use super::Told;
use super::naming::Naming;
use crate::Worker;
use crate::batch::{Made, Task, warning};
use crate::error::BatchError;
use crate::laid::next_wanted;
use crate::members::Members;
use crate::rows::of_halves;
use crate::table::CHANNEL;
use crate::warnings::Warnings;

/// Servers that are asked at once.
const AT_ONCE: usize = 8;

/// A file that stays where it is.
struct Referred {
    /// What it is to be called, made safe.
    path: String,
    /// The same as the definition and the record have it.
    wanted: String,
    url: String,
    size: u64,
    digests: BTreeMap<Algorithm, String>,
    content_type: Option<String>,
}

/// A file, or what is told where it is left out.
type Known = Result<Referred, Warning>;

impl Worker {
    /// Names the files of a batch's records for bags. It writes no segment.
    pub(crate) async fn refer(
        &self,
        task: &Task,
        assets: &Assets,
        remote: &Remote,
    ) -> Result<Made, BatchError> {
        let naming = Naming::new(task, assets);
        let referring = Referring::new(task, &naming, remote, self.catalog.assets(&*task.source));
        let (out, referred) = mpsc::channel(CHANNEL);
        let (told, files) = tokio::join!(self.refer_all(task, &referring, out), gather(referred));
        let (files, told) = (files?, told?);
        let (records, warnings) = finished(told, &task.output);
        let content = Content::Remote(files);
        Ok(Made { content, records, bytes: 0, warnings, pieces: Vec::new() })
    }

    /// Hands the files of all records over in their order, until nobody takes them.
    async fn refer_all(
        &self,
        task: &Task,
        referring: &Referring<'_>,
        out: mpsc::Sender<Referred>,
    ) -> Result<Told, BatchError> {
        let mut told = Told::default();
        let (pages, mut chunks) = mpsc::channel(CHANNEL);
        let (source, read) = (Arc::clone(&task.source), task.read.clone());
        let reading = tokio::spawn(async move { source.rows(&read, pages).await });
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
                    let said: Vec<Said> =
                        page.rows().filter_map(|row| referring.said(&row)).collect();
                    drop(page);
                    let known = self.know_all(task, referring, said);
                    match hand_over(known, &out, &mut told.warnings).await {
                        Ok(ControlFlow::Continue(())) => {}
                        Ok(ControlFlow::Break(())) => break,
                        Err(error) => result = Err(error),
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

    /// Finds out what is not known yet of a page's files, in its order.
    fn know_all<'k>(
        &'k self,
        task: &'k Task,
        referring: &'k Referring<'k>,
        said: Vec<Said>,
    ) -> BoxStream<'k, Result<Known, BatchError>> {
        let know = move |said| self.know(task, referring, said);
        stream::iter(said).map(know).buffered(AT_ONCE).boxed()
    }

    /// Finds out what is not known yet of a file.
    async fn know(
        &self,
        task: &Task,
        referring: &Referring<'_>,
        said: Said,
    ) -> Result<Known, BatchError> {
        let file = match said {
            Ok(file) => file,
            Err(NotSaid { subject, why }) => return left_out(task, &subject, &why).map(Err),
        };
        let (mut header, url) = (Header::default(), file.url().to_owned());
        if !referring.is_enough(&file) {
            let ask = || asked(referring.files(), &url);
            header = match self.insist(task, &AtomicBool::new(false), ask).await {
                Ok(header) => header,
                Err(error) => {
                    let is_left_out = task.read.on_error == OnError::Warn;
                    let fault = error.of_one_asset().filter(|_| is_left_out);
                    let Some(fault) = fault else { return Err(error) };
                    return Ok(Err(warning(&task.output, fault, &shown(&url))));
                }
            };
        }
        match referring.referred(file, header) {
            Ok(referred) => Ok(Ok(referred)),
            Err(why) => left_out(task, &shown(&url), &why).map(Err),
        }
    }
}

/// What the server of a file tells of it.
async fn asked(files: &source::asset::Assets, url: &str) -> Result<Header, BatchError> {
    Ok(files.head(url).await?)
}

/// What is told of a row that does not say where its file is, or of a file of which too little is known; or the
/// failure, where that is wanted.
fn left_out(task: &Task, subject: &str, why: &Unsaid) -> Result<Warning, BatchError> {
    let reference = subject.chars().take(200).collect();
    let told = why.to_string();
    let error = match why {
        Unsaid::Foreign => SourceError::AddressRefused { reference, why: told },
        Unsaid::Url
        | Unsaid::Length(_)
        | Unsaid::Digest { .. }
        | Unsaid::UntoldLength
        | Unsaid::UntoldDigest(_) => SourceError::AssetMissing { reference, why: told },
    };
    match task.read.on_error {
        OnError::Fail => Err(error.into()),
        OnError::Warn => Ok(warning(&task.output, error.warning(), subject)),
    }
}

/// Hands files over in their order, until nobody takes them.
async fn hand_over(
    mut known: BoxStream<'_, Result<Known, BatchError>>,
    out: &mpsc::Sender<Referred>,
    warnings: &mut Warnings,
) -> Result<ControlFlow<()>, BatchError> {
    while let Some(known) = next_wanted(&mut known, out).await {
        match known? {
            Err(warning) => warnings.push(warning),
            Ok(file) => {
                if out.send(file).await.is_err() {
                    break;
                }
            }
        }
    }
    Ok(if out.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
}

/// Gathers the files of a batch, each under a name of its own.
async fn gather(mut referred: mpsc::Receiver<Referred>) -> Result<Vec<RemoteFile>, BatchError> {
    let (mut files, mut names) = (Members::new(), Names::new());
    while let Some(file) = referred.recv().await {
        let Referred { path, wanted, url, size, digests, content_type: _ } = file;
        let path = names.claim(&path);
        let original = pack::name::original(&wanted, &path);
        files.push(RemoteFile { path, url, size, digests, original })?;
    }
    Ok(files.finish())
}

/// How many records there were, and what was left out of them.
fn finished(told: Told, output: &Output) -> (u64, Vec<Warning>) {
    let Told { records, halves, mut warnings } = told;
    warnings.extend(of_halves(output, halves));
    (records, warnings.finish())
}
