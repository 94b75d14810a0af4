//! What a process shows, as plain maps.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use proto::event::Event;
use proto::id::{ExportId, Owner, RunId};
use proto::run::Counts;
use tokio::time::Instant;

use crate::board::{EventId, MAX_EVENTS, Mark, ShownDelivery, Summary, Workload};

/// Everything on a board. Empty, it is a board that was wiped.
#[derive(Default)]
pub(super) struct Shown {
    runs: HashMap<RunId, Progress>,
    parts: HashMap<RunId, BTreeMap<u32, u32>>,
    deliveries: HashMap<RunId, BTreeMap<u32, ShownDelivery>>,
    events: HashMap<ExportId, VecDeque<(Told, Event)>>,
    leases: HashMap<String, Lease>,
    last_told: Told,
    pub(super) stopped: BTreeSet<RunId>,
    pub(super) exports: BTreeMap<ExportId, Summary>,
    pub(super) is_complete: bool,
    /// How much there is to do, and until when that may be told.
    pub(super) workload: Option<(Workload, Instant)>,
}

#[derive(Default)]
struct Progress {
    /// Sixty-four ordinals to a word: a run may have millions of batches.
    marks: BTreeMap<u32, u64>,
    counts: Counts,
}

struct Lease {
    holder: String,
    until: Instant,
}

/// The place of an event: the milliseconds it happened at, then which of those.
///
/// Taken from the event's own time and never falling, so that ids given before a wipe are not
/// mistaken for ids given after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    at_ms: i64,
    number: u64,
}

impl Told {
    fn after(self, event: &Event) -> Self {
        let at_ms = event.at.as_millisecond();
        if at_ms > self.at_ms {
            Self { at_ms, number: 0 }
        } else {
            Self { number: self.number + 1, ..self }
        }
    }

    fn id(self) -> EventId {
        EventId(format!("{}-{}", self.at_ms, self.number))
    }

    fn read(id: &EventId) -> Option<Self> {
        let (at_ms, number) = id.0.split_once('-')?;
        Some(Self { at_ms: at_ms.parse().ok()?, number: number.parse().ok()? })
    }
}

impl Shown {
    pub(super) fn mark(&mut self, run: RunId, batches: &[Mark]) {
        if batches.is_empty() {
            return;
        }
        let progress = self.runs.entry(run).or_default();
        for mark in batches {
            let word = progress.marks.entry(mark.ordinal / u64::BITS).or_default();
            let bit = 1 << (mark.ordinal % u64::BITS);
            if *word & bit == 0 {
                *word |= bit;
                progress.counts.add(&mark.counts);
            }
        }
    }

    pub(super) fn counts(&self, run: RunId) -> Option<Counts> {
        self.runs.get(&run).map(|progress| progress.counts)
    }

    pub(super) fn marked(&self, run: RunId) -> Vec<u32> {
        let Some(progress) = self.runs.get(&run) else { return Vec::new() };
        let ordinals = |(word, bits): (&u32, &u64)| {
            let (first, bits) = (word * u64::BITS, *bits);
            (0..u64::BITS).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| first + bit)
        };
        progress.marks.iter().flat_map(ordinals).collect()
    }

    pub(super) fn show_part(&mut self, run: RunId, ordinal: u32, thousandths: u32) {
        self.parts.entry(run).or_default().insert(ordinal, thousandths);
    }

    pub(super) fn parts(&self, run: RunId) -> BTreeMap<u32, u32> {
        self.parts.get(&run).cloned().unwrap_or_default()
    }

    /// The place where a transport of a run is shown.
    pub(super) fn delivery(&mut self, run: RunId, transport: u32) -> &mut ShownDelivery {
        self.deliveries.entry(run).or_default().entry(transport).or_default()
    }

    pub(super) fn deliveries(&self, run: RunId) -> BTreeMap<u32, ShownDelivery> {
        self.deliveries.get(&run).cloned().unwrap_or_default()
    }

    pub(super) fn forget_run(&mut self, run: RunId) {
        self.runs.remove(&run);
        self.parts.remove(&run);
        self.deliveries.remove(&run);
        self.stopped.remove(&run);
    }

    pub(super) fn list(
        &self,
        owner: Option<&Owner>,
        before: Option<ExportId>,
        limit: usize,
    ) -> Vec<Summary> {
        let is_older = |summary: &&Summary| before.is_none_or(|before| summary.id < before);
        let is_theirs = |summary: &&Summary| owner.is_none_or(|owner| summary.owner == *owner);
        self.exports
            .values()
            .rev()
            .filter(is_older)
            .filter(is_theirs)
            .take(limit)
            .cloned()
            .collect()
    }

    pub(super) fn remove(&mut self, export: ExportId) {
        self.exports.remove(&export);
        self.events.remove(&export);
        self.runs.retain(|run, _| run.export != export);
        self.parts.retain(|run, _| run.export != export);
        self.deliveries.retain(|run, _| run.export != export);
        self.stopped.retain(|run| run.export != export);
    }

    pub(super) fn tell(&mut self, export: ExportId, event: &Event) -> EventId {
        self.last_told = self.last_told.after(event);
        let events = self.events.entry(export).or_default();
        events.push_back((self.last_told, event.clone()));
        if events.len() > MAX_EVENTS {
            events.pop_front();
        }
        self.last_told.id()
    }

    pub(super) fn events(
        &self,
        export: ExportId,
        after: Option<&EventId>,
        limit: usize,
    ) -> Vec<(EventId, Event)> {
        let Some(events) = self.events.get(&export) else { return Vec::new() };
        let known = |id: &EventId| {
            let told = Told::read(id)?;
            events.binary_search_by_key(&told, |(told, _)| *told).ok()
        };
        // An id that nobody knows is from before a wipe, or older than all that is kept.
        let first = after.and_then(known).map_or(0, |place| place + 1);
        events.range(first..).take(limit).map(|(told, event)| (told.id(), event.clone())).collect()
    }

    pub(super) fn lease(
        &mut self,
        name: &str,
        holder: &str,
        now: Instant,
        lifetime: Duration,
    ) -> bool {
        self.leases.retain(|_, lease| lease.until > now);
        let until = now + lifetime;
        match self.leases.get_mut(name) {
            Some(lease) if lease.holder != holder => false,
            Some(lease) => {
                lease.until = until;
                true
            }
            None => {
                self.leases.insert(name.to_owned(), Lease { holder: holder.to_owned(), until });
                true
            }
        }
    }

    pub(super) fn release(&mut self, name: &str, holder: &str) {
        if self.leases.get(name).is_some_and(|lease| lease.holder == holder) {
            self.leases.remove(name);
        }
    }
}
