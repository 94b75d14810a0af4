//! The protocol between host and runner, version 1: JSON, a line each. docs/plugins.md explains it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use source::datasets::Record;

/// The version that is spoken.
const VERSION: u8 = 1;

/// The first line from the host.
#[derive(Debug, Serialize)]
struct First<'f> {
    v: u8,
    #[serde(flatten)]
    asked: Asked<'f>,
}

/// What a process is started for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Asked<'f> {
    /// To export.
    Run(Run<'f>),
    /// To tell what it can export.
    Describe(bool),
}

/// An export.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "as the protocol calls them")]
pub(super) struct Run<'f> {
    /// The class, or whatever names an exporter.
    pub(super) exporter: &'f str,
    /// All datasets of the export, also where this process is for one of them.
    pub(super) dataset_ids: &'f [String],
    /// The plugin's own.
    pub(super) options: &'f Map<String, Value>,
    /// Where it may write, as it sees it.
    pub(super) workdir: &'f str,
    /// The one dataset that this process is for; nothing for all.
    pub(super) shard: Option<ShardOf<'f>>,
    /// Which try of the same work this is, from 1.
    pub(super) attempt: u32,
    /// The same for every try.
    pub(super) run_id: &'f str,
}

/// The dataset that one of several processes is for.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct ShardOf<'f> {
    pub(super) dataset_id: &'f str,
    /// Its place among all datasets.
    pub(super) index: usize,
    /// What `each_with_index` begins with.
    pub(super) offset: usize,
}

/// A line from the runner.
#[derive(Debug)]
pub(super) enum Line {
    Request(Request),
    Event(Event),
}

/// Something that the runner wants.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    pub(super) id: u64,
    #[serde(flatten)]
    pub(super) wanted: Wanted,
}

/// What it wants.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(super) enum Wanted {
    Dataset {
        dataset_id: String,
    },
    Entries {
        dataset_id: String,
        #[serde(default)]
        filter: Option<Map<String, Value>>,
        #[serde(default)]
        after: Option<String>,
    },
    Annotations {
        entry_ids: Vec<String>,
        #[serde(default)]
        filter: Option<Map<String, Value>>,
    },
    Medias {
        entry_ids: Vec<String>,
        #[serde(default)]
        filter: Option<Map<String, Value>>,
    },
    Download {
        media: Value,
        #[serde(default)]
        to: Option<String>,
    },
}

/// Something that the runner tells.
#[derive(Debug, Deserialize)]
#[serde(tag = "ev", rename_all = "snake_case")]
pub(super) enum Event {
    Ready,
    Alive,
    Log { level: Level, message: String },
    Progress { value: f64 },
    Described { exporters: Vec<Exporter> },
    Done(Done),
}

/// How grave a line of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    Debug,
    Info,
    #[serde(alias = "warning")]
    Warn,
    #[serde(alias = "fatal")]
    Error,
    /// What Ruby's logger calls a line of no level.
    Unknown,
}

/// How it ended.
#[derive(Debug, Deserialize)]
pub(super) struct Done {
    pub(super) status: Status,
    #[serde(default)]
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) backtrace: Option<Vec<String>>,
    #[serde(default)]
    pub(super) output: Option<Output>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Completed,
    Errored,
    Rescheduled,
}

/// What it left.
#[derive(Debug, Deserialize)]
pub(super) struct Output {
    pub(super) mode: Mode,
    #[serde(default)]
    pub(super) path: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    File,
    Directory,
    None,
}

/// What a runner tells of an exporter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Exporter {
    /// Its class, or whatever names it.
    pub exporter: String,
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// What it does.
    #[serde(default)]
    pub description: Option<String>,
    /// What it is for, as it was registered.
    #[serde(default)]
    pub modalities: Vec<String>,
    /// What it takes, as it says.
    #[serde(default)]
    pub options: Option<Map<String, Value>>,
    /// How it may be run in parts, as it says.
    #[serde(default)]
    pub shard: Option<Map<String, Value>>,
}

/// An answer to a request.
#[derive(Debug)]
pub(super) enum Answered {
    Ok(Given),
    Err(Refusal),
}

/// What is given.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Given {
    One(Option<Record>),
    Page(Vec<Record>),
    OfEach(Vec<Vec<Record>>),
    File { path: String },
}

/// Why nothing is given.
#[derive(Debug, Serialize)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<&'a Given>,
    #[serde(skip_serializing_if = "Option::is_none")]
    err: Option<&'a Refusal>,
}

/// The first line for a runner.
pub(super) fn first(asked: Asked<'_>) -> Vec<u8> {
    line(&First { v: VERSION, asked })
}

/// The line of an answer.
pub(super) fn answer(id: u64, answered: &Answered) -> Vec<u8> {
    line(&match answered {
        Answered::Ok(given) => Answer { id, ok: Some(given), err: None },
        Answered::Err(refusal) => Answer { id, ok: None, err: Some(refusal) },
    })
}

/// The last line for a runner.
pub(super) fn quit() -> Vec<u8> {
    b"{\"quit\":true}\n".to_vec()
}

/// What a line of the runner says.
pub(super) fn read(line: &[u8]) -> Result<Line, serde_json::Error> {
    let said: Value = serde_json::from_slice(line)?;
    if said.get("ev").is_some() {
        serde_json::from_value(said).map(Line::Event)
    } else {
        serde_json::from_value(said).map(Line::Request)
    }
}

fn line(said: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(said).expect("texts and records are JSON");
    line.push(b'\n');
    line
}
