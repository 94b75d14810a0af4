//! Runs that are stopped, as whoever leads ends them.

use fabric::store::StoreError;
use proto::id::RunId;
use proto::run::{Counts, Head};

use crate::Coordinator;

impl Coordinator {
    /// Writes that a run was stopped, and does what follows from that.
    pub(crate) async fn end_stopped(
        &self,
        id: RunId,
        head: &Head,
        counts: Counts,
    ) -> Result<(), StoreError> {
        let outcome = self.write_stopped(id, Some(counts)).await?;
        self.notify_end(id, &outcome).await?;
        self.conclude(id, head, &outcome).await
    }
}
