//! The end of a run: its outcome in the store, then on the board, then nothing of it in memory.

use fabric::record;
use fabric::store::StoreError;
use futures::StreamExt;
use proto::archive::{Handover, Unreached};
use proto::commit::{Commit, Warning};
use proto::event::Happening;
use proto::id::RunId;
use proto::key::{Key, Prefix};
use proto::run::{BatchFault, Counts, Head, Outcome, State};

use crate::Coordinator;
use crate::accept::summary;
use crate::load::counts;
use crate::run::Ending;

/// Most handovers of a run that are looked at; a definition has fewer transports.
const MOST_HANDOVERS: usize = 100;

/// How many commit records of a run that is stopped are read at once; many runs may be at that together.
const COUNTED_AT_ONCE: usize = 4;

impl Coordinator {
    /// Writes how a run ended, and nothing yet of what follows from that. Doing it twice changes nothing: the
    /// first outcome counts.
    pub(crate) async fn write_end(
        &self,
        id: RunId,
        ending: &Ending,
        counts: Counts,
        warned: &[u32],
    ) -> Result<Outcome, StoreError> {
        let warnings = self.first_warnings(id, warned).await?;
        let (state, faults) = match ending {
            Ending::Failed(faults) => {
                (State::Failed, faults.iter().take(Outcome::MAX_NAMED).cloned().collect())
            }
            Ending::Delivered if counts.warnings > 0 => {
                (State::DoneWithWarnings, self.unreached(id).await?)
            }
            Ending::Delivered => (State::Done, Vec::new()),
        };
        let at = self.ambient.now();
        self.write_outcome(id, &Outcome { state, at, counts, faults, warnings }).await
    }

    /// Writes that a run was stopped, and nothing yet of what follows from that. What it has finished is counted
    /// where nobody knows.
    pub(crate) async fn write_stopped(
        &self,
        id: RunId,
        counts: Option<Counts>,
    ) -> Result<Outcome, StoreError> {
        let counts = match counts {
            Some(counts) => counts,
            None => self.counted(id).await?,
        };
        let (state, at) = (State::Stopped, self.ambient.now());
        let (faults, warnings) = (Vec::new(), Vec::new());
        self.write_outcome(id, &Outcome { state, at, counts, faults, warnings }).await
    }

    /// What the batches and transports of a run have counted that are finished.
    async fn counted(&self, id: RunId) -> Result<Counts, StoreError> {
        let store = &*self.store;
        let mut commits = record::keys(&self.store, Prefix::commits(id))
            .map(|key| async move { record::find::<Commit>(store, &key?).await })
            .buffer_unordered(COUNTED_AT_ONCE);
        let mut all = Counts::default();
        while let Some(found) = commits.next().await {
            match found {
                Ok(commit) => all.add(&commit.as_ref().map(counts).unwrap_or_default()),
                // What cannot be read keeps nobody from stopping.
                Err(error @ StoreError::Damaged { .. }) => {
                    tracing::warn!(run = %id, error = &error as &dyn std::error::Error, "batch not counted");
                }
                Err(error) => return Err(error),
            }
        }
        for handover in self.handovers(id).await? {
            all.warnings += handover.unreached.len() as u64;
        }
        Ok(all)
    }

    /// The outcome that counts: this one, unless there is one.
    async fn write_outcome(&self, id: RunId, outcome: &Outcome) -> Result<Outcome, StoreError> {
        let key = Key::outcome(id);
        record::create(&*self.store, &key, outcome).await?;
        record::read(&*self.store, &key).await
    }

    /// Does what follows from the end of a run of which webhooks are told, its open mark last. All of it may be
    /// done twice, for whoever wrote the end may have died on the way here.
    pub(crate) async fn conclude(
        &self,
        id: RunId,
        head: &Head,
        outcome: &Outcome,
    ) -> Result<(), StoreError> {
        self.settle_marks(id).await?;
        if let Some(expiry) = self.expiry_of(id).await? {
            record::create(&*self.store, &expiry, &()).await?;
        }
        self.chronicle_end(id, head, outcome).await?;
        // Long after the end, maybe: its owner may have taken the run up again, and it is open for that. Or it may
        // have expired, another run have begun, or the export be gone.
        let end: Option<Outcome> = record::find(&*self.store, &Key::outcome(id)).await?;
        let Some(Outcome { state, .. }) = end else { return Ok(()) };
        self.keep_owner_mail(id, head, outcome).await?;
        let now: Option<Head> = record::find(&*self.store, &Key::head(id.export)).await?;
        if now.is_some_and(|now| now.run == id.run) {
            let mut shown = summary(head, state);
            if let Ok(Some(before)) = self.board.summary(id.export).await {
                (shown.batches, shown.records) = (before.batches, before.records);
            }
            self.show(&shown).await;
        }
        self.tell(id, Happening::State { state }).await;
        self.store.delete(&[Key::open(id)]).await?;
        // A retry in this very moment found the old mark where it wanted to leave one.
        if !record::exists(&*self.store, &Key::outcome(id)).await? {
            record::create(&*self.store, &Key::open(id), &()).await?;
        }
        tracing::info!(export.id = %id.export, run = id.run, state = state.as_str(), "run ended");
        Ok(())
    }

    /// Who got nothing while others did.
    async fn unreached(&self, id: RunId) -> Result<Vec<BatchFault>, StoreError> {
        let mut faults = Vec::new();
        for Handover { transport, unreached, .. } in self.handovers(id).await? {
            let fault = |unreached: Unreached| unreached.fault.at(unreached.recipient);
            faults.extend(unreached.into_iter().map(fault).map(|fault| BatchFault {
                batch: None,
                transport: Some(transport),
                fault,
            }));
        }
        faults.truncate(Outcome::MAX_NAMED);
        Ok(faults)
    }

    async fn handovers(&self, id: RunId) -> Result<Vec<Handover>, StoreError> {
        let mut handovers = Vec::new();
        for entry in self.store.list(&Prefix::handovers(id), None, MOST_HANDOVERS).await? {
            handovers.push(record::read(&*self.store, &entry.key).await?);
        }
        Ok(handovers)
    }

    async fn first_warnings(&self, id: RunId, warned: &[u32]) -> Result<Vec<Warning>, StoreError> {
        let mut warnings = Vec::new();
        for ordinal in warned {
            let room = Outcome::MAX_NAMED - warnings.len();
            if room == 0 {
                break;
            }
            let commit: Commit = record::read(&*self.store, &Key::commit(id, *ordinal)).await?;
            warnings.extend(commit.warnings.into_iter().take(room));
        }
        Ok(warnings)
    }
}
