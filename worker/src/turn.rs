//! Turns to make a batch: one for each slot, so that no more are made at once than the operator allows.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

/// How long a batch waits for those that are made. What is made longer than this has time to be flushed
/// while another is made.
const MOST_WAITED: Duration = Duration::from_secs(2);

/// A batch's turn, until it is given back or dropped.
pub(crate) struct Turn<'t>(Option<SemaphorePermit<'t>>);

impl<'t> Turn<'t> {
    /// Waits for a turn, but not for long: where all others take long, nobody else can have this one.
    pub(crate) async fn wait(turns: &'t Semaphore) -> Self {
        let waited = tokio::time::timeout(MOST_WAITED, turns.acquire()).await;
        Self(waited.ok().map(|turn| turn.expect("nobody closes it")))
    }

    /// Lets the next batch begin: what is left of this one needs no turn.
    pub(crate) fn give_back(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_turn_that_was_given_back_is_free_while_its_batch_goes_on() {
        let turns = Semaphore::new(1);
        let mut turn = Turn::wait(&turns).await;
        assert_eq!(turns.available_permits(), 0);
        turn.give_back();
        assert_eq!(turns.available_permits(), 1);
        let next = Turn::wait(&turns).await;
        turn.give_back();
        drop(turn);
        assert_eq!(turns.available_permits(), 0, "it is the next one's by now");
        drop(next);
        assert_eq!(turns.available_permits(), 1);
    }
}
