//! S3: volumes or the tree become objects of another bucket, on any server, under any account.
//!
//! Where the bucket is on the server of the store and under the same credentials, volumes are copied by
//! the server itself; anything else streams through in constant memory. An object is visible when it is
//! whole. Put again, it is the same object again. How far it is is written down now and then, so that a
//! delivery that was cut off puts little again.

mod bucket;
mod content;
mod course;

use async_trait::async_trait;
use proto::archive::{Delivered, Unreached};
use proto::definition::{Transport, TransportKind};
use proto::target::TargetSpec;

use self::bucket::Bucket;
use self::course::Course;
use super::progress::Progress;
use super::{Deliver, Delivery, DeliveryError, TARGET};
use crate::error::AgentError;

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
        let agent = delivery.agent;
        let TargetSpec::S3(target) = agent.targets.get(&wanted.target)? else {
            return Err(DeliveryError::other_kind(&wanted.target).into());
        };
        let bucket = Bucket::open(delivery, target, wanted).await?;
        let mut progress = Progress::new(delivery);
        let mut course = Course::begin(delivery, &bucket).await?;
        progress.add(course.tally.bytes()).await;
        progress.watch(course.run(), || Some(bucket.sent())).await?;
        let Course { tally, last, .. } = course;
        let parts = [target.bucket.as_str(), target.prefix.as_str(), wanted.path.as_str()];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        let place = format!("s3://{}/", parts.collect::<Vec<_>>().join("/"));
        let answer = if tally.files() == 0 { String::new() } else { format!("ETag {last}") };
        let moved = bucket.moved();
        metrics::counter!("longshore_agent_moved_bytes_total").increment(moved);
        let delivered = Delivered { moved: Some(moved), ..tally.delivered(place, answer) };
        delivery.done(TARGET, &wanted.target, Some(delivered)).await?;
        Ok(Vec::new())
    }
}
