//! Trying again: a whole run that failed or was stopped, or one of its transports.
//!
//! What is finished stays finished, and what was delivered is not delivered again. A call that dies
//! half way may be repeated.

use fabric::record;
use fabric::store::StoreError;
use proto::fault::{Code, Fault};
use proto::id::{ExportId, Owner, RunId};
use proto::key::Key;
use proto::run::{Head, Outcome, State};

use super::changed_meanwhile;
use crate::Coordinator;
use crate::accept::{summary, told};
use crate::delivery::{Kept, has_failed, is_put_off};

impl Coordinator {
    /// Takes up a failed or stopped run where it ended: finished batches stay finished, and every
    /// transport that failed is tried again.
    pub async fn retry(&self, owner: &Owner, export: ExportId) -> Result<RunId, Fault> {
        let head = self.head(owner, export).await?;
        let run = RunId { export, run: head.run };
        match self.end_of(run).await? {
            Some(State::Failed | State::Stopped) => {}
            Some(state) => {
                return Err(Fault::new(Code::Conflict, format!("the run is {}", state.as_str()))
                    .hint("start the export again instead"));
            }
            // A retry that died half way leaves neither end nor mark; it may be repeated.
            None if head.run > 0 && !self.is_open(run).await? => {}
            None => return Err(Fault::new(Code::Conflict, "no run has failed")),
        }
        for (transport, kept) in (0..).zip(self.transports_of(run).await?) {
            self.resume_delivery(run, transport, kept.delivery).await.map_err(told)?;
        }
        if let Err(error) = self.board.forget_run(run).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "board not updated");
        }
        self.open_again(&head, run).await?;
        Ok(run)
    }

    /// Tries a transport of the last run again that failed, or waits for its next try, and nothing
    /// else; the others may be under way.
    pub async fn retry_transport(
        &self,
        owner: &Owner,
        run: RunId,
        transport: u32,
    ) -> Result<(), Fault> {
        let head = self.head(owner, run.export).await?;
        if !(1..=head.run).contains(&run.run) {
            return Err(Fault::new(Code::NotFound, "there is no such run"));
        }
        if run.run < head.run {
            return Err(Fault::new(Code::Conflict, "a later run has begun")
                .hint("retry the last run, or start the export again"));
        }
        let kept = self.transports_of(run).await?;
        let Some(Kept { delivery, handover }) = kept.into_iter().nth(transport as usize) else {
            return Err(Fault::new(Code::NotFound, "there is no such transport"));
        };
        let conflict = |message: &str| Fault::new(Code::Conflict, message);
        if handover.is_some() || delivery.is_done() {
            return Err(conflict("the transport has delivered")
                .hint("start the export again to deliver again"));
        }
        match self.end_of(run).await? {
            Some(State::Failed) if !delivery.log.is_empty() => {}
            Some(State::Failed) => {
                return Err(
                    conflict("the run failed before its transports began").hint("retry the run")
                );
            }
            Some(state) => {
                return Err(conflict(&format!("the run is {}", state.as_str()))
                    .hint("retry the run, or start the export again"));
            }
            None if has_failed(&delivery) || is_put_off(&delivery) => {}
            // A retry that died half way leaves neither end nor mark; it may be repeated.
            None if !self.is_open(run).await? => {}
            None => return Err(conflict("the transport has not failed")),
        }
        self.resume_delivery(run, transport, delivery).await.map_err(told)?;
        // Whoever leads finds it while the others are under way, or has written the end by now.
        if self.end_of(run).await?.is_some() || !self.is_open(run).await? {
            return self.open_again(&head, run).await;
        }
        self.nudge(run).await;
        Ok(())
    }

    /// Takes a run's end away, so that whoever leads takes it up.
    pub(crate) async fn open_again(&self, head: &Head, run: RunId) -> Result<(), Fault> {
        let expiries = self.end_anew(run).await?;
        self.store.delete(&[Key::stop(run), Key::outcome(run)]).await.map_err(told)?;
        // It will expire by its new end. The marks go last, for nothing may last forever.
        self.store.delete(&expiries).await.map_err(told)?;
        record::create(&*self.store, &Key::open(run), &()).await.map_err(told)?;
        self.show(&summary(head, State::Pending)).await;
        self.nudge(run).await;
        Ok(())
    }

    /// Makes the end of a run as late as now, unless it has expired: whoever was about to expire it
    /// meets another end. Gives the marks of both ends.
    async fn end_anew(&self, run: RunId) -> Result<Vec<Key>, Fault> {
        let end = Key::outcome(run);
        let (bytes, tag) = match self.store.get(&end).await {
            Ok(found) => found,
            // A retry that died half way took it away.
            Err(StoreError::Missing { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(told(error)),
        };
        let before: Outcome = record::decode(&end, &bytes).map_err(told)?;
        if !matches!(before.state, State::Failed | State::Stopped) {
            let what = format!("the run is {}", before.state.as_str());
            return Err(Fault::new(Code::Conflict, what).hint("start the export again instead"));
        }
        let claimed = Outcome { at: self.ambient.now(), ..before.clone() };
        let mut marks = Vec::new();
        for outcome in [&before, &claimed] {
            marks.extend(self.expiry_at(run, outcome).await.map_err(told)?);
        }
        marks.dedup();
        if let Some(mark) = marks.last() {
            record::create(&*self.store, mark, &()).await.map_err(told)?;
        }
        let claimed = record::encode(&claimed);
        self.store.replace(&end, claimed, &tag).await.map_err(changed_meanwhile)?;
        Ok(marks)
    }

    async fn end_of(&self, run: RunId) -> Result<Option<State>, Fault> {
        let outcome: Option<Outcome> =
            record::find(&*self.store, &Key::outcome(run)).await.map_err(told)?;
        Ok(outcome.map(|outcome| outcome.state))
    }

    /// The transports of a run, as the store has them.
    async fn transports_of(&self, run: RunId) -> Result<Vec<Kept>, Fault> {
        // A run whose beginning was never written has no transports either.
        let Some(definition) = self.definition_of(run).await? else { return Ok(Vec::new()) };
        let transports = u32::try_from(definition.transports.len()).unwrap_or(u32::MAX);
        self.kept_deliveries(run, transports).await.map_err(told)
    }

    async fn is_open(&self, run: RunId) -> Result<bool, Fault> {
        record::exists(&*self.store, &Key::open(run)).await.map_err(told)
    }
}
