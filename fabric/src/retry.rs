//! When to try again: exponential backoff with jitter, from an injected source of chance.

use std::time::Duration;

use jiff::Timestamp;

/// How long to wait between tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Before the second try.
    pub first: Duration,
    /// The most, however many tries there were.
    pub most: Duration,
}

impl Backoff {
    /// How long to wait after the `failed`-th failure (from 1), with `chance` in 0..1 spreading it
    /// between half and the whole of the doubled time.
    pub fn after(&self, failed: u32, chance: f64) -> Duration {
        let doubled =
            self.first.saturating_mul(1 << failed.saturating_sub(1).min(20)).min(self.most);
        doubled.mul_f64(0.5 + chance / 2.0)
    }
}

/// How long a server asks to wait, by its `Retry-After`: seconds, or a time that is yet to come (RFC 9110,
/// 10.2.3).
pub fn asked(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Duration::try_from(at.duration_since(now)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_most() {
        let backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_mins(1) };
        assert_eq!(backoff.after(1, 1.0), Duration::from_secs(1));
        assert_eq!(backoff.after(3, 1.0), Duration::from_secs(4));
        assert_eq!(backoff.after(30, 1.0), Duration::from_mins(1));
        assert_eq!(backoff.after(1, 0.0), Duration::from_millis(500));
    }

    #[test]
    fn a_server_asks_to_wait_by_seconds_or_up_to_a_time() {
        let now = "1994-11-06T08:49:07Z".parse().unwrap();
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(asked(text, now), expected.map(Duration::from_secs), "{text}");
        };
        check("120 ", Some(120));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(30));
        check("Sun, 06 Nov 1994 08:49:00 GMT", None);
        check("soon", None);
    }
}
