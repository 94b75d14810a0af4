//! How often somebody may be wrong: failed attempts to sign in are counted by login and by address, and
//! forgotten with time.
//!
//! Counters are a table of fixed size, so that no flood of names fills the memory. Two that share a counter
//! are throttled together, which nobody can bring about: where one stands is drawn anew in each process.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// How many counters there are, of logins and of addresses together.
const COUNTERS: usize = 8192;

/// What a counter allows.
struct Allowance {
    /// Failures in a row.
    most: f64,
    /// How long until one is forgotten.
    forgotten_after: Duration,
}

/// For one login: passwords are not guessed at two in a minute.
const OF_LOGIN: Allowance = Allowance { most: 10.0, forgotten_after: Duration::from_secs(30) };

/// From one address, behind which may be many people.
const OF_ADDRESS: Allowance = Allowance { most: 100.0, forgotten_after: Duration::from_secs(1) };

/// The counters.
pub(super) struct Throttle {
    places: RandomState,
    counters: Mutex<Vec<Counter>>,
}

#[derive(Clone, Copy, Default)]
struct Counter {
    failures: f64,
    /// When that was so, in seconds.
    at: f64,
}

/// An attempt: one that fails unless it is said to have succeeded.
#[must_use = "an attempt counts as failed unless it succeeds"]
pub(super) struct Attempt<'t> {
    throttle: &'t Throttle,
    places: Vec<usize>,
}

impl Default for Throttle {
    fn default() -> Self {
        let counters = Mutex::new(vec![Counter::default(); COUNTERS]);
        Self { places: RandomState::new(), counters }
    }
}

impl Throttle {
    /// Begins an attempt; how long to wait where there were too many that failed.
    pub(super) fn begin(
        &self,
        login: Option<&str>,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Attempt<'_>, Duration> {
        let login = login.map(|login| (self.place(login), OF_LOGIN));
        let address = address.map(|address| (self.place(network(address)), OF_ADDRESS));
        let limits: Vec<(usize, Allowance)> = login.into_iter().chain(address).collect();
        let now = now.as_duration().as_secs_f64();
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wait = Duration::ZERO;
        for (place, allowance) in &limits {
            let counter = &mut counters[*place];
            let each = allowance.forgotten_after.as_secs_f64();
            let forgotten = (now - counter.at).max(0.0) / each;
            *counter = Counter { failures: (counter.failures - forgotten).max(0.0), at: now };
            let excess = counter.failures + 1.0 - allowance.most;
            if excess > 0.0 {
                wait = wait.max(Duration::from_secs_f64(excess * each));
            }
        }
        if !wait.is_zero() {
            return Err(wait);
        }
        let places: Vec<usize> = limits.into_iter().map(|(place, _)| place).collect();
        for place in &places {
            counters[*place].failures += 1.0;
        }
        Ok(Attempt { throttle: self, places })
    }

    fn place(&self, of: impl Hash) -> usize {
        let place = self.places.hash_one(of) % COUNTERS as u64;
        usize::try_from(place).expect("it is less than the number of counters")
    }
}

impl Attempt<'_> {
    /// It does not count.
    pub(super) fn succeeded(self) {
        let mut counters = self.throttle.counters.lock().unwrap_or_else(PoisonError::into_inner);
        for place in self.places {
            let failures = &mut counters[place].failures;
            *failures = (*failures - 1.0).max(0.0);
        }
    }
}

/// What is counted of an address: of IPv6, whoever has one has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn fail(throttle: &Throttle, login: &str, at: i64) -> Result<(), Duration> {
        throttle.begin(Some(login), None, second(at)).map(drop)
    }

    #[test]
    fn whoever_is_wrong_too_often_waits_and_others_do_not() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            fail(&throttle, "ann", 0).unwrap();
        }
        assert_eq!(fail(&throttle, "ann", 0), Err(Duration::from_secs(30)));
        fail(&throttle, "bob", 0).unwrap();
        fail(&throttle, "ann", 30).unwrap();
        assert_eq!(fail(&throttle, "ann", 31), Err(Duration::from_secs(29)));
    }

    #[test]
    fn whoever_is_right_is_never_throttled() {
        let throttle = Throttle::default();
        let address = Some("192.0.2.1".parse().unwrap());
        for _ in 0..1000 {
            throttle.begin(Some("ann"), address, second(0)).unwrap().succeeded();
        }
    }

    #[test]
    fn an_address_that_tries_many_logins_is_throttled() {
        let throttle = Throttle::default();
        let begin = |login: usize, address: &str| {
            let login = format!("user-{login}");
            throttle.begin(Some(&login), Some(address.parse().unwrap()), second(0)).map(drop)
        };
        for login in 0..100 {
            begin(login, &format!("2001:db8::{login:x}")).unwrap();
        }
        assert!(begin(100, "2001:db8::1:1").is_err());
        begin(101, "2001:db8:0:1::1").unwrap();
        begin(102, "::ffff:192.0.2.1").unwrap();
    }
}
