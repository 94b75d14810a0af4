//! What the API shows: exports, runs, links, files.

mod files;

use fabric::board::under_way;
use jiff::Timestamp;
use proto::commit::Warning;
use proto::definition::Definition;
use proto::id::{ExportId, Owner};
use proto::run::{BatchFault, Counts, Extent, Head, Scheduled, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) use self::files::Files;
use super::Api;
use super::problem::Refusal;
use super::transports::Transport;
use crate::service::RunView;

/// An export in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Listed {
    /// The export.
    #[schema(value_type = Uuid)]
    pub(super) id: ExportId,
    /// Its name.
    pub(super) name: String,
    /// Its last run; 0 where there was none.
    pub(super) run: u32,
    /// How far that is.
    pub(super) state: State,
    /// How many batches the run has, once planned.
    pub(super) batches: Option<u32>,
    /// How many records the run has, as far as the source can tell.
    pub(super) records: Option<u64>,
}

/// A page of a list of exports, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page {
    /// The exports.
    pub(super) exports: Vec<Listed>,
    /// The `cursor` of the next page; nothing at the end.
    #[schema(value_type = Option<Uuid>)]
    pub(super) next: Option<ExportId>,
}

/// An export with its definition and its last run.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Export {
    /// The export.
    #[schema(value_type = Uuid)]
    id: ExportId,
    /// Whose it is.
    #[schema(value_type = String)]
    owner: Owner,
    /// Its name.
    name: String,
    /// The version of its definition, from 1.
    pub(super) version: u32,
    /// When it was accepted.
    created: Timestamp,
    /// How far its last run is; `new` where there was none.
    state: State,
    /// When its next run is due; nothing where it has no schedules, or they rest.
    schedule: Option<Schedule>,
    /// What to export, in its normal form; see `/schema/definition.json`.
    #[schema(value_type = Object)]
    definition: Definition,
    /// The last run.
    run: Option<Run>,
}

/// How far the schedules of an export are.
#[derive(Debug, Serialize, ToSchema)]
struct Schedule {
    /// When the next run is due.
    next: Timestamp,
    /// The last due time that was seen to.
    last: Option<Timestamp>,
    /// The last due time for which no run was started, because one was under way.
    skipped: Option<Timestamp>,
}

/// A run: how far it is, how it ended, what can be fetched.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "a run's number is called so everywhere")]
pub(super) struct Run {
    /// The export.
    #[schema(value_type = Uuid)]
    export: ExportId,
    /// Which of its runs, from 1.
    run: u32,
    /// How far it is.
    state: State,
    /// When it was started.
    started: Option<Timestamp>,
    /// The due time that it was started for; nothing where somebody asked for it.
    due: Option<Timestamp>,
    /// Whether its incremental outputs export everything, whatever the runs before it exported.
    full: bool,
    /// How many batches it has, once planned.
    batches: Option<u32>,
    /// How many records there are to read, as far as the source can tell.
    records: Option<u64>,
    /// What is finished.
    finished: Counts,
    /// How many batches those come to that are under way, as far as that is known: an exporter of datasets that was
    /// given half of its entries is half a batch.
    under_way: f64,
    /// When it ended.
    ended: Option<Timestamp>,
    /// Why it failed: the first faults.
    faults: Vec<BatchFault>,
    /// What was left out: the first warnings; all of them are in the result.
    warnings: Vec<Warning>,
    /// Its transports, in the order of the definition.
    transports: Vec<Transport>,
    /// What can be downloaded without a token, until the link expires or is revoked.
    downloads: Vec<Link>,
    /// Where its files are listed, once a transport has delivered.
    files: Option<String>,
}

/// A link by which whoever has it can download what a transport delivered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Link {
    /// What it is revoked by.
    pub(super) id: String,
    /// The run; nothing where it leads to the newest that delivered.
    pub(super) run: Option<u32>,
    /// The transport's place in the definition.
    pub(super) transport: u32,
    /// When it was made.
    pub(super) created: Timestamp,
    /// When it ends.
    pub(super) expires: Timestamp,
    /// Where all that it opens is listed: a page for browsers, JSON for programs.
    pub(super) url: String,
    /// The volumes of the archive; one list of files where nothing is packed.
    pub(super) volumes: Vec<Download>,
}

/// A file that a link opens.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Download {
    /// The file's name; empty for a list of files.
    pub(super) name: String,
    /// The signed URL.
    pub(super) url: String,
    /// Its length in bytes.
    pub(super) len: Option<u64>,
    /// CRC-32 of the file, as 8 hexadecimal digits.
    pub(super) crc32: Option<String>,
    /// SHA-256 of the file in hexadecimal, where it is known.
    pub(super) sha256: Option<String>,
}

/// What a new link is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewLink {
    /// The transport's place in the definition.
    #[serde(default)]
    pub(super) transport: u32,
    /// How long it holds, such as `24h`; 7 days unless given. Of a run at most 7 days, and never longer
    /// than the run is kept; of an export at most 366 days, until it is renewed.
    pub(super) lifetime: Option<String>,
}

/// How long a link holds from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Renewal {
    /// Such as `30d`; 7 days unless given. Of a run at most 7 days, and never longer than
    /// the run is kept; of an export at most 366 days.
    pub(super) lifetime: Option<String>,
}

/// Links.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Links {
    /// Those that hold now: those of no one run, then the newest run first.
    pub(super) links: Vec<Link>,
}

impl Export {
    pub(super) async fn of(api: &Api, owner: &Owner, id: ExportId) -> Result<Self, Refusal> {
        let crate::service::Export { head, definition, run } =
            api.coordinator.export(owner, id).await?;
        let Head { id, owner, name, version, created, run: _, start: _, schedule, number: _ } =
            head;
        let schedule =
            schedule.map(|Scheduled { next, last, skipped }| Schedule { next, last, skipped });
        let state = run.as_ref().map_or(State::New, |run| run.state);
        let run = match run {
            Some(view) => Some(Run::of(api, view).await?),
            None => None,
        };
        Ok(Self { id, owner, name, version, created, state, schedule, definition, run })
    }
}

impl Run {
    pub(super) async fn of(api: &Api, view: RunView) -> Result<Self, Refusal> {
        let RunView { id, state, start, batches, records, counts, outcome, transports } = view;
        let (started, due, full) = start.map_or((None, None, false), |start| {
            (Some(start.at), start.due, start.extent == Extent::Everything)
        });
        let (export, run) = (id.export, id.run);
        let is_delivered = |place: u32| {
            transports.get(place as usize).is_some_and(|shown| shown.delivery.is_done())
        };
        let is_there = transports.iter().any(|shown| shown.delivery.is_done());
        let mut downloads =
            if is_there { super::links::active(api, id).await? } else { Vec::new() };
        downloads.retain(|link| is_delivered(link.transport));
        // Keys are listed as texts, 10 before 2.
        downloads.sort_by_key(|link| link.transport);
        let files = is_there.then(|| {
            api.url(&["v1", "exports", &export.to_string(), "runs", &run.to_string(), "files"])
        });
        let thousandths = match outcome {
            Some(_) => 0,
            None => under_way(&*api.coordinator.board, id).await,
        };
        let (ended, faults, warnings) = match outcome {
            Some(outcome) => (Some(outcome.at), outcome.faults, outcome.warnings),
            None => (None, Vec::new(), Vec::new()),
        };
        Ok(Self {
            export,
            run,
            state,
            started,
            due,
            full,
            batches,
            records,
            finished: counts,
            under_way: thousandths as f64 / 1000.0,
            ended,
            faults,
            warnings,
            transports: (0..)
                .zip(transports)
                .map(|(place, view)| Transport::of(place, view))
                .collect(),
            downloads,
            files,
        })
    }
}
