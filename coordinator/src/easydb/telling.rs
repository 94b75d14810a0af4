//! What is told of an export's runs, read from what they left in the store.
//!
//! Told when a run begins and before it is closed: whoever dies in between comes here again, and what is
//! told already is not told twice.

mod transports;

use fabric::record;
use fabric::store::StoreError;
use jiff::Timestamp;
use proto::commit::Warning;
use proto::fault::Code;
use proto::id::RunId;
use proto::key::Key;
use proto::run::{Head, Outcome, Start, State};
use serde_json::{Value, json};

use super::quiet::found_nothing;
use super::{Each, Happened, What};
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
        self.chronicle_each(head, what, of, at, (info, None)).await
    }

    /// The same of many things at once, where there are any.
    pub(crate) async fn chronicle_each(
        &self,
        head: &Head,
        what: What,
        of: &str,
        at: Timestamp,
        (info, each): (Value, Option<Each>),
    ) -> Result<(), StoreError> {
        let Some(number) = head.number else { return Ok(()) };
        let info = info.as_object().cloned().unwrap_or_default();
        let (of, export, version) = (of.to_owned(), head.id, head.version);
        let happened = Happened { what, of, at, export, number, version, info, each };
        self.chronicle.tell(&head.owner, &happened).await
    }

    /// Tells that a run began. Where it cannot be told, or may have to be kept quiet, it is when the run ends.
    pub(crate) async fn chronicle_begin(&self, head: &Head, run: RunId, start: &Start) {
        let told = async {
            if head.number.is_some() && self.is_told_late(run, start).await? {
                return Ok(());
            }
            self.told_begin(head, run, start).await
        };
        if let Err(error) = told.await {
            tracing::warn!(error = &error as &dyn std::error::Error, "beginning not told");
        }
    }

    async fn told_begin(&self, head: &Head, run: RunId, start: &Start) -> Result<(), StoreError> {
        let info = json!({
            "state": "pending", "run": run.run, "scheduled": start.due.is_some(),
            "lastRunAt": start.at,
        });
        self.chronicle(head, What::Start, &begun(run), start.at, info).await
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
        if let Some(start) = &start {
            if found_nothing(start, outcome) && self.is_told_late(id, start).await? {
                return self.chronicle_sent(id, head, start).await;
            }
            self.told_begin(head, id, start).await?;
        }
        let again = again(id, outcome);
        let files =
            if outcome.is_made() { self.chronicle_exported(id, head, outcome).await? } else { 0 };
        if let Some(start) = &start {
            self.chronicle_transports(id, head, &again, (start, files)).await?;
        }
        let protocol: Vec<Value> = outcome
            .warnings
            .iter()
            .map(told_warning)
            .chain(
                outcome
                    .faults
                    .iter()
                    .map(|fault| json!({"type": "error", "message": fault.fault.to_string()})),
            )
            .collect();
        let fault = outcome.faults.first().map(|fault| &fault.fault);
        let error = fault.map(|fault| fault.message.as_str());
        let (what, info) = match outcome.state {
            State::Stopped => (What::Stopped, json!({"state": "failed", "protocol": protocol})),
            State::Failed if !outcome.is_made() => (
                What::Failed,
                json!({"state": "failed", "exception": fault, "error": error,
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

    /// Tells which objects and files were exported; how many files.
    async fn chronicle_exported(
        &self,
        id: RunId,
        head: &Head,
        outcome: &Outcome,
    ) -> Result<u64, StoreError> {
        let (run, again) = (id.run, again(id, outcome));
        let (objects, files) = match self.count_exported(id).await {
            Ok(counts) => counts,
            // They expired before it could be told of them.
            Err(StoreError::Missing { .. }) => (outcome.counts.records, 0),
            Err(error) => return Err(error),
        };
        for (what, of, each, count) in [
            (What::Objects, "objects", Each::Objects { run, count: objects }, objects),
            (What::Assets, "assets", Each::Assets { run, count: files }, files),
        ] {
            if count > 0 {
                let of = format!("{of}-{again}");
                let info = json!({"export": {"_id": head.number, "_version": head.version}});
                self.chronicle_each(head, what, &of, outcome.at, (info, Some(each))).await?;
            }
        }
        Ok(files)
    }

    /// How many files of a catalogue were told of when a run ended.
    pub(crate) async fn files_told(
        &self,
        id: RunId,
        head: &Head,
        outcome: &Outcome,
    ) -> Result<u64, StoreError> {
        let told = Key::told(id.export, &format!("assets-{}", again(id, outcome)));
        let told: Option<u64> = record::find(&*self.store, &told).await?;
        let Some(event) = told else { return Ok(0) };
        let found: Option<Happened> =
            record::find(&*self.store, &Key::happened(&head.owner, event)).await?;
        Ok(match found.and_then(|found| found.each) {
            Some(Each::Assets { count, .. }) => count,
            Some(Each::Objects { .. } | Each::These(_) | Each::Gone { .. }) | None => 0,
        })
    }
}

/// A warning as the protocol of a run tells it; where it is of a file, as fylr's clients know such ones too.
fn told_warning(warning: &Warning) -> Value {
    let mut told = json!({"type": "warning", "message": warning.fault.to_string()});
    if matches!(warning.fault.code, Code::AssetMissing | Code::AssetUnconvertible) {
        told["code"] = json!("WarningExportFile");
        told["parameters"] = json!({"id": warning.object, "name": warning.subject});
    }
    told
}

/// What tells the beginning of a run from others.
pub(super) fn begun(run: RunId) -> String {
    format!("start-{}", run.run)
}

/// What tells the end of a run from others: one that was taken up again ends again.
fn again(id: RunId, outcome: &Outcome) -> String {
    format!("{}-{}", id.run, outcome.at.as_microsecond())
}

#[cfg(test)]
mod tests {
    use proto::fault::Fault;

    use super::*;

    #[test]
    fn a_file_that_could_not_be_had_is_a_warning_as_fylrs_clients_know_it() {
        let warning = |code| Warning {
            fault: Fault::new(code, "it is gone"),
            output: "Kai/".to_owned(),
            subject: Some("files/a.png".to_owned()),
            object: Some(7),
            left_out: None,
        };
        let told = told_warning(&warning(Code::AssetMissing));
        let parameters = json!({"id": 7, "name": "files/a.png"});
        assert_eq!(
            (&told["code"], &told["parameters"]),
            (&json!("WarningExportFile"), &parameters)
        );
        assert!(told_warning(&warning(Code::TooLarge)).get("code").is_none());
    }
}
