//! Some files of a run, in an archive that is made on the way out.

use fabric::store::StoreError;
use futures::future;
use futures::stream::{BoxStream, StreamExt};
use proto::id::RunId;
use tree::{File, FileId};

use super::Dialect;

/// The files of a run in an archive that is made on the way out: those below a path.
pub(super) struct Selection {
    pub(super) run: RunId,
    /// What files begin with, or are.
    path: String,
    /// How much of their paths stays away in the archive: the folders around what is asked for.
    cut: usize,
}

impl Selection {
    /// The files that a path names: one, those of a folder, or all.
    pub(super) fn new(run: RunId, path: &str) -> Self {
        let cut = path.rfind('/').map_or(0, |slash| slash + 1);
        Self { run, path: path.to_owned(), cut }
    }

    /// The files, in order.
    pub(super) fn files(&self, dialect: &Dialect) -> BoxStream<'static, Result<File, StoreError>> {
        self.files_after(dialect, None)
    }

    /// The files after one of them.
    pub(super) fn files_after(
        &self,
        dialect: &Dialect,
        after: Option<FileId>,
    ) -> BoxStream<'static, Result<File, StoreError>> {
        let path = self.path.clone();
        let fits = move |file: &File| {
            path.is_empty()
                || file
                    .path
                    .strip_prefix(&*path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let files = tree::files(&dialect.api.coordinator.store, self.run, after);
        files.filter(move |file| future::ready(file.as_ref().map_or(true, &fits))).boxed()
    }

    /// What a file is called in the archive.
    pub(super) fn name<'f>(&self, file: &'f File) -> &'f str {
        file.path.get(self.cut..).unwrap_or(&file.path)
    }
}
