//! What is told to webhooks: small JSON about runs and deliveries, kept until it is taken.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{ExportId, Owner, RunId};
use crate::run::State;

/// Whom an export tells what happens to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// The name of a webhook of the configuration.
    pub webhook: String,
}

/// Something that a webhook is told until it answers; gone once it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The webhook.
    pub webhook: String,
    /// The same for every try; receivers know by it what they have had.
    pub id: String,
    /// What is posted, the same bytes each time.
    pub body: String,
    /// When it happened.
    pub at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub due: Timestamp,
}

/// What is posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// What happened, such as `run.done`.
    #[serde(rename = "type")]
    pub what: String,
    /// When.
    pub timestamp: Timestamp,
    /// To what.
    pub data: About,
}

/// What something happened to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The export.
    pub export: ExportId,
    /// Whose it is.
    pub owner: Owner,
    /// What people call it.
    pub name: String,
    /// The run.
    pub run: u32,
    /// The run's state, where it is in another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// The transport's place in the definition, where one delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<u32>,
}

impl Posted {
    /// What is told of a transport that has delivered.
    pub const DELIVERY_DONE: &'static str = "delivery.done";

    /// What is told of a transport that has failed for good, or until its owner wants it tried again.
    pub const DELIVERY_FAILED: &'static str = "delivery.failed";

    /// What tells it from everything else that happens to the run. The same happening has the same
    /// id, whoever sees it and however often.
    pub fn id(&self) -> String {
        let run = RunId { export: self.data.export, run: self.data.run };
        let (export, run) = (run.export, run.run);
        match (self.data.transport, self.data.state) {
            // A transport that is retried may fail again.
            (Some(transport), _) if self.what == Self::DELIVERY_FAILED => {
                let at = self.timestamp.as_millisecond();
                format!("{export}.{run}.{}.{transport}.{at}", self.what)
            }
            (Some(transport), _) => format!("{export}.{run}.{}.{transport}", self.what),
            // A run that is retried may fail twice; each end is one of its own.
            (None, Some(state)) if state.is_final() => {
                format!("{export}.{run}.{}.{}", state.as_str(), self.timestamp.as_millisecond())
            }
            (None, _) => format!("{export}.{run}.{}", self.what.replace('.', "-")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(what: &str, transport: Option<u32>, state: Option<State>, second: i64) -> String {
        let data = About {
            export: "0192d3a0-0000-7000-8000-000000000000".parse().unwrap(),
            owner: "ann".to_owned().try_into().unwrap(),
            name: "x".to_owned(),
            run: 1,
            state,
            transport,
        };
        let timestamp = Timestamp::from_second(second).unwrap();
        Posted { what: what.to_owned(), timestamp, data }.id()
    }

    #[test]
    fn what_happens_once_has_one_id_and_what_happens_again_another() {
        let check = |what, transport, state, is_once| {
            let (one, again) = (id(what, transport, state, 1), id(what, transport, state, 2));
            assert_eq!(one == again, is_once, "{what}: {one} {again}");
        };
        check(Posted::DELIVERY_DONE, Some(0), None, true);
        check(Posted::DELIVERY_FAILED, Some(0), None, false);
        check("run.failed", None, Some(State::Failed), false);
        check("run.processing", None, Some(State::Processing), true);
        let failed = |transport| id(Posted::DELIVERY_FAILED, Some(transport), None, 1);
        assert_ne!(failed(0), failed(1));
    }
}
