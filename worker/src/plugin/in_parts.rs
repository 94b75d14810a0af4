//! A batch for one of several datasets whose files become one: what its process leaves waits in the store until all
//! parts are there.

use std::fs::File;
use std::io;
use std::ops::Range;

use fabric::causes::chain;
use fabric::record;
use pack::merge::{json_arrays, unzip};
use proto::commit::Segment;
use proto::key::Key;
use proto::plan::PlannedOutput;
use proto::plugin::part::Part;
use proto::plugin::shard::{Merge, OneFile};
use tokio::io::AsyncReadExt;

use super::Ran;
use super::error::PluginError;
use super::wire::{Mode, Output};
use super::work::{Work, name_of};
use crate::Worker;
use crate::batch::Task;
use crate::error::BatchError;
use crate::segment::{CHUNK_BYTES, SegmentWriter};

/// The parts that become one result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InParts {
    /// By which rule.
    pub(super) merge: Merge,
    /// The batches of all of them.
    pub(super) batches: Range<u32>,
}

impl InParts {
    /// Those of an output, where the plan has a batch for each dataset.
    pub(crate) fn of(planned: &PlannedOutput) -> Option<Self> {
        planned.merge.map(|merge| Self { merge, batches: planned.ordinals() })
    }

    /// How the files of these batches become one, where they do.
    pub(super) fn one_file(&self) -> Option<(OneFile, Range<u32>)> {
        self.merge.one_file().map(|rule| (rule, self.batches.clone()))
    }
}

impl Worker {
    /// What a plugin left for the dataset of a batch: as it is in the store, or else as it leaves it now.
    pub(super) async fn part(
        &self,
        task: &Task,
        rule: OneFile,
        (wanted, attempt): (&str, u32),
    ) -> Result<Part, BatchError> {
        let key = Key::part(task.of.0, task.ordinal);
        if let Some(part) = record::find(&*self.store, &key).await? {
            return Ok(part);
        }
        let Ran { name: plugin, output, desk, seen, records, warnings } =
            self.exported(task, wanted, attempt).await?;
        let folder = desk.work();
        let work = Work { name: &plugin, folder: &folder, seen: &seen };
        let path = match output {
            Some(Output { mode: Mode::File, path }) => work.file(path.as_deref())?,
            Some(Output { mode: Mode::Directory | Mode::None, .. }) | None => {
                let why = "one dataset has no file".to_owned();
                return Err(PluginError::Unmerged { name: plugin, why }.into());
            }
        };
        let file = work.open(&path)?;
        let checked = tokio::task::spawn_blocking(move || unfit(rule, file));
        if let Some(why) = checked.await.expect("the checking thread does not panic") {
            return Err(PluginError::Unmerged { name: plugin, why }.into());
        }
        let object = self.put_part(task, work.open(&path)?).await?;
        let part = Part { name: name_of(&path), object, records, warnings };
        let objects = |part: &Part| -> Vec<Key> {
            part.object.iter().map(|object| object.key.clone()).collect()
        };
        Ok(record::settle(&*self.store, &key, part, objects).await?)
    }

    async fn put_part(&self, task: &Task, file: File) -> Result<Option<Segment>, BatchError> {
        let attempt = self.ambient.id().simple().to_string();
        let key = Key::part_object(task.of.0, task.ordinal, &attempt);
        let mut file = tokio::fs::File::from_std(file);
        let mut object = SegmentWriter::new(&*self.store, key);
        loop {
            let mut chunk = Vec::with_capacity(CHUNK_BYTES);
            let mut part = (&mut file).take(CHUNK_BYTES as u64);
            part.read_to_end(&mut chunk).await.map_err(BatchError::Scratch)?;
            if chunk.is_empty() {
                return Ok(object.finish().await?);
            }
            object.write(chunk.into()).await?;
        }
    }
}

/// Why a file cannot become a part of one by the rule; nothing where it can. Found out at once, and not by whoever
/// joins: a part that is in the store is not made anew. Blocks.
fn unfit(rule: OneFile, file: File) -> Option<String> {
    match rule {
        OneFile::JsonArray => json_arrays([file], &mut io::sink()).err().map(|error| chain(&error)),
        OneFile::Jsonl => None,
        OneFile::Zip => {
            let read = unzip(file, |_, content| io::copy(content, &mut io::sink()).map(drop));
            read.err().map(|error| chain(&error))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn check(rule: OneFile, content: &str, expected: Option<&str>) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), content).unwrap();
        let why = unfit(rule, file.reopen().unwrap());
        let is_told = match (&why, expected) {
            (Some(why), Some(expected)) => why.contains(expected),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        assert!(is_told, "{content}: {why:?}");
    }

    #[test]
    fn a_file_that_the_rule_does_not_fit_is_told_before_it_is_a_part() {
        check(OneFile::JsonArray, "[\n1\n]\n", None);
        check(OneFile::JsonArray, "{\"a\":1}", Some("byte 0"));
        check(OneFile::JsonArray, "", Some("no array"));
        check(OneFile::Jsonl, "1\n2", None);
        check(OneFile::Zip, "[]", Some("no whole ZIP"));
    }
}
