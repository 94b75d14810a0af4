//! What an export gives to be fetched: its only file as it is, or an archive of all.

use fabric::record;
use futures::{StreamExt, TryStreamExt};
use proto::archive::Archive;
use proto::id::RunId;
use proto::key::Key;
use tree::{File, FileId};

use super::Door;
use super::shape::Made;
use super::trouble::Trouble;

impl Door {
    /// What a run made that has ended well; nothing where it has expired meanwhile.
    pub(super) async fn made(&self, run: RunId) -> Result<Option<Made>, Trouble> {
        let store = &self.api.coordinator.store;
        let archive: Option<Archive> = record::find(&**store, &Key::archive(run, 0)).await?;
        let Some(archive) = archive else { return Ok(None) };
        let files = tree::files(store, run, None);
        let files = files.try_filter(|file| std::future::ready(is_result(file)));
        let mut first: Vec<File> = files.boxed().take(2).try_collect().await?;
        if first.len() == 1 {
            return Ok(first.pop().map(|file| Made::File(Box::new(file))));
        }
        Ok(archive.volumes.into_iter().next().map(Made::Archive))
    }
}

/// Whether a file is one that the exporter made, and not a list of what was left out, of which the job tells.
fn is_result(file: &File) -> bool {
    match file.id {
        FileId::Batch { .. } | FileId::Sealed { .. } => true,
        FileId::Originals | FileId::Warnings | FileId::Index => false,
    }
}
