//! Deleting an export: its objects, its marks, and its place on the board.

use fabric::record;
use fabric::store::StoreError;
use proto::fault::Fault;
use proto::id::{ExportId, Owner, RunId};
use proto::key::{Key, Prefix};
use proto::run::{Deletion, Head, Outcome, Start, StoredDefinition};

use crate::Coordinator;
use crate::accept::told;

impl Coordinator {
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
        if let Some(schedule) = head.as_ref().and_then(|head| head.schedule.as_ref()) {
            self.store.delete(&[Key::due(schedule.next, export)]).await.map_err(told)?;
        }
        if let Some(head) = head.filter(|head| head.run > 0) {
            self.store.delete(&[Key::open(RunId { export, run: head.run })]).await.map_err(told)?;
        }
        // While the records are there that say where the marks are.
        match self.forget_marks(export).await {
            Ok(()) => {}
            // What cannot be read keeps nobody from deleting it. An expiry ends by itself.
            Err(error @ StoreError::Damaged { .. }) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(export.id = %export, error, "marks not found");
            }
            Err(error) => return Err(told(error)),
        }
        record::delete_all(&self.store, Prefix::export(export), |_| false).await.map_err(told)?;
        record::delete_all(&self.store, Prefix::runs(export), |_| false).await.map_err(told)?;
        if let Err(error) = self.board.remove(owner, export).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "board not updated");
        }
        Ok(())
    }

    /// Takes away what lies apart from an export's own objects: its idempotency key and the expiries
    /// of its runs.
    async fn forget_marks(&self, export: ExportId) -> Result<(), StoreError> {
        let first = Key::definition(export, 1);
        if let Some(stored) = record::find::<StoredDefinition>(&*self.store, &first).await? {
            self.release_key(export, &stored).await?;
        }
        for run in (1..).map(|run| RunId { export, run }) {
            if !record::exists(&*self.store, &Key::start(run)).await? {
                break;
            }
            let expiry = self.expiry_of(run).await?;
            self.store.delete(expiry.as_slice()).await?;
        }
        Ok(())
    }

    /// The mark by which a run that has ended expires.
    pub(crate) async fn expiry_of(&self, run: RunId) -> Result<Option<Key>, StoreError> {
        let outcome: Option<Outcome> = record::find(&*self.store, &Key::outcome(run)).await?;
        let Some(outcome) = outcome else { return Ok(None) };
        self.expiry_at(run, &outcome).await
    }

    /// The mark by which a run expires that has ended so.
    pub(crate) async fn expiry_at(
        &self,
        run: RunId,
        outcome: &Outcome,
    ) -> Result<Option<Key>, StoreError> {
        let start: Option<Start> = record::find(&*self.store, &Key::start(run)).await?;
        let Some(start) = start else { return Ok(None) };
        let definition = Key::definition(run.export, start.version);
        let stored: Option<StoredDefinition> = record::find(&*self.store, &definition).await?;
        Ok(stored.map(|stored| Key::expiry(outcome.at + stored.definition.lifetime, run)))
    }
}
