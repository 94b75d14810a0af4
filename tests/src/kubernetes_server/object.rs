//! What objects have in common: who holds them, how often they were changed, what events have to say.

use jiff::Timestamp;
use serde_json::Value;

use super::kept::Refused;

/// Longest note of an event, in bytes.
const LONGEST_NOTE: usize = 1024;

/// What the server asks of events: <https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/>.
pub(super) fn event_is_whole(event: &Value) -> Result<(), Refused> {
    for key in ["action", "reason", "reportingController", "reportingInstance", "eventTime", "type"]
    {
        if event[key].as_str().unwrap_or_default().is_empty() {
            return Err(Refused::new(422, "Invalid", format!("{key}: Required value")));
        }
    }
    if event["regarding"]["namespace"] != event["metadata"]["namespace"] {
        return Err(Refused::new(422, "Invalid", "metadata.namespace: does not match"));
    }
    if event["note"].as_str().is_some_and(|note| note.len() > LONGEST_NOTE) {
        return Err(Refused::new(422, "Invalid", "note: can have at most 1024 characters"));
    }
    Ok(())
}

/// Whether somebody holds an object that is to be deleted.
pub(super) fn is_held(object: &Value) -> bool {
    object["metadata"]["finalizers"].as_array().is_some_and(|held| !held.is_empty())
}

/// Counts another generation.
pub(super) fn grow(object: &mut Value) {
    let generation = object["metadata"]["generation"].as_u64().unwrap_or(0);
    object["metadata"]["generation"] = (generation + 1).into();
}

/// Lets a key be as it was.
pub(super) fn hold(new: &mut Value, old: &Value, key: &str) {
    match old.get(key) {
        Some(value) => new[key] = value.clone(),
        None => remove(new, key),
    }
}

pub(super) fn remove(object: &mut Value, key: &str) {
    if let Some(object) = object.as_object_mut() {
        object.shift_remove(key);
    }
}

/// The time as objects say it.
pub(super) fn now() -> String {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}
