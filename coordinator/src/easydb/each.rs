//! What is told of many things at once, thing by thing: read from what a run's batches left in the store.
//!
//! Where the files of a run are gone, so are these.

use fabric::record;
use fabric::store::StoreError;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use proto::commit::{Commit, Exported};
use proto::id::RunId;
use proto::key::Key;
use proto::plan::Plan;
use serde_json::{Map, Value, json};
use tokio::io::AsyncBufReadExt as _;
use tokio_util::io::StreamReader;
use tree::FileId;

use super::tally::{Begin, objects_of};
use super::{Each, Happened};
use crate::Coordinator;

type Things<'c> = BoxStream<'c, Result<Map<String, Value>, StoreError>>;

impl Coordinator {
    /// What a record of many things tells of each, but for the first `skip`.
    pub(crate) fn each<'c>(&'c self, happened: &'c Happened, skip: u64) -> Things<'c> {
        let run = |run| RunId { export: happened.export, run };
        let things = match &happened.each {
            None | Some(Each::Gone { .. }) => stream::empty().boxed(),
            Some(Each::Objects { run: of, .. }) => self.objects(run(*of), skip),
            Some(Each::Assets { run: of, .. }) => self.assets(run(*of), skip),
            Some(Each::These(these)) => {
                let begin = usize::try_from(skip).unwrap_or(usize::MAX);
                let rest = these.get(begin..).unwrap_or_default();
                stream::iter(rest.iter().cloned().map(Ok)).boxed()
            }
        };
        let is_there = |found: &Result<_, _>| !matches!(found, Err(StoreError::Missing { .. }));
        things.take_while(move |found| std::future::ready(is_there(found))).boxed()
    }

    /// The objects of a run. Those of batches before are passed by unread, and most of these batches too.
    fn objects(&self, run: RunId, skip: u64) -> Things<'_> {
        let commits = stream::once(async move {
            let tally = self.tally(run).await?;
            let plan: Plan = record::read(&*self.store, &Key::plan(run)).await?;
            let Begin { ordinal, mut skip } = tally.object(skip);
            let commits = record::commits(&self.store, run, ordinal..tally.batches());
            Ok::<_, StoreError>(commits.map_ok(move |commit: Commit| {
                let objects = objects_of(&plan, &commit);
                let passed = skip.min(objects);
                skip -= passed;
                (commit.ordinal, passed..objects)
            }))
        });
        commits
            .try_flatten()
            .try_filter(|(_, wanted)| std::future::ready(!wanted.is_empty()))
            .and_then(move |(ordinal, wanted)| async move {
                let key = Key::exported(run, ordinal);
                let len = self.store.head(&key).await?.len;
                let bytes = self.store.read(&key, 0..len, None).await?;
                let lines = StreamReader::new(bytes.map_err(std::io::Error::other)).lines();
                let passed = usize::try_from(wanted.start).unwrap_or(usize::MAX);
                let most = usize::try_from(wanted.end - wanted.start).unwrap_or(usize::MAX);
                let lines = stream::try_unfold(lines, |mut lines| async move {
                    let line = lines.next_line().await;
                    let line = line.map_err(|error| StoreError::Unavailable {
                        during: "reading what was exported",
                        source: Box::new(error),
                    })?;
                    Ok::<_, StoreError>(line.map(|line| (line, lines)))
                });
                // A line says nothing of where the next begins, so that those before go by too, but as text.
                let wanted = lines.skip(passed).take(most);
                Ok(wanted.and_then(move |line| std::future::ready(object(&key, &line))))
            })
            .try_flatten()
            .boxed()
    }

    /// The files of a catalogue in a run.
    fn assets(&self, run: RunId, skip: u64) -> Things<'_> {
        let files = stream::once(async move {
            let Begin { ordinal, skip } = self.tally(run).await?.asset(skip);
            // The place before all files of the batch.
            let after = (ordinal > 0).then_some(FileId::Batch { ordinal, place: None });
            let files = tree::files(&self.store, run, after).try_filter_map(|file| {
                let thing = file.of.map(|of| {
                    map(&json!({
                        "asset_id": of.eas_id, "asset_version": of.version,
                        "asset_class": of.class, "system_object_id": of.system_object_id,
                        "path": file.path, "bytes_total": file.size,
                    }))
                });
                std::future::ready(Ok(thing))
            });
            Ok::<_, StoreError>(files.skip(usize::try_from(skip).unwrap_or(usize::MAX)))
        });
        files.try_flatten().boxed()
    }

    /// How many objects and how many files of a catalogue a run has.
    pub(super) async fn count_exported(&self, run: RunId) -> Result<(u64, u64), StoreError> {
        let tally = self.tally(run).await?;
        Ok((tally.objects(), tally.assets()))
    }
}

/// An object, by the line that its batch left of it.
fn object(key: &Key, line: &str) -> Result<Map<String, Value>, StoreError> {
    let Exported { objecttype, id, system_object_id, version } =
        record::decode(key, line.as_bytes())?;
    Ok(map(&json!({
        "objecttype": objecttype, "object_id": id, "object_version": version,
        "system_object_id": system_object_id,
    })))
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
