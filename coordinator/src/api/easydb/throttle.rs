//! How often somebody may be wrong: attempts to sign in that failed are counted by login and by address, and
//! forgotten with time.
//!
//! Only a "no" is a failure: what broke off, or could not be decided, counts for nothing. As each of those under way
//! may turn out to be one, no more are under way than may fail; the others wait until these have ended. So fifty
//! guesses at once get no further than ten, and lock nobody out for longer, and fifty right passwords of a service
//! all get in. How many wait is limited too.
//!
//! Counters are a table of fixed size, so that no flood of names fills the memory. Two that share a counter are
//! throttled together, which nobody can bring about: where one stands is drawn anew in each process.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

/// How many counters there are of logins, and as many of addresses: a login never shares one with an address.
const COUNTERS: usize = 8192;

/// The place of a counter of its own: of those of whom neither is known.
const OF_NOBODY: usize = 2 * COUNTERS;

/// How long whoever finds too many at once is asked to wait.
const SOON: Duration = Duration::from_secs(1);

/// How long an attempt waits for those under way before it is asked to come again.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a counter allows.
struct Allowance {
    /// Failures in a row.
    most: f64,
    /// How long until one is forgotten.
    forgotten_after: Duration,
    /// How many may be there at once, under way or waiting.
    at_once: u32,
}

/// For one login: passwords are not guessed at two in a minute, while a service may sign in to many sessions at
/// once.
const LOGIN: Allowance =
    Allowance { most: 10.0, forgotten_after: Duration::from_secs(30), at_once: 50 };

/// From one address, behind which may be many people.
const ADDRESS: Allowance =
    Allowance { most: 100.0, forgotten_after: Duration::from_secs(1), at_once: 200 };

/// Without a login, and from nobody knows where: it may be everybody, and made-up tokens have no end.
const NOBODY: Allowance =
    Allowance { most: f64::INFINITY, forgotten_after: Duration::from_secs(1), at_once: 200 };

/// The counters.
pub(in crate::api) struct Throttle {
    places: RandomState,
    counters: Mutex<Vec<Counter>>,
    /// That an attempt has ended.
    ended: Notify,
}

#[derive(Clone, Copy, Default)]
struct Counter {
    failures: f64,
    /// When that was so, in seconds.
    at: f64,
    /// How many attempts are there.
    present: u32,
    /// How many of them do not wait any more.
    under_way: u32,
}

/// A counter that limits an attempt.
struct Limit {
    place: usize,
    allowance: &'static Allowance,
}

/// An attempt that is under way until it is dropped.
#[must_use = "an attempt is under way as long as it is held"]
pub(in crate::api) struct Attempt<'t> {
    throttle: &'t Throttle,
    limits: Vec<Limit>,
    /// Not while it waits.
    is_under_way: bool,
}

impl Default for Throttle {
    fn default() -> Self {
        let counters = Mutex::new(vec![Counter::default(); OF_NOBODY + 1]);
        Self { places: RandomState::new(), counters, ended: Notify::new() }
    }
}

impl Throttle {
    /// Begins an attempt once it is its turn; how long to wait where there were too many that failed, or are too
    /// many at once.
    pub(in crate::api) async fn begin(
        &self,
        login: Option<&str>,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Attempt<'_>, Duration> {
        let now = now.as_duration().as_secs_f64();
        let mut attempt = self.enter(self.limits(login, address), now)?;
        let turn = tokio::time::timeout(PATIENCE, attempt.turn(now)).await;
        turn.unwrap_or(Err(SOON))?;
        Ok(attempt)
    }

    fn limits(&self, login: Option<&str>, address: Option<IpAddr>) -> Vec<Limit> {
        let login = login.map(|login| Limit { place: self.place(login), allowance: &LOGIN });
        let address = address.map(|address| {
            let place = COUNTERS + self.place(network(address));
            Limit { place, allowance: &ADDRESS }
        });
        let mut limits: Vec<Limit> = login.into_iter().chain(address).collect();
        if limits.is_empty() {
            limits.push(Limit { place: OF_NOBODY, allowance: &NOBODY });
        }
        limits
    }

    /// Lets an attempt in that does not begin yet.
    fn enter(&self, limits: Vec<Limit>, now: f64) -> Result<Attempt<'_>, Duration> {
        let mut counters = self.counters();
        admit(&mut counters, &limits, now)?;
        if limits.iter().any(|limit| counters[limit.place].present >= limit.allowance.at_once) {
            return Err(SOON);
        }
        for limit in &limits {
            counters[limit.place].present += 1;
        }
        Ok(Attempt { throttle: self, limits, is_under_way: false })
    }

    /// Whether an attempt that is there begins: not while all that may fail are under way.
    fn begins(&self, limits: &[Limit], now: f64) -> Result<bool, Duration> {
        let mut counters = self.counters();
        admit(&mut counters, limits, now)?;
        let is_taken = limits.iter().any(|limit| {
            let Counter { failures, under_way, .. } = counters[limit.place];
            failures + f64::from(under_way) + 1.0 > limit.allowance.most
        });
        if !is_taken {
            for limit in limits {
                counters[limit.place].under_way += 1;
            }
        }
        Ok(!is_taken)
    }

    /// Which of the counters of its kind is of somebody.
    fn place(&self, of: impl Hash) -> usize {
        let place = self.places.hash_one(of) % COUNTERS as u64;
        usize::try_from(place).expect("it is less than the number of counters")
    }

    fn counters(&self) -> MutexGuard<'_, Vec<Counter>> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets what is to be forgotten by now; how long to wait where too many failed.
fn admit(counters: &mut [Counter], limits: &[Limit], now: f64) -> Result<(), Duration> {
    let mut wait = Duration::ZERO;
    for Limit { place, allowance } in limits {
        let counter = &mut counters[*place];
        let each = allowance.forgotten_after.as_secs_f64();
        let forgotten = (now - counter.at).max(0.0) / each;
        counter.failures = (counter.failures - forgotten).max(0.0);
        // Whoever waited comes with an earlier time, and forgets nothing twice.
        counter.at = counter.at.max(now);
        let excess = counter.failures + 1.0 - allowance.most;
        if excess > 0.0 {
            wait = wait.max(Duration::from_secs_f64(excess * each));
        }
    }
    if wait.is_zero() { Ok(()) } else { Err(wait) }
}

impl Attempt<'_> {
    /// Waits until it is under way.
    async fn turn(&mut self, now: f64) -> Result<(), Duration> {
        let throttle = self.throttle;
        loop {
            // Before the look, so that no end in between is missed.
            let ended = throttle.ended.notified();
            if throttle.begins(&self.limits, now)? {
                self.is_under_way = true;
                return Ok(());
            }
            ended.await;
        }
    }

    /// Ends it as one that failed: whoever was asked said no.
    pub(in crate::api) fn failed(self) {
        let mut counters = self.throttle.counters();
        for limit in &self.limits {
            counters[limit.place].failures += 1.0;
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut counters = self.throttle.counters();
        for limit in &self.limits {
            let counter = &mut counters[limit.place];
            counter.present -= 1;
            counter.under_way -= u32::from(self.is_under_way);
        }
        drop(counters);
        self.throttle.ended.notify_waiters();
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
mod tests;
