//! Packing small segments together: neighbours of one output, in their order, so that the store can
//! join the archive by itself.
//!
//! The archive's bytes are the same with and without.

use std::sync::Arc;

use fabric::record::{self, Created};
use futures::TryStreamExt;
use proto::commit::{Commit, Compaction, Packed, Segment};
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use proto::lay::{Asked, Lay};
use proto::message::TaskResult;
use proto::plan::Plan;
use proto::run::Counts;

use crate::Worker;
use crate::error::BatchError;
use crate::segment::SegmentWriter;

impl Worker {
    /// Packs the segments of the batches `first..=last` together, or finds it done.
    pub(crate) async fn compact(
        &self,
        run: RunId,
        first: u32,
        last: u32,
    ) -> Result<TaskResult, BatchError> {
        let key = Key::compaction(run, first, last);
        let done = TaskResult::Done { counts: Counts::default(), segment: 0 };
        if record::exists(&*self.store, &key).await? {
            return Ok(done);
        }
        let plan: Arc<Plan> = self.plans.plan(&*self.store, run).await?;
        let attempt = self.ambient.id().simple().to_string();
        let (mut segment, mut lays) = (None, Vec::new());
        for (place, lay) in Asked::of(&plan.definition).lays.into_iter().enumerate() {
            let target = Key::compacted(run, (first, last), place, &attempt);
            match self.pack_lay(run, (first, last), lay, target).await? {
                Some(packed) if lay == Lay::PLAIN_ZIP => segment = Some(packed),
                Some(segment) => lays.push(Packed { lay, segment }),
                None => {}
            }
        }
        let Some(segment) = segment else {
            let fault =
                Fault::new(Code::StoreDamaged, "the batches to be packed together left nothing");
            return Ok(TaskResult::Failed(fault));
        };
        let compaction = Compaction { first, last, segment, lays };
        if record::create(&*self.store, &key, &compaction).await? == Created::Before {
            let others = compaction.lays.into_iter().map(|packed| packed.segment.key);
            let ours: Vec<Key> = others.chain([compaction.segment.key]).collect();
            self.store.delete(&ours).await?;
        }
        Ok(done)
    }

    /// Packs the segments of one lay together; nothing where there are none.
    async fn pack_lay(
        &self,
        run: RunId,
        batches: (u32, u32),
        lay: Lay,
        target: Key,
    ) -> Result<Option<Segment>, BatchError> {
        let mut packed = SegmentWriter::new(&*self.store, target);
        if let Err(error) = self.pack_together(run, batches, lay, &mut packed).await {
            packed.abort().await;
            return Err(error);
        }
        Ok(packed.finish().await?)
    }

    async fn pack_together(
        &self,
        run: RunId,
        (first, last): (u32, u32),
        lay: Lay,
        packed: &mut SegmentWriter<'_>,
    ) -> Result<(), BatchError> {
        let mut commits = record::commits(&self.store, run, first..last + 1);
        while let Some(commit) = commits.try_next().await? {
            let Some(segment) = segment_of(commit, lay) else { continue };
            let tag = fabric::store::Tag(segment.tag);
            let mut bytes = self.store.read(&segment.key, 0..segment.len, Some(&tag)).await?;
            while let Some(chunk) = bytes.try_next().await? {
                packed.write(chunk).await?;
            }
        }
        Ok(())
    }
}

fn segment_of(commit: Commit, lay: Lay) -> Option<Segment> {
    if lay == Lay::PLAIN_ZIP {
        return commit.segment;
    }
    commit.lays.into_iter().find(|laid| laid.lay == lay).map(|laid| laid.segment)
}
