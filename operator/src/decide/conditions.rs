//! The conditions of a resource.
//!
//! `Done` and `Failed` exclude each other, and one of them holds as soon as nothing moves any more: whoever waits for
//! either of both waits for the end.

use jiff::Timestamp;

use super::told::{Sight, Told, Word};
use super::{GONE, REFUSED, SUBMITTING};
use crate::resource::{Change, Condition, Progress, Status, Trouble, Truth};

/// The server has taken the definition.
pub(super) const ACCEPTED: &str = "Accepted";
/// A next run is due by itself.
pub(super) const SCHEDULED: &str = "Scheduled";
/// A run is under way.
pub(super) const PROGRESSING: &str = "Progressing";
/// The last run ended, and everything was delivered.
pub(super) const DONE: &str = "Done";
/// The last run ended otherwise, or there will be none.
pub(super) const FAILED: &str = "Failed";
/// What is shown is what the server said when it was last asked.
pub(super) const FOLLOWED: &str = "Followed";

/// Most troubles in one message. The cluster keeps resources in its memory.
const MOST_TOLD: usize = 10;

/// What the conditions are made of.
pub(super) struct Heard<'h, 'n> {
    pub(super) before: &'h Status,
    pub(super) news: &'h Told<'n>,
    /// The new state.
    pub(super) state: &'h str,
    /// When the next run is due.
    pub(super) next: Option<Timestamp>,
}

/// Whether something holds, and why.
type Finding = (Truth, &'static str, String);

/// All conditions, as if each had just begun to hold.
pub(super) fn all(heard: &Heard<'_, '_>, run: Option<&Progress>) -> Vec<Condition> {
    let mut findings = vec![(ACCEPTED, accepted(heard))];
    if heard.news.change == Change::Applied {
        findings.push((SCHEDULED, scheduled(heard)));
    }
    let [progressing, done, failed] = ended(heard, run);
    findings.extend([(PROGRESSING, progressing), (DONE, done), (FAILED, failed)]);
    findings.push((FOLLOWED, followed(heard)));
    let made = |(kind, (status, reason, message)): (&str, Finding)| Condition {
        kind: kind.to_owned(),
        status,
        observed_generation: heard.news.generation,
        last_transition_time: heard.news.now,
        reason: reason.to_owned(),
        message,
    };
    findings.into_iter().map(made).collect()
}

fn accepted(heard: &Heard<'_, '_>) -> Finding {
    match (heard.news.word, heard.news.sight) {
        (Word::Refused(troubles), _) => (Truth::False, "Refused", listed(troubles)),
        (Word::Mistaken(mistake), _) => (Truth::False, "Invalid", mistake.to_string()),
        (Word::Submitting, _) => (Truth::Unknown, "Submitting", String::new()),
        (Word::Same | Word::Unheard | Word::Late, Sight::Gone)
            if heard.news.change == Change::Applied =>
        {
            (Truth::Unknown, "Gone", "the export was deleted, and is made anew".to_owned())
        }
        (Word::Unheard, _) => (Truth::Unknown, "Submitting", String::new()),
        (Word::Late, _) => {
            let why =
                "the definition was changed after it was accepted; the run goes by the one before";
            (Truth::True, "DefinitionChanged", why.to_owned())
        }
        (Word::Taken { .. } | Word::Same, _) if is_known(heard) => {
            (Truth::True, "Submitted", String::new())
        }
        // The server was silent when it was asked to take it.
        (Word::Taken { .. } | Word::Same, _) => (Truth::Unknown, "Submitting", String::new()),
    }
}

fn is_known(heard: &Heard<'_, '_>) -> bool {
    heard.before.export.is_some() || matches!(heard.news.sight, Sight::Shown(_))
}

fn scheduled(heard: &Heard<'_, '_>) -> Finding {
    match heard.next {
        Some(next) => (Truth::True, "Due", format!("the next run is due {next}")),
        None if heard.news.suspend => (Truth::False, "Suspended", String::new()),
        None => (Truth::False, "NotDue", String::new()),
    }
}

/// Whether it progresses, is done, has failed.
fn ended(heard: &Heard<'_, '_>, run: Option<&Progress>) -> [Finding; 3] {
    let three = |held: [bool; 3], reason: &'static str, message: &str| {
        held.map(|holds| (Truth::of(holds), reason, message.to_owned()))
    };
    let faults = run.map_or_else(String::new, |run| listed(&run.faults));
    match heard.state {
        "pending" => three([true, false, false], "Pending", ""),
        "processing" => three([true, false, false], "Processing", ""),
        "done" => three([false, true, false], "Done", ""),
        "done_with_warnings" => {
            let left_out = run.map_or(0, |run| run.finished.warnings);
            three([false, true, false], "DoneWithWarnings", &format!("{left_out} warnings"))
        }
        "failed" => three([false, false, true], "Failed", &faults),
        "stopped" => three([false, false, true], "Stopped", "the run was stopped"),
        // How it ended is told still, though its files are deleted.
        "expired" => three([false, was(heard, DONE), was(heard, FAILED)], "Expired", ""),
        GONE => {
            let is_lost = heard.news.change == Change::Ignored && !was(heard, DONE);
            let why = "the export was deleted on the server";
            three([false, was(heard, DONE), is_lost], "Gone", why)
        }
        REFUSED => {
            let (_, _, why) = accepted(heard);
            three([false, false, true], "Refused", &why)
        }
        SUBMITTING => three([false, false, false], "Submitting", ""),
        _ => three([false, false, false], "NotStarted", ""),
    }
}

fn was(heard: &Heard<'_, '_>, kind: &str) -> bool {
    heard.before.holds(kind)
}

fn followed(heard: &Heard<'_, '_>) -> Finding {
    match heard.news.sight {
        Sight::Silent(troubles) => (Truth::False, "Unreachable", listed(troubles)),
        Sight::Nothing | Sight::Shown(_) | Sight::Gone => (Truth::True, "UpToDate", String::new()),
    }
}

/// The first troubles, in one text.
pub(crate) fn listed(troubles: &[Trouble]) -> String {
    let mut told: Vec<String> = troubles.iter().take(MOST_TOLD).map(one).collect();
    if troubles.len() > MOST_TOLD {
        told.push(format!("and {} more", troubles.len() - MOST_TOLD));
    }
    told.join("; ")
}

fn one(trouble: &Trouble) -> String {
    let Trouble { code, message, place, hint } = trouble;
    let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
    let hint = if hint.is_empty() { String::new() } else { format!(" ({hint})") };
    format!("{place}{message} [{code}]{hint}")
}
