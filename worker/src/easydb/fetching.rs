//! Files on their way from where they wait, or from the catalogue, to the archive.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::{self, StreamExt};
use pack::deflate::Compressor;
use pack::name::Names;
use proto::commit::{MemberOf, Warning};
use proto::definition::OnError;
use proto::fault::{Code, Fault};
use source::SourceError;
use source::asset::shown;
use tokio::sync::mpsc;

use super::pending::Pending;
use super::scene::Scene;
use super::waiting::{Again, small};
use super::writing::{Written, stem};
use crate::Worker;
use crate::batch::{Task, warning};
use crate::error::BatchError;
use crate::spool::{Head, LARGE_BYTES, Ready, spool};

/// Files that are fetched and packed at once.
const AT_ONCE: usize = 4;

/// What came of a file that was to go along.
enum Fetched {
    Ready(Ready),
    LeftOut(Warning),
}

impl Worker {
    /// Hands over what was written, and then the files that go along, in their order; what was left out.
    pub(super) async fn hand_files_over(
        &self,
        task: &Arc<Task>,
        scene: &Scene,
        written: Written,
        ready: mpsc::Sender<Ready>,
    ) -> Result<Vec<Warning>, BatchError> {
        let Some((first, last)) = written.ids else { return Ok(Vec::new()) };
        let range = format!("{first}-{last}");
        let folder = folder(task, scene, &range);
        let stem = stem(scene, &range);
        let handing = tokio::task::spawn_blocking({
            let (task, ready, folder) = (Arc::clone(task), ready.clone(), folder.clone());
            move || hand_over_written(&task, &folder, &stem, written, &ready)
        });
        let handed = handing.await.expect("the packing thread does not panic");
        let (mut names, mut pending) = handed.map_err(BatchError::Scratch)?;
        let mut warnings = Vec::new();
        let compressors = Mutex::new(Vec::new());
        let coming = std::iter::from_fn(|| pending.next().transpose());
        let mut fetched = stream::iter(coming)
            .map(|next| self.fetch_pending(task, &folder, next, &compressors))
            .buffered(AT_ONCE);
        while let Some(fetched) = fetched.next().await {
            match fetched? {
                Fetched::LeftOut(warning) => warnings.push(warning),
                Fetched::Ready(mut file) => {
                    let path = file.path_mut();
                    *path = names.claim(path);
                    if ready.send(file).await.is_err() {
                        // Nobody there to take it: whoever failed says so itself.
                        break;
                    }
                }
            }
        }
        Ok(warnings)
    }

    async fn fetch_pending(
        &self,
        task: &Task,
        folder: &str,
        next: io::Result<(String, Vec<u8>)>,
        compressors: &Mutex<Vec<Compressor>>,
    ) -> Result<Fetched, BatchError> {
        let (name, pending) = next.map_err(BatchError::Scratch)?;
        let pending: Pending = serde_json::from_slice(&pending)
            .map_err(|error| BatchError::Scratch(io::Error::other(error)))?;
        let path = pack::bag::path(&task.asked, &format!("{folder}{name}"));
        match self.fetch_one(task, path, &pending, compressors).await {
            Ok(ready) => Ok(Fetched::Ready(ready)),
            Err(error) => {
                let fault = error.of_one_asset().filter(|_| task.read.on_error == OnError::Warn);
                let Some(fault) = fault else { return Err(error) };
                Ok(Fetched::LeftOut(warning(&task.output, fault, &shown(&pending.place))))
            }
        }
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

/// Packs and hands over what was written. The names that were given, and the files that go along.
fn hand_over_written(
    task: &Task,
    folder: &str,
    stem: &str,
    written: Written,
    ready: &mpsc::Sender<Ready>,
) -> io::Result<(Names, Again)> {
    let (mut names, mut compressor) = (Names::new(), Compressor::new());
    let mut path =
        |name: &str| names.claim(&pack::bag::path(&task.asked, &format!("{folder}{name}")));
    for (end, file) in written.files {
        let path = path(&format!("{stem}{end}"));
        let file = file.ready(&task.asked, path, &mut compressor)?;
        if ready.blocking_send(file).is_err() {
            break;
        }
    }
    let mut singles = written.singles.read()?;
    while let Some((name, content)) = singles.next()? {
        let file = small(&task.asked, path(&name), content, &mut compressor);
        if ready.blocking_send(file).is_err() {
            break;
        }
    }
    Ok((names, written.pending.read()?))
}

/// What the paths of a batch's files begin with.
fn folder(task: &Task, scene: &Scene, range: &str) -> String {
    let top = task.output.to.trim_end_matches('/');
    if scene.easydb.flat { format!("{top}/") } else { format!("{top}/folder{range}/") }
}

/// A file that cannot be had, where that is no reason to fail.
pub(super) fn missing(task: &Task, why: &str, subject: &str) -> Result<Warning, BatchError> {
    if task.read.on_error == OnError::Warn {
        return Ok(warning(&task.output, Fault::new(Code::AssetMissing, why), subject));
    }
    Err(SourceError::AssetMissing { reference: subject.to_owned(), why: why.to_owned() }.into())
}
