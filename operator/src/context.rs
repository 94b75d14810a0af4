//! What seeing to a resource needs: the cluster, the server, and somewhere to tell what happens.

use std::time::Duration;

use fabric::causes::chain;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::PostParams;
use kube::runtime::events::{Event, EventType, Recorder};
use kube::{Api, Client, ResourceExt};

use crate::decide::{Happening, happenings};
use crate::document::{Document, Mistake};
use crate::reconcile::Failure;
use crate::resource::{Kind, Origin, Status};
use crate::server::Server;

/// What events say that they come from.
const REPORTER: &str = "longshore.dev/operator";

/// Longest note of an event, in bytes. The API takes 1,024.
const LONGEST_NOTE: usize = 1000;

/// What seeing to a resource needs.
pub(crate) struct Context {
    client: Client,
    pub(crate) server: Server,
    recorder: Recorder,
    pub(crate) interval: Duration,
}

impl Context {
    pub(crate) fn new(client: Client, server: Server, interval: Duration) -> Self {
        let recorder = Recorder::new(client.clone(), REPORTER.into());
        Self { client, server, recorder, interval }
    }

    /// The resources of a kind beside a resource.
    pub(crate) fn beside<K: Kind>(&self, object: &K) -> Api<K> {
        Api::namespaced(self.client.clone(), &namespace(object))
    }

    /// The definition of a resource, wherever that is.
    pub(crate) async fn document<K: Kind>(
        &self,
        object: &K,
    ) -> Result<Result<Document, Mistake>, Failure> {
        let rhythm = object.rhythm();
        let place = match object.origin() {
            Origin::Nowhere => return Ok(Err(Mistake::Nowhere)),
            Origin::Both => return Ok(Err(Mistake::Both)),
            Origin::Inline(definition) => return Ok(Document::inline(definition, rhythm)),
            Origin::ConfigMap(place) => place,
        };
        let (name, key) = (&place.config_map, &place.key);
        let maps: Api<ConfigMap> = Api::namespaced(self.client.clone(), &namespace(object));
        let Some(map) = maps.get_opt(name).await? else {
            return Ok(Err(Mistake::NoConfigMap { name: name.clone() }));
        };
        let text = map.data.as_ref().and_then(|data| data.get(key));
        Ok(match text {
            Some(text) => Document::named(place, text, rhythm),
            None => Err(Mistake::NoKey { name: name.clone(), key: key.clone() }),
        })
    }

    /// Writes down how far a resource is, where that is new, and tells what happened. Nobody writes over what another
    /// operator wrote: the cluster compares versions.
    pub(crate) async fn noted<K: Kind>(
        &self,
        api: &Api<K>,
        object: K,
        status: Status,
    ) -> Result<K, Failure> {
        let before = object.status().cloned().unwrap_or_default();
        if before == status {
            return Ok(object);
        }
        let happened = happenings(&before, &status);
        let (name, new) = (object.name_any(), object.with_status(status));
        let written = api.replace_status(&name, &PostParams::default(), &new).await?;
        for happening in &happened {
            self.tell(&written, happening).await;
        }
        Ok(written)
    }

    /// Tells those who look at a resource what happened to it. That nobody hears it holds nothing up: the conditions
    /// say the same.
    pub(crate) async fn tell<K: Kind>(&self, object: &K, happening: &Happening) {
        let type_ = if happening.is_warning { EventType::Warning } else { EventType::Normal };
        let event = Event {
            type_,
            reason: happening.reason.to_owned(),
            note: Some(cut(&happening.note).to_owned()),
            action: happening.action.clone(),
            secondary: None,
        };
        if let Err(error) = self.recorder.publish(&event, &object.object_ref(&())).await {
            tracing::warn!(error = chain(&error), "event not told");
        }
    }
}

/// The time, in whole seconds as the cluster writes it.
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

fn namespace<K: Kind>(object: &K) -> String {
    object.namespace().unwrap_or_default()
}

/// As much of a text as an event takes.
fn cut(note: &str) -> &str {
    let mut end = note.len().min(LONGEST_NOTE);
    while !note.is_char_boundary(end) {
        end -= 1;
    }
    &note[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_cut_between_letters() {
        assert_eq!(cut("short"), "short");
        let long = format!("x{}", "ä".repeat(LONGEST_NOTE));
        assert_eq!(cut(&long).len(), LONGEST_NOTE - 1);
    }
}
