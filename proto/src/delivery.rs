//! Deliveries: how far a transport of a run is, and what happened to it on the way.
//!
//! Each transport of a run has a course of its own. Only who leads the run writes it; a transport
//! that is done stays done, and one that failed fails nobody else.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::run::State;

/// How far a transport of a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// `new` until every batch is finished, `pending` while it waits for an agent or for another try.
    pub state: State,
    /// Which try of what it is at, joining or handing over; from 1, 0 before the first.
    pub attempts: u32,
    /// Why the last try failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// What happened, the last [`Delivery::MAX_STEPS`] steps in order.
    pub log: Vec<Entry>,
}

/// A line of a delivery's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Which try, from 1; 0 where it is of none.
    pub attempt: u32,
    /// What happened.
    #[serde(flatten)]
    pub step: Step,
}

/// What happens to a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The joining was handed to an agent.
    Assembling,
    /// What is to be handed over is whole and checked.
    Assembled,
    /// The handing over was given to an agent.
    Delivering,
    /// A try failed; another one follows.
    Retrying {
        /// Why.
        #[serde(flatten)]
        fault: Fault,
    },
    /// Every recipient has it.
    Delivered,
    /// It failed for good.
    Failed {
        /// Why.
        #[serde(flatten)]
        fault: Fault,
    },
    /// Its owner wants it tried again.
    Resumed,
}

/// How much of a delivery is on the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Moved {
    /// How many bytes are there.
    pub bytes: u64,
    /// How many there will be.
    pub of: u64,
}

impl Default for Delivery {
    fn default() -> Self {
        Self { state: State::New, attempts: 0, fault: None, log: Vec::new() }
    }
}

impl Delivery {
    /// Most steps that are kept; older ones make room.
    pub const MAX_STEPS: usize = 100;

    /// Takes a step in.
    pub fn note(&mut self, at: Timestamp, attempt: u32, step: Step) {
        self.state = match &step {
            Step::Assembling | Step::Delivering => State::Processing,
            Step::Assembled | Step::Retrying { .. } | Step::Resumed => State::Pending,
            Step::Delivered => State::Done,
            Step::Failed { .. } => State::Failed,
        };
        match &step {
            Step::Assembling | Step::Delivering | Step::Resumed => self.attempts = attempt,
            Step::Retrying { fault } | Step::Failed { fault } => self.fault = Some(fault.clone()),
            Step::Delivered => self.fault = None,
            Step::Assembled => {}
        }
        self.log.push(Entry { at, attempt, step });
        if self.log.len() > Self::MAX_STEPS {
            self.log.remove(0);
        }
    }

    /// Whether every recipient has it.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done | State::DoneWithWarnings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Code;

    #[test]
    fn a_delivery_is_where_its_last_step_led() {
        let fault = Fault::new(Code::StoreUnavailable, "away");
        let (retrying, failed) =
            (Step::Retrying { fault: fault.clone() }, Step::Failed { fault: fault.clone() });
        let mut delivery = Delivery::default();
        for (attempt, step, state) in [
            (1, Step::Assembling, State::Processing),
            (1, Step::Assembled, State::Pending),
            (1, Step::Delivering, State::Processing),
            (1, retrying, State::Pending),
            (2, Step::Delivering, State::Processing),
            (2, failed, State::Failed),
        ] {
            delivery.note(Timestamp::UNIX_EPOCH, attempt, step);
            assert_eq!(delivery.state, state);
        }
        assert_eq!((delivery.attempts, delivery.fault.as_ref()), (2, Some(&fault)));
        delivery.note(Timestamp::UNIX_EPOCH, 0, Step::Resumed);
        assert_eq!((delivery.state, delivery.attempts), (State::Pending, 0));
        let again = serde_json::from_slice(&serde_json::to_vec(&delivery).unwrap()).unwrap();
        assert_eq!(delivery, again);
        delivery.note(Timestamp::UNIX_EPOCH, 1, Step::Delivered);
        assert!(delivery.is_done() && delivery.fault.is_none());
    }

    #[test]
    fn the_oldest_steps_make_room() {
        let mut delivery = Delivery::default();
        for attempt in 0..=u32::try_from(Delivery::MAX_STEPS).unwrap() {
            delivery.note(Timestamp::UNIX_EPOCH, attempt, Step::Delivering);
        }
        assert_eq!((delivery.log.len(), delivery.log[0].attempt), (Delivery::MAX_STEPS, 1));
    }
}
