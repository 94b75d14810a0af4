//! Keys of what the easydb dialect alone keeps: who is signed in, numbers and names, and what happened.

use jiff::Timestamp;

use super::Key;
use crate::id::{ExportId, Owner, RunId};

impl Key {
    /// Who signed in to the easydb dialect. `digest` is of the session's token, in hexadecimal.
    pub fn session(digest: &str) -> Self {
        Self(format!("easydb/sessions/{digest}.json"))
    }

    /// What opens a source to one of its users, sealed. `digest` is of the source and the user, in
    /// hexadecimal.
    pub fn pass(digest: &str) -> Self {
        Self(format!("easydb/passes/{digest}.json"))
    }

    /// The export that the easydb dialect calls by a number, the newest first.
    pub fn number(number: u64) -> Self {
        Self(format!("easydb/numbers/{:020}.json", u64::MAX - number))
    }

    /// The number that this key is of, where it is one.
    pub fn number_of(&self) -> Option<u64> {
        let (_, name) = self.0.strip_prefix("easydb/")?.rsplit_once('/')?;
        u64::MAX.checked_sub(name.strip_suffix(".json")?.parse().ok()?)
    }

    /// That an export of the easydb dialect is its owner's, the newest first.
    pub fn numbered_of(owner: &Owner, number: u64) -> Self {
        Self(format!("easydb/exports/{owner}/{:020}.json", u64::MAX - number))
    }

    /// The export of the easydb dialect that has a name among its owner's. `digest` is of the name.
    pub fn name_of(owner: &Owner, digest: &str) -> Self {
        Self(format!("easydb/names/{owner}/{digest}.json"))
    }

    /// Something that happened to an owner's exports of the easydb dialect, by its number in the order
    /// in which things happened.
    pub fn happened(owner: &Owner, id: u64) -> Self {
        Self(format!("easydb/events/{owner}/{id:020}.json"))
    }

    /// The number of what happened, where this key is of such.
    pub fn happened_id(&self) -> Option<u64> {
        let (_, name) = self.0.rsplit_once('/')?;
        name.strip_suffix(".json")?.parse().ok()
    }

    /// The same among what happened to one export.
    pub fn logged(export: ExportId, id: u64) -> Self {
        Self(format!("exports/{export}/log/{id:020}.json"))
    }

    /// That something of an export stands in the log. `what` tells what from all else.
    pub fn told(export: ExportId, what: &str) -> Self {
        Self(format!("exports/{export}/told/{what}"))
    }

    /// That a run began by itself, as exports of the easydb dialect do that are made or changed.
    pub fn automatic(run: RunId) -> Self {
        Self(format!("exports/{}/automatic/{}", run.export, run.run))
    }

    /// That a run that began by itself was asked for since.
    pub fn adopted(run: RunId) -> Self {
        Self(format!("exports/{}/adopted/{}", run.export, run.run))
    }

    /// What the owner of an export is to be told of the end of a run.
    pub fn owner_mail(run: RunId, ended: Timestamp) -> Self {
        let (export, run, ended) = (run.export, run.run, ended.as_microsecond());
        Self(format!("easydb/mails/due/{export}.{run}.{ended}.json"))
    }

    /// That they were told, until that stands among what happened.
    pub fn owner_mail_sent(run: RunId, ended: Timestamp) -> Self {
        let (export, run, ended) = (run.export, run.run, ended.as_microsecond());
        Self(format!("easydb/mails/sent/{export}.{run}.{ended}.json"))
    }

    /// Which objects of a catalogue a batch exported, a line each.
    pub fn exported(run: RunId, ordinal: u32) -> Self {
        Self(format!("runs/{run}/exported/{ordinal:07}.jsonl"))
    }

    /// What the catalogue of an output gave that the operator does not have, as the run first met it; empty where it
    /// has none either.
    pub fn given(run: RunId, output: u32, what: &str) -> Self {
        Self(format!("runs/{run}/given/{output}-{what}"))
    }

    /// How many objects and files of a catalogue the batches of a run have, added up.
    pub fn tally(run: RunId) -> Self {
        Self(format!("runs/{run}/tally.json"))
    }
}
