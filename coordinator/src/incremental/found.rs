//! Which objects of a catalogue its search finds, whether they changed or not: kept from run to run, so that it can
//! be told which are gone, and so that those are exported that come to be found without a change of their own.
//!
//! Where the catalogue shows no object at all, its index is taken to be under way: nothing is gone then, and what was
//! kept stays.

use std::io;
use std::pin::Pin;

use fabric::store::{Store, StoreError};
use futures::TryStreamExt;
use proto::definition::{OnError, Output};
use proto::filter::Where;
use proto::key::Key;
use proto::plan::{KeyRange, Listed, Slice};
use source::page::Cell;
use source::{Chunk, Read, Search, Source, SourceError};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, Lines};
use tokio::sync::mpsc;
use tokio_util::io::StreamReader;

use super::merging::{FIELDS, Merging, Met, NUMBER, Object, Unmerged, Verdicts, number};
use super::rise::is_reached;
use super::sorted::Writer;
use super::{Progress, Rising};
use crate::Coordinator;
use crate::plan::PlanError;

/// Pages that wait to be looked at.
const CHANNEL: usize = 4;

/// What became of the objects of an output.
pub(super) struct Found {
    /// Those that are found now.
    pub(super) now: Listed,
    /// Those that are gone; nothing where nobody knows what there was.
    pub(super) gone: Option<Listed>,
    /// The numbers of those that came to be found without a change of their own.
    pub(super) come: Vec<u64>,
}

impl Coordinator {
    /// Looks through all that the search of an output finds.
    pub(super) async fn found(
        &self,
        index: usize,
        output: &Output,
        rising: &Rising,
        progress: &Progress,
    ) -> Result<Found, PlanError> {
        let source = self
            .catalog
            .get(&output.from)
            .map_err(|fault| PlanError::Refused(fault.at(format!("/outputs/{index}/from"))))?;
        let failed = |source| PlanError::Source { output: index, source };
        let (run, attempt) = (progress.run, &progress.attempt);
        let store = &*self.store;
        let now = Key::digests(run, attempt, index);
        let gone = |number| Key::of_changes(run, attempt, index, "gone", number);
        let (kept, list) = (Writer::new(store, &now).await?, Writer::new(store, &gone(0)).await?);
        let merged = self.merged(&*source, output, rising, (kept, list)).await;
        let merged = merged.map_err(|error| match error {
            Unmerged::Source(source) => failed(source),
            Unmerged::Store(error) => PlanError::Store(error),
        })?;
        let Verdicts { kept_len, gone_len, come, holds_any } = merged;
        if let Some(before) = rising.found.as_ref().filter(|_| gone_len > 0 && !holds_any)
            && !holds_any_object(&*source).await.map_err(failed)?
        {
            let len = Writer::new(store, &gone(1)).await?.finish().await?;
            let gone = Some(Listed { key: gone(1), len });
            return Ok(Found { now: before.clone(), gone, come });
        }
        let gone = rising.found.as_ref().map(|_| Listed { key: gone(0), len: gone_len });
        Ok(Found { now: Listed { key: now, len: kept_len }, gone, come })
    }

    /// Merges what the search finds with what it found before.
    async fn merged(
        &self,
        source: &dyn Source,
        output: &Output,
        rising: &Rising,
        (kept, gone): (Writer, Writer),
    ) -> Result<Verdicts, Unmerged> {
        let catalogue = source.catalogue().ok_or_else(|| SourceError::Refused {
            what: format!("the source {:?} has no linked objects", output.from),
        })?;
        let search = output.search();
        let mut merging = Merging::new(&*catalogue, search.clone().unwrap_or_default(), kept, gone);
        let mut before = match &rising.found {
            Some(listed) => Some(Before::open(&*self.store, listed).await?),
            None => None,
        };
        let field = rising.by.field().unwrap_or_default();
        let fields = FIELDS.iter().copied().chain([field]).map(str::to_owned).collect();
        let read = everything(fields, search);
        let (out, chunks) = mpsc::channel(CHANNEL);
        let looking = async {
            // Dropped at the end, so that the source stops where something fails.
            let mut chunks = chunks;
            while let Some(chunk) = chunks.recv().await {
                // What is broken is asked for by its number, where it was there before.
                let Chunk::Page(page) = chunk else { continue };
                let was_reached = |cell: Cell<'_>| {
                    rising
                        .before
                        .as_ref()
                        .is_some_and(|before| is_reached(&rising.by, cell, before))
                };
                let rows: Vec<Met> =
                    page.rows().filter_map(|row| Met::of(&row, &was_reached)).collect();
                drop(page);
                for met in rows {
                    take(&mut merging, &mut before, rising, met).await?;
                }
            }
            Ok::<_, Unmerged>(())
        };
        let (read, looked) = tokio::join!(source.rows(&read, out), looking);
        looked?;
        read?;
        while let Some((id, object)) = before.as_mut().and_then(|before| before.next.take()) {
            merging.missing(id, object).await?;
            if let Some(before) = &mut before {
                before.advance().await?;
            }
        }
        merging.finish().await
    }
}

/// Takes an object that the search gives, and those before it that it gave the last time.
async fn take(
    merging: &mut Merging<'_>,
    before: &mut Option<Before>,
    rising: &Rising,
    met: Met,
) -> Result<(), Unmerged> {
    let Some(before) = before else { return merging.met(met).await };
    while let Some((id, object)) = before.next.take_if(|(id, _)| *id < met.id) {
        merging.missing(id, object).await?;
        before.advance().await?;
    }
    if before.next.take_if(|(id, _)| *id == met.id).is_some() {
        before.advance().await?;
        return merging.met(met).await;
    }
    merging.new_one(met, rising.before.as_ref()).await
}

/// All objects of a search.
fn everything(fields: Vec<String>, search: Option<Search>) -> Read {
    Read {
        slice: Slice::Keys(KeyRange { after: None, until: None }),
        fields: Some(fields),
        besides: Vec::new(),
        filter: Where::new(),
        search,
        view: None,
        on_error: OnError::Warn,
    }
}

/// Whether a catalogue shows any object, whatever is searched for.
async fn holds_any_object(source: &dyn Source) -> Result<bool, SourceError> {
    let read = everything(vec![NUMBER.to_owned()], None);
    let (out, mut chunks) = mpsc::channel(1);
    let looking = async move {
        let first = chunks.recv().await;
        // Dropped with it, so that the source stops.
        drop(chunks);
        first.is_some()
    };
    let (read, holds_any) = tokio::join!(source.rows(&read, out), looking);
    read?;
    Ok(holds_any)
}

/// The objects that were found the last time, in the order of their numbers.
struct Before {
    key: Key,
    lines: Lines<Pin<Box<dyn AsyncBufRead + Send>>>,
    next: Option<(u64, Object)>,
}

impl Before {
    async fn open(store: &dyn Store, listed: &Listed) -> Result<Self, StoreError> {
        let bytes = store.read(&listed.key, 0..listed.len, None).await?;
        let reader: Pin<Box<dyn AsyncBufRead + Send>> =
            Box::pin(StreamReader::new(bytes.map_err(io::Error::other)));
        let mut before = Self { key: listed.key.clone(), lines: reader.lines(), next: None };
        before.advance().await?;
        Ok(before)
    }

    async fn advance(&mut self) -> Result<(), StoreError> {
        let line = self.lines.next_line().await.map_err(|error| StoreError::Unavailable {
            during: "reading which objects were found",
            source: Box::new(error),
        })?;
        let Some(line) = line else { return Ok(()) };
        let object = serde_json::from_str::<Object>(&line).ok();
        let numbered = object.and_then(|object| Some((number(&object)?, object)));
        let what = || StoreError::Damaged {
            key: self.key.clone(),
            what: "a line of it is no object with a number".to_owned(),
        };
        self.next = Some(numbered.ok_or_else(what)?);
        Ok(())
    }
}
