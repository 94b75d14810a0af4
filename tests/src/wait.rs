//! Waiting for what happens in another process, where there is no signal to wait for.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Probes every 50 ms until there is a value, an error, or no time left.
///
/// `what` completes the sentence "no … within 10s".
pub async fn until<T>(
    what: &str,
    deadline: Duration,
    mut probe: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let end = Instant::now() + deadline;
    let mut ticks = interval(Duration::from_millis(50));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while Instant::now() < end {
        ticks.tick().await;
        if let Some(value) = probe().await? {
            return Ok(value);
        }
    }
    bail!("no {what} within {deadline:?}")
}
