//! How many objects and files the batches of a run have, added up: so that none is far, however many there are
//! before it.
//!
//! Made from the commit records by whoever needs it first, and kept beside them: they never change once all
//! are there.

use fabric::record;
use fabric::store::StoreError;
use futures::TryStreamExt;
use proto::commit::{Commit, Content};
use proto::definition::Output;
use proto::id::RunId;
use proto::key::Key;
use proto::plan::Plan;
use serde::{Deserialize, Serialize};

use crate::Coordinator;

/// From how many batches to the next a sum is noted. Most commit records that are read to find one thing.
const STEP: u32 = 100;

/// The sums. A run of a million batches has some 200 kB of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    batches: u32,
    objects: Sums,
    assets: Sums,
}

/// How many things there are before the first batch, before each hundredth after it, and in all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sums {
    before: Vec<u64>,
    total: u64,
}

/// Where to look for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begin {
    /// The batch to begin with.
    pub(super) ordinal: u32,
    /// How many things to pass by from there on.
    pub(super) skip: u64,
}

impl Coordinator {
    /// The sums of a run all of whose batches are finished.
    pub(super) async fn tally(&self, run: RunId) -> Result<Tally, StoreError> {
        let key = Key::tally(run);
        if let Some(tally) = record::find(&*self.store, &key).await? {
            return Ok(tally);
        }
        let plan: Plan = record::read(&*self.store, &Key::plan(run)).await?;
        let mut tally = Tally::of(plan.batches);
        let mut commits = record::commits(&self.store, run, 0..plan.batches);
        while let Some(commit) = commits.try_next().await? {
            tally.add(&commit, objects_of(&plan, &commit));
        }
        record::create(&*self.store, &key, &tally).await?;
        Ok(tally)
    }
}

/// How many objects a batch has: beside outputs of a catalogue, what lists those that are gone has none.
pub(super) fn objects_of(plan: &Plan, commit: &Commit) -> u64 {
    let outputs = &plan.definition.outputs;
    let is_of_catalogue = |output: &Output| output.easydb.is_some();
    let planned = plan.output_of(commit.ordinal);
    let output = planned.and_then(|planned| outputs.get(planned.index as usize));
    let has_objects = output.is_some_and(is_of_catalogue) || !outputs.iter().any(is_of_catalogue);
    if has_objects { commit.records } else { 0 }
}

impl Tally {
    fn of(batches: u32) -> Self {
        Self { batches, objects: Sums::default(), assets: Sums::default() }
    }

    /// Adds the next batch.
    fn add(&mut self, commit: &Commit, objects: u64) {
        let assets = match &commit.content {
            Content::Members(members) => {
                members.iter().filter(|member| member.of.is_some()).count() as u64
            }
            Content::Remote(_) | Content::Share(_) => 0,
        };
        self.objects.add(commit.ordinal, objects);
        self.assets.add(commit.ordinal, assets);
    }

    /// How many batches there are.
    pub(super) fn batches(&self) -> u32 {
        self.batches
    }

    /// How many objects of a catalogue there are.
    pub(super) fn objects(&self) -> u64 {
        self.objects.total
    }

    /// How many files of a catalogue there are.
    pub(super) fn assets(&self) -> u64 {
        self.assets.total
    }

    /// Where the object is that has so many before it.
    pub(super) fn object(&self, place: u64) -> Begin {
        self.objects.begin(place)
    }

    /// Where the file is that has so many before it.
    pub(super) fn asset(&self, place: u64) -> Begin {
        self.assets.begin(place)
    }
}

impl Sums {
    fn add(&mut self, ordinal: u32, count: u64) {
        if ordinal.is_multiple_of(STEP) {
            self.before.push(self.total);
        }
        self.total += count;
    }

    fn begin(&self, place: u64) -> Begin {
        let next = self.before.partition_point(|before| *before <= place);
        let mark = next.saturating_sub(1);
        let ordinal = u32::try_from(mark).unwrap_or(u32::MAX).saturating_mul(STEP);
        Begin { ordinal, skip: place - self.before.get(mark).copied().unwrap_or(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three things in each batch but those from 100 on to 199, which have none.
    fn sums() -> Sums {
        let mut sums = Sums::default();
        for ordinal in 0..350 {
            sums.add(ordinal, if (100..200).contains(&ordinal) { 0 } else { 3 });
        }
        sums
    }

    #[test]
    fn a_thing_is_looked_for_from_the_last_sum_before_it() {
        let sums = sums();
        for (place, ordinal, skip) in [
            (0, 0, 0),
            (299, 0, 299),
            (300, 200, 0),
            (301, 200, 1),
            (599, 200, 299),
            (600, 300, 0),
            (749, 300, 149),
            (9999, 300, 9399),
        ] {
            assert_eq!(sums.begin(place), Begin { ordinal, skip }, "{place}");
        }
        assert_eq!(sums.total, 750);
        assert_eq!(Sums::default().begin(7), Begin { ordinal: 0, skip: 7 });
    }
}
