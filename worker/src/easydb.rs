//! A batch of objects of a catalogue, laid out as easydb's exports are: a folder with the objects as XML,
//! CSV, JSON or XLSX, and their files beside them.
//!
//! The folder is called after the first and the last object, so that everything waits in scratch files
//! until the batch is read. Objects are read in groups; what they link to is fetched for a group at
//! once; a thread renders group after group. Memory does not grow with the batch.

mod json;
mod number;
mod selection;
mod scene;
mod names;
mod lineage;
mod links;
mod shelf;
mod kept;
mod linked;
mod changes;
mod trail;
mod markup;
mod shipped;
mod place;
mod wanted;
mod json_rule;
mod naming;
mod leaves;
mod standard;
mod cells;
mod table;
mod flat;
mod mapping;
mod given;
mod standard_texts;
mod document;
mod pending;
mod missing;
mod shipping;
mod waiting;
mod again;
mod xml_files;
mod json_files;
mod silence;
mod illustrator;
mod workbook;
mod sheets;
mod exported;
mod writing;
mod fetching;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use proto::commit::{Content, Warning};
use proto::definition::{Easydb, OnError};
use proto::fault::{Code, Fault};
use proto::key::Key;
use source::Chunk;
use source::catalogue::Catalogue;
use source::page::Page;
use tokio::sync::mpsc;

use self::again::Again;
use self::changes::Changes;
pub(crate) use self::kept::Kept;
pub(crate) use self::leaves::Leaves;
use self::linked::{Fetching, LinkError, Linked};
use self::number::number;
use self::scene::Scene;
use self::writing::{Desk, Written, write};
use self::xml_files::names_owners;
use crate::Worker;
use crate::batch::{Made, Task, warning};
use crate::error::BatchError;
use crate::laid::{Laid, lay_down};
use crate::laying::Laying;
use crate::segment::Segments;
use crate::table::{CHANNEL, WRITTEN};
use crate::turn::Turn;
use crate::warnings::Warnings;

/// What errors call the format.
pub(crate) const FORMAT: &str = "easydb";

/// Some objects, with those that they lead to.
pub(crate) struct Group {
    page: Arc<Page>,
    rows: Range<usize>,
    linked: Linked,
}

impl Worker {
    /// Renders the objects of a batch, and fetches their files. What is packed after that needs no turn.
    pub(crate) async fn easydb(
        &self,
        task: Task,
        easydb: Easydb,
        exported: &Key,
        segments: &mut Segments<'_>,
        turn: &mut Turn<'_>,
    ) -> Result<Made, BatchError> {
        let catalogue = task.source.catalogue().ok_or_else(|| BatchError::Unrenderable {
            format: FORMAT,
            why: format!("the source {:?} has no linked objects", task.output.from),
        })?;
        let stylesheet = self.stylesheet(&task, &easydb, &*catalogue).await?;
        let (mapping, unmapped) = self.mapping(&task, &easydb, &*catalogue).await?;
        let texts = self.standard_texts(&task, &easydb, &*catalogue).await?;
        let mut scene = Scene::new(catalogue.about().await?, easydb).with_texts(texts);
        if names_owners(&scene.easydb, mapping.as_ref()) {
            scene = scene.with_user_names(catalogue.user_names().await?);
        }
        let desk = Desk {
            worker: self.clone(),
            scene: Arc::new(scene),
            task: Arc::new(task),
            scratch: Arc::from(&*self.settings.scratch),
            stylesheet,
            mapping,
        };
        let (groups, coming) = mpsc::channel(1);
        let writing = tokio::task::spawn_blocking({
            let desk = desk.clone();
            move || write(&desk, coming)
        });
        let read = self.read_groups(&desk, &*catalogue, groups).await;
        let written = writing.await.expect("the rendering thread does not panic");
        let mut warnings = Warnings::default();
        warnings.extend(unmapped);
        warnings.append(read?);
        let (mut written, again) = written?;
        warnings.append(std::mem::take(&mut written.warnings));
        warnings.extend(desk.scene.texts_in_pictures.warning(&desk.task));
        let list = written.exported.take();
        let keeping = async {
            match list {
                Some(list) => list.keep(&*self.store, exported).await,
                None => Ok(()),
            }
        };
        // Both come to their end, for each would leave something half done.
        let laying = self.lay_files_down(&desk, (written, again), warnings, segments, turn);
        let (kept, made) = tokio::join!(keeping, laying);
        kept?;
        made
    }

    /// Reads the objects, and hands them on in groups with what they lead to; what was left out.
    async fn read_groups(
        &self,
        desk: &Desk,
        catalogue: &dyn Catalogue,
        groups: mpsc::Sender<Group>,
    ) -> Result<Warnings, BatchError> {
        let Desk { task, scene, .. } = desk;
        let (pages, mut chunks) = mpsc::channel(CHANNEL);
        let (source, read) = (Arc::clone(&task.source), task.read.clone());
        let reading = tokio::spawn(async move { source.rows(&read, pages).await });
        let (mut warnings, mut result) = (Warnings::default(), Ok(()));
        let fetching = Fetching::new(catalogue, &self.kept, task.of, scene);
        let mut changes = Changes::of(task);
        while result.is_ok()
            && let Some(chunk) = chunks.recv().await
        {
            match chunk {
                Chunk::Broken { fault, text } => {
                    warnings.push(without(warning(&task.output, fault, &text), &text));
                }
                Chunk::Page(page) => {
                    changes.look(&page);
                    let page = Arc::new(page);
                    result = grouped(task, &page, &fetching, &groups, &mut warnings).await;
                }
            }
        }
        drop((chunks, groups));
        let read = reading.await.expect("the reading task does not panic");
        result?;
        read?;
        warnings.extend(changes.missed(&task.output));
        Ok(warnings)
    }

    /// Lays down what was written, and fetches and lays down the files that go along.
    async fn lay_files_down(
        &self,
        desk: &Desk,
        (written, again): (Written, Option<Again>),
        mut warnings: Warnings,
        segments: &mut Segments<'_>,
        turn: &mut Turn<'_>,
    ) -> Result<Made, BatchError> {
        let (out, mut parts) = mpsc::channel(WRITTEN);
        let (ready, files) = mpsc::channel(1);
        let laying = Laying::members(&desk.task.asked, out);
        let laying = tokio::task::spawn_blocking(move || lay_down(laying, files));
        let records = written.records;
        let storing = async {
            let stored = segments.write_all(&mut parts).await;
            drop(parts);
            stored
        };
        let (handed, stored) =
            tokio::join!(self.hand_files_over(desk, (written, again), ready, turn), storing);
        // The first cause speaks: where the store fails, or what lays down, those before it cannot go on either.
        let laid = laying.await.expect("the laying thread does not panic");
        stored?;
        let Laid { members, pieces } = laid?;
        warnings.append(handed?);
        let bytes = members.iter().map(|member| member.size).sum();
        let content = Content::Members(members);
        let warnings = warnings.finish().into_iter().map(said).collect();
        Ok(Made { content, records, bytes, warnings, pieces })
    }
}

/// Hands the objects of a page on, in as large groups as what they lead to can be held for.
async fn grouped(
    task: &Task,
    page: &Arc<Page>,
    fetching: &Fetching<'_>,
    groups: &mpsc::Sender<Group>,
    warnings: &mut Warnings,
) -> Result<(), BatchError> {
    let texts: Vec<&str> = page.rows().map(|row| row.cell(0).text).collect();
    let mut todo = VecDeque::new();
    todo.push_back(0..texts.len());
    while let Some(rows) = todo.pop_front() {
        let linked = match fetching.linked(&texts[rows.clone()]).await {
            Ok(linked) => linked,
            Err(LinkError::Source(error)) => return Err(error.into()),
            Err(LinkError::TooMuch | LinkError::Malformed(_)) if rows.len() > 1 => {
                let middle = rows.start + rows.len() / 2;
                todo.push_front(middle..rows.end);
                todo.push_front(rows.start..middle);
                continue;
            }
            Err(error @ (LinkError::TooMuch | LinkError::Malformed(_))) => {
                warnings.push(left_out(task, &error.to_string(), texts[rows.start])?);
                continue;
            }
        };
        if groups.send(Group { page: Arc::clone(page), rows, linked }).await.is_err() {
            // Nobody there to take it: whoever failed says so itself.
            return Ok(());
        }
    }
    Ok(())
}

/// An object that is left out, where that is wanted.
pub(crate) fn left_out(task: &Task, why: &str, object: &str) -> Result<Warning, BatchError> {
    if task.read.on_error == OnError::Fail {
        return Err(BatchError::Unrenderable { format: FORMAT, why: why.to_owned() });
    }
    Ok(without(warning(&task.output, Fault::new(Code::Unrenderable, why), object), object))
}

/// The same, which says that an object was left out, and which, where that can be told.
fn without(told: Warning, object: &str) -> Warning {
    Warning { object: number(object), left_out: Some(true), ..told }
}

/// The same, which says in any case whether an object was left out: the next incremental run goes by that.
fn said(told: Warning) -> Warning {
    Warning { left_out: Some(told.left_out.unwrap_or(false)), ..told }
}
