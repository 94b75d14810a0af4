//! Telling webhooks what happens to runs: at least once, and never holding up a run.
//!
//! A notice is an object in the store before anything else depends on it, and is taken away once the
//! receiver has answered, so that a coordinator may die at any moment. Whoever holds a webhook's lease
//! tells it; two that do at once cost a request, and receivers know by `webhook-id` what they have had.

mod send;
mod post;

use std::time::Duration;

use fabric::record;
use fabric::signature::Secret;
use fabric::store::StoreError;
use jiff::Timestamp;
use proto::definition::Definition;
use proto::event::Happening;
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use proto::notice::{About, Notice, Posted};
use proto::run::{Head, Outcome, Start, State, StoredDefinition};
use url::Url;

pub use self::send::Sender;
use crate::Coordinator;

/// A receiver that the operator names.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// What definitions call it.
    pub name: String,
    /// Where notices are posted.
    pub url: Url,
    /// What they are signed with.
    pub secret: Option<Secret>,
    /// What is told: `run.done`, or `run.*` for all of a kind; empty for everything.
    pub events: Vec<String>,
    /// Whether it is told of every export, or of those that ask for it.
    pub audience: Audience,
    /// How long a receiver may take to answer.
    pub deadline: Duration,
    /// After how long without an answer a notice is given up.
    pub give_up_after: Duration,
}

/// Which exports a webhook is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Those whose definition names it in `notify`.
    Asking,
    /// All.
    Everyone,
}

impl Webhook {
    /// Whether it is told of something that happens to an export.
    fn wants(&self, what: &str, definition: &Definition) -> bool {
        let is_asked = match self.audience {
            Audience::Everyone => true,
            Audience::Asking => definition.notify.iter().any(|notify| notify.webhook == self.name),
        };
        let is_event = |wanted: &String| match wanted.strip_suffix('*') {
            Some(kind) => what.starts_with(kind),
            None => what == wanted,
        };
        is_asked && (self.events.is_empty() || self.events.iter().any(is_event))
    }
}

impl Coordinator {
    /// Webhooks that a definition names and nobody configured.
    pub(crate) fn unknown_webhooks(&self, definition: &Definition) -> Vec<Fault> {
        let hooks = &self.settings.webhooks;
        let unknown = definition
            .notify
            .iter()
            .enumerate()
            .filter(|(_, notify)| !hooks.iter().any(|hook| hook.name == notify.webhook));
        unknown
            .map(|(index, notify)| {
                let known: Vec<&str> = hooks.iter().map(|hook| hook.name.as_str()).collect();
                Fault::new(
                    Code::UnknownWebhook,
                    format!("there is no webhook {:?}", notify.webhook),
                )
                .at(format!("/notify/{index}/webhook"))
                .hint(if known.is_empty() {
                    "no webhook is configured".to_owned()
                } else {
                    format!("there are {}", proto::abridged::list(&known))
                })
            })
            .collect()
    }

    /// Keeps what followers are told for the webhooks that want it. What cannot be kept is told again
    /// where the run comes there again.
    pub(crate) async fn notify(&self, run: RunId, happening: &Happening) {
        let (what, state, transport) = match happening {
            Happening::State { state } if !state.is_final() => {
                (format!("run.{}", state.as_str()), Some(*state), None)
            }
            Happening::Delivered { transport } => {
                (Posted::DELIVERY_DONE.to_owned(), None, Some(*transport))
            }
            Happening::TransportFailed { transport, .. } => {
                (Posted::DELIVERY_FAILED.to_owned(), None, Some(*transport))
            }
            Happening::Planned { .. } => {
                (format!("run.{}", State::Processing.as_str()), Some(State::Processing), None)
            }
            // Ends are kept before the run is closed; the rest is for those who watch.
            Happening::State { .. }
            | Happening::Progress { .. }
            | Happening::Assembled { .. }
            | Happening::Delivering { .. }
            | Happening::Retrying { .. } => return,
        };
        let at = self.ambient.now();
        let about = |head: Head| About {
            export: run.export,
            owner: head.owner,
            name: head.name,
            run: run.run,
            state,
            transport,
        };
        if let Err(error) = self.keep_notices(run, &what, at, about).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "notice not kept");
        }
    }

    /// Keeps how a run ended for the webhooks that want it, before the run is closed: a coordinator
    /// that dies in between finds the run open and ended, and comes here again.
    pub(crate) async fn notify_end(&self, run: RunId, outcome: &Outcome) -> Result<(), StoreError> {
        self.notify_state(run, outcome.state, outcome.at).await
    }

    /// Keeps a run's state since then for the webhooks that want it; kept twice, it is one notice.
    pub(crate) async fn notify_state(
        &self,
        run: RunId,
        state: State,
        since: Timestamp,
    ) -> Result<(), StoreError> {
        let about = |head: Head| About {
            export: run.export,
            owner: head.owner,
            name: head.name,
            run: run.run,
            state: Some(state),
            transport: None,
        };
        self.keep_notices(run, &format!("run.{}", state.as_str()), since, about).await
    }

    async fn keep_notices(
        &self,
        run: RunId,
        what: &str,
        at: Timestamp,
        about: impl Fn(Head) -> About,
    ) -> Result<(), StoreError> {
        let hooks = &self.settings.webhooks;
        if hooks.is_empty() {
            return Ok(());
        }
        let store = &*self.store;
        // A deleted export has nobody left to tell.
        let Some(head) = record::find::<Head>(store, &Key::head(run.export)).await? else {
            return Ok(());
        };
        let Some(start) = record::find::<Start>(store, &Key::start(run)).await? else {
            return Ok(());
        };
        let key = Key::definition(run.export, start.version);
        let Some(stored) = record::find::<StoredDefinition>(store, &key).await? else {
            return Ok(());
        };
        let posted = Posted { what: what.to_owned(), timestamp: at, data: about(head) };
        let (id, body) =
            (posted.id(), String::from_utf8_lossy(&record::encode(&posted)).into_owned());
        for hook in hooks.iter().filter(|hook| hook.wants(what, &stored.definition)) {
            let notice = Notice {
                webhook: hook.name.clone(),
                id: id.clone(),
                body: body.clone(),
                at,
                attempts: 0,
                due: at,
            };
            record::create(store, &Key::notice(&hook.name, &id), &notice).await?;
            self.noticed.send_replace(());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
