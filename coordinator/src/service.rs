//! What an owner can do with an export: start, stop, retry, delete, look at it.
//!
//! Each call changes the store first and then tells whoever leads; a leader that misses the word
//! finds the change by itself.

use fabric::board::Summary;
use fabric::queue::{Lane, Outgoing};
use fabric::record;
use fabric::store::StoreError;
use proto::archive::Receipt;
use proto::definition::Definition;
use proto::fault::{Code, Fault};
use proto::id::{ExportId, Owner, RunId};
use proto::key::{Key, Prefix};
use proto::message::{Message, Report, TaskId, TaskResult};
use proto::plan::Plan;
use proto::run::{Counts, Deletion, Head, Outcome, Start, State, StoredDefinition};

use crate::Coordinator;
use crate::accept::{summary, told};

/// An export, as its owner sees it.
#[derive(Debug)]
pub struct Export {
    /// What is current of it.
    pub head: Head,
    /// Its definition.
    pub definition: Definition,
    /// Its last run, where there was one.
    pub run: Option<RunView>,
}

/// A run, as its owner sees it.
#[derive(Debug)]
pub struct RunView {
    /// The run.
    pub id: RunId,
    /// How far it is.
    pub state: State,
    /// How many batches it has, once planned.
    pub batches: Option<u32>,
    /// How many records it has, as far as the source can tell.
    pub records: Option<u64>,
    /// What is finished.
    pub counts: Counts,
    /// How it ended, once it has.
    pub outcome: Option<Outcome>,
    /// What was delivered.
    pub receipts: Vec<Receipt>,
}

impl Coordinator {
    /// The head of an export, if it is the owner's.
    pub async fn head(&self, owner: &Owner, export: ExportId) -> Result<Head, Fault> {
        let head: Option<Head> =
            record::find(&*self.store, &Key::head(export)).await.map_err(told)?;
        head.filter(|head| head.owner == *owner).ok_or_else(no_export)
    }

    /// An export with its definition and its last run.
    pub async fn export(&self, owner: &Owner, export: ExportId) -> Result<Export, Fault> {
        let head = self.head(owner, export).await?;
        let stored: StoredDefinition =
            record::read(&*self.store, &Key::definition(export, head.version))
                .await
                .map_err(told)?;
        let run = match head.run {
            0 => None,
            run => Some(self.run_view(RunId { export, run }).await?),
        };
        Ok(Export { head, definition: stored.definition, run })
    }

    /// A run as it is known: from the store where it has ended, else from the board.
    pub async fn run_view(&self, run: RunId) -> Result<RunView, Fault> {
        let outcome: Option<Outcome> =
            record::find(&*self.store, &Key::outcome(run)).await.map_err(told)?;
        // The board only shows; without it a run under way has no numbers.
        let shown = self
            .board
            .summary(run.export)
            .await
            .ok()
            .flatten()
            .filter(|shown| shown.run == run.run);
        let counts = match &outcome {
            Some(outcome) => outcome.counts,
            None => self.board.counts(run).await.ok().flatten().unwrap_or_default(),
        };
        let state = match (&outcome, &shown) {
            (Some(outcome), _) => outcome.state,
            (None, Some(shown)) if !shown.state.is_final() => shown.state,
            (None, _) => State::Pending,
        };
        let receipts = if outcome.is_some() { self.receipts(run).await? } else { Vec::new() };
        let (batches, records) = match shown {
            Some(shown) if shown.batches.is_some() => (shown.batches, shown.records),
            // A board that was wiped forgets how large a run was; the plan does not.
            _ => {
                let plan: Option<Plan> =
                    record::find(&*self.store, &Key::plan(run)).await.map_err(told)?;
                plan.map_or((None, None), |plan| (Some(plan.batches), plan.records))
            }
        };
        Ok(RunView { id: run, state, batches, records, counts, outcome, receipts })
    }

    async fn receipts(&self, run: RunId) -> Result<Vec<Receipt>, Fault> {
        const MOST: usize = 1000;
        let entries = self.store.list(&Prefix::receipts(run), None, MOST).await.map_err(told)?;
        let mut receipts = Vec::with_capacity(entries.len());
        for entry in entries {
            receipts.push(record::read(&*self.store, &entry.key).await.map_err(told)?);
        }
        Ok(receipts)
    }

    /// The exports of an owner, newest first.
    pub async fn list(
        &self,
        owner: &Owner,
        before: Option<ExportId>,
        limit: usize,
    ) -> Result<Vec<Summary>, Fault> {
        self.board.list(Some(owner), before, limit).await.map_err(|error| error.fault())
    }

    /// Starts a run. One run at a time: while one is under way it is `conflict`.
    pub async fn start(&self, owner: &Owner, export: ExportId) -> Result<RunId, Fault> {
        let (bytes, tag) = self.store.get(&Key::head(export)).await.map_err(missing_export)?;
        let mut head: Head = record::decode(&Key::head(export), &bytes).map_err(told)?;
        if head.owner != *owner {
            return Err(no_export());
        }
        if head.run > 0 && !self.has_ended(RunId { export, run: head.run }).await? {
            return Err(Fault::new(Code::Conflict, format!("run {} has not ended", head.run))
                .hint("stop it first, or wait"));
        }
        head.run += 1;
        let run = RunId { export, run: head.run };
        // Open before it begins: whoever dies between the two leaves a mark that is found.
        self.mark_open(run).await?;
        let start = Start {
            version: head.version,
            at: self.ambient.now(),
            trace: fabric::trace::current(),
        };
        record::create(&*self.store, &Key::start(run), &start).await.map_err(told)?;
        match self.store.replace(&Key::head(export), record::encode(&head), &tag).await {
            Ok(_) => {}
            Err(StoreError::Changed { .. }) => {
                return Err(Fault::new(
                    Code::Conflict,
                    "the export was changed at the same moment",
                )
                .hint("look at it and try again"));
            }
            Err(error) => return Err(told(error)),
        }
        self.show(&summary(&head, State::Pending)).await;
        self.nudge(run).await;
        Ok(run)
    }

    async fn has_ended(&self, run: RunId) -> Result<bool, Fault> {
        if record::exists(&*self.store, &Key::outcome(run)).await.map_err(told)? {
            return Ok(true);
        }
        // A run whose beginning was never written did not begin.
        Ok(!record::exists(&*self.store, &Key::start(run)).await.map_err(told)?)
    }

    async fn mark_open(&self, run: RunId) -> Result<(), Fault> {
        record::create(&*self.store, &Key::open(run), &()).await.map_err(told)?;
        Ok(())
    }

    /// Stops the run under way: nothing more is handed out, nothing is delivered.
    pub async fn stop(&self, owner: &Owner, export: ExportId) -> Result<(), Fault> {
        let head = self.head(owner, export).await?;
        let run = RunId { export, run: head.run };
        if head.run == 0 || self.has_ended(run).await? {
            return Err(Fault::new(Code::Conflict, "no run is under way"));
        }
        record::create(&*self.store, &Key::stop(run), &self.ambient.now()).await.map_err(told)?;
        // Workers look at the board before each page, to stop within a page instead of a batch.
        if let Err(error) = self.board.stop(run).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "board not updated");
        }
        self.nudge(run).await;
        Ok(())
    }

    /// Takes up a failed or stopped run where it ended: finished batches stay finished.
    pub async fn retry(&self, owner: &Owner, export: ExportId) -> Result<RunId, Fault> {
        let head = self.head(owner, export).await?;
        let run = RunId { export, run: head.run };
        let outcome: Option<Outcome> =
            record::find(&*self.store, &Key::outcome(run)).await.map_err(told)?;
        match outcome.map(|outcome| outcome.state) {
            Some(State::Failed | State::Stopped) => {}
            Some(state) => {
                return Err(Fault::new(Code::Conflict, format!("the run is {}", state.as_str()))
                    .hint("start the export again instead"));
            }
            // A retry that died half way leaves neither end nor mark; it may be repeated.
            None if head.run > 0 && !self.is_open(run).await? => {}
            None => return Err(Fault::new(Code::Conflict, "no run has failed")),
        }
        self.store.delete(&[Key::stop(run), Key::outcome(run)]).await.map_err(told)?;
        self.mark_open(run).await?;
        if let Err(error) = self.board.forget_run(run).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "board not updated");
        }
        self.show(&summary(&head, State::Pending)).await;
        self.nudge(run).await;
        Ok(run)
    }

    async fn is_open(&self, run: RunId) -> Result<bool, Fault> {
        record::exists(&*self.store, &Key::open(run)).await.map_err(told)
    }

    /// Deletes an export with everything it made. A run under way is stopped.
    pub async fn delete(&self, owner: &Owner, export: ExportId) -> Result<(), Fault> {
        let head = self.head(owner, export).await?;
        let (run, at) = (RunId { export, run: head.run }, self.ambient.now());
        if head.run > 0 {
            record::create(&*self.store, &Key::stop(run), &at).await.map_err(told)?;
            if let Err(error) = self.board.stop(run).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "board not updated");
            }
        }
        // The mark comes first, so that a deletion that is cut off is carried to its end.
        let deletion = Deletion { owner: head.owner, at };
        record::create(&*self.store, &Key::deletion(export), &deletion).await.map_err(told)?;
        self.carry_out_deletion(export, &deletion.owner).await?;
        self.nudge(run).await;
        Ok(())
    }

    /// Takes an export away that is marked for it. The mark stays.
    pub(crate) async fn carry_out_deletion(
        &self,
        export: ExportId,
        owner: &Owner,
    ) -> Result<(), Fault> {
        let head: Option<Head> =
            record::find(&*self.store, &Key::head(export)).await.map_err(told)?;
        self.store.delete(&[Key::head(export)]).await.map_err(told)?;
        if let Some(head) = head.filter(|head| head.run > 0) {
            self.store.delete(&[Key::open(RunId { export, run: head.run })]).await.map_err(told)?;
        }
        record::delete_all(&self.store, Prefix::export(export), |_| false).await.map_err(told)?;
        record::delete_all(&self.store, Prefix::runs(export), |_| false).await.map_err(told)?;
        if let Err(error) = self.board.remove(owner, export).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "board not updated");
        }
        Ok(())
    }

    /// Tells whoever leads to look at a run. A lost word costs a few seconds, no more.
    pub(crate) async fn nudge(&self, run: RunId) {
        let result = TaskResult::Done { counts: Counts::default(), segment: 0 };
        let report = Report { run, task: TaskId::Run, attempt: 0, result };
        let message = Outgoing { body: report.encode(), trace: None };
        if let Err(error) = self.queue.publish(Lane::Reports, message).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "leader not told");
        }
    }
}

/// The answer for what is not there and for what is somebody else's: the same.
pub(crate) fn no_export() -> Fault {
    Fault::new(Code::NotFound, "there is no such export")
}

fn missing_export(error: StoreError) -> Fault {
    match error {
        StoreError::Missing { .. } => no_export(),
        other @ (StoreError::Exists { .. }
        | StoreError::Changed { .. }
        | StoreError::Damaged { .. }
        | StoreError::Unavailable { .. }
        | StoreError::Refused { .. }
        | StoreError::Full { .. }) => told(other),
    }
}
