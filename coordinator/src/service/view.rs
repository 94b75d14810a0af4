//! An export and its runs, as their owner sees them.

use fabric::board::{ShownDelivery, Summary};
use fabric::record;
use proto::archive::{Receipt, Unreached};
use proto::definition::{Definition, Transport};
use proto::delivery::{Delivery, Moved};
use proto::fault::{Code, Fault};
use proto::id::{ExportId, Owner, RunId};
use proto::key::{Key, Prefix};
use proto::plan::Plan;
use proto::run::{Counts, Head, Outcome, Start, State, StoredDefinition};

use crate::Coordinator;
use crate::accept::told;
use crate::delivery::is_later;

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
    /// How it began, once it has.
    pub start: Option<Start>,
    /// How many batches it has, once planned.
    pub batches: Option<u32>,
    /// How many records it has, as far as the source can tell.
    pub records: Option<u64>,
    /// What is finished.
    pub counts: Counts,
    /// How it ended, once it has.
    pub outcome: Option<Outcome>,
    /// Its transports, by their places in the definition.
    pub transports: Vec<TransportView>,
}

/// A transport of a run, as its owner sees it.
#[derive(Debug)]
pub struct TransportView {
    /// Which it is, and how the result is packed.
    pub transport: Transport,
    /// How far it is.
    pub delivery: Delivery,
    /// How much is on the other side, where the delivery tells.
    pub moved: Option<Moved>,
    /// To whom it was handed over.
    pub receipts: Vec<Receipt>,
    /// Whom it did not reach while it reached others.
    pub unreached: Vec<Unreached>,
}

impl RunView {
    /// Whether a transport is delivered and its files are kept.
    pub fn has_delivered(&self, transport: u32) -> bool {
        self.transports.get(transport as usize).is_some_and(|shown| shown.delivery.is_done())
    }
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
        let transports = self.transport_views(run, outcome.as_ref()).await?;
        let (batches, records) = match shown {
            Some(shown) if shown.batches.is_some() => (shown.batches, shown.records),
            // A board that was wiped forgets how large a run was; the plan does not.
            _ => {
                let plan: Option<Plan> =
                    record::find(&*self.store, &Key::plan(run)).await.map_err(told)?;
                plan.map_or((None, None), |plan| (Some(plan.batches), plan.records))
            }
        };
        let start: Option<Start> =
            record::find(&*self.store, &Key::start(run)).await.map_err(told)?;
        Ok(RunView { id: run, state, start, batches, records, counts, outcome, transports })
    }

    /// The definition that a run began with.
    pub(crate) async fn definition_of(&self, run: RunId) -> Result<Option<Definition>, Fault> {
        let start: Option<Start> =
            record::find(&*self.store, &Key::start(run)).await.map_err(told)?;
        let Some(start) = start else { return Ok(None) };
        let key = Key::definition(run.export, start.version);
        let stored: Option<StoredDefinition> =
            record::find(&*self.store, &key).await.map_err(told)?;
        Ok(stored.map(|stored| stored.definition))
    }

    async fn transport_views(
        &self,
        run: RunId,
        outcome: Option<&Outcome>,
    ) -> Result<Vec<TransportView>, Fault> {
        let Some(definition) = self.definition_of(run).await? else { return Ok(Vec::new()) };
        let transports = u32::try_from(definition.transports.len()).unwrap_or(u32::MAX);
        let kept = self.kept_deliveries(run, transports).await.map_err(told)?;
        let mut shown = self.board.deliveries(run).await.unwrap_or_default();
        let mut receipts = self.receipts(run).await?;
        let views = (0..).zip(definition.transports.into_iter().zip(kept));
        Ok(views
            .map(|(place, (transport, kept))| {
                let ShownDelivery { delivery, moved } = shown.remove(&place).unwrap_or_default();
                TransportView {
                    transport,
                    delivery: seen(kept.delivery, delivery, outcome.map(|outcome| outcome.state)),
                    moved,
                    receipts: receipts
                        .extract_if(.., |receipt| receipt.transport == place)
                        .collect(),
                    unreached: kept.handover.map_or_else(Vec::new, |handover| handover.unreached),
                }
            })
            .collect())
    }

    pub(crate) async fn receipts(&self, run: RunId) -> Result<Vec<Receipt>, Fault> {
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
}

/// How far a transport is, by its record, by what the board shows, and by how its run ended.
fn seen(kept: Delivery, shown: Option<Delivery>, ended: Option<State>) -> Delivery {
    let mut seen = match shown {
        Some(shown) if !kept.state.is_final() && is_later(&shown, &kept) => shown,
        Some(_) | None => kept,
    };
    match ended {
        Some(State::Expired) if seen.is_done() => seen.state = State::Expired,
        // It never came to an end of its own, or the run is older than such records.
        Some(state) if !seen.state.is_final() => seen.state = state,
        Some(_) | None => {}
    }
    seen
}

/// The answer for what is not there and for what is somebody else's: the same.
pub(crate) fn no_export() -> Fault {
    Fault::new(Code::NotFound, "there is no such export")
}
