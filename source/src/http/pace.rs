//! When the next request may go out: not faster than is allowed, and not before the API wants it.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The moments of requests to one API, for all who ask it in this process.
#[derive(Debug)]
pub(crate) struct Pace {
    between: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// So many requests in a second; any number where nothing is given.
    pub(crate) fn new(per_second: Option<NonZeroU32>) -> Self {
        let between = per_second.map_or(Duration::ZERO, |many| Duration::from_secs(1) / many.get());
        Self { between, next: Mutex::new(None) }
    }

    /// Waits until a request may go out.
    ///
    /// Cancel-safe: a moment that was taken and is not used passes.
    pub(crate) async fn turn(&self) {
        let now = Instant::now();
        let at = self.take(now);
        // A timer waits for its next tick even where the moment has come.
        if at > now {
            tokio::time::sleep_until(at).await;
        }
    }

    /// Takes the next moment that is free.
    fn take(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let at = next.map_or(now, |next| next.max(now));
        *next = Some(at + self.between);
        at
    }

    /// Nobody asks again before so long has passed.
    pub(crate) fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = Some(next.map_or(until, |next| next.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn so_many_requests_go_out_in_a_second_and_no_more() {
        let (pace, begun) = (Pace::new(NonZeroU32::new(50)), Instant::now());
        let second = Duration::from_secs(1);
        let moments: Vec<Instant> = (0..=100).map(|_| pace.take(begun)).collect();
        let within =
            |from: Instant| moments.iter().filter(|at| (from..from + second).contains(*at)).count();
        assert_eq!((within(begun), within(begun + second)), (50, 50));
        // Who comes late makes nobody hurry after.
        let late = begun + 10 * second;
        assert_eq!([pace.take(late), pace.take(late)], [late, late + second / 50]);
        let any = Pace::new(None);
        assert!((0..100).all(|_| any.take(begun) == begun));
    }

    #[test]
    fn a_turn_that_has_come_waits_for_no_clock() {
        let pace = Pace::new(None);
        // Outside of a runtime, where a timer would panic.
        assert!((0..100).all(|_| pace.turn().now_or_never().is_some()));
    }

    #[tokio::test]
    async fn who_is_told_to_wait_makes_all_wait() {
        let pace = Pace::new(None);
        let begun = Instant::now();
        pace.turn().await;
        pace.hold(Duration::from_millis(70));
        pace.hold(Duration::from_millis(30));
        tokio::join!(pace.turn(), pace.turn());
        assert!(begun.elapsed() >= Duration::from_millis(70), "{:?}", begun.elapsed());
    }
}
