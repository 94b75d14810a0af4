//! What an archive is joined from, in order: outputs in the order of the plan, batches in theirs,
//! then the lists of what was renamed and of what was left out. The same for every container.
//!
//! Commit records are followed and never held together, so that memory does not grow with the
//! archive.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use fabric::record;
use fabric::store::{Store, StoreError};
use futures::TryStreamExt;
use futures::stream::BoxStream;
use pack::coding::Coding;
use proto::commit::{Commit, Compaction, Content, Piece, Segment};
use proto::id::RunId;
use proto::key::{Key, Prefix};
use proto::lay::Lay;
use proto::plan::{Plan, PlannedOutput};
use proto::tree::Tree;

use super::joiner::{Joined, Joiner, crc32_after};
use super::text::Text;
use crate::Agent;
use crate::error::AgentError;

/// Where files go that the agent writes itself.
#[async_trait]
pub(super) trait Texts: Send {
    /// Lays down a file.
    async fn text(&mut self, path: &str, text: Text) -> Result<(), AgentError>;

    /// Lays down a folder of nothing; its path ends with a slash.
    async fn folder(&mut self, path: &str) -> Result<(), AgentError>;
}

/// What is around the files of an archive that is being joined.
#[async_trait]
pub(super) trait Container: Texts {
    /// Lays down the file that the batches of an output share.
    async fn shared(&mut self, planned: &PlannedOutput, path: &str) -> Result<(), AgentError>;

    /// Lays down the members of an output.
    async fn members(&mut self, planned: &PlannedOutput) -> Result<(), AgentError>;

    /// Makes the archive visible: its volumes, in order.
    async fn finish(self: Box<Self>) -> Result<Vec<Joined>, AgentError>;

    /// Gives the archive up.
    async fn abort(self: Box<Self>);
}

/// What an archive is joined from.
pub(super) struct Course<'a> {
    pub(super) agent: &'a Agent,
    pub(super) run: RunId,
    pub(super) plan: &'a Plan,
    pub(super) tree: Tree,
    pub(super) lay: Lay,
    /// What the paths of files begin with.
    pub(super) prefix: String,
    compactions: BTreeMap<u32, Compaction>,
    transport: u32,
    attempt: String,
}

impl<'a> Course<'a> {
    /// A run as it is laid down for a transport.
    pub(super) async fn new(
        agent: &'a Agent,
        run: RunId,
        plan: &'a Plan,
        transport: u32,
        lay: Lay,
    ) -> Result<Self, AgentError> {
        let tree = tree::settle(&agent.store, run, plan, &agent.settings.scratch).await?;
        let compactions = compactions(&agent.store, run).await?;
        let attempt = agent.ambient.id().simple().to_string();
        let prefix = pack::bag::prefix(lay.root, &plan.definition.name);
        Ok(Self { agent, run, plan, tree, lay, prefix, compactions, transport, attempt })
    }

    /// Lays every file of the run down.
    pub(super) async fn lay_down(&self, archive: &mut dyn Container) -> Result<(), AgentError> {
        for planned in &self.plan.outputs {
            match &planned.member {
                Some(_) if self.tree.drops(planned.first) => {}
                Some(path) => archive.shared(planned, &self.path(path)).await?,
                None => archive.members(planned).await?,
            }
        }
        let (run, batches) = (self.run, self.plan.batches);
        if let Some(list) = &self.tree.originals {
            let lines = tree::originals::lines_of(self.store(), run, self.plan, &self.tree);
            archive.text(&self.path(&list.path), self.text(lines).await?).await?;
        }
        if let Some(list) = &self.tree.warnings {
            let lines = tree::warnings::lines(self.store(), run, batches);
            archive.text(&self.path(&list.path), self.text(lines).await?).await?;
        }
        if let Some(page) = &self.tree.index {
            let lines = tree::index::page_of(self.store(), run, self.plan, &self.tree);
            archive.text(&self.path(&page.path), self.text(lines).await?).await?;
        }
        Ok(())
    }

    /// A text that comes in chunks, as it waits to be laid down.
    async fn text(
        &self,
        mut chunks: BoxStream<'static, Result<Bytes, StoreError>>,
    ) -> Result<Text, AgentError> {
        let mut text = Text::new(&self.agent.settings.scratch);
        while let Some(chunk) = chunks.try_next().await? {
            text.write(&chunk)?;
        }
        Ok(text)
    }

    /// The path of a file in the archive.
    pub(super) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// Begins a volume, numbered from 0.
    pub(super) async fn joiner(&self, volume: u32) -> Result<Joiner<'a>, StoreError> {
        let packed: u64 =
            self.compactions.values().map(|packed| u64::from(packed.last - packed.first)).sum();
        let key = Key::volume(self.run, self.transport, volume, &self.attempt);
        Joiner::begin(&*self.agent.store, key, u64::from(self.plan.batches) - packed).await
    }

    /// The store.
    pub(super) fn store(&self) -> &'a Arc<dyn Store> {
        &self.agent.store
    }

    /// Where the segments of a lay are, for batches in their order.
    pub(super) fn places(&self, lay: Lay) -> Places<'_> {
        Places { compactions: &self.compactions, lay, packed: None }
    }

    /// Appends the shares of an output. Each brings the separator that parts it from those before;
    /// the first of all goes without.
    pub(super) async fn shares(
        &self,
        joiner: &mut Joiner<'_>,
        planned: &PlannedOutput,
        coding: Coding,
    ) -> Result<Piece, AgentError> {
        let lay = self.lay.of_shares();
        let mut between = Vec::new();
        let separator = tree::text::around(self.plan, planned).separator;
        let separator = coding.text(&separator, &mut between);
        let (mut places, mut all) = (self.places(lay), None);
        let mut commits = record::commits(self.store(), self.run, planned.ordinals());
        while let Some(commit) = commits.try_next().await? {
            let Some((segment, share)) = share(&commit, lay) else { continue };
            let (object, at) = places.of(commit.ordinal, segment);
            let has_lead = share.compressed < segment.len;
            let is_first = all.is_none();
            let (skipped, crc32) = if is_first && has_lead {
                (between.len() as u64, crc32_after(segment, &between))
            } else {
                (0, segment.crc32)
            };
            joiner.copy(&object, at + skipped..at + segment.len, crc32).await?;
            let before = all.unwrap_or_default();
            let before = if is_first { before } else { coding.joined(before, separator) };
            all = Some(coding.joined(before, share));
        }
        Ok(all.unwrap_or_default())
    }
}

/// The share of a batch in a lay, and where it lies by its commit record.
fn share(commit: &Commit, lay: Lay) -> Option<(&Segment, Piece)> {
    let Content::Share(share) = &commit.content else { return None };
    if lay == Lay::PLAIN_ZIP {
        return Some((commit.segment.as_ref()?, (*share).into()));
    }
    commit.laid(lay).map(|laid| (&laid.segment, laid.piece))
}

/// Where segments of one lay are: where the commit record says, or packed together.
pub(super) struct Places<'c> {
    compactions: &'c BTreeMap<u32, Compaction>,
    lay: Lay,
    /// The packed object under way, its last batch, and where in it the next segment begins.
    packed: Option<(&'c Segment, u32, u64)>,
}

impl Places<'_> {
    /// The object that a batch's segment is in, and where it begins there.
    pub(super) fn of(&mut self, ordinal: u32, segment: &Segment) -> (Segment, u64) {
        if self.packed.is_none_or(|(_, last, _)| ordinal > last) {
            let compaction = self.compactions.get(&ordinal);
            self.packed = compaction
                .and_then(|compaction| Some((compaction.packed(self.lay)?, compaction.last, 0)));
        }
        match &mut self.packed {
            Some((object, _, next)) => {
                let at = *next;
                *next += segment.len;
                ((*object).clone(), at)
            }
            None => (segment.clone(), 0),
        }
    }
}

/// The records of segments packed together, by their first batch.
async fn compactions(
    store: &Arc<dyn Store>,
    run: RunId,
) -> Result<BTreeMap<u32, Compaction>, StoreError> {
    let mut found = BTreeMap::new();
    let mut keys = record::keys(store, Prefix::compactions(run));
    while let Some(key) = keys.try_next().await? {
        let compaction: Compaction = record::read(&**store, &key).await?;
        found.insert(compaction.first, compaction);
    }
    Ok(found)
}
