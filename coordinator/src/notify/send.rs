//! Sending what is kept: each notice until its receiver answers, or until it is given up.

use std::time::Duration;

use fabric::record;
use fabric::retry::Backoff;
use fabric::store::{Store, StoreError, Tag, chain};
use futures::StreamExt;
use futures::stream;
use jiff::Timestamp;
use proto::key::{Key, Prefix};
use proto::notice::Notice;
use reqwest::redirect;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Webhook;
use crate::Coordinator;

/// How often the store is asked for notices that another coordinator kept.
const LOOK: Duration = Duration::from_secs(10);

/// How long the lease of the one who sends lasts.
const LEASE: Duration = Duration::from_secs(30);

/// The lease's name.
const NAME: &str = "notices";

/// How many requests are under way at once.
const AT_ONCE: usize = 8;

/// Most notices that are looked at in one round.
const ROUND: usize = 1000;

/// How long to wait between tries of a notice.
const WAITS: Backoff = Backoff { first: Duration::from_secs(2), most: Duration::from_mins(10) };

/// Sends the notices of a coordinator.
pub struct Sender {
    coordinator: Coordinator,
    client: reqwest::Client,
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
        let coordinator = &self.coordinator;
        if coordinator.settings.webhooks.is_empty() {
            return stop.cancelled().await;
        }
        let me = coordinator.ambient.id().simple().to_string();
        loop {
            let is_mine = coordinator.board.lease(NAME, &me, LEASE).await.unwrap_or(true);
            let mut wait = LOOK;
            if is_mine {
                tokio::select! {
                    () = stop.cancelled() => break,
                    round = self.round() => match round {
                        Ok(Round { next }) => wait = wait.min(left(next, coordinator.ambient.now())),
                        Err(error) => {
                            tracing::warn!(error = &error as &dyn std::error::Error, "notices not sent");
                        }
                    },
                }
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = coordinator.noticed.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        if let Err(error) = coordinator.board.release(NAME, &me).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "lease not released");
        }
    }

    /// Sends what is due, once.
    pub async fn send_due(&self) -> Result<(), StoreError> {
        self.round().await?;
        Ok(())
    }

    async fn round(&self) -> Result<Round, StoreError> {
        let store = &*self.coordinator.store;
        let kept = store.list(&Prefix::notices(), None, ROUND).await?;
        let mut sent = stream::iter(kept)
            .map(|entry| self.look_at(store, entry.key))
            .buffer_unordered(AT_ONCE);
        let mut next: Option<Timestamp> = None;
        while let Some(due) = sent.next().await {
            if let Some(due) = due? {
                next = Some(next.map_or(due, |next| next.min(due)));
            }
        }
        Ok(Round { next })
    }

    /// Sends a notice if it is due; when it is due next, where it stays.
    async fn look_at(&self, store: &dyn Store, key: Key) -> Result<Option<Timestamp>, StoreError> {
        let (bytes, tag) = match store.get(&key).await {
            Ok(found) => found,
            Err(StoreError::Missing { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let notice: Notice = record::decode(&key, &bytes)?;
        let now = self.coordinator.ambient.now();
        if notice.due > now {
            return Ok(Some(notice.due));
        }
        let hooks = &self.coordinator.settings.webhooks;
        let Some(hook) = hooks.iter().find(|hook| hook.name == notice.webhook) else {
            tracing::warn!(webhook = %notice.webhook, "notice for a webhook that is gone");
            store.delete(&[key]).await?;
            return Ok(None);
        };
        match self.post(hook, &notice, now).await {
            Ok(()) => {
                store.delete(&[key]).await?;
                metrics::counter!("longshore_notices_sent_total").increment(1);
                Ok(None)
            }
            Err(why) => self.put_off(store, &key, notice, &tag, hook, &why).await,
        }
    }

    async fn put_off(
        &self,
        store: &dyn Store,
        key: &Key,
        notice: Notice,
        tag: &Tag,
        hook: &Webhook,
        why: &str,
    ) -> Result<Option<Timestamp>, StoreError> {
        let ambient = &self.coordinator.ambient;
        let (now, attempts) = (ambient.now(), notice.attempts + 1);
        if notice.at + hook.give_up_after <= now {
            tracing::error!(webhook = %hook.name, attempts, why, "notice given up");
            metrics::counter!("longshore_notices_lost_total").increment(1);
            store.delete(std::slice::from_ref(key)).await?;
            return Ok(None);
        }
        tracing::warn!(webhook = %hook.name, attempts, why, "webhook will be told again");
        let due = now + WAITS.after(attempts, ambient.chance());
        let notice = Notice { attempts, due, ..notice };
        match store.replace(key, record::encode(&notice), tag).await {
            // Somebody else told it meanwhile, or put it off.
            Ok(_) | Err(StoreError::Changed { .. } | StoreError::Missing { .. }) => Ok(Some(due)),
            Err(error) => Err(error),
        }
    }

    /// Posts a notice; why it was not taken. The answer's text is not read.
    async fn post(&self, hook: &Webhook, notice: &Notice, now: Timestamp) -> Result<(), String> {
        let mut request = self
            .client
            .post(hook.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", &notice.id)
            .header("webhook-timestamp", now.as_second());
        if let Some(secret) = &hook.secret {
            let signature = secret.sign(&notice.id, now, notice.body.as_bytes());
            request = request.header("webhook-signature", signature);
        }
        let answer = timeout(hook.deadline, request.body(notice.body.clone()).send()).await;
        match answer {
            Ok(Ok(answer)) if answer.status().is_success() => Ok(()),
            Ok(Ok(answer)) => Err(format!("it answers {}", answer.status())),
            Ok(Err(error)) => Err(chain(&error.without_url())),
            Err(_) => Err(format!("no answer within {:?}", hook.deadline)),
        }
    }
}

fn left(due: Option<Timestamp>, now: Timestamp) -> Duration {
    due.map_or(LOOK, |due| Duration::try_from(due.duration_since(now)).unwrap_or_default())
}
