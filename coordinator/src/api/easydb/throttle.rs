//! How often somebody may be wrong: attempts to sign in that failed are counted by login and by address, and
//! forgotten with time. How many are under way at once is limited beside that.
//!
//! Only a "no" is a failure: what broke off, or could not be decided, counts for nothing. Counters are a table of
//! fixed size, so that no flood of names fills the memory. Two that share a counter are throttled together,
//! which nobody can bring about: where one stands is drawn anew in each process.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// How many counters there are, of logins and of addresses together.
const COUNTERS: usize = 8192;

/// How long whoever finds too many under way is asked to wait.
const SOON: Duration = Duration::from_secs(1);

/// What a counter allows.
struct Allowance {
    /// Failures in a row.
    most: f64,
    /// How long until one is forgotten.
    forgotten_after: Duration,
    /// How many may be under way at once.
    at_once: u32,
}

/// For one login: passwords are not guessed at two in a minute, while a service may sign in to many sessions at
/// once.
const OF_LOGIN: Allowance =
    Allowance { most: 10.0, forgotten_after: Duration::from_secs(30), at_once: 50 };

/// From one address, behind which may be many people.
const OF_ADDRESS: Allowance =
    Allowance { most: 100.0, forgotten_after: Duration::from_secs(1), at_once: 200 };

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
    /// How many attempts have not ended yet.
    under_way: u32,
}

/// An attempt that is under way until it is dropped.
#[must_use = "an attempt is under way as long as it is held"]
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
    /// Begins an attempt; how long to wait where there were too many that failed, or are too many under way.
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
        let mut counters = self.counters();
        let mut wait = Duration::ZERO;
        for (place, allowance) in &limits {
            let counter = &mut counters[*place];
            let each = allowance.forgotten_after.as_secs_f64();
            let forgotten = (now - counter.at).max(0.0) / each;
            counter.failures = (counter.failures - forgotten).max(0.0);
            counter.at = now;
            let excess = counter.failures + 1.0 - allowance.most;
            if excess > 0.0 {
                wait = wait.max(Duration::from_secs_f64(excess * each));
            }
            if counter.under_way >= allowance.at_once {
                wait = wait.max(SOON);
            }
        }
        if !wait.is_zero() {
            return Err(wait);
        }
        let places: Vec<usize> = limits.into_iter().map(|(place, _)| place).collect();
        for place in &places {
            counters[*place].under_way += 1;
        }
        Ok(Attempt { throttle: self, places })
    }

    fn place(&self, of: impl Hash) -> usize {
        let place = self.places.hash_one(of) % COUNTERS as u64;
        usize::try_from(place).expect("it is less than the number of counters")
    }

    fn counters(&self) -> MutexGuard<'_, Vec<Counter>> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// Ends it as one that failed: whoever was asked said no.
    pub(super) fn failed(self) {
        let mut counters = self.throttle.counters();
        for place in &self.places {
            counters[*place].failures += 1.0;
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut counters = self.throttle.counters();
        for place in &self.places {
            counters[*place].under_way -= 1;
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
        throttle.begin(Some(login), None, second(at)).map(Attempt::failed)
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
    fn only_a_no_counts_as_a_failure() {
        let throttle = Throttle::default();
        let address = Some("192.0.2.1".parse().unwrap());
        for _ in 0..1000 {
            drop(throttle.begin(Some("ann"), address, second(0)).unwrap());
        }
        fail(&throttle, "ann", 0).unwrap();
    }

    #[test]
    fn many_sign_in_at_once_and_not_without_end() {
        let throttle = Throttle::default();
        let begin = || throttle.begin(Some("service"), None, second(0));
        let mut under_way: Vec<Attempt<'_>> = (0..50).map(|_| begin().unwrap()).collect();
        assert_eq!(begin().err(), Some(SOON));
        under_way.pop();
        begin().unwrap().failed();
        drop(under_way);
        drop(begin().unwrap());
    }

    #[test]
    fn an_address_that_tries_many_logins_is_throttled() {
        let throttle = Throttle::default();
        let begin = |login: usize, address: &str| {
            let login = format!("user-{login}");
            let address = Some(address.parse().unwrap());
            throttle.begin(Some(&login), address, second(0)).map(Attempt::failed)
        };
        for login in 0..100 {
            begin(login, &format!("2001:db8::{login:x}")).unwrap();
        }
        assert!(begin(100, "2001:db8::1:1").is_err());
        begin(101, "2001:db8:0:1::1").unwrap();
        begin(102, "::ffff:192.0.2.1").unwrap();
    }
}
