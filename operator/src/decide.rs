//! What is to be done for a resource, and what is told of it: decisions alone, of what is written in it and what the
//! server says, so that they need neither a cluster nor a server.

mod told;
mod conditions;
mod happening;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;

pub(crate) use self::conditions::listed;
pub(crate) use self::happening::{Happening, happenings};
pub(crate) use self::told::{Sight, Told, Word, told};
use crate::document::{Document, Mistake};
use crate::resource::{Change, OnDelete, Status};
use crate::server::Shown;

/// The states of a resource that are no states of a run.
pub(crate) const SUBMITTING: &str = "submitting";
pub(crate) const REFUSED: &str = "refused";
pub(crate) const GONE: &str = "gone";

/// How many times as long as usual a resource is left alone in which nothing moves by itself.
const RESTING: u32 = 60;

/// What the server is asked first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ask<'r> {
    /// To make an export.
    Submit(&'r Document),
    /// What an export is now.
    Show(&'r str),
    /// Nothing: there is no definition that it could be sent.
    Nothing(&'r Mistake),
}

/// What the server is asked first. An export that was accepted once is never made a second time, as long as it is
/// known.
pub(crate) fn ask<'r>(status: &'r Status, document: Result<&'r Document, &'r Mistake>) -> Ask<'r> {
    match (&status.export, document) {
        (Some(export), _) => Ask::Show(export),
        (None, Ok(document)) => Ask::Submit(document),
        (None, Err(mistake)) => Ask::Nothing(mistake),
    }
}

/// Whether the server is to get the definition of a resource in place of the one that it has: it is another one than
/// was sent, or somebody else has changed it there.
pub(crate) fn is_to_change(
    change: Change,
    status: &Status,
    shown: &Shown,
    document: &Document,
) -> bool {
    let is_sent = status.digest.as_deref() == Some(&document.digest);
    let is_untouched = status.version == Some(shown.version);
    match change {
        Change::Applied => !(is_sent && is_untouched),
        Change::Ignored => false,
    }
}

/// What is new of the definition of a resource that has an export, as long as the server has not said more.
pub(crate) fn word<'r>(
    change: Change,
    status: &Status,
    document: Result<&Document, &'r Mistake>,
) -> Word<'r> {
    match (change, document) {
        (_, Ok(document)) if status.digest.as_deref() == Some(document.digest.as_str()) => {
            Word::Same
        }
        (Change::Applied, Ok(_)) => Word::Unheard,
        (Change::Applied, Err(mistake)) => Word::Mistaken(mistake),
        (Change::Ignored, Ok(_)) => Word::Late,
        (Change::Ignored, Err(_)) => Word::Same,
    }
}

/// When a resource is looked at again, unless it is changed before.
pub(crate) fn again(
    status: &Status,
    change: Change,
    interval: Duration,
    now: Timestamp,
) -> Duration {
    let resting = interval.saturating_mul(RESTING);
    let moves = match status.state.as_str() {
        "pending" | "processing" | SUBMITTING | "" => true,
        // It is about to begin, unless it waits for its schedule.
        "new" => change == Change::Ignored,
        // One that is gone is made anew, or stays gone.
        GONE => change == Change::Applied,
        _ => false,
    };
    let is_silent =
        status.condition(conditions::FOLLOWED).is_some() && !status.holds(conditions::FOLLOWED);
    if moves || is_silent {
        return interval;
    }
    match status.next {
        Some(next) => {
            let until = Duration::try_from(next.duration_since(now)).unwrap_or_default();
            (until + interval).min(resting)
        }
        None => resting,
    }
}

/// What the server is asked when a resource is deleted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Farewell<'r> {
    /// Nothing.
    Nothing,
    /// Whether it accepted what was sent when the operator was last heard of.
    Find,
    /// To stop an export.
    Stop(&'r str),
    /// To delete it.
    Delete(&'r str),
}

/// What the server is asked when a resource is deleted.
pub(crate) fn farewell(on_delete: OnDelete, status: Option<&Status>) -> Farewell<'_> {
    let Some(status) = status else { return Farewell::Nothing };
    match (on_delete, &status.export) {
        (OnDelete::Keep, _) => Farewell::Nothing,
        (OnDelete::Stop, Some(export)) => Farewell::Stop(export),
        (OnDelete::Delete, Some(export)) => Farewell::Delete(export),
        (OnDelete::Stop | OnDelete::Delete, None) => match status.state.as_str() {
            SUBMITTING | REFUSED => Farewell::Find,
            _ => Farewell::Nothing,
        },
    }
}
