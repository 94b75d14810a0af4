//! The parts of one upload that are on their way.

use std::sync::Arc;

use aws_sdk_s3::types::CompletedPart;
use bytes::Bytes;
use tokio::task::JoinSet;

use super::bucket::Bucket;
use super::copying::Origin;
use super::multipart::Place;
use crate::store::StoreError;

/// Most parts on their way from here, while the next one fills. With more a worker's memory depended on
/// how long the server was silent; a worker has several uploads, and lines to fill, by its slots.
const SENT_AT_ONCE: usize = 1;

/// Most parts that the server copies at once for one upload.
const COPIED_AT_ONCE: usize = 8;

/// Parts on their way, and those that arrived, in the order in which they did.
///
/// Dropped, it stops what is on its way. No future of it loses a part when it is dropped.
#[derive(Default)]
pub(crate) struct UnderWay {
    tasks: JoinSet<Result<Laid, StoreError>>,
    sent: usize,
    sent_bytes: usize,
    copied: usize,
    arrived: Vec<CompletedPart>,
}

/// A part that arrived, and what it took.
enum Laid {
    Sent(CompletedPart, usize),
    Copied(CompletedPart),
}

impl UnderWay {
    /// Sends a part, as soon as there is room on the line.
    pub(crate) async fn send(
        &mut self,
        bucket: &Arc<Bucket>,
        place: Place,
        part: Bytes,
    ) -> Result<(), StoreError> {
        while self.sent >= SENT_AT_ONCE {
            self.settle_one().await?;
        }
        let (bucket, len) = (Arc::clone(bucket), part.len());
        self.sent += 1;
        self.sent_bytes += len;
        self.tasks.spawn(async move { Ok(Laid::Sent(bucket.send_part(&place, part).await?, len)) });
        Ok(())
    }

    /// Has a part copied, as soon as few enough others are.
    pub(crate) async fn copy(
        &mut self,
        bucket: &Arc<Bucket>,
        place: Place,
        origin: Origin,
    ) -> Result<(), StoreError> {
        while self.copied >= COPIED_AT_ONCE {
            self.settle_one().await?;
        }
        let bucket = Arc::clone(bucket);
        self.copied += 1;
        self.tasks.spawn(async move { Ok(Laid::Copied(bucket.copy_part(&place, &origin).await?)) });
        Ok(())
    }

    /// Waits until at most so many bytes are on their way.
    pub(crate) async fn drain_to(&mut self, most_bytes: usize) -> Result<(), StoreError> {
        while self.sent_bytes > most_bytes {
            self.settle_one().await?;
        }
        Ok(())
    }

    /// Waits for everything; gives all parts in the order of their numbers.
    pub(crate) async fn settle(&mut self) -> Result<Vec<CompletedPart>, StoreError> {
        while !self.tasks.is_empty() {
            self.settle_one().await?;
        }
        let mut parts = std::mem::take(&mut self.arrived);
        parts.sort_by_key(CompletedPart::part_number);
        Ok(parts)
    }

    /// Stops everything, and waits until it has.
    pub(crate) async fn stop(&mut self) {
        self.tasks.shutdown().await;
    }

    /// Waits until one more part arrived.
    async fn settle_one(&mut self) -> Result<(), StoreError> {
        match self.tasks.join_next().await {
            Some(Ok(Ok(Laid::Sent(part, len)))) => {
                self.sent -= 1;
                self.sent_bytes -= len;
                self.arrived.push(part);
                Ok(())
            }
            Some(Ok(Ok(Laid::Copied(part)))) => {
                self.copied -= 1;
                self.arrived.push(part);
                Ok(())
            }
            Some(Ok(Err(error))) => Err(error),
            Some(Err(error)) => {
                Err(StoreError::Unavailable { during: "write a part", source: Box::new(error) })
            }
            None => Ok(()),
        }
    }
}
