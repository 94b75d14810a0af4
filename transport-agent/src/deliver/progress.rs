//! How far a delivery is, told on the board now and then. A board that does not answer changes nothing.

use std::pin::pin;
use std::time::Duration;

use proto::delivery::Moved;
use proto::event::{Event, Happening};
use tokio::time::Instant;

use super::Delivery;

/// How often it is told. An export keeps 10,000 events, so that a delivery of hours shows its end.
const INTERVAL: Duration = Duration::from_secs(5);

/// How often it is shown with the transport.
const SHOW_EVERY: Duration = Duration::from_secs(1);

/// How far a delivery is.
pub(super) struct Progress<'d> {
    delivery: &'d Delivery<'d>,
    /// Bytes of files that have arrived.
    done: u64,
    told: Instant,
    shown: Instant,
}

impl<'d> Progress<'d> {
    /// A delivery that begins.
    pub(super) fn new(delivery: &'d Delivery<'d>) -> Self {
        let now = Instant::now();
        Self { delivery, done: 0, told: now, shown: now }
    }

    /// Counts bytes that have arrived.
    pub(super) async fn add(&mut self, bytes: u64) {
        self.done += bytes;
        self.under_way(0).await;
    }

    /// Waits for something, and tells now and then of the bytes that are on their way meanwhile.
    pub(super) async fn watch<T>(
        &mut self,
        what: impl Future<Output = T>,
        bytes: impl Fn() -> Option<u64>,
    ) -> T {
        let mut what = pin!(what);
        loop {
            // It is waited for again and again, and never dropped before its end.
            tokio::select! {
                done = &mut what => return done,
                () = tokio::time::sleep(SHOW_EVERY) => {
                    if let Some(bytes) = bytes() {
                        self.under_way(bytes).await;
                    }
                }
            }
        }
    }

    /// Tells of bytes that are on their way besides those that have arrived.
    pub(super) async fn under_way(&mut self, bytes: u64) {
        let of = self.delivery.len_bytes;
        let bytes = self.done.saturating_add(bytes).min(of);
        if self.shown.elapsed() >= SHOW_EVERY {
            self.shown = Instant::now();
            self.delivery.show_moved(Moved { bytes, of }).await;
        }
        if self.told.elapsed() < INTERVAL {
            return;
        }
        self.told = Instant::now();
        let Delivery { agent, run, archive, .. } = self.delivery;
        let what = Happening::Delivering { transport: archive.transport, bytes, of };
        let event = Event { at: agent.ambient.now(), run: run.run, what };
        if let Err(error) = agent.board.tell(run.export, &event).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "progress not told");
        }
    }
}
