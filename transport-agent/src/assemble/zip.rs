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
use pack::digest::{MemberDigest, combine_crc32};
use pack::frame::frame;
use pack::zip::{Entry, local_header, local_header_len};
use proto::commit::{Compaction, Content, Member, Method, Segment};
use proto::id::RunId;
use proto::key::Key;
use proto::plan::{Plan, PlannedOutput};

use super::clash::Renames;
use super::directory::WaitingDirectory;
use super::joiner::{Joined, Joiner};
use crate::Agent;
use crate::error::AgentError;

/// How much of a list of warnings waits in memory (8 MiB).
const MEMORY_BYTES: usize = 8 << 20;

/// How much of it is read at a time.
const CHUNK_BYTES: u64 = 1 << 20;

/// The member that names what was left out.
pub(super) const WARNINGS: &str = "warnings.jsonl";

/// Lays the archive down under `key`.
pub(super) async fn join(
    agent: &Agent,
    run: RunId,
    plan: &Plan,
    key: &Key,
) -> Result<Joined, AgentError> {
    let renames = Renames::of_run(&agent.store, run, plan).await?;
    let compactions = super::compactions(&agent.store, run).await?;
    let packed: u64 =
        compactions.values().map(|packed| u64::from(packed.last - packed.first)).sum();
    let joiner =
        Joiner::begin(&*agent.store, key.clone(), u64::from(plan.batches) - packed).await?;
    let directory = WaitingDirectory::new(&agent.settings.scratch);
    let mut zip =
        Zip { agent, run, plan, renames, compactions, joiner, directory, members: 0, bytes: 0 };
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
    renames: Renames,
    compactions: BTreeMap<u32, Compaction>,
    joiner: Joiner<'a>,
    directory: WaitingDirectory,
    members: u64,
    bytes: u64,
}

impl Zip<'_> {
    async fn lay_down(&mut self) -> Result<(), AgentError> {
        let mut has_warnings = false;
        for planned in &self.plan.outputs {
            has_warnings |= match &planned.member {
                Some(path) => self.shared_member(planned, path).await?,
                None => self.members(planned).await?,
            };
        }
        if has_warnings { self.warnings().await } else { Ok(()) }
    }

    /// A member that batches share: one header, what stands before, the shares, what stands after.
    async fn shared_member(
        &mut self,
        planned: &PlannedOutput,
        path: &str,
    ) -> Result<bool, AgentError> {
        let text = Text::around(self.plan, planned);
        let (mut crcs, mut compressed) =
            (vec![(crc32fast::hash(&text.open), text.open.len() as u64)], 0);
        let (mut shares, mut has_warnings) = (0_u64, false);
        let separator = (crc32fast::hash(text.separator), text.separator.len() as u64);
        let mut commits = record::commits(&self.agent.store, self.run, planned.ordinals());
        while let Some(commit) = commits.try_next().await? {
            has_warnings |= !commit.warnings.is_empty();
            let (Some(_), Content::Share(share)) = (commit.segment, commit.content) else {
                continue;
            };
            if shares > 0 {
                crcs.push(separator);
            }
            crcs.push((share.crc32, share.size));
            crcs = vec![combine_crc32(crcs)];
            compressed += share.compressed;
            shares += 1;
        }
        crcs.push((crc32fast::hash(text.close), text.close.len() as u64));
        let (crc32, size) = combine_crc32(crcs);
        let [open, between, close] = text.blocks();
        compressed +=
            (open.len() + close.len()) as u64 + between.len() as u64 * shares.saturating_sub(1);
        let entry = Entry { path, method: Method::Deflated, crc32, compressed, size };
        self.begin_member(&entry).await?;
        self.joiner.write(open).await?;
        self.shares(planned, &between).await?;
        self.joiner.write(close).await?;
        Ok(has_warnings)
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
    async fn members(&mut self, planned: &PlannedOutput) -> Result<bool, AgentError> {
        let mut has_warnings = false;
        let mut packed_until = None;
        let mut commits = record::commits(&self.agent.store, self.run, planned.ordinals());
        // Where the commit's segment begins in the archive; a packed object is copied at its first.
        let mut at = self.joiner.len();
        while let Some(commit) = commits.try_next().await? {
            has_warnings |= !commit.warnings.is_empty();
            let (Some(segment), Content::Members(members)) = (commit.segment, commit.content)
            else {
                continue;
            };
            if self.renames.touches(commit.ordinal) {
                self.rewrite(commit.ordinal, &segment, members).await?;
                at = self.joiner.len();
                continue;
            }
            if packed_until.is_none_or(|last| commit.ordinal > last) {
                let packed = self.compactions.get(&commit.ordinal);
                // A packed object with a renamed member in it is of no use.
                let packed =
                    packed.filter(|packed| !self.renames.touch_any(packed.first..=packed.last));
                let piece = packed.map_or(&segment, |packed| &packed.segment);
                packed_until = packed.map(|packed| packed.last);
                self.joiner.copy(piece, &[]).await?;
            }
            for member in &members {
                self.count(&entry(member, &member.path), at + member.offset)?;
            }
            at += segment.len;
        }
        Ok(has_warnings)
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
        for (index, member) in members.iter().enumerate() {
            let path = self.renames.name(ordinal, index).unwrap_or(&member.path).to_owned();
            self.begin_member(&entry(member, &path)).await?;
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
    /// their length is known.
    async fn warnings(&mut self) -> Result<(), AgentError> {
        let (mut deflate, mut digest, mut packed) =
            (Stream::new(), MemberDigest::new(), Vec::new());
        let mut waiting = tempfile::spooled_tempfile_in(MEMORY_BYTES, &self.agent.settings.scratch);
        let (mut size, mut compressed) = (0, 0);
        let mut commits = record::commits(&self.agent.store, self.run, 0..self.plan.batches);
        while let Some(commit) = commits.try_next().await? {
            for warning in commit.warnings {
                let mut line = record::encode(&warning).to_vec();
                line.push(b'\n');
                digest.update(&line);
                size += line.len() as u64;
                deflate.write(&line, &mut packed);
            }
            compressed += packed.len() as u64;
            waiting.write_all(&packed).map_err(AgentError::Scratch)?;
            packed.clear();
        }
        deflate.finish(&mut packed);
        compressed += packed.len() as u64;
        waiting.write_all(&packed).map_err(AgentError::Scratch)?;
        waiting.seek(SeekFrom::Start(0)).map_err(AgentError::Scratch)?;
        let path = self.renames.warnings_name();
        let (crc32, _) = digest.finish();
        self.begin_member(&Entry {
            path: &path,
            method: Method::Deflated,
            crc32,
            compressed,
            size,
        })
        .await?;
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

/// What the format puts around the shares of a member.
struct Text {
    open: Vec<u8>,
    separator: &'static [u8],
    close: &'static [u8],
}

impl Text {
    fn around(plan: &Plan, planned: &PlannedOutput) -> Self {
        let output = plan.definition.outputs.get(planned.index as usize);
        let text = output.and_then(|output| {
            let columns = planned.columns(output).unwrap_or_default();
            Some(frame(output.format?, &output.options, &columns))
        });
        match text {
            Some(frame) => {
                Self { open: frame.open, separator: frame.separator, close: frame.close }
            }
            None => Self { open: Vec::new(), separator: b"", close: b"" },
        }
    }

    /// The same as pieces of a deflate stream; the last one ends it.
    fn blocks(&self) -> [Bytes; 3] {
        let block = |text: &[u8]| {
            let mut out = Vec::new();
            if !text.is_empty() {
                stored_block(text, &mut out);
            }
            out
        };
        let mut close = block(self.close);
        close.extend_from_slice(&END_OF_SHARES);
        [block(&self.open).into(), block(self.separator).into(), close.into()]
    }
}
