//! By content: every record is read when the run is planned, and those whose digests are as they
//! were are left out of the run.

use proto::definition::{OnError, Output};
use proto::fault::{Code, Fault};
use proto::key::Key;
use proto::plan::{Listed, Pick, Slice};
use source::{Read, Survey};

use super::Progress;
use super::changes::{Incomparable, Places, compare};
use super::gone::Listing;
use super::sorted::{Sorted, Writer};
use crate::Coordinator;
use crate::plan::PlanError;

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
    /// The output that lists what is gone.
    pub(crate) deleted: Option<Listing>,
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
            search: output.search(),
            query: output.query.clone(),
            view: survey.view.clone(),
            on_error,
        };
        if survey.view.is_none() && slices.iter().any(may_change) {
            return Err(refused(
                index,
                "a source that changes while it is read cannot be compared",
                "set `consistency = \"snapshot\"` where it is a database, or go by a field",
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
        Ok(Changes { slices, deleted: Some(Listing::of_keys(output, deleted)) })
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

/// Whether a slice may give other records the second time it is read.
fn may_change(slice: &Slice) -> bool {
    match slice {
        Slice::Keys(_) | Slice::Pages(_) => true,
        Slice::Files(_) | Slice::Groups(_) | Slice::Listed(_) => false,
    }
}

/// Why an output cannot be compared.
pub(super) fn refused(index: usize, why: &str, hint: &str) -> PlanError {
    let fault = Fault::new(Code::SourceRefused, why).at(format!("/outputs/{index}/incremental"));
    PlanError::Refused(fault.hint(hint))
}
