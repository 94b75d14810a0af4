//! S3: volumes or the tree become objects of another bucket, on any server, under any account.
//!
//! Where the bucket is on the server of the store and under the same credentials, volumes are copied by
//! the server itself; anything else streams through in constant memory. An object is visible when it is
//! whole. Put again, it is the same object again.

mod bucket;
mod content;

use async_trait::async_trait;
use futures::TryStreamExt;
use proto::archive::{Delivered, Unreached};
use proto::definition::{Transport, TransportKind};
use proto::target::TargetSpec;
use tokio::sync::{Mutex, Semaphore};

use self::bucket::Bucket;
use super::progress::Progress;
use super::{Deliver, Delivery, DeliveryError, TARGET};
use crate::error::AgentError;
use crate::parcel::{Tally, parcels};

/// How many objects are put at once; each takes up to 64 MiB of memory while it is large.
const AT_ONCE: usize = 4;

/// Longest object that is not written in parts, so that many at once take little memory.
const SMALL_BYTES: u64 = 1 << 20;

/// How many small objects are put at once.
const SMALL_AT_ONCE: usize = 16;

pub(super) struct S3;

#[async_trait]
impl Deliver for S3 {
    fn kind(&self) -> TransportKind {
        TransportKind::S3
    }

    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Vec<Unreached>, AgentError> {
        let Transport::S3(wanted) = delivery.transport else {
            return Err(AgentError::NotPlanned { transport: delivery.archive.transport });
        };
        if delivery.is_done(TARGET).await? {
            return Ok(Vec::new());
        }
        let Delivery { agent, run, archive, .. } = delivery;
        let TargetSpec::S3(target) = agent.targets.get(&wanted.target)? else {
            return Err(DeliveryError::other_kind(&wanted.target).into());
        };
        let bucket = Bucket::open(delivery, target, wanted).await?;
        let (mut tally, mut progress) = (Tally::default(), Progress::new(delivery));
        let at_once = if archive.volumes.is_empty() { SMALL_AT_ONCE } else { AT_ONCE };
        let (large, last) = (Semaphore::new(AT_ONCE), Mutex::new(String::new()));
        let (bucket, large, last) = (&bucket, &large, &last);
        let counted = parcels(&agent.store, *run, archive).inspect_ok(|parcel| tally.add(parcel));
        let put = counted.map_err(AgentError::from).try_for_each_concurrent(
            at_once,
            |parcel| async move {
                let is_small = parcel.size <= SMALL_BYTES;
                let _room = if is_small { None } else { large.acquire().await.ok() };
                *last.lock().await = bucket.put(&parcel).await?;
                Ok(())
            },
        );
        progress.watch(put, || Some(bucket.sent())).await?;
        let parts = [target.bucket.as_str(), target.prefix.as_str(), wanted.path.as_str()];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        let place = format!("s3://{}/", parts.collect::<Vec<_>>().join("/"));
        // Of many objects none speaks for the others.
        let answer = match archive.volumes.len() {
            1 => format!("ETag {}", last.lock().await),
            _ => String::new(),
        };
        let moved = bucket.moved();
        metrics::counter!("longshore_agent_moved_bytes_total").increment(moved);
        let delivered = Delivered { moved: Some(moved), ..tally.delivered(place, answer) };
        delivery.done(TARGET, &wanted.target, Some(delivered)).await?;
        Ok(Vec::new())
    }
}
