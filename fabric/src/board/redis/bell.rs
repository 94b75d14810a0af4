//! The bell: one subscription for the whole process that tells who waits for events to look again.
//!
//! A blocking read would need a connection for each who waits. The bell only saves time: a ring may
//! be lost, so whoever waits also looks by itself now and then.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use proto::id::ExportId;
use redis::aio::PubSub;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::task::AbortOnDropHandle;

use super::link::Link;
use crate::retry::Backoff;

/// Rings that may be missed before a waiting task looks at once for whatever it was.
const BACKLOG: usize = 1024;

/// How long to wait before subscribing again.
const RESUBSCRIBE: Backoff =
    Backoff { first: Duration::from_millis(100), most: Duration::from_secs(5) };

/// Rings for an export that has a new event.
pub(super) struct Bell {
    rings: broadcast::Sender<ExportId>,
    _listening: AbortOnDropHandle<()>,
}

/// Hears the bell from when it was made.
pub(super) struct Ear {
    rings: broadcast::Receiver<ExportId>,
}

impl Bell {
    pub(super) fn new(link: Arc<Link>, channel: String) -> Self {
        let rings = broadcast::Sender::new(BACKLOG);
        let listening = tokio::spawn(listen(link, channel, rings.clone()));
        Self { rings, _listening: AbortOnDropHandle::new(listening) }
    }

    pub(super) fn ear(&self) -> Ear {
        Ear { rings: self.rings.subscribe() }
    }
}

impl Ear {
    /// Waits until the bell rings for an export, or rang too often to tell. Dropping it loses
    /// nothing.
    pub(super) async fn hear(&mut self, export: ExportId) {
        loop {
            match self.rings.recv().await {
                Ok(rung) if rung == export => return,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return,
                // Nobody rings any more; those who wait look by themselves.
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

async fn listen(link: Arc<Link>, channel: String, rings: broadcast::Sender<ExportId>) {
    let mut failed = 0;
    loop {
        match tokio::time::timeout(link.deadline(), subscribe(&link, &channel)).await {
            Ok(Ok(subscription)) => {
                failed = 0;
                let mut messages = subscription.into_on_message();
                while let Some(message) = messages.next().await {
                    let export =
                        message.get_payload::<String>().ok().and_then(|id| id.parse().ok());
                    if let Some(export) = export {
                        // Nobody waits, nobody hears.
                        drop(rings.send(export));
                    }
                }
            }
            Ok(Err(error)) => tracing::debug!(%error, "bell not heard"),
            Err(_elapsed) => tracing::debug!("bell not heard in time"),
        }
        failed += 1;
        tokio::time::sleep(RESUBSCRIBE.after(failed, rand::random())).await;
    }
}

async fn subscribe(link: &Link, channel: &str) -> redis::RedisResult<PubSub> {
    let mut subscription = link.client().get_async_pubsub().await?;
    subscription.subscribe(channel).await?;
    Ok(subscription)
}
