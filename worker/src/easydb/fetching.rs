//! Files on their way from where they wait, or from the catalogue, to the archive.

use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::{self, StreamExt};
use pack::deflate::Compressor;
use proto::commit::{MemberOf, Warning};
use proto::definition::OnError;
use source::asset::shown;
use tokio::sync::mpsc;

use super::again::Again;
use super::missing::Missing;
use super::pending::Pending;
use super::silence::Silence;
use super::waiting::{Many, Waiting, small};
use super::workbook;
use super::writing::{Desk, Written, stem, write_again};
use crate::Worker;
use crate::batch::{Task, warning};
use crate::error::BatchError;
use crate::laid::next_wanted;
use crate::spool::{Head, LARGE_BYTES, Ready, spool};
use crate::turn::Turn;
use crate::warnings::Warnings;

/// Files that are fetched and packed at once.
const AT_ONCE: usize = 4;

/// What came of a file that was to go along.
enum Fetched {
    Ready(Ready),
    /// It is not there, or cannot become what it should.
    LeftOut(BatchError, Warning),
    /// Its server does not give it, now: the error, and what is told where it is left out.
    Silent(BatchError, Warning),
}

impl Worker {
    /// Fetches the files that go along and hands them over in their order, and then what was written, which
    /// names none that could not be had; what was left out. Gives the turn back once all is written.
    pub(super) async fn hand_files_over(
        &self,
        desk: &Desk,
        (mut written, again): (Written, Option<Again>),
        ready: mpsc::Sender<Ready>,
        turn: &mut Turn<'_>,
    ) -> Result<Warnings, BatchError> {
        let Some((first, last)) = written.ids else { return Ok(Warnings::default()) };
        let range = format!("{first}-{last}");
        let folder = folder(desk, &range);
        let none = Many::new(Arc::clone(&desk.scratch));
        let mut pending =
            std::mem::replace(&mut written.pending, none).read().map_err(BatchError::Scratch)?;
        let (mut warnings, mut missing) = (Warnings::default(), Missing::default());
        let compressors = Mutex::new(Vec::new());
        let mut silence = Silence::new(self, &desk.task);
        let is_silent = silence.lasts();
        let coming = std::iter::from_fn(|| pending.next().transpose());
        let mut fetched = stream::iter(coming)
            .map(|next| self.fetch_pending(&desk.task, &folder, next, &compressors, &is_silent))
            .buffered(AT_ONCE)
            .enumerate();
        while let Some((number, fetched)) = next_wanted(&mut fetched, &ready).await {
            let (place, fetched) = fetched?;
            let warning = match fetched {
                Fetched::Ready(file) => {
                    silence.came(&place);
                    if ready.send(file).await.is_err() {
                        break;
                    }
                    continue;
                }
                Fetched::LeftOut(error, warning) => {
                    silence.failed(&place, &error);
                    warning
                }
                Fetched::Silent(error, warning) => {
                    silence.goes_on(error).await?;
                    warning
                }
            };
            warnings.push(warning);
            missing.insert(number);
        }
        drop(fetched);
        if ready.is_closed() {
            return Ok(warnings);
        }
        silence.end().await?;
        if let Some(again) = again.filter(|_| !missing.is_empty()) {
            let desk = desk.clone();
            let writing = tokio::task::spawn_blocking(move || write_again(&desk, again, &missing));
            written = writing.await.expect("the rendering thread does not panic")?;
        }
        if written.workbook.is_none() {
            // What is left is to compress: meanwhile the next batch is read and rendered.
            turn.give_back();
        }
        let handing = tokio::task::spawn_blocking({
            let desk = desk.clone();
            move || {
                let stem = stem(&desk.scene, &range);
                hand_over_written(&desk, &folder, &stem, written, silence, &ready)
            }
        });
        warnings.append(handing.await.expect("the packing thread does not panic")?);
        Ok(warnings)
    }

    /// Fetches a file; where it is, and what came of it.
    async fn fetch_pending(
        &self,
        task: &Task,
        folder: &str,
        next: io::Result<(String, Vec<u8>)>,
        compressors: &Mutex<Vec<Compressor>>,
        is_silent: &AtomicBool,
    ) -> Result<(String, Fetched), BatchError> {
        let (name, pending) = next.map_err(BatchError::Scratch)?;
        let pending: Pending = serde_json::from_slice(&pending)
            .map_err(|error| BatchError::Scratch(io::Error::other(error)))?;
        let path = pack::bag::path(&task.asked, &format!("{folder}{name}"));
        let told = |fault| warning(&task.output, fault, &shown(&pending.place));
        let fetch = || self.fetch_one(task, path.clone(), &pending, compressors);
        let fetched = match self.insist(task, is_silent, fetch).await {
            Ok(ready) => Fetched::Ready(ready),
            Err(error) => {
                let left_out = error.of_one_asset().filter(|_| task.read.on_error == OnError::Warn);
                match (task.missing(&error, &pending.place), left_out) {
                    (Some(missing), _) => {
                        // It may come with the next run; what is not there will not.
                        let object = Some(pending.system_object_id);
                        let warning = Warning { object, ..told(missing.warning()) };
                        Fetched::Silent(error, warning)
                    }
                    (None, Some(fault)) => Fetched::LeftOut(error, told(fault)),
                    (None, None) => return Err(error),
                }
            }
        };
        Ok((pending.place, fetched))
    }

    async fn fetch_one(
        &self,
        task: &Task,
        path: String,
        pending: &Pending,
        compressors: &Mutex<Vec<Compressor>>,
    ) -> Result<Ready, BatchError> {
        let assets = self.catalog.assets(&*task.source);
        let mut asset = assets.open(&pending.place).await?;
        let mut head = Head::default();
        if let Some(convert) = &pending.convert {
            let (place, texts) = (&pending.place, &pending.texts);
            let converted =
                self.convert(&assets, place, convert, texts, Vec::new(), asset.bytes).await;
            asset.bytes = converted.map_err(|error| BatchError::of_conversion(error, place))?.bytes;
        }
        head.read(&mut asset.bytes, LARGE_BYTES).await?;
        let mut ready = if head.is_all {
            let kept = || compressors.lock().unwrap_or_else(PoisonError::into_inner);
            let mut compressor = kept().pop().unwrap_or_else(Compressor::new);
            let asked = task.asked.clone();
            let (ready, compressor) = tokio::task::spawn_blocking(move || {
                (small(&asked, path, head.bytes, &mut compressor), compressor)
            })
            .await
            .expect("packing does not panic");
            kept().push(compressor);
            ready
        } else {
            let scratch = &self.settings.scratch;
            let (member, file) = spool(scratch, &task.asked, path, head.bytes, asset.bytes).await?;
            Ready::Large(member, file)
        };
        ready.member_mut().of = Some(Box::new(MemberOf {
            eas_id: pending.eas_id,
            version: pending.version.clone(),
            class: pending.class.clone(),
            system_object_id: pending.system_object_id,
        }));
        Ok(ready)
    }
}

/// Packs and hands over what was written, and writes what waited for the files; what is to be told of that.
fn hand_over_written(
    desk: &Desk,
    folder: &str,
    stem: &str,
    written: Written,
    silence: Silence,
    ready: &mpsc::Sender<Ready>,
) -> Result<Warnings, BatchError> {
    let (mut compressor, mut warnings) = (Compressor::new(), Warnings::default());
    let asked = &desk.task.asked;
    let path = |name: &str| pack::bag::path(asked, &format!("{folder}{name}"));
    let mut hand = |end: &str, file: Waiting| -> Result<bool, BatchError> {
        let file = file.ready(asked, path(&format!("{stem}{end}")), &mut compressor);
        // Where nobody is there to take it, whoever failed says so itself.
        Ok(ready.blocking_send(file.map_err(BatchError::Scratch)?).is_ok())
    };
    for (end, file) in written.files {
        if !hand(&end, file)? {
            return Ok(warnings);
        }
    }
    if let Some(workbook) = written.workbook
        && !hand(workbook::END, workbook.written(desk, silence, ready, &mut warnings)?)?
    {
        return Ok(warnings);
    }
    let mut singles = written.singles.read().map_err(BatchError::Scratch)?;
    while let Some((name, content)) = singles.next().map_err(BatchError::Scratch)? {
        if ready.blocking_send(small(asked, path(&name), content, &mut compressor)).is_err() {
            break;
        }
    }
    Ok(warnings)
}

/// What the paths of a batch's files begin with.
fn folder(desk: &Desk, range: &str) -> String {
    let top = desk.task.output.to.trim_end_matches('/');
    if desk.scene.easydb.flat { format!("{top}/") } else { format!("{top}/folder{range}/") }
}

#[cfg(test)]
mod tests;
