//! The objects above those of an output of a catalogue (`include_parents`): read off the objects when the run is
//! planned, and exported in batches of their own, each once, those that the search does not give.

use std::collections::BTreeSet;

use proto::definition::{Output, Select};
use proto::fault::{Code, Fault};
use proto::plan::Slice;
use serde_json::{Value, json};
use source::{Search, Survey};

use super::PlanError;
use super::wanted::wanted;
use crate::Coordinator;
use crate::look::{Arriving, Look};

/// The number of an object.
const NUMBER: &str = "_system_object_id";

/// The objects above one, the uppermost first.
const PATH: &str = "_path";

/// Objects that the catalogue is asked for at once.
const AT_ONCE: usize = 1000;

/// Most objects of one output beside.
const TOGETHER: usize = 10_000;

/// Most objects above those of an output.
const MOST: usize = 1_000_000;

/// What is above the objects of an output.
pub(super) struct Above {
    /// The output's place in the definition.
    pub(super) index: usize,
    ids: BTreeSet<u64>,
}

impl Above {
    /// What the last run left out of it, of an output that asks for it; nothing of others, nor where the search gives
    /// everything.
    pub(super) fn of(index: usize, output: &Output, left_out: Vec<u64>) -> Option<Self> {
        let easydb = output.easydb.as_ref().filter(|easydb| easydb.include_parents)?;
        easydb.search.is_some().then(|| Self { index, ids: left_out.into_iter().collect() })
    }
}

impl Coordinator {
    /// Adds what is above the objects of an output's slices.
    pub(super) async fn look_above(
        &self,
        above: &mut Above,
        output: &Output,
        (slices, view): (&[Slice], Option<&String>),
    ) -> Result<(), PlanError> {
        let index = above.index;
        let source = self
            .catalog
            .get(&output.from)
            .map_err(|fault| PlanError::Refused(fault.at(format!("/outputs/{index}/from"))))?;
        let look = Look { index, output, fields: Some(vec![PATH.to_owned()]), slices, view };
        look.at(&*source, |pages| collect(index, pages, &mut above.ids)).await
    }

    /// The searches for those that the output's own search does not give.
    pub(super) async fn searches_above(
        &self,
        above: &Above,
        output: &Output,
    ) -> Result<Vec<Search>, PlanError> {
        let failed = |source| PlanError::Source { output: above.index, source };
        let source = self.catalog.get(&output.from).map_err(PlanError::Refused)?;
        let (Some(catalogue), Some(search)) = (source.catalogue(), output.search()) else {
            return Ok(Vec::new());
        };
        let ids: Vec<u64> = above.ids.iter().copied().collect();
        let mut searches = Vec::new();
        let mut others: Vec<u64> = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            let found = catalogue.found(&search, some).await.map_err(failed)?;
            others.extend(some.iter().zip(found).filter(|(_, is_it)| !is_it).map(|(id, _)| *id));
        }
        for some in others.chunks(TOGETHER) {
            let element = json!({"type": "in", "bool": "must", "fields": [NUMBER], "in": some});
            searches.push(Search::from_iter([("search".to_owned(), json!([element]))]));
        }
        Ok(searches)
    }

    /// Looks over what a search for objects above others gives.
    pub(super) async fn survey_above(
        &self,
        index: usize,
        output: &Output,
        search: &Search,
        batch_size: Option<u64>,
    ) -> Result<Survey, PlanError> {
        let source = self.catalog.get(&output.from).map_err(PlanError::Refused)?;
        let mut wanted = wanted(output, batch_size, self.settings.batch_bytes);
        wanted.search = Some(search.clone());
        let failed = |source| PlanError::Source { output: index, source };
        source.survey(&wanted).await.map_err(failed)
    }
}

/// An output of objects above others, whose folder is decided.
pub(super) fn beside(output: &Output) -> Output {
    Output { incremental: None, select: Select::default(), ..output.clone() }
}

/// Adds what is above the objects of pages, until there are too many.
async fn collect(
    index: usize,
    mut pages: Arriving,
    ids: &mut BTreeSet<u64>,
) -> Result<(), PlanError> {
    while let Some(page) = pages.next().await {
        ids.extend(page.rows().flat_map(|row| path(row.cell(0).text)));
        if ids.len() > MOST {
            return Err(too_many(index));
        }
    }
    Ok(())
}

/// The numbers on a path.
fn path(text: &str) -> Vec<u64> {
    let Ok(Value::Array(path)) = serde_json::from_str(text) else { return Vec::new() };
    path.iter().filter_map(|one| one[NUMBER].as_u64()).collect()
}

fn too_many(index: usize) -> PlanError {
    let why = format!("more than {MOST} objects stand above those that are exported");
    let fault = Fault::new(Code::TooLarge, why);
    PlanError::Refused(
        fault
            .at(format!("/outputs/{index}/easydb/include_parents"))
            .hint("leave it out, and search for them"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_of_objects_with_numbers() {
        assert_eq!(path(r#"[{"_system_object_id": 3}, {"ort": {"_id": 1}}]"#), [3]);
        assert_eq!(path(""), [0; 0]);
    }

    #[test]
    fn only_an_output_that_searches_and_asks_for_it_has_any() {
        let output = |easydb: Value| -> Output {
            serde_json::from_value(json!({"to": "a/", "from": "s", "easydb": easydb})).unwrap()
        };
        let is_some = |easydb: Value| Above::of(0, &output(easydb), Vec::new()).is_some();
        assert!(is_some(json!({"include_parents": true, "search": {}})));
        assert!(!is_some(json!({"include_parents": true})) && !is_some(json!({"search": {}})));
    }
}
