//! ZIP archives from segments: one, or several volumes cut between files, each an archive of its own.

mod volume;

use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use fabric::record;
use fabric::store::Tag;
use futures::TryStreamExt;
use pack::coding::Coding;
use pack::deflate::{END_OF_SHARES, Stream, stored_block};
use pack::digest::combine_crc32;
use pack::frame::Frame;
use pack::zip::{Entry, local_header, local_header_len};
use proto::commit::{Content, Member, Method, Segment};
use proto::key::Key;
use proto::lay::Lay;
use proto::plan::PlannedOutput;
use proto::tree::SharedFile;

use self::volume::ZipVolume;
use super::course::{Container, Course, Texts};
use super::joiner::Joined;
use super::text::Text;
use crate::error::AgentError;

pub(super) struct Zip<'a> {
    course: &'a Course<'a>,
    /// How many bytes of files go into a volume, where there may be several.
    volume_bytes: Option<u64>,
    volume: Option<ZipVolume<'a>>,
    finished: Vec<Joined>,
}

impl<'a> Zip<'a> {
    /// Begins an archive, cut where files have more than so many bytes together.
    pub(super) fn begin(course: &'a Course<'a>, volume_bytes: Option<u64>) -> Self {
        Self { course, volume_bytes, volume: None, finished: Vec::new() }
    }

    /// The volume that a file of a size goes into: the one under way, or another where it has files
    /// and not enough room.
    async fn volume_for(&mut self, size: u64) -> Result<&mut ZipVolume<'a>, AgentError> {
        let is_full = |volume: &ZipVolume<'_>| {
            let most = self.volume_bytes.unwrap_or(u64::MAX);
            volume.members() > 0 && volume.bytes().saturating_add(size) > most
        };
        if self.volume.as_ref().is_some_and(is_full) {
            self.end_volume().await?;
        }
        match &mut self.volume {
            Some(volume) => Ok(volume),
            none => {
                let number = u32::try_from(self.finished.len()).unwrap_or(u32::MAX);
                let joiner = self.course.joiner(number).await?;
                Ok(none.insert(ZipVolume::new(joiner, &self.course.agent.settings.scratch)))
            }
        }
    }

    async fn end_volume(&mut self) -> Result<(), AgentError> {
        if let Some(volume) = self.volume.take() {
            self.finished.push(volume.finish().await?);
        }
        Ok(())
    }

    /// A batch's members, from where its segment lies.
    async fn batch(
        &mut self,
        (object, at): (Segment, u64),
        segment: &Segment,
        members: &[Member],
    ) -> Result<(), AgentError> {
        if self.volume_bytes.is_none() {
            let course = self.course;
            let volume = self.volume_for(0).await?;
            let mut begin = volume.len();
            for member in members {
                let path = course.path(&member.path);
                let entry = Entry::of(member, &path);
                volume.count(&entry, begin)?;
                begin += local_header_len(&entry) + member.compressed;
            }
            return volume.copy(&object, at..at + segment.len, segment.crc32).await;
        }
        for member in members {
            let entry = Entry::of(member, &member.path);
            let mut header = Vec::new();
            local_header(&entry, &mut header);
            let packed_crc32 = member.packed_crc32.ok_or_else(|| AgentError::Damaged {
                what: format!("the segment {} cannot be cut", segment.key),
            })?;
            let header_part = (crc32fast::hash(&header), header.len() as u64);
            let (crc32, len) = combine_crc32([header_part, (packed_crc32, member.compressed)]);
            let begin = at + member.offset;
            let volume = self.volume_for(member.size).await?;
            volume.count(&entry, volume.len())?;
            volume.copy(&object, begin..begin + len, crc32).await?;
        }
        Ok(())
    }

    /// Reads a segment and writes it with new headers, for members of it share their names with
    /// members of other batches.
    async fn rewrite(
        &mut self,
        ordinal: u32,
        segment: &Segment,
        members: &[Member],
    ) -> Result<(), AgentError> {
        let Course { agent, run, tree, .. } = self.course;
        let tag = Tag(segment.tag.clone());
        let names = tree::new_names(&*agent.store, *run, tree, ordinal).await?;
        for (place, member) in (0..).zip(members) {
            if names.leaves_out(place) {
                continue;
            }
            let path = self.course.path(names.path(place, &member.path));
            let volume = self.volume_for(member.size).await?;
            volume.begin_member(&Entry::of(member, &path)).await?;
            let start = member.offset + local_header_len(&Entry::of(member, &member.path));
            let range = start..start + member.compressed;
            let mut data = agent.store.read(&segment.key, range, Some(&tag)).await?;
            while let Some(chunk) = data.try_next().await? {
                volume.write(chunk).await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Container for Zip<'_> {
    /// One header, what stands before, the shares, what stands after.
    async fn shared(&mut self, planned: &PlannedOutput, path: &str) -> Result<(), AgentError> {
        let course = self.course;
        let SharedFile { size, crc32, shares, compressed, .. } =
            tree::shared_file(course.run, &course.tree, planned)?;
        let [open, between, close] = blocks(&tree::text::around(course.plan, planned));
        let compressed = compressed
            + (open.len() + close.len()) as u64
            + between.len() as u64 * shares.saturating_sub(1);
        let entry = Entry { path, method: Method::Deflated, crc32, compressed, size };
        let volume = self.volume_for(size).await?;
        volume.begin_member(&entry).await?;
        volume.write(open).await?;
        course.shares(volume.joiner(), planned, Coding::Gzip).await?;
        volume.write(close).await
    }

    async fn members(&mut self, planned: &PlannedOutput) -> Result<(), AgentError> {
        let course = self.course;
        let mut places = course.places(course.lay);
        let mut commits = record::commits(course.store(), course.run, planned.ordinals());
        while let Some(commit) = commits.try_next().await? {
            let (Some(segment), Content::Members(members)) = (&commit.segment, &commit.content)
            else {
                continue;
            };
            let laid = if course.lay == Lay::PLAIN_ZIP {
                Some(segment)
            } else {
                commit.laid(course.lay).map(|laid| &laid.segment)
            };
            let Some(laid) = laid else { continue };
            let place = places.of(commit.ordinal, laid);
            if course.tree.renames(commit.ordinal) {
                self.rewrite(commit.ordinal, segment, members).await?;
            } else {
                self.batch(place, laid, members).await?;
            }
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<Vec<Joined>, AgentError> {
        if self.finished.is_empty() {
            // An archive of nothing is an archive too.
            self.volume_for(0).await?;
        }
        self.end_volume().await?;
        Ok(self.finished)
    }

    async fn abort(self: Box<Self>) {
        if let Some(volume) = self.volume {
            volume.abort().await;
        }
        let keys: Vec<Key> = self.finished.into_iter().map(|volume| volume.key).collect();
        if let Err(error) = self.course.store().delete(&keys).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "volumes not taken away");
        }
    }
}

#[async_trait]
impl Texts for Zip<'_> {
    /// Deflated into another file that waits, for its header tells the length.
    async fn text(&mut self, path: &str, text: Text) -> Result<(), AgentError> {
        let (size, crc32) = (text.size(), text.crc32());
        let scratch = self.course.agent.settings.scratch.clone();
        let deflating = tokio::task::spawn_blocking(move || deflated(text, &scratch));
        let mut waiting = deflating.await.expect("deflating does not panic")?;
        let (method, compressed) = (Method::Deflated, waiting.size());
        let volume = self.volume_for(size).await?;
        volume.begin_member(&Entry { path, method, crc32, compressed, size }).await?;
        for chunk in waiting.read() {
            volume.write(chunk?).await?;
        }
        Ok(())
    }

    async fn folder(&mut self, path: &str) -> Result<(), AgentError> {
        let entry = Entry { path, method: Method::Stored, crc32: 0, compressed: 0, size: 0 };
        self.volume_for(0).await?.folder(&entry).await
    }
}

/// A text, deflated into another one that waits.
fn deflated(mut text: Text, scratch: &Path) -> Result<Text, AgentError> {
    let mut waiting = Text::new(scratch);
    let (mut deflate, mut packed) = (Stream::new(), Vec::new());
    for chunk in text.read() {
        deflate.write(&chunk?, &mut packed);
        waiting.write(&packed)?;
        packed.clear();
    }
    deflate.finish(&mut packed);
    waiting.write(&packed)?;
    Ok(waiting)
}

/// The text around shares as pieces of a deflate stream; the last one ends it.
fn blocks(text: &Frame) -> [Bytes; 3] {
    let block = |text: &[u8]| {
        let mut out = Vec::new();
        stored_block(text, &mut out);
        out
    };
    let mut close = block(&text.close);
    close.extend_from_slice(&END_OF_SHARES);
    [block(&text.open).into(), block(&text.separator).into(), close.into()]
}
