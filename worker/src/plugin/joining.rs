//! One file out of the files of all parts, made by one batch once all of them are in the store.
//!
//! Segments are not joined by copies here: what stands around an array, and whether a comma or a line end parts two
//! shares, is known only from what other parts hold; what the file is called is the exporter's, known only once one
//! has run; and files of several ZIPs are compared. So the parts are read once more, in the order of the datasets.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use fabric::causes::chain;
use fabric::record;
use fabric::store::{Store, StoreError, Tag};
use futures::TryStreamExt;
use pack::merge::{MergeError, NotZipped, json_arrays, json_lines, zips};
use pack::name::Names;
use proto::commit::{Content, Member, Piece, Segment};
use proto::id::RunId;
use proto::key::Key;
use proto::lay::Lay;
use proto::plugin::part::Part;
use proto::plugin::shard::OneFile;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::error::PluginError;
use super::joiner::is_joiner;
use super::results::called;
use crate::Worker;
use crate::batch::{Made, Task};
use crate::error::BatchError;
use crate::large;
use crate::laying::Laying;
use crate::segment::Segments;
use crate::spool::packed_file;
use crate::table::{CHANNEL, WRITTEN};

/// The file that is made, and what there is of it in each lay.
type Joined = (Member, Vec<(Lay, Piece)>);

impl Worker {
    /// Makes the one file where this batch is to; all others leave nothing but their part.
    pub(super) async fn join_parts(
        &self,
        task: &Task,
        (rule, batches): (OneFile, Range<u32>),
        part: Part,
        segments: &mut Segments<'_>,
    ) -> Result<Made, BatchError> {
        let Part { records, warnings, .. } = part;
        let (mut members, mut pieces, mut bytes) = (Vec::new(), Vec::new(), 0);
        if is_joiner(&*self.store, task.of.0, task.ordinal, &batches).await? {
            let joined = self.joined(task, rule, batches, segments).await?;
            bytes = joined.0.size;
            members.push(joined.0);
            pieces = joined.1;
        }
        Ok(Made { content: Content::Members(members), records, bytes, warnings, pieces })
    }

    async fn joined(
        &self,
        task: &Task,
        rule: OneFile,
        batches: Range<u32>,
        segments: &mut Segments<'_>,
    ) -> Result<Joined, BatchError> {
        let run = task.of.0;
        let first: Part = record::read(&*self.store, &Key::part(run, batches.start)).await?;
        let (parts, incoming) = mpsc::channel(1);
        let reading = tokio::spawn(read_all(Arc::clone(&self.store), run, batches, parts));
        let (out, mut laid) = mpsc::channel(WRITTEN);
        let (asked, scratch) = (task.asked.clone(), self.settings.scratch.clone());
        let wanted = called(&task.output.to, &first.name);
        let plugin = task.output.plugin.clone().unwrap_or_default();
        let joining: JoinHandle<Result<Joined, BatchError>> =
            tokio::task::spawn_blocking(move || {
                let file = join(rule, incoming, &scratch).map_err(|error| error.of(plugin))?;
                let path = Names::new().claim(&pack::bag::path(&asked, &wanted));
                let original = pack::name::original(&wanted, &path);
                let (mut member, file) =
                    packed_file(&scratch, &asked, path, file).map_err(BatchError::Scratch)?;
                member.original = original;
                let mut laying = Laying::members(&asked, out);
                // Where nobody takes it any more, the store failed, and says so itself.
                let _taken =
                    large::lay_down(&mut laying, &member, file).map_err(BatchError::Scratch)?;
                Ok((member, laying.finish()))
            });
        let written = segments.write_all(&mut laid).await;
        drop(laid);
        let read = reading.await.expect("the reading task does not panic");
        let joined = joining.await.expect("the joining thread does not panic");
        written?;
        // What was joined of parts that broke off is nothing.
        read?;
        joined
    }
}

/// Reads the parts in the order of their batches, each over a channel of its own.
async fn read_all(
    store: Arc<dyn Store>,
    run: RunId,
    batches: Range<u32>,
    parts: mpsc::Sender<mpsc::Receiver<Bytes>>,
) -> Result<(), StoreError> {
    for ordinal in batches {
        let part: Part = record::read(&*store, &Key::part(run, ordinal)).await?;
        let (chunks, incoming) = mpsc::channel(CHANNEL);
        if parts.send(incoming).await.is_err() {
            break;
        }
        let Some(Segment { key, len, tag, .. }) = part.object else { continue };
        let mut content = store.read(&key, 0..len, Some(&Tag(tag))).await?;
        while let Some(chunk) = content.try_next().await? {
            if chunks.send(chunk).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Why parts do not become one file.
enum Unjoined {
    /// They do not fit the rule, or each other.
    Unfit(String),
    Scratch(io::Error),
}

impl Unjoined {
    fn of(self, name: String) -> BatchError {
        match self {
            Self::Unfit(why) => PluginError::Unmerged { name, why }.into(),
            Self::Scratch(error) => BatchError::Scratch(error),
        }
    }
}

impl From<MergeError> for Unjoined {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::Shape { .. } => Self::Unfit(chain(&error)),
            MergeError::Read { source, .. } | MergeError::Write(source) => Self::Scratch(source),
        }
    }
}

impl From<NotZipped> for Unjoined {
    fn from(error: NotZipped) -> Self {
        match error {
            NotZipped::Part { .. } | NotZipped::Clash(_) => Self::Unfit(chain(&error)),
            NotZipped::Read { source, .. } | NotZipped::Write(source) => Self::Scratch(source),
        }
    }
}

/// Makes one file of the parts. Blocks.
fn join(
    rule: OneFile,
    mut incoming: mpsc::Receiver<mpsc::Receiver<Bytes>>,
    scratch: &Path,
) -> Result<File, Unjoined> {
    let mut file = tempfile::tempfile_in(scratch).map_err(Unjoined::Scratch)?;
    let mut out = BufWriter::new(&mut file);
    let parts = std::iter::from_fn(|| {
        incoming.blocking_recv().map(|chunks| Incoming { chunks, rest: Bytes::new() })
    });
    match rule {
        OneFile::JsonArray => json_arrays(parts, &mut out)?,
        OneFile::Jsonl => json_lines(parts, &mut out)?,
        OneFile::Zip => zips(parts.map(|part| spooled(part, scratch)), &mut out)?,
    }
    out.flush().map_err(Unjoined::Scratch)?;
    drop(out);
    Ok(file)
}

/// A ZIP is read from its end on, so that it is a file first.
fn spooled(mut part: Incoming, scratch: &Path) -> io::Result<File> {
    let mut file = tempfile::tempfile_in(scratch)?;
    io::copy(&mut part, &mut file)?;
    Ok(file)
}

/// A part as it comes from the store.
struct Incoming {
    chunks: mpsc::Receiver<Bytes>,
    rest: Bytes,
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.chunks.blocking_recv() {
                Some(chunk) => self.rest = chunk,
                None => return Ok(0),
            }
        }
        let len = self.rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&self.rest.split_to(len));
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Joins parts that come in chunks of a byte.
    fn joined(rule: OneFile, parts: &[&str]) -> Result<String, String> {
        let (out, incoming) = mpsc::channel(parts.len().max(1));
        for part in parts {
            let (chunks, of_part) = mpsc::channel(part.len().max(1));
            for byte in part.bytes() {
                chunks.try_send(Bytes::copy_from_slice(&[byte])).unwrap();
            }
            out.try_send(of_part).unwrap();
        }
        drop(out);
        match join(rule, incoming, &std::env::temp_dir()) {
            Ok(mut file) => {
                io::Seek::rewind(&mut file).unwrap();
                let mut text = String::new();
                file.read_to_string(&mut text).unwrap();
                Ok(text)
            }
            Err(Unjoined::Unfit(why)) => Err(why),
            Err(Unjoined::Scratch(error)) => panic!("{error}"),
        }
    }

    #[test]
    fn parts_become_one_file_by_their_rule() {
        let arrays = ["[\n1\n]\n", "[\n\n]\n", "[\n2\n]\n"];
        assert_eq!(joined(OneFile::JsonArray, &arrays).unwrap(), "[\n1,\n2\n]\n");
        assert_eq!(joined(OneFile::Jsonl, &["1\n2", "", "3\n"]).unwrap(), "1\n2\n3\n");
        let why = joined(OneFile::JsonArray, &["[1]", "{}"]).unwrap_err();
        assert!(why.contains("part 1") && why.contains("byte 0"), "{why}");
        assert!(joined(OneFile::Zip, &["[]"]).unwrap_err().contains("no whole ZIP"));
    }
}
