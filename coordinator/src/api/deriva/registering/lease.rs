//! Registering as the only one who does, as far as the board tells.

use std::time::Duration;

use fabric::board::Board;
use proto::id::RunId;

use super::{Registered, Wanted};
use crate::api::deriva::Door;
use crate::api::deriva::trouble::Trouble;

/// How long the lease of whoever registers outlives the last sign of life.
const LIFETIME: Duration = Duration::from_secs(30);

/// How long to wait before it is looked whether somebody else is done.
const PAUSE: Duration = Duration::from_millis(250);

/// That one of all may register.
struct Lease<'b> {
    board: &'b dyn Board,
    name: String,
    me: String,
    lifetime: Duration,
}

impl Door {
    /// Registers outputs as the only one who does; nothing where this process is to end before that is done. May be
    /// dropped at any moment: what is written down stands.
    pub(super) async fn register(
        &self,
        run: RunId,
        wanted: &Wanted,
    ) -> Result<Option<Vec<Registered>>, Trouble> {
        let coordinator = &self.api.coordinator;
        let lease = Lease {
            board: &*coordinator.board,
            name: format!("identifiers/{run}"),
            me: coordinator.ambient.id().simple().to_string(),
            lifetime: LIFETIME,
        };
        loop {
            if let Some(known) = self.registered(run).await? {
                return Ok(Some(known));
            }
            if lease.is_had().await {
                tokio::select! {
                    registered = self.register_each(run, wanted) => {
                        lease.end().await;
                        return registered.map(Some);
                    }
                    () = self.closing.cancelled() => {
                        lease.end().await;
                        return Ok(None);
                    }
                    // Whoever has it now goes on from what is written down.
                    () = lease.lost() => {}
                }
            }
            tokio::select! {
                () = self.closing.cancelled() => return Ok(None),
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }
}

impl Lease<'_> {
    /// Whether it is had. Without a board nobody knows who else asks, and what is asked for twice may be made twice.
    async fn is_had(&self) -> bool {
        self.board.lease(&self.name, &self.me, self.lifetime).await.unwrap_or_default()
    }

    /// Keeps it, until somebody else has it.
    async fn lost(&self) {
        loop {
            tokio::time::sleep(self.lifetime / 3).await;
            match self.board.lease(&self.name, &self.me, self.lifetime).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::warn!(lease = %self.name, "lease lost");
                    return;
                }
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "lease not kept");
                }
            }
        }
    }

    async fn end(&self) {
        if let Err(error) = self.board.release(&self.name, &self.me).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "lease not released");
        }
    }
}

#[cfg(test)]
mod tests {
    use fabric::board::ProcessBoard;

    use super::*;

    #[tokio::test]
    async fn whoever_loses_a_lease_hears_of_it() {
        let (board, lifetime) = (ProcessBoard::new(), Duration::from_millis(30));
        let (name, me) = ("identifiers/x".to_owned(), "me".to_owned());
        assert!(board.lease(&name, "others", LIFETIME).await.unwrap());
        let mine = Lease { board: &board, name, me, lifetime };
        assert!(!mine.is_had().await);
        tokio::time::timeout(Duration::from_mins(1), mine.lost()).await.unwrap();
    }
}
