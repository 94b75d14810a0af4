//! Packing small segments together: neighbours of one output, in their order, so that the store can
//! join the archive by itself.
//!
//! The archive's bytes are the same with and without.

use std::sync::Arc;

use fabric::record;
use fabric::store::{Store, StoreError, Tag};
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
        record::settle(&*self.store, &key, compaction, objects).await?;
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
            copy(&*self.store, segment, packed).await?;
        }
        Ok(())
    }
}

/// The objects that a compaction names.
fn objects(compaction: &Compaction) -> Vec<Key> {
    let lays = compaction.lays.iter().map(|packed| &packed.segment);
    lays.chain([&compaction.segment]).map(|segment| segment.key.clone()).collect()
}

/// Appends a segment, which must be what its batch wrote.
async fn copy(
    store: &dyn Store,
    segment: Segment,
    packed: &mut SegmentWriter<'_>,
) -> Result<(), StoreError> {
    let tag = Tag(segment.tag);
    let mut bytes = store.read(&segment.key, 0..segment.len, Some(&tag)).await?;
    let mut crc32 = crc32fast::Hasher::new();
    while let Some(chunk) = bytes.try_next().await? {
        crc32.update(&chunk);
        packed.write(chunk).await?;
    }
    if crc32.finalize() != segment.crc32 {
        let what = "its bytes are not those that the batch wrote".to_owned();
        return Err(StoreError::Damaged { key: segment.key, what });
    }
    Ok(())
}

fn segment_of(commit: Commit, lay: Lay) -> Option<Segment> {
    if lay == Lay::PLAIN_ZIP {
        return commit.segment;
    }
    commit.lays.into_iter().find(|laid| laid.lay == lay).map(|laid| laid.segment)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use fabric::store::DirectoryStore;
    use proto::id::ExportId;

    use super::*;

    #[tokio::test]
    async fn a_damaged_segment_is_not_packed() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::open(folder.path()).unwrap();
        let export: ExportId =
            serde_json::from_str("\"0190163d-8694-739b-aea5-966c26f8ad91\"").unwrap();
        let run = RunId { export, run: 1 };
        let mut written = SegmentWriter::new(&store, Key::segment(run, 0, 0, "a"));
        written.write(Bytes::from_static(b"members")).await.unwrap();
        let segment = written.finish().await.unwrap().unwrap();

        let mut packed = SegmentWriter::new(&store, Key::compacted(run, (0, 0), 0, "a"));
        copy(&store, segment.clone(), &mut packed).await.unwrap();
        let damaged = Segment { crc32: segment.crc32 ^ 1, ..segment };
        let refused = copy(&store, damaged, &mut packed).await.unwrap_err();
        assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
        packed.abort().await;
    }
}
