//! Sending what is kept: each notice until its receiver answers, or until it is given up.
//!
//! Each webhook is told by itself, so that one that does not answer holds up no other.

use std::pin::pin;
use std::time::Duration;

use fabric::store::StoreError;
use futures::future::{join_all, try_join_all};
use futures::stream;
use futures::{FutureExt, StreamExt};
use jiff::Timestamp;
use proto::key::{Key, Prefix};
use reqwest::redirect;
use tokio_util::sync::CancellationToken;

use super::Webhook;
use crate::Coordinator;

/// How often the store is asked for notices that another coordinator kept.
const LOOK: Duration = Duration::from_secs(10);

/// How long the lease of the one who tells a webhook outlives its last sign of life.
const LEASE: Duration = Duration::from_secs(30);

/// How many requests to a webhook are under way at once.
const AT_ONCE: usize = 8;

/// Most notices of a webhook that are looked at in one round.
const ROUND: usize = 1000;

/// Sends the notices of a coordinator.
pub struct Sender {
    pub(super) coordinator: Coordinator,
    pub(super) client: reqwest::Client,
}

/// What became of a round.
struct Round {
    /// When the next notice is due, where one waits.
    next: Option<Timestamp>,
}

impl Sender {
    /// A sender; connects to nothing yet.
    pub fn new(coordinator: Coordinator) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("longshore/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .build()?;
        Ok(Self { coordinator, client })
    }

    /// Sends what is due and what comes, until told to stop. Does nothing where no webhook is
    /// configured. Nothing is lost when it is dropped: what was not answered is in the store.
    pub async fn run(self, stop: CancellationToken) {
        let hooks = &self.coordinator.settings.webhooks;
        if hooks.is_empty() {
            return stop.cancelled().await;
        }
        // Who is to notice the first notice that is lost needs the number that it rises from.
        metrics::counter!("longshore_notices_lost_total").increment(0);
        let forgetting = self.forget_gone().map(|forgot| {
            if let Err(error) = forgot {
                tracing::warn!(error = &error as &dyn std::error::Error, "old notices are left");
            }
        });
        let me = self.coordinator.ambient.id().simple().to_string();
        let telling = join_all(hooks.iter().map(|hook| self.tell(hook, &me, &stop)));
        tokio::join!(telling, async {
            tokio::select! {
                () = forgetting => {}
                () = stop.cancelled() => {}
            }
        });
    }

    /// Sends what is due, once.
    pub async fn send_due(&self) -> Result<(), StoreError> {
        self.forget_gone().await?;
        let hooks = &self.coordinator.settings.webhooks;
        try_join_all(hooks.iter().map(|hook| self.round(hook))).await?;
        Ok(())
    }

    /// Takes away what is kept for webhooks that are no longer configured.
    async fn forget_gone(&self) -> Result<(), StoreError> {
        let store = &*self.coordinator.store;
        let hooks = &self.coordinator.settings.webhooks;
        let is_known = |key: &Key| {
            let name = key.webhook_of_notice();
            hooks.iter().any(|hook| name == Some(hook.name.as_str()))
        };
        let mut after: Option<Key> = None;
        loop {
            let listed = store.list(&Prefix::notices(), after.as_ref(), ROUND).await?;
            let Some(last) = listed.last() else { return Ok(()) };
            after = Some(last.key.clone());
            let keys = listed.into_iter().map(|entry| entry.key);
            let gone: Vec<Key> = keys.filter(|key| !is_known(key)).collect();
            if !gone.is_empty() {
                tracing::warn!(notices = gone.len(), "notices for a webhook that is gone");
                store.delete(&gone).await?;
            }
        }
    }

    /// Tells one webhook, as long as nobody else does.
    async fn tell(&self, hook: &Webhook, me: &str, stop: &CancellationToken) {
        let coordinator = &self.coordinator;
        let (board, name) = (&coordinator.board, format!("notices/{}", hook.name));
        let mut noticed = coordinator.noticed.subscribe();
        loop {
            let mut wait = LOOK;
            noticed.mark_unchanged();
            if board.lease(&name, me, LEASE).await.unwrap_or(true) {
                let mut round = pin!(self.round(hook));
                let ended = loop {
                    // A round is waited for again and again, and dropped only at the end.
                    tokio::select! {
                        () = stop.cancelled() => break None,
                        ended = &mut round => break Some(ended),
                        () = tokio::time::sleep(LEASE / 3) => {
                            if let Err(error) = board.lease(&name, me, LEASE).await {
                                tracing::debug!(error = &error as &dyn std::error::Error, "lease not kept");
                            }
                        }
                    }
                };
                match ended {
                    None => break,
                    Some(Ok(Round { next })) => {
                        wait = wait.min(left(next, coordinator.ambient.now()));
                    }
                    Some(Err(error)) => {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(webhook = %hook.name, error, "notices not sent");
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => break,
                _ = noticed.changed() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        if let Err(error) = board.release(&name, me).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "lease not released");
        }
    }

    async fn round(&self, hook: &Webhook) -> Result<Round, StoreError> {
        let store = &*self.coordinator.store;
        let kept = store.list(&Prefix::notices_of(&hook.name), None, ROUND).await?;
        let mut sent =
            stream::iter(kept).map(|entry| self.look_at(hook, entry.key)).buffer_unordered(AT_ONCE);
        let mut next: Option<Timestamp> = None;
        while let Some(due) = sent.next().await {
            if let Some(due) = due? {
                next = Some(next.map_or(due, |next| next.min(due)));
            }
        }
        Ok(Round { next })
    }
}

fn left(due: Option<Timestamp>, now: Timestamp) -> Duration {
    due.map_or(LOOK, |due| Duration::try_from(due.duration_since(now)).unwrap_or_default())
}
