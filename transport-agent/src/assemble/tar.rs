//! A tar archive, plain or compressed, from the pieces of one lay. What the agent writes besides
//! (headers of files that batches share, what fills blocks, the end) are short pieces of its own.

use async_trait::async_trait;
use fabric::record;
use futures::TryStreamExt;
use pack::coding::{Coding, PieceWriter};
use pack::tar;
use proto::commit::{Commit, Content, Piece};
use proto::plan::PlannedOutput;
use tree::File;

use super::course::{Container, Course, Texts};
use super::joiner::{Joined, Joiner};
use super::text::Text;
use crate::error::AgentError;

/// How many bytes are gathered before they go on (1 MiB).
const CHUNK_BYTES: usize = 1 << 20;

pub(super) struct Tar<'a> {
    course: &'a Course<'a>,
    joiner: Joiner<'a>,
    coding: Coding,
    /// All pieces so far, joined.
    all: Piece,
    members: u64,
    bytes: u64,
}

impl<'a> Tar<'a> {
    /// Begins an archive.
    pub(super) async fn begin(course: &'a Course<'a>, coding: Coding) -> Result<Self, AgentError> {
        let mut joiner = course.joiner(0).await?;
        joiner.write(coding.open().into()).await?;
        Ok(Self { course, joiner, coding, all: Piece::default(), members: 0, bytes: 0 })
    }

    fn add(&mut self, piece: Piece) {
        self.all = self.coding.joined(self.all, piece);
    }

    /// Writes a short text as a piece.
    async fn write(&mut self, text: &[u8]) -> Result<(), AgentError> {
        let mut out = Vec::new();
        let piece = self.coding.text(text, &mut out);
        self.add(piece);
        Ok(self.joiner.write(out.into()).await?)
    }

    /// A batch whose members share their names with members of other batches: read from its ZIP
    /// segment, and written anew.
    async fn rewrite(&mut self, commit: Commit) -> Result<(), AgentError> {
        let Course { agent, run, tree, .. } = self.course;
        let names = tree::new_names(&*agent.store, *run, tree, commit.ordinal).await?;
        let mut coder = Coder::new(self.coding);
        for file in File::members(commit, names) {
            let mut header = Vec::new();
            tar::header(&self.course.path(&file.path), file.size, &mut header);
            self.joiner.write(coder.write(header).await.into()).await?;
            let mut content = file.read(&agent.store, 0..file.size).await?;
            while let Some(chunk) = content.try_next().await? {
                self.joiner.write(coder.write(chunk).await.into()).await?;
            }
            let padding = tar::padding(file.size);
            self.joiner.write(coder.write(padding).await.into()).await?;
            self.members += 1;
            self.bytes += file.size;
        }
        let mut rest = Vec::new();
        let piece = coder.finish(&mut rest);
        self.add(piece);
        Ok(self.joiner.write(rest.into()).await?)
    }
}

#[async_trait]
impl Container for Tar<'_> {
    async fn shared(&mut self, planned: &PlannedOutput, path: &str) -> Result<(), AgentError> {
        let course = self.course;
        let size = tree::shared_file(course.run, &course.tree, planned)?.size;
        let around = tree::text::around(course.plan, planned);
        let mut before = Vec::new();
        tar::header(path, size, &mut before);
        before.extend_from_slice(&around.open);
        self.write(&before).await?;
        let shares = course.shares(&mut self.joiner, planned, self.coding).await?;
        self.add(shares);
        self.write(&[&around.close, tar::padding(size)].concat()).await?;
        self.members += 1;
        self.bytes += size;
        Ok(())
    }

    async fn members(&mut self, planned: &PlannedOutput) -> Result<(), AgentError> {
        let course = self.course;
        let mut places = course.places(course.lay);
        let mut commits = record::commits(course.store(), course.run, planned.ordinals());
        while let Some(commit) = commits.try_next().await? {
            let (Some(laid), Content::Members(members)) =
                (commit.laid(course.lay), &commit.content)
            else {
                continue;
            };
            let (object, at) = places.of(commit.ordinal, &laid.segment);
            if course.tree.renames(commit.ordinal) {
                self.rewrite(commit).await?;
                continue;
            }
            self.members += members.len() as u64;
            self.bytes += members.iter().map(|member| member.size).sum::<u64>();
            let part = at..at + laid.segment.len;
            self.joiner.copy(&object, part, laid.segment.crc32).await?;
            let piece = laid.piece;
            self.add(piece);
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<Vec<Joined>, AgentError> {
        self.write(&tar::END).await?;
        let mut close = Vec::new();
        self.coding.close(&self.all, &mut close);
        self.joiner.write(close.into()).await?;
        Ok(vec![self.joiner.finish(self.members, self.bytes).await?])
    }

    async fn abort(self: Box<Self>) {
        self.joiner.abort().await;
    }
}

#[async_trait]
impl Texts for Tar<'_> {
    async fn text(&mut self, path: &str, mut text: Text) -> Result<(), AgentError> {
        let size = text.size();
        let mut coder = Coder::new(self.coding);
        let mut header = Vec::new();
        tar::header(path, size, &mut header);
        self.joiner.write(coder.write(header).await.into()).await?;
        for chunk in text.read() {
            self.joiner.write(coder.write(chunk?).await.into()).await?;
        }
        self.joiner.write(coder.write(tar::padding(size)).await.into()).await?;
        let mut rest = Vec::new();
        let piece = coder.finish(&mut rest);
        self.add(piece);
        self.members += 1;
        self.bytes += size;
        Ok(self.joiner.write(rest.into()).await?)
    }

    async fn folder(&mut self, path: &str) -> Result<(), AgentError> {
        let mut header = Vec::new();
        tar::folder(path, &mut header);
        self.write(&header).await
    }
}

/// Compresses a piece away from the threads that serve everybody.
struct Coder {
    writer: Option<PieceWriter>,
    waiting: Vec<u8>,
}

impl Coder {
    fn new(coding: Coding) -> Self {
        Self { writer: Some(PieceWriter::new(coding)), waiting: Vec::new() }
    }

    /// Takes in content; what is ready, or nothing while that is little.
    async fn write(&mut self, content: impl AsRef<[u8]> + Send + 'static) -> Vec<u8> {
        let (mut writer, mut out) = (self.writer.take(), std::mem::take(&mut self.waiting));
        let coding = tokio::task::spawn_blocking(move || {
            if let Some(writer) = &mut writer {
                writer.write(content.as_ref(), &mut out);
            }
            (writer, out)
        });
        (self.writer, self.waiting) = coding.await.expect("compressing does not panic");
        if self.waiting.len() < CHUNK_BYTES {
            return Vec::new();
        }
        std::mem::take(&mut self.waiting)
    }

    /// Appends the rest.
    fn finish(self, out: &mut Vec<u8>) -> Piece {
        out.extend_from_slice(&self.waiting);
        self.writer.map_or_else(Piece::default, |writer| writer.finish(out))
    }
}
