//! What is told of an export's runs, read from what they left in the store.
//!
//! Told when a run begins and before it is closed: whoever dies in between comes here again, and what is
//! told already is not told twice.

use fabric::record;
use fabric::store::StoreError;
use jiff::Timestamp;
use proto::archive::Receipt;
use proto::definition::{Transport, TransportKind};
use proto::delivery::Step;
use proto::id::RunId;
use proto::key::Key;
use proto::run::{Head, Outcome, Start, State, StoredDefinition};
use serde_json::{Map, Value, json};

use super::{Happened, What};
use crate::Coordinator;

impl Coordinator {
    /// Tells of something that happened to an export of the dialect; of any other, nothing.
    pub(crate) async fn chronicle(
        &self,
        head: &Head,
        what: What,
        of: &str,
        at: Timestamp,
        info: Value,
    ) -> Result<(), StoreError> {
        let Some(number) = head.number else { return Ok(()) };
        let info = match info {
            Value::Object(map) => map,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Map::new(),
        };
        let (of, export, version) = (of.to_owned(), head.id, head.version);
        let happened = Happened { what, of, at, export, number, version, info };
        self.chronicle.tell(&head.owner, &happened).await
    }

    /// Tells that a run began. Where it cannot be told, it is when the run ends.
    pub(crate) async fn chronicle_begin(&self, head: &Head, run: RunId, start: &Start) {
        if let Err(error) = self.told_begin(head, run, start).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "beginning not told");
        }
    }

    async fn told_begin(&self, head: &Head, run: RunId, start: &Start) -> Result<(), StoreError> {
        let info = json!({
            "state": "pending", "run": run.run, "scheduled": start.due.is_some(),
            "lastRunAt": start.at,
        });
        let of = format!("start-{}", run.run);
        self.chronicle(head, What::Start, &of, start.at, info).await
    }

    /// Tells how a run ended, with its transports.
    pub(crate) async fn chronicle_end(
        &self,
        id: RunId,
        head: &Head,
        outcome: &Outcome,
    ) -> Result<(), StoreError> {
        if head.number.is_none() {
            return Ok(());
        }
        let start: Option<Start> = record::find(&*self.store, &Key::start(id)).await?;
        if let Some(start) = start {
            self.told_begin(head, id, &start).await?;
        }
        // A run that was taken up again ends again.
        let again = format!("{}-{}", id.run, outcome.at.as_microsecond());
        self.chronicle_transports(id, head, &again).await?;
        let protocol: Vec<Value> = outcome
            .warnings
            .iter()
            .map(|warning| json!({"type": "warning", "message": warning.fault.to_string()}))
            .chain(
                outcome
                    .faults
                    .iter()
                    .map(|fault| json!({"type": "error", "message": fault.fault.to_string()})),
            )
            .collect();
        let error = outcome.faults.first().map(|fault| fault.fault.message.clone());
        let (what, info) = match outcome.state {
            State::Stopped => (What::Stopped, json!({"state": "failed", "protocol": protocol})),
            State::Failed if !outcome.is_made() => (
                What::Failed,
                json!({"state": "failed", "exception": error, "error": error,
                    "protocol": protocol, "job_receipt": null}),
            ),
            State::New
            | State::Pending
            | State::Processing
            | State::Done
            | State::DoneWithWarnings
            | State::Failed
            | State::Expired => (
                What::Finish,
                json!({"state": "done", "exception": null, "protocol": protocol,
                    "totalCount": outcome.counts.records, "warnings": outcome.counts.warnings,
                    "plugin_log": []}),
            ),
        };
        self.chronicle(head, what, &format!("end-{again}"), outcome.at, info).await
    }

    async fn chronicle_transports(
        &self,
        id: RunId,
        head: &Head,
        again: &str,
    ) -> Result<(), StoreError> {
        let start: Option<Start> = record::find(&*self.store, &Key::start(id)).await?;
        let Some(start) = start else { return Ok(()) };
        let key = Key::definition(id.export, start.version);
        let stored: Option<StoredDefinition> = record::find(&*self.store, &key).await?;
        let Some(StoredDefinition { definition, original, .. }) = stored else { return Ok(()) };
        // An archive that nobody asked for is nothing to tell of.
        let ways = original.pointer("/document/ways").and_then(Value::as_array);
        if ways.is_some_and(Vec::is_empty) {
            return Ok(());
        }
        let transports = u32::try_from(definition.transports.len()).unwrap_or(u32::MAX);
        let kept = self.kept_deliveries(id, transports).await?;
        let receipts = self.receipts(id).await.unwrap_or_default();
        for (place, (transport, kept)) in (0..).zip(definition.transports.iter().zip(kept)) {
            let last = kept.delivery.log.last();
            let (what, error) = match last.map(|entry| &entry.step) {
                Some(Step::Delivered) => (What::TransportFinish, None),
                Some(Step::Failed { fault }) => (What::TransportFailed, Some(fault.to_string())),
                Some(
                    Step::Assembling
                    | Step::Assembled
                    | Step::Delivering
                    | Step::Retrying { .. }
                    | Step::Resumed,
                )
                | None => continue,
            };
            let at = last.map_or_else(|| self.ambient.now(), |entry| entry.at);
            let sent: Vec<&Receipt> =
                receipts.iter().filter(|receipt| receipt.transport == place).collect();
            let to: Vec<&str> = sent.iter().map(|receipt| receipt.recipient.as_str()).collect();
            let mails = if transport.kind() == TransportKind::Email { to.as_slice() } else { &[] };
            let info = json!({
                "transport": {"type": transport.kind().as_str(), "_id": place},
                "transport_state": kept.delivery.state,
                "transport_log": error.iter().collect::<Vec<_>>(),
                "email_sent_to": mails,
                "email_sent_error": if mails.is_empty() { None } else { error.clone() },
            });
            let of = format!("transport-{place}-{again}");
            self.chronicle(head, what, &of, at, info).await?;
            if let (Transport::Email(email), false) = (transport, mails.is_empty()) {
                let info = json!({"type": "transport", "recipients": mails,
                    "subject": email.subject, "message": email.message});
                let of = format!("email-{place}-{again}");
                self.chronicle(head, What::EmailSent, &of, at, info).await?;
            }
        }
        Ok(())
    }
}
