//! Objects of a catalogue that a run has though nobody changed them: those that the last one left out, mended or
//! not, for nothing about them need have changed when they can be written at last; and those that came to be found.

use std::collections::{BTreeMap, BTreeSet};

use fabric::record;
use fabric::store::StoreError;
use futures::TryStreamExt;
use proto::commit::Warning;
use proto::definition::Output;
use proto::fault::Code;
use proto::filter::{Comparison, Condition, Operand};
use proto::id::RunId;
use proto::marks::Marks;
use proto::plan::{Plan, PlannedOutput};

use crate::Coordinator;

/// The field with the number of an object.
const NUMBER: &str = "_system_object_id";

/// Most objects of one output beside.
const TOGETHER: usize = 10_000;

/// Most objects that are noted. Where more are left out, or where it cannot be told which, the run moves
/// nothing, and the next one has all of it again.
const MOST: usize = 10_000;

/// What an output is to have again.
pub(crate) struct Again {
    /// The field that it rises by.
    field: String,
    /// What the last run reached: what is beyond is new.
    before: Operand,
    /// The objects.
    ids: Vec<u64>,
}

impl Again {
    /// Some objects, in as many outputs as they need, each once.
    pub(super) fn all(field: &str, before: &Operand, mut ids: Vec<u64>) -> Vec<Self> {
        ids.sort_unstable();
        ids.dedup();
        let some = ids.chunks(TOGETHER).map(|ids| Self {
            field: field.to_owned(),
            before: before.clone(),
            ids: ids.to_vec(),
        });
        some.collect()
    }

    /// An output of its own beside the one with the changes, whose conditions and folder are decided.
    pub(crate) fn beside(self, output: &Output) -> Output {
        let mut again = output.clone();
        again.incremental = None;
        let until = Comparison { le: Some(self.before), ..Comparison::default() };
        again.select.filter.insert(self.field, Condition::Compare(until));
        let ids = self.ids.into_iter().map(|id| Operand::Number(id.into())).collect();
        again.select.filter.insert(NUMBER.to_owned(), Condition::In(ids));
        again
    }
}

/// What a run left out.
#[derive(Default)]
pub(super) struct LeftOut {
    /// Objects that the search of their output gives.
    ids: BTreeSet<u64>,
    /// Objects above those of an output, which its search does not give, by the output's place among the marks.
    above: BTreeMap<usize, BTreeSet<u64>>,
}

impl LeftOut {
    fn len(&self) -> usize {
        self.ids.len() + self.above.values().map(BTreeSet::len).sum::<usize>()
    }

    /// Writes it into the marks of the run.
    pub(super) fn note(self, marks: &mut Marks) {
        marks.left_out = self.ids.into_iter().collect();
        for (place, ids) in self.above {
            if let Some(mark) = marks.outputs.get_mut(place) {
                mark.above = ids.into_iter().collect();
            }
        }
    }
}

impl Coordinator {
    /// The objects that a run left out; nothing where they cannot be told.
    pub(super) async fn left_out(
        &self,
        run: RunId,
        plan: &Plan,
    ) -> Result<Option<LeftOut>, StoreError> {
        let mut left_out = LeftOut::default();
        let mut commits = record::commits(&self.store, run, 0..plan.batches);
        while let Some(commit) = commits.try_next().await? {
            let Some(planned) = plan.output_of(commit.ordinal) else { continue };
            let output = plan.definition.outputs.get(planned.index as usize);
            let Some(output) = output.filter(|output| output.easydb.is_some()) else { continue };
            let ids = match mark_below(&plan.definition.outputs, planned, output) {
                Some(place) => left_out.above.entry(place).or_default(),
                None => &mut left_out.ids,
            };
            for warning in &commit.warnings {
                match warning.object {
                    Some(id) => {
                        ids.insert(id);
                    }
                    None if may_leave_out(warning) => return Ok(None),
                    None => {}
                }
            }
            if left_out.len() > MOST {
                return Ok(None);
            }
        }
        Ok(Some(left_out))
    }
}

/// The place among the marks of the output whose objects are below these; nothing where these are an output's own.
fn mark_below(outputs: &[Output], planned: &PlannedOutput, output: &Output) -> Option<usize> {
    planned.search.as_ref()?;
    let mut marked = outputs.iter().filter(|other| other.incremental.is_some());
    // They are written like these, into the same folder, which others may share.
    marked.position(|other| {
        other.to == output.to && other.from == output.from && other.easydb == output.easydb
    })
}

/// Whether a warning that names no object may speak of some that were left out all the same: a record that was
/// met and has no number that can be told, or warnings that found no room.
fn may_leave_out(warning: &Warning) -> bool {
    warning.left_out.unwrap_or_else(|| looks_left_out(warning))
}

/// The same of a warning that does not say it, as workers of earlier versions wrote them.
fn looks_left_out(warning: &Warning) -> bool {
    let subject = warning.subject.as_deref();
    let is_record = subject.is_some_and(|subject| subject.starts_with('{'));
    let is_of_unlisted = warning.fault.code == Code::TooLarge && subject.is_none();
    warning.fault.code == Code::BrokenRecord || is_record || is_of_unlisted
}

#[cfg(test)]
mod tests {
    use proto::definition::Select;
    use proto::fault::Fault;
    use serde_json::{Map, json};

    use super::*;

    fn check(code: Code, subject: Option<&str>, expected: bool) {
        let subject = subject.map(str::to_owned);
        let (fault, output) = (Fault::new(code, "why"), "a".to_owned());
        let warning = Warning { fault, output, subject, object: None, left_out: None };
        assert_eq!(may_leave_out(&warning), expected, "{warning:?}");
        for is_left_out in [true, false] {
            let said = Warning { left_out: Some(is_left_out), ..warning.clone() };
            assert_eq!(may_leave_out(&said), is_left_out, "{said:?}");
        }
    }

    #[test]
    fn many_objects_come_in_several_outputs_each_once() {
        let ids: Vec<u64> = (0..25_000).rev().chain(0..3).collect();
        let all = Again::all("f", &Operand::Text("2026".to_owned()), ids);
        let ids: Vec<&[u64]> = all.iter().map(|again| &*again.ids).collect();
        assert_eq!(ids.iter().map(|ids| ids.len()).collect::<Vec<_>>(), [10_000, 10_000, 5_000]);
        assert!(ids.concat().iter().copied().eq(0..25_000));
    }

    #[test]
    fn objects_above_others_are_noted_with_the_output_below_them_of_several_in_a_folder() {
        let output = |from: &str, kind: &str| -> Output {
            let search = json!({"objecttypes": [kind]});
            let by = json!({"by": {"field": "_last_modified"}});
            serde_json::from_value(json!({"to": "a/", "from": from, "incremental": by,
                "easydb": {"json": true, "search": search, "include_parents": true}}))
            .unwrap()
        };
        let outputs = [output("museum", "bild"), output("museum", "ort"), output("other", "ort")];
        let planned = |search| PlannedOutput {
            index: 3,
            member: None,
            fields: None,
            search,
            columns: None,
            view: None,
            sheets: Vec::new(),
            merge: None,
            first: 0,
            batches: 1,
        };
        for (place, below) in outputs.iter().enumerate() {
            let above = Output { incremental: None, select: Select::default(), ..below.clone() };
            let found = mark_below(&outputs, &planned(Some(Map::new())), &above);
            assert_eq!(found, Some(place));
            assert_eq!(mark_below(&outputs, &planned(None), &above), None);
        }
    }

    #[test]
    fn what_may_have_been_left_out_counts_as_left_out() {
        check(Code::BrokenRecord, Some("not even JSON"), true);
        check(Code::Unrenderable, Some("{\"_system_object_id\":x,\"bild\":{}}"), true);
        check(Code::TooLarge, None, true);
    }

    #[test]
    fn what_was_written_otherwise_was_written() {
        // Letters that XML cannot hold, cells that were cut, pictures that are missing.
        check(Code::Unrenderable, Some("easydb"), false);
        check(Code::Unrenderable, None, false);
        // A document that is too long for its stylesheet.
        check(Code::TooLarge, Some("xml"), false);
        check(Code::AssetMissing, Some("file 3 of object 7, original"), false);
    }
}
