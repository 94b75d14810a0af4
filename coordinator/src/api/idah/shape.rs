//! Exports and jobs as IDAH shows them: resources of JSON:API. Pure.

use proto::archive::Volume;
use proto::run::{Head, Outcome, State};
use serde_json::{Value, json};
use tree::File;

use super::kept::Kept;
use super::time::written;
use crate::api::content::media_type;
use crate::service::RunView;

/// The fields of jobs that conditions may name.
pub(super) const OF_JOBS: [&str; 11] = [
    "id",
    "job_class",
    "priority",
    "status",
    "progress",
    "retry_count",
    "error",
    "unicity",
    "scheduled_at",
    "created_at",
    "updated_at",
];

/// The fields of exports that conditions may name.
pub(super) const OF_EXPORTS: [&str; 10] = [
    "id",
    "job_id",
    "project_id",
    "created_by_id",
    "file_id",
    "filename",
    "mime_type",
    "size",
    "created_at",
    "updated_at",
];

/// What an export gives to be fetched.
pub(super) enum Made {
    /// The only file that there is, as it is.
    File(Box<File>),
    /// An archive of all.
    Archive(Volume),
}

impl Made {
    /// What it is called, and how long it is.
    fn told(&self) -> (&str, u64) {
        match self {
            Self::File(file) => (file.name(), file.size),
            Self::Archive(volume) => (&volume.name, volume.len),
        }
    }
}

/// The state of a run, as jobs have it.
pub(super) fn status(state: State) -> &'static str {
    match state {
        State::New | State::Pending => "pending",
        State::Processing => "running",
        State::Done | State::DoneWithWarnings | State::Expired => "completed",
        State::Failed | State::Stopped => "errored",
    }
}

/// A job: the run of an export; `under_way` is how many batches those come to that are not finished.
pub(super) fn job(head: &Head, kept: &Kept, run: Option<&RunView>, under_way: f64) -> Value {
    let state = run.map_or(State::New, |run| run.state);
    let outcome = run.and_then(|run| run.outcome.as_ref());
    let mut resource = json!({
        "type": "jobs",
        "id": head.id.to_string(),
        "attributes": {
            "job_class": "Exports::Job",
            "arguments": kept,
            "priority": 0,
            "status": status(state),
            "progress": run.map_or(0.0, |run| progress(run, under_way)),
            "retry_count": 0,
            "error": outcome.and_then(|outcome| error(state, outcome)),
            "unicity": null,
            "scheduled_at": null,
            "created_at": written(head.created),
            "updated_at": updated(head, run),
        },
        "relationships": {
            "export": {"data": {"type": "exports", "id": head.id.to_string()}},
        },
    });
    let warnings = outcome.into_iter().flat_map(|outcome| &outcome.warnings);
    let warnings: Vec<String> = warnings.map(|warning| warning.fault.to_string()).collect();
    if !warnings.is_empty() {
        resource["meta"] = json!({ "warnings": warnings });
    }
    resource
}

/// An export; `url` is where it is fetched once something was made.
pub(super) fn export(
    head: &Head,
    kept: &Kept,
    run: Option<&RunView>,
    made: Option<(&Made, String)>,
) -> Value {
    let id = head.id.to_string();
    let (filename, size) = made.as_ref().map(|(made, _)| made.told()).unzip();
    let mut resource = json!({
        "type": "exports",
        "id": id,
        "attributes": {
            "job_id": id,
            "project_id": kept.project_id,
            "created_by_id": head.owner,
            "file_id": filename.map(|_| &id),
            "filename": filename,
            "mime_type": filename.map(media_type),
            "size": size,
            "created_at": written(head.created),
            "updated_at": updated(head, run),
        },
        "relationships": {
            "job": {"data": {"type": "jobs", "id": id}},
        },
    });
    if let Some((_, url)) = made {
        resource["links"] = json!({ "download": url });
    }
    resource
}

/// When something of it changed last, as far as is known without looking at each batch.
fn updated(head: &Head, run: Option<&RunView>) -> String {
    let ended = run.and_then(|run| Some(run.outcome.as_ref()?.at));
    let begun = run.and_then(|run| Some(run.start.as_ref()?.at));
    written(ended.or(begun).unwrap_or(head.created))
}

/// How far a run is, from 0 to 1: by its entries where it is known how many there are, else by its batches.
fn progress(run: &RunView, under_way: f64) -> f64 {
    /// Files are joined and handed over after the last entry.
    const MOST_UNDER_WAY: f64 = 0.99;
    if status(run.state) == "completed" {
        return 1.0;
    }
    let part = |done: f64, all: f64| (all > 0.0).then_some(done / all);
    let counts = &run.counts;
    let entries = run.records.and_then(|records| part(counts.records as f64, records as f64));
    let done = counts.batches as f64 + under_way;
    let batches = run.batches.and_then(|batches| part(done, batches.into()));
    entries.into_iter().chain(batches).fold(0.0, f64::max).min(MOST_UNDER_WAY)
}

/// Why a run failed, a line for each fault.
fn error(state: State, outcome: &Outcome) -> Option<String> {
    match state {
        State::Failed => {
            let faults = outcome.faults.iter().map(|failed| failed.fault.to_string());
            let told = faults.collect::<Vec<_>>().join("\n");
            Some(if told.is_empty() { "the export failed".to_owned() } else { told })
        }
        State::Stopped => Some("the export was stopped".to_owned()),
        State::New
        | State::Pending
        | State::Processing
        | State::Done
        | State::DoneWithWarnings
        | State::Expired => None,
    }
}

#[cfg(test)]
mod tests {
    use proto::id::{ExportId, RunId};
    use proto::run::Counts;

    use super::*;

    fn run(
        state: State,
        (batches, records): (Option<u32>, Option<u64>),
        counts: Counts,
    ) -> RunView {
        let id = RunId { export: ExportId(uuid::Uuid::nil()), run: 1 };
        RunView {
            id,
            state,
            start: None,
            batches,
            records,
            counts,
            outcome: None,
            transports: Vec::new(),
        }
    }

    #[test]
    fn a_job_goes_from_0_to_1_by_its_entries() {
        let counts = |batches, records| Counts { batches, records, ..Counts::default() };
        let check = |state, all, counts, expected: f64| {
            let progress = progress(&run(state, all, counts), 0.0);
            assert!((progress - expected).abs() < 1e-9, "{progress} {expected}");
        };
        check(State::Pending, (None, None), counts(0, 0), 0.0);
        check(State::Processing, (Some(4), Some(200)), counts(1, 50), 0.25);
        check(State::Processing, (Some(4), None), counts(2, 50), 0.5);
        check(State::Processing, (Some(1), Some(0)), counts(0, 0), 0.0);
        check(State::Processing, (Some(1), Some(10)), counts(1, 10), 0.99);
        check(State::Failed, (Some(4), Some(200)), counts(1, 50), 0.25);
        check(State::Done, (Some(4), Some(200)), counts(4, 150), 1.0);
        let halfway = progress(&run(State::Processing, (Some(1), None), counts(0, 0)), 0.5);
        assert!((halfway - 0.5).abs() < 1e-9, "{halfway}");
    }
}
