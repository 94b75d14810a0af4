//! The way of all objects into the bucket: several at once, counted in their order, and noted now and
//! then.

use std::pin::pin;

use futures::TryStreamExt;
use proto::archive::StepsDone;
use tokio::sync::Semaphore;

use super::bucket::Bucket;
use crate::deliver::Delivery;
use crate::deliver::steps::Steps;
use crate::error::AgentError;
use crate::parcel::{Parcel, Tally, parcels, parcels_after};

/// How many objects are put at once; each takes up to 64 MiB of memory while it is large.
const AT_ONCE: usize = 4;

/// Longest object that is not written in parts, so that many at once take little memory.
const SMALL_BYTES: u64 = 1 << 20;

/// How many small objects are put at once.
const SMALL_AT_ONCE: usize = 16;

/// After how many objects it is noted how far the delivery is; less often than they are put, for a note
/// costs as much as a small object.
const NOTED_FILES: u64 = 100;

/// After how many bytes it is noted at the latest (64 MiB).
const NOTED_BYTES: u64 = 64 << 20;

/// How far a delivery into a bucket is.
pub(super) struct Course<'d> {
    delivery: &'d Delivery<'d>,
    bucket: &'d Bucket<'d>,
    steps: Steps<'d>,
    /// What is there, in the order of the archive without a gap.
    pub(super) tally: Tally,
    /// The tag of the last object that is there.
    pub(super) last: String,
}

impl<'d> Course<'d> {
    /// Begins, or goes on: what was noted is not put again, if the last of it is still there, for a
    /// bucket may have been set up anew before a delivery is tried again.
    pub(super) async fn begin(
        delivery: &'d Delivery<'d>,
        bucket: &'d Bucket<'d>,
    ) -> Result<Self, AgentError> {
        let Delivery { agent, run, archive, .. } = delivery;
        let steps = Steps::read(delivery).await?;
        let (mut tally, mut last) = (Tally::default(), String::new());
        if let Some(noted) = steps.last_file().await?
            && let Some(tag) = bucket.found(&noted).await?
        {
            last = tag.0;
            let mut files = parcels(&agent.store, *run, archive);
            while tally.files() < steps.done().sent
                && let Some(file) = files.try_next().await?
            {
                tally.add(&file);
            }
        }
        Ok(Self { delivery, bucket, steps, tally, last })
    }

    /// Puts everything that is not there.
    pub(super) async fn run(&mut self) -> Result<(), AgentError> {
        let Delivery { agent, run, archive, .. } = self.delivery;
        let at_once = if archive.volumes.is_empty() { SMALL_AT_ONCE } else { AT_ONCE };
        let (bucket, large) = (self.bucket, &Semaphore::new(AT_ONCE));
        let put = async |parcel: Parcel| {
            let is_small = parcel.size <= SMALL_BYTES;
            let _room = if is_small { None } else { large.acquire().await.ok() };
            let tag = bucket.put(&parcel).await?;
            Ok((parcel, tag))
        };
        let files = parcels_after(&agent.store, *run, archive, self.tally.files());
        let mut there = pin!(files.map_err(AgentError::from).map_ok(put).try_buffered(at_once));
        let (mut files, mut bytes) = (self.tally.files(), self.tally.bytes());
        loop {
            match there.try_next().await {
                Ok(Some((parcel, tag))) => {
                    self.tally.add(&parcel);
                    self.last = tag;
                }
                Ok(None) => return Ok(()),
                Err(error) => {
                    // Where this fails too, the next try puts again what the last note does not have.
                    drop(self.note().await);
                    return Err(error);
                }
            }
            let (put, sent) = (self.tally.files() - files, self.tally.bytes() - bytes);
            if put >= NOTED_FILES || sent >= NOTED_BYTES {
                self.note().await?;
                (files, bytes) = (self.tally.files(), self.tally.bytes());
            }
        }
    }

    async fn note(&mut self) -> Result<(), AgentError> {
        let sent = self.tally.files();
        Ok(self.steps.step(StepsDone { sent, ..StepsDone::default() }).await?)
    }
}
