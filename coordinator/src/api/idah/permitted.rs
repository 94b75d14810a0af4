//! Which datasets somebody may export: those of the project that the source shows them. Others are left out without
//! a word, as IDAH does, and so nothing is told of what is somebody else's.

use futures::future::try_join_all;
use proto::fault::{Code, Fault};
use proto::id::Owner;
use serde_json::Value;

use super::Door;
use super::trouble::Trouble;
use super::wanted::{Wanted, id};

/// How many datasets are asked for at once.
const TOGETHER: usize = 8;

/// A dataset that somebody may export.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Permitted {
    pub(super) id: String,
    /// What is known of it.
    pub(super) record: Value,
}

impl Door {
    /// The wanted datasets that somebody may export, in their order.
    pub(super) async fn permitted(
        &self,
        owner: &Owner,
        wanted: &Wanted,
    ) -> Result<Vec<Permitted>, Trouble> {
        let coordinator = self.api.coordinator.reading_for(owner);
        let source = coordinator.catalog.get(&self.settings.source)?;
        let datasets = source.datasets().ok_or_else(|| {
            let why = format!("the source {:?} has no datasets", self.settings.source);
            Fault::new(Code::NotConfigured, why).at("idah.source")
        })?;
        let mut permitted = Vec::new();
        for ids in wanted.dataset_ids.chunks(TOGETHER) {
            let found = try_join_all(ids.iter().map(|id| datasets.dataset(id))).await?;
            for (id, record) in ids.iter().zip(found) {
                let Some(record) = record else { continue };
                let record: Value = serde_json::from_str(record.get()).unwrap_or_default();
                if is_of(&record, wanted.project_id.as_deref()) {
                    permitted.push(Permitted { id: id.clone(), record });
                }
            }
        }
        Ok(permitted)
    }
}

/// What a record says under a key, plain or within the attributes of JSON:API.
pub(super) fn told<'r>(record: &'r Value, key: &str) -> &'r Value {
    record.get(key).unwrap_or(&record["attributes"][key])
}

/// Whether a dataset is of a project, as far as its record tells.
fn is_of(record: &Value, project: Option<&str>) -> bool {
    let of = id(told(record, "project_id"));
    of.as_deref().zip(project).is_none_or(|(of, project)| of == project)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_dataset_is_of_the_project_that_its_record_names() {
        for (record, project, expected) in [
            (json!({"project_id": "p"}), Some("p"), true),
            (json!({"project_id": 7}), Some("7"), true),
            (json!({"project_id": "q"}), Some("p"), false),
            (json!({"attributes": {"project_id": "q"}}), Some("p"), false),
            (json!({"project_id": "q"}), None, true),
            (json!({"project_id": null}), Some("p"), true),
            (json!({}), Some("p"), true),
        ] {
            assert_eq!(is_of(&record, project), expected, "{record} {project:?}");
        }
    }
}
