//! Where things lie in the store. Every key is made here.

mod deriva;
mod easydb;
mod prefix;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::prefix::Prefix;
use crate::id::{ExportId, Owner, RunId};

/// The key of an object: segments joined by `/`, of characters every store takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A key as a store's listing told it.
    pub fn listed(text: String) -> Self {
        Self(text)
    }

    /// What is current of an export.
    pub fn head(export: ExportId) -> Self {
        Self(format!("exports/{export}/head.json"))
    }

    /// A version of an export's definition, from 1.
    pub fn definition(export: ExportId, version: u32) -> Self {
        Self(format!("exports/{export}/definition-{version}.json"))
    }

    /// How far an export's incremental outputs had come with a run that succeeded.
    pub fn marks(run: RunId) -> Self {
        Self(format!("exports/{}/marks-{:010}.json", run.export, run.run))
    }

    /// The run whose marks this key is of, where it is one.
    pub fn run_of_marks(&self) -> Option<u32> {
        let (_, name) = self.0.rsplit_once('/')?;
        name.strip_prefix("marks-")?.strip_suffix(".json")?.parse().ok()
    }

    /// The digests of an output's records, as one attempt at planning a run found them; of a catalogue's output, the
    /// objects that its search found.
    pub fn digests(run: RunId, attempt: &str, output: usize) -> Self {
        Self(format!("exports/{}/digests/{:010}-{attempt}-{output}", run.export, run.run))
    }

    /// The run whose digests this key is of, where it is one.
    pub fn run_of_digests(&self) -> Option<u32> {
        let (rest, name) = self.0.rsplit_once('/')?;
        rest.ends_with("/digests").then_some(())?;
        name.split('-').next()?.parse().ok()
    }

    /// How far a run's incremental outputs come, as one attempt at planning it decided.
    pub fn planned_marks(run: RunId, attempt: &str) -> Self {
        Self(format!("runs/{run}/marks-{attempt}.json"))
    }

    /// What an attempt at planning found out of an output's changes: `what`, numbered from 0.
    pub fn of_changes(run: RunId, attempt: &str, output: usize, what: &str, number: u32) -> Self {
        Self(format!("runs/{run}/changes/{attempt}-{output}-{what}-{number}"))
    }

    /// What an idempotency key of an owner stands for. `digest` is of the key, in hexadecimal.
    pub fn idempotency(owner: &Owner, digest: &str) -> Self {
        Self(format!("idempotency/{owner}/{digest}.json"))
    }

    /// Whose a token is. `digest` is of the token, in hexadecimal.
    pub fn token(digest: &str) -> Self {
        Self(format!("tokens/{digest}.json"))
    }

    /// How a run began.
    pub fn start(run: RunId) -> Self {
        Self(format!("runs/{run}/start.json"))
    }

    /// The head of a run's plan.
    pub fn plan(run: RunId) -> Self {
        Self(format!("runs/{run}/plan.json"))
    }

    /// A page of a run's plan, from 1, as one attempt at planning wrote it.
    pub fn plan_page(run: RunId, attempt: &str, page: u32) -> Self {
        Self(format!("runs/{run}/plan-{attempt}-{page:05}.json"))
    }

    /// What an attempt at a batch leaves, for each of its lays from 0. `attempt` tells apart workers
    /// that do the same batch.
    pub fn segment(run: RunId, ordinal: u32, lay: usize, attempt: &str) -> Self {
        Self(format!("runs/{run}/segments/{ordinal:07}/{lay}-{attempt}"))
    }

    /// A batch's commit record.
    pub fn commit(run: RunId, ordinal: u32) -> Self {
        Self(format!("runs/{run}/batches/{ordinal:07}.json"))
    }

    /// What a plugin left for the dataset of a batch, where the files of all become one.
    pub fn part(run: RunId, ordinal: u32) -> Self {
        Self(format!("runs/{run}/parts/{ordinal:07}.json"))
    }

    /// The bytes of it, as one attempt brought them there.
    pub fn part_object(run: RunId, ordinal: u32, attempt: &str) -> Self {
        Self(format!("runs/{run}/parts/{ordinal:07}-{attempt}"))
    }

    /// Whether a batch found all parts of an output there, whose first batch is `first`.
    pub fn finding(run: RunId, first: u32, ordinal: u32) -> Self {
        Self(format!("runs/{run}/joiners/{first:07}-{ordinal:07}.json"))
    }

    /// Which batch makes one file of the parts of an output, whose first batch is `first`.
    pub fn joiner(run: RunId, first: u32) -> Self {
        Self(format!("runs/{run}/joiners/{first:07}.json"))
    }

    /// What an attempt at packing small segments together leaves, by the first and the last batch, for
    /// each lay from 0.
    pub fn compacted(run: RunId, (first, last): (u32, u32), lay: usize, attempt: &str) -> Self {
        Self(format!("runs/{run}/compacted/{first:07}-{last:07}/{lay}-{attempt}"))
    }

    /// The record of small segments packed together.
    pub fn compaction(run: RunId, first: u32, last: u32) -> Self {
        Self(format!("runs/{run}/compactions/{first:07}-{last:07}.json"))
    }

    /// What all batches of a run together tell about its files.
    pub fn tree(run: RunId) -> Self {
        Self(format!("runs/{run}/tree.json"))
    }

    /// The new names of a batch's members, where members of other batches have theirs.
    pub fn new_names(run: RunId, ordinal: u32) -> Self {
        Self(format!("runs/{run}/names/{ordinal:07}.json"))
    }

    /// A volume of a transport's archive, from 0. `attempt` tells apart agents that do the same.
    pub fn volume(run: RunId, transport: u32, volume: u32, attempt: &str) -> Self {
        Self(format!("runs/{run}/archives/{transport}/{volume}-{attempt}"))
    }

    /// What many pieces of a volume are joined to before they are joined to it, from 0.
    pub fn stage(volume: &Self, stage: usize) -> Self {
        Self(format!("{volume}-stage-{stage}"))
    }

    /// What a transport's assembly made.
    pub fn archive(run: RunId, transport: u32) -> Self {
        Self(format!("runs/{run}/archives/{transport}/archive.json"))
    }

    /// What a transport's assembly made before it was encrypted.
    pub fn plain_archive(run: RunId, transport: u32) -> Self {
        Self(format!("runs/{run}/archives/{transport}/plain.json"))
    }

    /// Files of a transport's tree that are encrypted one by one: what is known of a bundle of them,
    /// from 0.
    pub fn bundle(run: RunId, transport: u32, bundle: u32) -> Self {
        Self(format!("runs/{run}/archives/{transport}/sealed-{bundle:07}.json"))
    }

    /// The files of a bundle. `attempt` tells apart agents that do the same.
    pub fn bundled(run: RunId, transport: u32, bundle: u32, attempt: &str) -> Self {
        Self(format!("runs/{run}/archives/{transport}/sealed-{bundle:07}-{attempt}"))
    }

    /// What a delivery did.
    pub fn receipt(run: RunId, transport: u32, recipient: &str) -> Self {
        Self(format!("runs/{run}/receipts/{transport}-{recipient}.json"))
    }

    /// How far a delivery is that is made in steps.
    pub fn steps(run: RunId, transport: u32) -> Self {
        Self(format!("runs/{run}/steps/{transport}.json"))
    }

    /// That a transport has handed over what it ever will.
    pub fn handover(run: RunId, transport: u32) -> Self {
        Self(format!("runs/{run}/handovers/{transport}.json"))
    }

    /// How far a transport is.
    pub fn delivery(run: RunId, transport: u32) -> Self {
        Self(format!("runs/{run}/transports/{transport}.json"))
    }

    /// Whether this key is of how far a transport of the run is.
    pub fn is_delivery_of(&self, run: RunId) -> bool {
        self.0.starts_with(&format!("runs/{run}/transports/"))
    }

    /// A link to download.
    pub fn link(run: RunId, link: &str) -> Self {
        Self(format!("runs/{run}/links/{link}.json"))
    }

    /// A link to what the newest run delivers.
    pub fn standing_link(export: ExportId, link: &str) -> Self {
        Self(format!("exports/{export}/links/{link}.json"))
    }

    /// Something that a webhook is told.
    pub fn notice(webhook: &str, id: &str) -> Self {
        Self(format!("notices/{webhook}/{id}.json"))
    }

    /// The webhook of a notice's key.
    pub fn webhook_of_notice(&self) -> Option<&str> {
        Some(self.0.strip_prefix("notices/")?.split_once('/')?.0)
    }

    /// That a run shall stop.
    pub fn stop(run: RunId) -> Self {
        Self(format!("runs/{run}/stop.json"))
    }

    /// That a run has not ended: there from before its beginning until after its end.
    pub fn open(run: RunId) -> Self {
        Self(format!("open/{}.{}", run.export, run.run))
    }

    /// That a run expires at a time, so that the oldest are listed first.
    pub fn expiry(at: Timestamp, run: RunId) -> Self {
        Self(format!("expiry/{:012}-{}.{}", at.as_second(), run.export, run.run))
    }

    /// When and which run expires, where this key says so.
    pub fn expiring_run(&self) -> Option<(Timestamp, RunId)> {
        let (at, run) = self.0.strip_prefix("expiry/")?.split_once('-')?;
        let (export, run) = run.rsplit_once('.')?;
        let at = Timestamp::from_second(at.parse().ok()?).ok()?;
        Some((at, RunId { export: export.parse().ok()?, run: run.parse().ok()? }))
    }

    /// That a run of an export is due at a time, so that the next one is listed first.
    pub fn due(at: Timestamp, export: ExportId) -> Self {
        Self(format!("due/{:012}-{export}", at.as_second()))
    }

    /// When a run of which export is due, where this key says so.
    pub fn due_export(&self) -> Option<(Timestamp, ExportId)> {
        let (at, export) = self.0.strip_prefix("due/")?.split_once('-')?;
        Some((Timestamp::from_second(at.parse().ok()?).ok()?, export.parse().ok()?))
    }

    /// That an export is being deleted.
    pub fn deletion(export: ExportId) -> Self {
        Self(format!("deletions/{export}"))
    }

    /// The export that is being deleted, where this key says so.
    pub fn deleted_export(&self) -> Option<ExportId> {
        self.0.strip_prefix("deletions/")?.parse().ok()
    }

    /// How a run ended.
    pub fn outcome(run: RunId) -> Self {
        Self(format!("runs/{run}/result.json"))
    }

    /// The export whose head this key is of, where it is one.
    pub fn export_of_head(&self) -> Option<ExportId> {
        self.0.strip_prefix("exports/")?.strip_suffix("/head.json")?.parse().ok()
    }

    /// The run that this key says is open, where it says so.
    pub fn open_run(&self) -> Option<RunId> {
        let (export, run) = self.0.strip_prefix("open/")?.rsplit_once('.')?;
        Some(RunId { export: export.parse().ok()?, run: run.parse().ok()? })
    }

    /// The ordinal whose commit record this key is of, where it is one.
    pub fn ordinal_of_commit(&self) -> Option<u32> {
        let (rest, name) = self.0.rsplit_once('/')?;
        rest.ends_with("/batches").then_some(())?;
        name.strip_suffix(".json")?.parse().ok()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
