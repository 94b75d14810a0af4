//! What datasets are labelled with. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use super::permitted::{Permitted, told};

/// The categories that datasets are labelled with, by their ids, in the order of the datasets, each once.
pub(super) fn labels(datasets: &[Permitted]) -> Vec<String> {
    let (mut seen, mut labels) = (BTreeSet::new(), Vec::new());
    for dataset in datasets {
        let shapes = told(&dataset.record, "labeling_configuration").as_object();
        let mut waiting: Vec<&Value> =
            shapes.into_iter().flatten().map(|(_, shape)| &shape["values"]).collect();
        // Taken from the end: what comes first goes there last.
        waiting.reverse();
        while let Some(values) = waiting.pop() {
            if let Some(id) = values["id"].as_str()
                && seen.insert(id)
            {
                labels.push(id.to_owned());
            }
            let below = values.as_array().or_else(|| values["children"].as_array());
            waiting.extend(below.into_iter().flatten().rev());
        }
    }
    labels
}
