//! What waits, lane by lane, and what is parked; and who is woken when that changes.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use proto::fault::{Code, Fault};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::queue::{Lane, Parked, QueueError, Release};

/// Every lane of a process, shared by its publishers and consumers.
pub(super) struct Lines {
    held: Mutex<Held>,
    most: usize,
    max_returns: u32,
    arrived: [Notify; Lane::ALL.len()],
    room: [Notify; Lane::ALL.len()],
}

#[derive(Default)]
struct Held {
    is_closed: bool,
    waiting: [VecDeque<Waiting>; Lane::ALL.len()],
    parked: VecDeque<ParkedMessage>,
}

/// A message that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) body: Vec<u8>,
    pub(super) trace: Option<String>,
    /// How often it was taken and came back.
    pub(super) returns: u32,
}

struct ParkedMessage {
    id: String,
    lane: Lane,
    message: Waiting,
    fault: Fault,
}

impl Lines {
    pub(super) fn new(most: usize, max_returns: u32) -> Self {
        Self {
            held: Mutex::default(),
            most,
            max_returns,
            arrived: Default::default(),
            room: Default::default(),
        }
    }

    /// Puts a message last, as soon as there is room. Dropped before, it puts nothing.
    pub(super) async fn put(&self, lane: Lane, message: Waiting) -> Result<(), QueueError> {
        loop {
            // Enrolled before looking, or a message taken in between would wake nobody.
            let mut room = pin!(self.room[lane as usize].notified());
            room.as_mut().enable();
            {
                let mut held = self.held();
                if held.is_closed {
                    return Err(QueueError::Closed);
                }
                let waiting = &mut held.waiting[lane as usize];
                if waiting.len() < self.most {
                    waiting.push_back(message);
                    self.arrived[lane as usize].notify_one();
                    return Ok(());
                }
            }
            room.await;
        }
    }

    /// Takes the first message, as soon as there is one; nothing once the queue is shut down.
    /// Dropped before, it takes nothing.
    pub(super) async fn take(&self, lane: Lane) -> Option<Waiting> {
        loop {
            let mut arrived = pin!(self.arrived[lane as usize].notified());
            arrived.as_mut().enable();
            {
                let mut held = self.held();
                if held.is_closed {
                    return None;
                }
                let waiting = &mut held.waiting[lane as usize];
                if let Some(message) = waiting.pop_front() {
                    // One wake-up may stand for several messages, and for room for several.
                    if !waiting.is_empty() {
                        self.arrived[lane as usize].notify_one();
                    }
                    if waiting.len() < self.most {
                        self.room[lane as usize].notify_one();
                    }
                    return Some(message);
                }
            }
            arrived.await;
        }
    }

    /// Puts a message that was taken back to the front, whatever room there is; parks it where it
    /// came back too often.
    pub(super) fn come_back(&self, lane: Lane, message: Waiting) {
        let returns = message.returns.saturating_add(1);
        let message = Waiting { returns, ..message };
        let mut held = self.held();
        if returns > self.max_returns && held.parked.len() < self.most {
            let fault = Fault::new(
                Code::AttemptsExhausted,
                format!("the message was taken {returns} times and never settled"),
            );
            tracing::error!(lane = lane.as_str(), returns, "message parked");
            held.parked.push_back(ParkedMessage { id: new_id(), lane, message, fault });
        } else {
            held.waiting[lane as usize].push_front(message);
            self.arrived[lane as usize].notify_one();
        }
    }

    /// Sets a message that was taken aside; gives it back where too many are parked.
    pub(super) fn park(&self, lane: Lane, message: Waiting, fault: &Fault) -> Result<(), Waiting> {
        let mut held = self.held();
        if held.parked.len() >= self.most {
            return Err(message);
        }
        held.parked.push_back(ParkedMessage { id: new_id(), lane, message, fault: fault.clone() });
        Ok(())
    }

    pub(super) fn parked(&self, limit: usize) -> Vec<Parked> {
        let shown = |parked: &ParkedMessage| Parked {
            id: parked.id.clone(),
            lane: parked.lane,
            body: parked.message.body.clone(),
            fault: parked.fault.clone(),
        };
        self.held().parked.iter().take(limit).map(shown).collect()
    }

    pub(super) fn parked_len(&self) -> usize {
        self.held().parked.len()
    }

    pub(super) fn settle_parked(&self, id: &str, release: Release) -> bool {
        let mut held = self.held();
        let Some(place) = held.parked.iter().position(|parked| parked.id == id) else {
            return false;
        };
        let found = held.parked.remove(place);
        match (release, found) {
            (Release::Retry, Some(ParkedMessage { lane, message, .. })) => {
                held.waiting[lane as usize].push_back(Waiting { returns: 0, ..message });
                self.arrived[lane as usize].notify_one();
            }
            (Release::Retry | Release::Discard, _) => {}
        }
        true
    }

    pub(super) fn depth(&self, lane: Lane) -> usize {
        self.held().waiting[lane as usize].len()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.held().is_closed
    }

    pub(super) fn close(&self) {
        self.held().is_closed = true;
        for waiter in self.arrived.iter().chain(&self.room) {
            waiter.notify_waiters();
        }
    }

    pub(super) fn purge(&self) {
        self.held().waiting.iter_mut().for_each(VecDeque::clear);
        for room in &self.room {
            room.notify_waiters();
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // No call can leave it half changed, so a panic elsewhere does not spoil it.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_id() -> String {
    Uuid::now_v7().to_string()
}
