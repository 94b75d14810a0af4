//! One notice: posted when it is due, put off when it is not answered, given up in the end.

use std::time::Duration;

use fabric::causes::chain;
use fabric::record;
use fabric::retry::Backoff;
use fabric::store::{StoreError, Tag};
use jiff::Timestamp;
use proto::key::Key;
use proto::notice::Notice;
use tokio::time::timeout;

use super::{Sender, Webhook};

/// How long to wait between tries of a notice.
const WAITS: Backoff = Backoff { first: Duration::from_secs(2), most: Duration::from_mins(10) };

impl Sender {
    /// Sends a notice if it is due; when it is due next, where it stays.
    pub(super) async fn look_at(
        &self,
        hook: &Webhook,
        key: Key,
    ) -> Result<Option<Timestamp>, StoreError> {
        let store = &*self.coordinator.store;
        let read = store.get(&key).await;
        let read = read.and_then(|(bytes, tag)| Ok((record::decode::<Notice>(&key, &bytes)?, tag)));
        let (notice, tag) = match read {
            Ok(found) => found,
            Err(StoreError::Missing { .. }) => return Ok(None),
            // It stays for a person, or for the newer coordinator that wrote it; the others are told.
            Err(error @ StoreError::Damaged { .. }) => {
                tracing::error!(error = &error as &dyn std::error::Error, "notice not read");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let now = self.coordinator.ambient.now();
        if notice.due > now {
            return Ok(Some(notice.due));
        }
        match self.post(hook, &notice, now).await {
            Ok(()) => {
                store.delete(&[key]).await?;
                metrics::counter!("longshore_notices_sent_total").increment(1);
                Ok(None)
            }
            Err(why) => self.put_off(&key, notice, &tag, hook, &why).await,
        }
    }

    async fn put_off(
        &self,
        key: &Key,
        notice: Notice,
        tag: &Tag,
        hook: &Webhook,
        why: &str,
    ) -> Result<Option<Timestamp>, StoreError> {
        let (store, ambient) = (&*self.coordinator.store, &self.coordinator.ambient);
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
