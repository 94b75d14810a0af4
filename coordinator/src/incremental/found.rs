//! Which objects of a catalogue its search finds, whether they changed or not: kept from run to run, so that it can
//! be told which are gone, and so that those are exported that come to be found without a change of their own.
//!
//! Where the catalogue shows no object at all, its index is taken to be under way: nothing is gone then, and what was
//! kept stays.

use fabric::store::{Store, StoreError};
use futures::TryStreamExt;
use proto::definition::{OnError, Output};
use proto::filter::Where;
use proto::key::Key;
use proto::plan::{KeyRange, Listed, Slice};
use source::page::Cell;
use source::{Chunk, Read, Search, Source, SourceError};
use tokio::sync::mpsc;

use super::merging::{Merging, Unmerged, Verdicts};
use super::met::{FIELDS, Met, NUMBER, Object, number};
use super::rise::is_reached;
use super::sorted::Writer;
use super::{Progress, Rising};
use crate::Coordinator;
use crate::plan::PlanError;

/// Pages that wait to be looked at.
const CHANNEL: usize = 4;

/// How much of a list is read at once (1 MiB).
const PIECE_BYTES: u64 = 1 << 20;

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
                    page.rows().filter_map(|row| Met::of(&row, was_reached)).collect();
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
    before: &mut Option<Before<'_>>,
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
        query: None,
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

/// The objects that were found the last time, in the order of their numbers. Read piece by piece, for a catalogue may
/// take longer to answer than a store waits for who reads.
struct Before<'s> {
    store: &'s dyn Store,
    listed: &'s Listed,
    /// How much was read.
    at: u64,
    waiting: Vec<u8>,
    /// How much of what waits was taken.
    taken: usize,
    next: Option<(u64, Object)>,
}

impl<'s> Before<'s> {
    async fn open(store: &'s dyn Store, listed: &'s Listed) -> Result<Self, StoreError> {
        let (waiting, next) = (Vec::new(), None);
        let mut before = Self { store, listed, at: 0, waiting, taken: 0, next };
        before.advance().await?;
        Ok(before)
    }

    async fn advance(&mut self) -> Result<(), StoreError> {
        let Listed { key, len } = self.listed;
        let damaged = || StoreError::Damaged {
            key: key.clone(),
            what: "a line of it is no object with a number".to_owned(),
        };
        loop {
            let rest = &self.waiting[self.taken..];
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let object = serde_json::from_slice::<Object>(&rest[..end]).ok();
                let numbered = object.and_then(|object| Some((number(&object)?, object)));
                self.taken += end + 1;
                self.next = Some(numbered.ok_or_else(damaged)?);
                return Ok(());
            }
            if self.at == *len {
                return if rest.is_empty() { Ok(()) } else { Err(damaged()) };
            }
            self.waiting.drain(..self.taken);
            self.taken = 0;
            let end = (self.at + PIECE_BYTES).min(*len);
            let mut bytes = self.store.read(key, self.at..end, None).await?;
            while let Some(chunk) = bytes.try_next().await? {
                self.waiting.extend_from_slice(&chunk);
            }
            self.at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use fabric::store::DirectoryStore;

    use super::*;

    #[tokio::test]
    async fn what_was_found_is_read_wherever_pieces_end() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::open(folder.path().to_owned()).unwrap();
        let key = Key::listed("found".to_owned());
        let mut writer = Writer::new(&store, &key).await.unwrap();
        let count = 3 * PIECE_BYTES / 40;
        for id in 0..count {
            let line = format!("{{\"{NUMBER}\":{id},\"_objecttype\":\"bild\"}}\n");
            writer.append(|out| out.extend_from_slice(line.as_bytes())).await.unwrap();
        }
        let listed = Listed { key, len: writer.finish().await.unwrap() };
        assert!(listed.len > 2 * PIECE_BYTES);
        let mut before = Before::open(&store, &listed).await.unwrap();
        for id in 0..count {
            assert_eq!(before.next.take().unwrap().0, id);
            before.advance().await.unwrap();
        }
        assert!(before.next.is_none());
        let cut = Listed { len: listed.len - 1, ..listed };
        let mut before = Before::open(&store, &cut).await.unwrap();
        let mut last = Ok(());
        while last.is_ok() && before.next.take().is_some() {
            last = before.advance().await;
        }
        assert!(last.is_err());
    }
}
