//! The central directory under way: written as members come, needed only at the end. Short ones wait
//! in memory, long ones in a scratch file; ten million members are a gigabyte.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use pack::zip::{Directory, Entry};

/// How much of it waits in memory (8 MiB).
const MEMORY_BYTES: usize = 8 << 20;

/// How much of it is read at a time.
const CHUNK_BYTES: u64 = 1 << 20;

/// A central directory whose bytes wait for the end of the archive.
pub(super) struct WaitingDirectory {
    directory: Directory,
    memory: Vec<u8>,
    scratch: PathBuf,
    file: Option<File>,
}

impl WaitingDirectory {
    pub(super) fn new(scratch: &Path) -> Self {
        Self {
            directory: Directory::new(),
            memory: Vec::new(),
            scratch: scratch.to_owned(),
            file: None,
        }
    }

    /// Appends a member that begins at `offset` of the archive.
    pub(super) fn entry(&mut self, entry: &Entry<'_>, offset: u64) -> io::Result<()> {
        self.directory.entry(entry, offset, &mut self.memory);
        if self.memory.len() < MEMORY_BYTES {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&self.scratch)?),
        };
        file.write_all(&self.memory)?;
        self.memory.clear();
        Ok(())
    }

    /// What ends the archive, in chunks, where the directory begins at `at`.
    pub(super) fn finish(mut self, at: u64) -> io::Result<impl Iterator<Item = io::Result<Bytes>>> {
        self.directory.end(at, &mut self.memory);
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start(0))?;
        }
        let mut file = self.file;
        let mut memory = Some(self.memory);
        Ok(std::iter::from_fn(move || {
            if let Some(open) = &mut file {
                let mut chunk = Vec::new();
                match Read::by_ref(open).take(CHUNK_BYTES).read_to_end(&mut chunk) {
                    Ok(0) => file = None,
                    Ok(_) => return Some(Ok(chunk.into())),
                    Err(error) => return Some(Err(error)),
                }
            }
            memory.take().map(|memory| Ok(memory.into()))
        }))
    }
}
