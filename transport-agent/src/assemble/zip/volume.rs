//! A volume of a ZIP archive under way: its bytes and its central directory.

use std::ops::Range;
use std::path::Path;

use bytes::Bytes;
use pack::zip::{Entry, local_header};
use proto::commit::Segment;

use crate::assemble::directory::WaitingDirectory;
use crate::assemble::joiner::{Joined, Joiner};
use crate::error::AgentError;

pub(super) struct ZipVolume<'s> {
    joiner: Joiner<'s>,
    directory: WaitingDirectory,
    members: u64,
    bytes: u64,
}

impl<'s> ZipVolume<'s> {
    pub(super) fn new(joiner: Joiner<'s>, scratch: &Path) -> Self {
        Self { joiner, directory: WaitingDirectory::new(scratch), members: 0, bytes: 0 }
    }

    /// How many files it has so far.
    pub(super) fn members(&self) -> u64 {
        self.members
    }

    /// Length of the files, unpacked.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How long the volume is so far.
    pub(super) fn len(&self) -> u64 {
        self.joiner.len()
    }

    /// What lays its bytes down.
    pub(super) fn joiner(&mut self) -> &mut Joiner<'s> {
        &mut self.joiner
    }

    /// Writes a member's header and remembers where it is.
    pub(super) async fn begin_member(&mut self, entry: &Entry<'_>) -> Result<(), AgentError> {
        self.count(entry, self.joiner.len())?;
        self.header(entry).await
    }

    /// Writes a folder, which is no file.
    pub(super) async fn folder(&mut self, entry: &Entry<'_>) -> Result<(), AgentError> {
        self.directory.entry(entry, self.joiner.len()).map_err(AgentError::Scratch)?;
        self.header(entry).await
    }

    async fn header(&mut self, entry: &Entry<'_>) -> Result<(), AgentError> {
        let mut header = Vec::new();
        local_header(entry, &mut header);
        self.write(header.into()).await
    }

    /// Remembers a member that begins at a place.
    pub(super) fn count(&mut self, entry: &Entry<'_>, at: u64) -> Result<(), AgentError> {
        self.members += 1;
        self.bytes += entry.size;
        self.directory.entry(entry, at).map_err(AgentError::Scratch)
    }

    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<(), AgentError> {
        Ok(self.joiner.write(bytes).await?)
    }

    pub(super) async fn copy(
        &mut self,
        object: &Segment,
        part: Range<u64>,
        crc32: u32,
    ) -> Result<(), AgentError> {
        Ok(self.joiner.copy(object, part, crc32).await?)
    }

    /// Writes the central directory, and makes the volume an object.
    pub(super) async fn finish(self) -> Result<Joined, AgentError> {
        let Self { mut joiner, directory, members, bytes } = self;
        match write_directory(&mut joiner, directory).await {
            Ok(()) => Ok(joiner.finish(members, bytes).await?),
            Err(error) => {
                joiner.abort().await;
                Err(error)
            }
        }
    }

    pub(super) async fn abort(self) {
        self.joiner.abort().await;
    }
}

async fn write_directory(
    joiner: &mut Joiner<'_>,
    directory: WaitingDirectory,
) -> Result<(), AgentError> {
    for chunk in directory.finish(joiner.len()).map_err(AgentError::Scratch)? {
        joiner.write(chunk.map_err(AgentError::Scratch)?).await?;
    }
    Ok(())
}
