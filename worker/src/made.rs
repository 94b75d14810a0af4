//! Files that are made of others in one piece, by one batch: of what sources answer, and of files that are made
//! themselves. Answers go from the source into whatever is made of them as they come; what is made on the way lies in
//! the scratch directory, one file for each that is made of the one before, and is gone once it was read.

mod answer;
mod reading;
mod transform;
mod workshop;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use pack::name::Names;
use proto::commit::Content;
use proto::definition;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use self::answer::Answer;
use self::reading::read_all;
use self::workshop::Workshop;
use crate::Worker;
use crate::batch::{Made, Task};
use crate::error::BatchError;
use crate::large;
use crate::laying::{Laying, Part};
use crate::segment::Segments;
use crate::spool::packed_file;
use crate::table::{CHANNEL, WRITTEN};

impl Worker {
    /// Makes the file of an output of what its sources answer.
    pub(crate) async fn made(
        &self,
        task: Task,
        made: definition::Made,
        segments: &mut Segments<'_>,
    ) -> Result<Made, BatchError> {
        let (task, scratch) = (Arc::new(task), self.settings.scratch.clone());
        let (texts, answers): (Vec<_>, Vec<_>) =
            task.sheets.iter().map(|_| mpsc::channel(CHANNEL)).unzip();
        let reading = tokio::spawn(read_all(Arc::clone(&task), texts));
        let (out, mut parts) = mpsc::channel(WRITTEN);
        let making: JoinHandle<Result<Made, BatchError>> = tokio::task::spawn_blocking({
            let task = Arc::clone(&task);
            move || {
                let answers: Vec<Answer> = answers.into_iter().map(Answer::new).collect();
                let file = Workshop::new(&scratch, answers).file(&made)?;
                lay_down(&task, &scratch, file, out).map_err(BatchError::Scratch)
            }
        });
        let written = segments.write_all(&mut parts).await;
        drop(parts);
        let read = reading.await.expect("the reading task does not panic");
        let made = making.await.expect("the making thread does not panic");
        written?;
        // What was made of an answer that broke off is nothing.
        let records = read?;
        Ok(Made { records, ..made? })
    }
}

/// Lays a file down as the member of an output, unless it is left out.
fn lay_down(task: &Task, scratch: &Path, file: File, out: mpsc::Sender<Part>) -> io::Result<Made> {
    let mut laying = Laying::members(&task.asked, out);
    let (mut bytes, mut members) = (0, Vec::new());
    if file.metadata()?.len() > 0 || !task.output.drops_empty_file() {
        let path = Names::new().claim(&pack::bag::path(&task.asked, &task.output.to));
        let original = pack::name::original(&task.output.to, &path);
        let (mut member, file) = packed_file(scratch, &task.asked, path, file)?;
        member.original = original;
        // Where nobody takes it any more, the store failed, and says so itself.
        let _taken = large::lay_down(&mut laying, &member, file)?;
        bytes = member.size;
        members.push(member);
    }
    let (content, pieces) = (Content::Members(members), laying.finish());
    Ok(Made { content, records: 0, bytes, warnings: Vec::new(), pieces })
}
