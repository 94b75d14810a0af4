//! What is said of each refusal, besides what it is called.

use proto::easydb::Mistake;
use proto::fault::Fault;
use serde_json::{Value, json};

use super::trouble::Trouble;
use crate::api::problem::status;

/// What is said of a refusal.
pub(super) struct Told {
    pub(super) parameters: Value,
    pub(super) description: String,
}

impl Trouble {
    /// What is said of it, in the words of either product.
    pub(super) fn told(&self) -> Told {
        match self {
            Self::NotAuthenticated => told(json!({}), "nobody is signed in"),
            Self::InvalidToken => told(json!({}), "nobody is signed in with this token"),
            Self::GrantType => {
                told(json!({"name": "grant_type"}), "tokens are given for passwords alone")
            }
            Self::WrongPassword => told(json!({}), "nobody is known by this login and password"),
            Self::TooManyAttempts { wait } => {
                told(json!({"seconds": wait}), format!("too many attempts failed; wait {wait} s"))
            }
            Self::NoPath => told(json!({}), "there is no such path"),
            Self::NoMethod => told(json!({}), "the path does not take this method"),
            Self::NoExport => told(json!({"resource": "Export"}), "there is no such export"),
            Self::NoEvent(id) => {
                told(json!({"resource": "Event", "_id": id}), format!("there is no event {id}"))
            }
            Self::Content(why) => told(json!({}), why.as_str()),
            Self::Mistakes(mistakes) => of_mistakes(mistakes),
            Self::Parameter { name, why } => told(json!({"name": name}), format!("{name}: {why}")),
            Self::UnknownParameter(name) => told(
                json!({"name": name}),
                format!("{name}: there is no such parameter, so nothing was deleted"),
            ),
            Self::UnknownColumn(column) => told(
                json!({"name": "filter", "value": column}),
                format!("Unknown column \"{column}\""),
            ),
            Self::DuplicateName(name) => {
                told(json!({"name": name}), format!("there is an export named {name:?}"))
            }
            Self::Version { provided, expected } => told(
                json!({"provided": provided, "expected": expected, "got": provided}),
                format!("the next version is {expected}"),
            ),
            Self::AlreadyRunning => told(json!({}), "the export is running already"),
            Self::NotRunning { state } => {
                told(json!({"state": state}), format!("unable to stop export in status {state}"))
            }
            Self::NotStopped => told(json!({}), "failed to stop export after 4 seconds"),
            Self::NotDone { state } => {
                told(json!({"state": state}), format!("the export is {state}"))
            }
            Self::NoFile(path) => told(json!({"file": path}), format!("there is no file {path:?}")),
            Self::Passkey => told(json!({}), "this address opens nothing"),
            Self::Fault(fault) => of_fault(fault),
        }
    }
}

fn told(parameters: Value, description: impl Into<String>) -> Told {
    Told { parameters, description: description.into() }
}

fn of_mistakes(mistakes: &[Mistake]) -> Told {
    let problems: Vec<Value> = mistakes
        .iter()
        .map(|mistake| {
            let Mistake { what, place } = mistake;
            let problem = mistake.to_string();
            json!({"attribute": place, "problem": problem, "code": what.code(), "hint": what.hint()})
        })
        .collect();
    let texts: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let first = mistakes.first();
    let parameters = json!({
        "attribute": first.map(|mistake| mistake.place.as_str()),
        "code": first.and_then(|mistake| mistake.what.code()),
        "hint": first.and_then(|mistake| mistake.what.hint()),
        "problems": problems,
    });
    told(parameters, texts.join("; "))
}

fn of_fault(fault: &Fault) -> Told {
    if status(fault.code).is_server_error() {
        let description = "the server cannot do this now; its log says why";
        return told(json!({"code": fault.code}), description);
    }
    let parameters = json!({"code": fault.code, "attribute": fault.place, "hint": fault.hint});
    told(parameters, fault.to_string())
}
