//! What a process gets from outside itself: the time, new ids, chance. Passed down, so that tests
//! and simulations decide them.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

/// Time, ids and chance.
#[derive(Clone)]
pub struct Ambient {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    id: Arc<dyn Fn() -> Uuid + Send + Sync>,
    chance: Arc<dyn Fn() -> f64 + Send + Sync>,
    nonce: Arc<dyn Fn() -> u128 + Send + Sync>,
}

impl Ambient {
    /// Those of the machine.
    pub fn system() -> Self {
        Self {
            now: Arc::new(Timestamp::now),
            id: Arc::new(Uuid::now_v7),
            chance: Arc::new(rand::random::<f64>),
            nonce: Arc::new(rand::random::<u128>),
        }
    }

    /// The machine's ids and chance, with another clock.
    #[must_use]
    pub fn with_clock(self, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { now: Arc::new(now), ..self }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// A new id, greater than those before.
    pub fn id(&self) -> Uuid {
        (self.id)()
    }

    /// A number in 0..1.
    pub fn chance(&self) -> f64 {
        (self.chance)()
    }

    /// A number that nobody can guess.
    pub fn nonce(&self) -> u128 {
        (self.nonce)()
    }
}
