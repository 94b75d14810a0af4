//! Packing small segments together: neighbours of one output, in their order, so that the store can
//! join the archive by itself.
//!
//! The archive's bytes are the same with and without.

use fabric::record::{self, Created};
use futures::TryStreamExt;
use proto::commit::{Commit, Compaction};
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use proto::message::TaskResult;
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
        let attempt = self.ambient.id().simple().to_string();
        let mut packed =
            SegmentWriter::new(&*self.store, Key::compacted(run, first, last, &attempt));
        if let Err(error) = self.pack_together(run, first, last, &mut packed).await {
            packed.abort().await;
            return Err(error);
        }
        let Some(segment) = packed.finish().await? else {
            let fault =
                Fault::new(Code::StoreDamaged, "the batches to be packed together left nothing");
            return Ok(TaskResult::Failed(fault));
        };
        let ours = segment.key.clone();
        if record::create(&*self.store, &key, &Compaction { first, last, segment }).await?
            == Created::Before
        {
            self.store.delete(&[ours]).await?;
        }
        Ok(done)
    }

    async fn pack_together(
        &self,
        run: RunId,
        first: u32,
        last: u32,
        packed: &mut SegmentWriter<'_>,
    ) -> Result<(), BatchError> {
        let mut commits = record::commits(&self.store, run, first..last + 1);
        while let Some(Commit { segment, .. }) = commits.try_next().await? {
            let Some(segment) = segment else { continue };
            let tag = fabric::store::Tag(segment.tag);
            let mut bytes = self.store.read(&segment.key, 0..segment.len, Some(&tag)).await?;
            while let Some(chunk) = bytes.try_next().await? {
                packed.write(chunk).await?;
            }
        }
        Ok(())
    }
}
