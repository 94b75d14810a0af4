//! A ZIP archive from segments: outputs in the order of the plan, batches in theirs, then the
//! warnings where there are any, then the central directory.
//!
//! Commit records are followed in order and never held together, so that memory does not grow with
//! the archive.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom, Write};

use bytes::Bytes;
use fabric::record;
use fabric::store::Tag;
use futures::TryStreamExt;
use pack::deflate::{END_OF_SHARES, Stream, stored_block};
use pack::frame::Frame;
use pack::zip::{Entry, local_header, local_header_len};
use proto::commit::{Compaction, Content, Member, Method, Segment};
use proto::id::RunId;
use proto::key::Key;
use proto::plan::{Plan, PlannedOutput};
use proto::tree::{SharedFile, Tree, WarningsFile};

use super::directory::WaitingDirectory;
use super::joiner::{Joined, Joiner};
use crate::Agent;
use crate::error::AgentError;

/// How much of a list of warnings waits in memory (8 MiB).
const MEMORY_BYTES: usize = 8 << 20;

/// How much of it is read at a time.
const CHUNK_BYTES: u64 = 1 << 20;

/// Lays the archive down under `key`.
pub(super) async fn join(
    agent: &Agent,
    run: RunId,
    plan: &Plan,
    key: &Key,
) -> Result<Joined, AgentError> {
    let tree = tree::settle(&agent.store, run, plan).await?;
    let compactions = super::compactions(&agent.store, run).await?;
    let packed: u64 =
        compactions.values().map(|packed| u64::from(packed.last - packed.first)).sum();
    let joiner =
        Joiner::begin(&*agent.store, key.clone(), u64::from(plan.batches) - packed).await?;
    let directory = WaitingDirectory::new(&agent.settings.scratch);
    let mut zip =
        Zip { agent, run, plan, tree, compactions, joiner, directory, members: 0, bytes: 0 };
    match zip.lay_down().await {
        Ok(()) => zip.finish().await,
        Err(error) => {
            zip.joiner.abort().await;
            Err(error)
        }
    }
}

struct Zip<'a> {
    agent: &'a Agent,
    run: RunId,
    plan: &'a Plan,
    tree: Tree,
    compactions: BTreeMap<u32, Compaction>,
    joiner: Joiner<'a>,
    directory: WaitingDirectory,
    members: u64,
    bytes: u64,
}

impl Zip<'_> {
    async fn lay_down(&mut self) -> Result<(), AgentError> {
        for planned in &self.plan.outputs {
            match &planned.member {
                Some(path) => self.shared_member(planned, path).await?,
                None => self.members(planned).await?,
            }
        }
        match self.tree.warnings.clone() {
            Some(list) => self.warnings(&list).await,
            None => Ok(()),
        }
    }

    /// A member that batches share: one header, what stands before, the shares, what stands after.
    async fn shared_member(
        &mut self,
        planned: &PlannedOutput,
        path: &str,
    ) -> Result<(), AgentError> {
        let SharedFile { size, crc32, shares, compressed, .. } =
            tree::shared_file(self.run, &self.tree, planned)?;
        let [open, between, close] = blocks(&tree::text::around(self.plan, planned));
        let compressed = compressed
            + (open.len() + close.len()) as u64
            + between.len() as u64 * shares.saturating_sub(1);
        let entry = Entry { path, method: Method::Deflated, crc32, compressed, size };
        self.begin_member(&entry).await?;
        self.joiner.write(open).await?;
        self.shares(planned, &between).await?;
        self.joiner.write(close).await?;
        Ok(())
    }

    /// The shares in order, or the objects they were packed into. Each brings the separator that
    /// parts it from those before; the first of all goes without.
    async fn shares(&mut self, planned: &PlannedOutput, between: &[u8]) -> Result<(), AgentError> {
        let mut is_first = true;
        let mut packed_until = None;
        let mut commits = record::commits(&self.agent.store, self.run, planned.ordinals());
        while let Some(commit) = commits.try_next().await? {
            if packed_until.is_some_and(|last| commit.ordinal <= last) {
                continue;
            }
            let (Some(segment), Content::Share(share)) = (commit.segment, commit.content) else {
                continue;
            };
            let has_lead = share.lead(&segment) > 0;
            let piece = match self.compactions.get(&commit.ordinal) {
                Some(packed) => {
                    packed_until = Some(packed.last);
                    &packed.segment
                }
                None => &segment,
            };
            let without = if std::mem::take(&mut is_first) && has_lead { between } else { &[] };
            self.joiner.copy(piece, without).await?;
        }
        Ok(())
    }

    /// Members that lie in segments whole.
    async fn members(&mut self, planned: &PlannedOutput) -> Result<(), AgentError> {
        let mut packed_until = None;
        let mut commits = record::commits(&self.agent.store, self.run, planned.ordinals());
        // Where the commit's segment begins in the archive; a packed object is copied at its first.
        let mut at = self.joiner.len();
        while let Some(commit) = commits.try_next().await? {
            let (Some(segment), Content::Members(members)) = (commit.segment, commit.content)
            else {
                continue;
            };
            if self.tree.renames(commit.ordinal) {
                self.rewrite(commit.ordinal, &segment, members).await?;
                at = self.joiner.len();
                continue;
            }
            if packed_until.is_none_or(|last| commit.ordinal > last) {
                let packed = self.compactions.get(&commit.ordinal);
                // A packed object with a renamed member in it is of no use.
                let packed =
                    packed.filter(|packed| !self.tree.renames_any(packed.first..=packed.last));
                let piece = packed.map_or(&segment, |packed| &packed.segment);
                packed_until = packed.map(|packed| packed.last);
                self.joiner.copy(piece, &[]).await?;
            }
            for member in &members {
                self.count(&entry(member, &member.path), at + member.offset)?;
            }
            at += segment.len;
        }
        Ok(())
    }

    /// Reads a segment and writes it with new headers, for members of it share their names with
    /// members of other batches. Rare, and the only payload that an agent ever moves.
    async fn rewrite(
        &mut self,
        ordinal: u32,
        segment: &Segment,
        members: Vec<Member>,
    ) -> Result<(), AgentError> {
        let tag = Tag(segment.tag.clone());
        let names = tree::new_names(&*self.agent.store, self.run, &self.tree, ordinal).await?;
        for (place, member) in (0..).zip(&members) {
            self.begin_member(&entry(member, names.path(place, member))).await?;
            let start = member.offset + local_header_len(&entry(member, &member.path));
            let range = start..start + member.compressed;
            let mut data = self.agent.store.read(&segment.key, range, Some(&tag)).await?;
            while let Some(chunk) = data.try_next().await? {
                self.joiner.write(chunk).await?;
            }
        }
        Ok(())
    }

    /// Names what was left out, in the order of the plan. Long lists wait in a scratch file until
    /// it is known what they come to compressed.
    async fn warnings(&mut self, list: &WarningsFile) -> Result<(), AgentError> {
        let (mut deflate, mut packed, mut compressed) = (Stream::new(), Vec::new(), 0);
        let mut waiting = tempfile::spooled_tempfile_in(MEMORY_BYTES, &self.agent.settings.scratch);
        let mut lines = tree::warnings::lines(&self.agent.store, self.run, self.plan.batches);
        while let Some(lines) = lines.try_next().await? {
            deflate.write(&lines, &mut packed);
            compressed += packed.len() as u64;
            waiting.write_all(&packed).map_err(AgentError::Scratch)?;
            packed.clear();
        }
        deflate.finish(&mut packed);
        compressed += packed.len() as u64;
        waiting.write_all(&packed).map_err(AgentError::Scratch)?;
        waiting.seek(SeekFrom::Start(0)).map_err(AgentError::Scratch)?;
        let WarningsFile { path, size, crc32, sha256: _ } = list;
        let method = Method::Deflated;
        self.begin_member(&Entry { path, method, crc32: *crc32, compressed, size: *size }).await?;
        loop {
            let mut chunk = Vec::new();
            Read::by_ref(&mut waiting)
                .take(CHUNK_BYTES)
                .read_to_end(&mut chunk)
                .map_err(AgentError::Scratch)?;
            if chunk.is_empty() {
                return Ok(());
            }
            self.joiner.write(chunk.into()).await?;
        }
    }

    /// Writes a member's header and remembers where it is.
    async fn begin_member(&mut self, entry: &Entry<'_>) -> Result<(), AgentError> {
        self.count(entry, self.joiner.len())?;
        let mut header = Vec::new();
        local_header(entry, &mut header);
        Ok(self.joiner.write(header.into()).await?)
    }

    fn count(&mut self, entry: &Entry<'_>, at: u64) -> Result<(), AgentError> {
        self.members += 1;
        self.bytes += entry.size;
        self.directory.entry(entry, at).map_err(AgentError::Scratch)
    }

    async fn finish(mut self) -> Result<Joined, AgentError> {
        let chunks = self.directory.finish(self.joiner.len()).map_err(AgentError::Scratch)?;
        for chunk in chunks {
            let written = match chunk {
                Ok(chunk) => self.joiner.write(chunk).await.map_err(AgentError::from),
                Err(error) => Err(AgentError::Scratch(error)),
            };
            if let Err(error) = written {
                self.joiner.abort().await;
                return Err(error);
            }
        }
        let (len, crc32, tail) = self.joiner.finish().await?;
        Ok(Joined { len, crc32, members: self.members, bytes: self.bytes, tail })
    }
}

/// A member under a name, as the archive describes it.
fn entry<'m>(member: &'m Member, path: &'m str) -> Entry<'m> {
    Entry {
        path,
        method: member.method,
        crc32: member.crc32,
        compressed: member.compressed,
        size: member.size,
    }
}

/// The text around shares as pieces of a deflate stream; the last one ends it.
fn blocks(text: &Frame) -> [Bytes; 3] {
    let block = |text: &[u8]| {
        let mut out = Vec::new();
        if !text.is_empty() {
            stored_block(text, &mut out);
        }
        out
    };
    let mut close = block(text.close);
    close.extend_from_slice(&END_OF_SHARES);
    [block(&text.open).into(), block(text.separator).into(), close.into()]
}
