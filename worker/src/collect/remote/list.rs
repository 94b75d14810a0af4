//! A list of files that stay where they are: a line of JSON for each, as a share of the file that all batches make.

use proto::definition::{Assets, Remote};
use proto::file_list::ListedFile;
use tokio::sync::mpsc;

use super::referring::Referring;
use super::{Referred, finished};
use crate::Worker;
use crate::batch::{Made, Task};
use crate::collect::naming::Naming;
use crate::error::BatchError;
use crate::laying::Laying;
use crate::segment::Segments;
use crate::table::{CHANNEL, Rendered, WRITTEN};

/// About how many bytes of lines are laid down at once.
const TEXT_BYTES: usize = 64 << 10;

impl Worker {
    /// Writes the files of a batch's records into a share of the list.
    pub(crate) async fn list_files(
        &self,
        task: &Task,
        assets: &Assets,
        remote: &Remote,
        segments: &mut Segments<'_>,
    ) -> Result<Made, BatchError> {
        let naming = Naming::new(task, assets);
        let referring = Referring::new(task, &naming, remote, self.catalog.assets(&*task.source));
        let (parts_out, mut parts) = mpsc::channel(WRITTEN);
        let (texts_out, mut texts) = mpsc::channel::<Vec<u8>>(CHANNEL);
        // Every line ends by itself, so that nothing parts shares.
        let mut laying = Laying::share(&task.asked, &[], parts_out);
        let laying = tokio::task::spawn_blocking(move || {
            while let Some(text) = texts.blocking_recv() {
                if laying.content(&text).is_break() {
                    break;
                }
            }
            laying.finish()
        });
        let writing = async {
            let written = segments.write_all(&mut parts).await;
            drop(parts);
            written
        };
        let (out, referred) = mpsc::channel(CHANNEL);
        let referred = write_lines(referred, texts_out);
        let (told, lines, written) =
            tokio::join!(self.refer_all(task, &referring, out), referred, writing);
        let pieces = laying.await.expect("the laying thread does not panic");
        // The first cause speaks: a store that failed makes the others stop without an error.
        written?;
        let (_, warnings) = finished(told?, &task.output);
        // A list that has no line is empty, however many rows tell of no file.
        Ok(Made::of_share(Rendered { pieces, records: lines, warnings }))
    }
}

/// Writes a line for each file, until nobody takes them; how many there are.
async fn write_lines(mut referred: mpsc::Receiver<Referred>, texts: mpsc::Sender<Vec<u8>>) -> u64 {
    let (mut text, mut lines) = (Vec::new(), 0);
    while let Some(file) = referred.recv().await {
        lines += 1;
        let line = ListedFile {
            url: &file.url,
            length: file.size,
            filename: &file.path,
            digests: &file.digests,
            content_type: file.content_type.as_deref(),
        };
        serde_json::to_writer(&mut text, &line).expect("names and numbers are JSON");
        text.push(b'\n');
        if text.len() >= TEXT_BYTES && texts.send(std::mem::take(&mut text)).await.is_err() {
            break;
        }
    }
    // Nobody there to take it: the store failed, and says so itself.
    drop(texts.send(text).await);
    lines
}
