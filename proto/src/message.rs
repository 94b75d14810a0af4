//! What the stages say to each other over the queues: small JSON with ids and a version.
//!
//! Delivery is at least once and in no order. A message never carries data, only where it is.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::fault::{Code, Fault};
use crate::id::RunId;
use crate::run::Counts;

/// The version of every message written now.
pub const VERSION: u32 = 1;

/// A message with its version.
#[derive(Debug, Serialize, Deserialize)]
struct Versioned<M> {
    v: u32,
    #[serde(flatten)]
    message: M,
}

/// Something that travels over a queue.
pub trait Message: Serialize + DeserializeOwned {
    /// The message as bytes.
    fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(&Versioned { v: VERSION, message: self })
            .expect("messages hold only what JSON can hold")
    }

    /// Reads a message; an unknown version or shape is a fault, and the message is parked.
    fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        let invalid = |text: String| {
            Fault::new(Code::InvalidMessage, text)
                .hint("a worker and a coordinator of different releases? upgrade the older, then retry the parked message")
        };
        let Version { v } = serde_json::from_slice(bytes)
            .map_err(|error| invalid(format!("the message has no version: {error}")))?;
        if v != VERSION {
            return Err(invalid(format!("message version {v} is not known here")));
        }
        let versioned: Versioned<Self> = serde_json::from_slice(bytes)
            .map_err(|error| invalid(format!("the message cannot be read: {error}")))?;
        Ok(versioned.message)
    }
}

/// To a worker: do this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchTask {
    /// The run.
    pub run: RunId,
    /// What to do.
    pub work: Work,
    /// Which try, from 1.
    pub attempt: u32,
    /// Whether the task fails for good where this try does.
    #[serde(default)]
    pub is_last: bool,
}

/// What workers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Read a slice and leave its segment.
    Batch(u32),
    /// Pack the segments of these batches of one output into one object, for each is too small for
    /// the store to copy by itself.
    Compact {
        /// The first batch.
        first: u32,
        /// The last batch.
        last: u32,
    },
}

impl Work {
    /// The task as reports call it.
    pub fn id(self) -> TaskId {
        match self {
            Self::Batch(ordinal) => TaskId::Batch(ordinal),
            Self::Compact { first, .. } => TaskId::Compaction(first),
        }
    }
}

/// To an agent: join what the batches left, and deliver it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransportTask {
    /// The run.
    pub run: RunId,
    /// The transport's place in the definition.
    pub transport: u32,
    /// Which try, from 1.
    pub attempt: u32,
}

/// To the coordinator: how a task went, or that a run wants looking at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The run.
    pub run: RunId,
    /// What the report is about.
    pub task: TaskId,
    /// Which try.
    pub attempt: u32,
    /// How it went.
    pub result: TaskResult,
}

/// A task within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskId {
    /// The run itself: it was started, stopped or retried, and its objects in the store say so.
    Run,
    /// A batch, by its ordinal.
    Batch(u32),
    /// Joining segments too small to be copied by the server, by the first ordinal.
    Compaction(u32),
    /// Assembling for a transport.
    Assembly(u32),
    /// Delivering by a transport.
    Delivery(u32),
}

impl TaskId {
    /// The lease that whoever works on the task keeps on the board, so that nobody takes it for lost.
    pub fn lease(self, run: RunId) -> String {
        format!("task/{run}/{self}")
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run => f.write_str("run"),
            Self::Batch(ordinal) => write!(f, "batch-{ordinal}"),
            Self::Compaction(first) => write!(f, "compaction-{first}"),
            Self::Assembly(transport) => write!(f, "assembly-{transport}"),
            Self::Delivery(transport) => write!(f, "delivery-{transport}"),
        }
    }
}

/// How a task went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskResult {
    /// It is committed.
    Done {
        /// What it counted.
        counts: Counts,
        /// Length of the segment it left, in bytes; of the shortest, where it left several.
        segment: u64,
    },
    /// It failed, and may succeed later.
    Retry(Fault),
    /// It failed for good.
    Failed(Fault),
}

impl Message for BatchTask {}
impl Message for TransportTask {}
impl Message for Report {}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> BatchTask {
        let run = "0192d3a0-0000-7000-8000-000000000000/3".parse().unwrap();
        BatchTask { run, work: Work::Batch(7), attempt: 1, is_last: true }
    }

    #[test]
    fn a_message_reads_as_it_was_written() {
        assert_eq!(BatchTask::decode(&task().encode()).unwrap(), task());
    }

    #[test]
    fn an_unknown_version_is_told_and_not_guessed() {
        let text = String::from_utf8(task().encode()).unwrap().replace("\"v\":1", "\"v\":2");
        let fault = BatchTask::decode(text.as_bytes()).unwrap_err();
        assert_eq!(fault.code, Code::InvalidMessage);
    }
}
