//! What happened between two statuses of a resource: the events that people see in `kubectl describe`.

use super::conditions::{ACCEPTED, FOLLOWED};
use super::{GONE, conditions};
use crate::resource::{Progress, Status, Truth};

/// Something that happened to a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Happening {
    /// What, for programs.
    pub(crate) reason: &'static str,
    /// What was done; events of the same reason and action count as one for a while.
    pub(crate) action: String,
    /// What, for people.
    pub(crate) note: String,
    /// Whether somebody should look.
    pub(crate) is_warning: bool,
}

/// What happened, in its order.
pub(crate) fn happenings(before: &Status, after: &Status) -> Vec<Happening> {
    let mut found = Vec::new();
    let run = after.run.as_ref().map_or(0, |run| run.number);
    let mut tell = |is_warning: bool, reason: &'static str, note: String| {
        let action = format!("Run{run}");
        found.push(Happening { reason, action, note, is_warning });
    };
    match (&before.export, &after.export) {
        (None, Some(export)) => tell(false, "Submitted", format!("accepted as export {export}")),
        (Some(_), Some(export)) if before.digest != after.digest => {
            tell(false, "Changed", format!("export {export} has another definition"));
        }
        (Some(_) | None, _) => {}
    }
    for (kind, reason) in [(ACCEPTED, "Refused"), (FOLLOWED, "Unreachable")] {
        let told = |status: &Status| {
            let condition = status.condition(kind).filter(|it| it.status == Truth::False);
            condition.map(|condition| condition.message.clone())
        };
        match (told(before), told(after)) {
            // A server that cannot be asked says so in other words each time.
            (Some(_), Some(_)) if kind == FOLLOWED => {}
            (old, Some(message)) if old.as_ref() != Some(&message) => tell(true, reason, message),
            (_, _) => {}
        }
    }
    if after.state == GONE && before.state != GONE {
        tell(true, "Gone", "the export was deleted on the server".to_owned());
    }
    let old = before.run.as_ref();
    if let Some(run) = &after.run {
        if old.is_none_or(|old| old.number != run.number) {
            tell(false, "Started", format!("run {} was started", run.number));
        }
        let is_new = old.is_none_or(|old| (old.number, &old.state) != (run.number, &run.state));
        if is_new && let Some((is_warning, reason, note)) = end(run) {
            tell(is_warning, reason, note);
        }
    }
    found
}

/// How a run ended, where it has.
fn end(run: &Progress) -> Option<(bool, &'static str, String)> {
    let Progress { number, finished, .. } = run;
    let made = format!("run {number}: {} records, {} bytes", finished.records, finished.bytes);
    match run.state.as_str() {
        "done" => Some((false, "Done", made)),
        "done_with_warnings" => {
            let note = format!("{made}, {} warnings", finished.warnings);
            Some((true, "DoneWithWarnings", note))
        }
        "failed" => {
            Some((true, "Failed", format!("run {number}: {}", conditions::listed(&run.faults))))
        }
        "stopped" => Some((false, "Stopped", format!("run {number} was stopped"))),
        _ => None,
    }
}
