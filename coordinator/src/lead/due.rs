//! Starting what schedules want, beside the leader's loop.

use fabric::store::StoreError;
use jiff::Timestamp;

use super::{Lead, RECONCILE};
use crate::run::Moment;

/// What is known of when something is due.
#[derive(Default)]
pub(super) struct Dues {
    /// When the store was last asked. Not by the clock on the wall, which may be put back.
    asked: Option<Moment>,
    /// What was due next when it was.
    next: Option<Timestamp>,
}

impl Dues {
    /// Whether to ask the store: something is due, or could be since somebody else changed it.
    fn want_asking(&self, moment: Moment, now: Timestamp) -> bool {
        let is_long_ago = self.asked.is_none_or(|asked| asked + RECONCILE <= moment);
        is_long_ago || self.next.is_some_and(|next| next <= now)
    }
}

impl Lead<'_> {
    /// Begins to start what is due, unless that is going on or nothing is.
    pub(super) fn look_for_due(&mut self) {
        let (moment, now) = (self.now(), self.coordinator.ambient.now());
        if !self.starting.is_empty() || !self.dues.want_asking(moment, now) {
            return;
        }
        self.dues = Dues { asked: Some(moment), next: None };
        let coordinator = self.coordinator.clone();
        self.starting.spawn(async move { coordinator.start_due().await });
    }

    /// Learns what is due next.
    pub(super) fn started_due(&mut self, result: Result<Option<Timestamp>, StoreError>) {
        match result {
            Ok(next) => self.dues.next = next,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "due runs not found");
            }
        }
    }
}
