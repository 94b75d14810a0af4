//! What a resource tells: its status, of what it told before and what is new.

use jiff::Timestamp;
use proto::run::State;

use super::conditions::{self, Heard};
use super::{GONE, REFUSED, SUBMITTING};
use crate::document::Mistake;
use crate::resource::{Change, Status, Trouble, since};
use crate::server::Shown;

/// What is new of the definition.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Word<'n> {
    /// Nothing.
    Same,
    /// It is about to be sent.
    Submitting,
    /// It was sent, and the server has taken it.
    Taken {
        /// SHA-256 of what was sent.
        digest: &'n str,
    },
    /// It is another one than was sent, and whether the server takes it is not known yet.
    Unheard,
    /// It is another one than was sent, which changes nothing any more.
    Late,
    /// The server will not have it.
    Refused(&'n [Trouble]),
    /// There is none that could be sent.
    Mistaken(&'n Mistake),
}

/// What is seen of the export.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sight<'n> {
    /// Nobody looked.
    Nothing,
    /// What the server shows.
    Shown(&'n Shown),
    /// That it is gone.
    Gone,
    /// Nothing, for the server could not be asked.
    Silent(&'n [Trouble]),
}

/// What is new of a resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'n> {
    /// The generation of the resource.
    pub(crate) generation: Option<i64>,
    /// What its kind does with changes.
    pub(crate) change: Change,
    /// Whether its schedules rest because it says so.
    pub(crate) suspend: bool,
    /// Of its definition.
    pub(crate) word: Word<'n>,
    /// Of its export.
    pub(crate) sight: Sight<'n>,
    /// When.
    pub(crate) now: Timestamp,
}

/// What a resource tells now.
pub(crate) fn told(before: &Status, news: &Told<'_>) -> Status {
    let mut status = before.clone();
    status.observed_generation = news.generation;
    match news.word {
        Word::Submitting => SUBMITTING.clone_into(&mut status.state),
        Word::Taken { digest } => status.digest = Some(digest.to_owned()),
        Word::Refused(_) | Word::Mistaken(_) if status.export.is_none() => {
            REFUSED.clone_into(&mut status.state);
        }
        Word::Same | Word::Unheard | Word::Late | Word::Refused(_) | Word::Mistaken(_) => {}
    }
    match news.sight {
        Sight::Shown(shown) => show(&mut status, shown),
        Sight::Gone => {
            GONE.clone_into(&mut status.state);
            (status.next, status.version) = (None, None);
            if news.change == Change::Applied {
                // Another one is made, by the definition as it is now.
                (status.export, status.digest) = (None, None);
            }
        }
        Sight::Nothing | Sight::Silent(_) => {}
    }
    let heard = Heard { before, news, state: &status.state, next: status.next };
    status.conditions = since(&before.conditions, conditions::all(&heard, status.run.as_ref()));
    status
}

fn show(status: &mut Status, shown: &Shown) {
    shown.state.as_str().clone_into(&mut status.state);
    status.export = Some(shown.id.clone());
    status.version = Some(shown.version);
    let due = shown.schedule.as_ref();
    status.next = due.map(|due| due.next);
    // Where the schedules rest, when they last started a run is known from before.
    status.last = due.map_or(status.last, |due| due.last);
    status.skipped = due.map_or(status.skipped, |due| due.skipped);
    if let Some(run) = &shown.run {
        status.run = Some(run.progress());
    } else if shown.state == State::New {
        status.run = None;
    }
}
