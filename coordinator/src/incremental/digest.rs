//! By content: every record is read when the run is planned, and those whose digests are as they
//! were are left out of the run.

use std::sync::Arc;

use proto::definition::{Format, OnError, Options, Output, Select};
use proto::fault::{Code, Fault};
use proto::key::Key;
use proto::plan::{Listed, Pick, Slice};
use source::page::Page;
use source::{Chunk, Read, Source, SourceError, Survey};
use tokio::sync::mpsc;

use super::Progress;
use super::changes::{Incomparable, Places, compare};
use super::entry::Entry;
use super::sorted::{Sorted, Sorter, Writer};
use crate::Coordinator;
use crate::plan::PlanError;

/// Pages that wait to be looked at.
const CHANNEL: usize = 4;

/// What is compared.
pub(crate) struct Comparing<'p> {
    /// The output's place in the definition.
    pub(crate) index: usize,
    /// The output.
    pub(crate) output: &'p Output,
    /// The field that tells its records apart.
    pub(crate) key: &'p str,
    /// What becomes of broken records.
    pub(crate) on_error: OnError,
    /// What its source looks like.
    pub(crate) survey: &'p Survey,
}

/// What of an output changed.
pub(crate) struct Changes {
    /// The slices that hold what changed, and which of their records that is; nothing for all.
    pub(crate) slices: Vec<(Slice, Option<Pick>)>,
    /// The output that lists what is gone, and its only slice.
    pub(crate) deleted: Option<(Output, Slice)>,
}

/// What was read.
struct Seen {
    sorter: Sorter,
    /// How many records each slice has.
    rows: Vec<u64>,
}

impl Coordinator {
    /// Compares an output's records with those of the last time.
    pub(crate) async fn changes(
        &self,
        comparing: Comparing<'_>,
        slices: Vec<(Slice, Option<Pick>)>,
        progress: &mut Progress,
    ) -> Result<Changes, PlanError> {
        let Comparing { index, output, key, on_error, survey } = comparing;
        let slices: Vec<Slice> = slices.into_iter().map(|(slice, _)| slice).collect();
        let read = Read {
            slice: Slice::Files(Vec::new()),
            fields: if output.assets.is_some() { Some(Vec::new()) } else { survey.fields.clone() },
            besides: output.besides(),
            filter: output.select.filter.clone(),
            view: survey.view.clone(),
            on_error,
        };
        if survey.view.is_none() && slices.iter().any(|slice| matches!(slice, Slice::Keys(_))) {
            return Err(refused(
                index,
                "a database that changes while it is read cannot be compared",
                "set `consistency = \"snapshot\"` for this source, or go by a field",
            ));
        }
        let (run, attempt) = (progress.run, progress.attempt.clone());
        let name = |what: &'static str| {
            let attempt = attempt.clone();
            move |number: u32| Key::of_changes(run, &attempt, index, what, number)
        };
        let mut seen = self.see(index, output, key, &slices, read, name("sorted")).await?;
        let store = &*self.store;
        let before = match progress.digests(output) {
            Some((at, len)) => Some(Sorted::stored(store, at, len).await?),
            None => None,
        };
        let is_first = before.is_none();
        let kept_at = Key::digests(run, &attempt, index);
        let deleted_at = name("deleted")(0);
        let mut kept = Writer::new(store, &kept_at).await?;
        let mut deleted = Writer::new(store, &deleted_at).await?;
        let mut places = Places::none(seen.rows.iter().sum());
        let now = seen.sorter.sorted().await?;
        compare(now, before, &mut places, &mut kept, Some((key, &mut deleted))).await.map_err(
            |error| match error {
                Incomparable::Store(error) => PlanError::Store(error),
                Incomparable::Twice(key) => {
                    let why = format!("two records have the key {key}");
                    refused(index, &why, "name a field that tells all records apart")
                }
            },
        )?;
        progress.reach(output, kept_at, kept.finish().await?);
        seen.sorter.clean().await?;
        let deleted = Listed { key: deleted_at, len: deleted.finish().await? };
        if is_first {
            let slices = slices.into_iter().map(|slice| (slice, None)).collect();
            return Ok(Changes { slices, deleted: None });
        }
        let slices = self.picked(slices, &seen.rows, &places, name("picked")(0)).await?;
        Ok(Changes { slices, deleted: Some((listing(output), Slice::Listed(deleted))) })
    }

    /// Reads all records.
    async fn see(
        &self,
        index: usize,
        output: &Output,
        field: &str,
        slices: &[Slice],
        read: Read,
        name: impl Fn(u32) -> Key + Send + Sync + 'static,
    ) -> Result<Seen, PlanError> {
        let source = self
            .catalog
            .get(&output.from)
            .map_err(|fault| PlanError::Refused(fault.at(format!("/outputs/{index}/from"))))?;
        let place = read.besides.iter().position(|besides| besides == field);
        let place = place.expect("an output needs its key besides what it writes");
        let mut seen =
            Seen { sorter: Sorter::new(Arc::clone(&self.store), name), rows: Vec::new() };
        let mut number = 0;
        for slice in slices {
            let first = number;
            let read = Read { slice: slice.clone(), ..read.clone() };
            // Documents are one cell.
            let column = read.fields.as_ref().map_or(1, Vec::len) + place;
            let (out, chunks) = mpsc::channel(CHANNEL);
            let looking = async {
                // Dropped at the end, so that the source stops where a record is refused.
                let mut chunks = chunks;
                while let Some(chunk) = chunks.recv().await {
                    let Chunk::Page(page) = chunk else { continue };
                    let from = number;
                    number += page.len() as u64;
                    let entries = remember(page, column, from).await;
                    let entries = entries.map_err(|why| {
                        refused(index, &why, "name a field that all records have")
                    })?;
                    seen.sorter.take(entries).await?;
                }
                Ok::<_, PlanError>(())
            };
            let reading = read_all(&**source, &read, out);
            let (read, looked) = tokio::join!(reading, looking);
            looked?;
            read.map_err(|source| PlanError::Source { output: index, source })?;
            seen.rows.push(number - first);
        }
        Ok(seen)
    }

    /// The slices that hold what changed, with the places of it in an object. The first slice stays,
    /// for an output has one.
    async fn picked(
        &self,
        slices: Vec<Slice>,
        rows: &[u64],
        places: &Places,
        key: Key,
    ) -> Result<Vec<(Slice, Option<Pick>)>, PlanError> {
        let mut writer = Writer::new(&*self.store, &key).await?;
        let (mut picked, mut first) = (Vec::new(), 0);
        for (slice, rows) in slices.into_iter().zip(rows) {
            let bits = places.within(first, *rows);
            first += rows;
            if bits.is_none() && !picked.is_empty() {
                continue;
            }
            let pick = Pick { key: key.clone(), start: writer.len(), rows: *rows };
            let none = vec![0; usize::try_from(rows.div_ceil(8)).expect("within")];
            writer.append(|out| out.extend(bits.unwrap_or(none))).await?;
            picked.push((slice, Some(pick)));
        }
        writer.finish().await?;
        Ok(picked)
    }
}

async fn read_all(
    source: &dyn Source,
    read: &Read,
    out: mpsc::Sender<Chunk>,
) -> Result<(), SourceError> {
    source.rows(read, out).await
}

/// Remembers a page's rows.
async fn remember(page: Page, key: usize, first: u64) -> Result<Vec<Entry>, String> {
    let remembering = tokio::task::spawn_blocking(move || {
        let width = page.width();
        (first..)
            .zip(page.rows())
            .map(|(number, row)| Entry::of(&row, width, key, number))
            .collect()
    });
    remembering.await.expect("hashing does not panic")
}

/// The output that lists what is gone from another: `orders.deleted.jsonl` beside `orders.csv`, and
/// `deleted.jsonl` in a folder of files.
fn listing(output: &Output) -> Output {
    let (folder, name) = match output.to.rsplit_once('/') {
        Some((folder, name)) => (format!("{folder}/"), name),
        None => (String::new(), output.to.as_str()),
    };
    let to = if output.per.is_some() || output.assets.is_some() {
        let folder = folder.split('{').next().unwrap_or_default();
        let folder =
            folder.rsplit_once('/').map_or(String::new(), |(whole, _)| format!("{whole}/"));
        format!("{folder}deleted.jsonl")
    } else {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        format!("{folder}{stem}.deleted.jsonl")
    };
    Output {
        to,
        from: output.from.clone(),
        select: Select::default(),
        incremental: None,
        format: Some(Format::Jsonl),
        options: Options::default(),
        per: None,
        assets: None,
    }
}

fn refused(index: usize, why: &str, hint: &str) -> PlanError {
    let fault = Fault::new(Code::SourceRefused, why).at(format!("/outputs/{index}/incremental"));
    PlanError::Refused(fault.hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, expected: &str) {
        assert_eq!(listing(&serde_json::from_str(output).unwrap()).to, expected);
    }

    #[test]
    fn what_is_gone_is_listed_beside_what_is_there() {
        check(r#"{"to": "orders.csv", "from": "s", "format": "csv"}"#, "orders.deleted.jsonl");
        check(
            r#"{"to": "a/b.c/orders", "from": "s", "format": "csv"}"#,
            "a/b.c/orders.deleted.jsonl",
        );
        check(
            r#"{"to": "{a}/x/{b}.json", "from": "s", "format": "json", "per": "record"}"#,
            "deleted.jsonl",
        );
        check(
            r#"{"to": "x/y{a}/{b}.json", "from": "s", "format": "json", "per": "record"}"#,
            "x/deleted.jsonl",
        );
        check(r#"{"to": "media/", "from": "s", "assets": {"field": "f"}}"#, "media/deleted.jsonl");
        check(r#"{"to": "media", "from": "s", "assets": {"field": "f"}}"#, "deleted.jsonl");
    }
}
