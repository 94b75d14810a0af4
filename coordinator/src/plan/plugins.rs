//! The batches of an output with a plugin: one process for everything, or one for each dataset where its
//! exporter may be run so.

use std::collections::BTreeMap;

use proto::definition::Output;
use proto::plan::{KeyRange, Slice};
use proto::plugin::shard::{Merge, Shard};
use source::{Source, SourceError, Survey};

use super::wanted::nothing;

/// What a plan knows of an output with a plugin. A batch for one dataset is a range of their ids, so that
/// whoever runs it sees that the datasets, and their order, are still the same.
pub(super) async fn survey(
    source: &dyn Source,
    output: &Output,
    shards: &BTreeMap<String, Shard>,
) -> Result<Survey, SourceError> {
    let Some(datasets) = source.datasets() else {
        let what = "it keeps no datasets, and plugins read nothing else".to_owned();
        return Err(SourceError::Refused { what });
    };
    let name = output.plugin.as_deref().unwrap_or_default();
    if !shards.get(name).is_some_and(|shard| is_apart(*shard)) {
        return Ok(Survey { records: None, bytes: None, ..nothing() });
    }
    let ids = match &output.datasets {
        Some(ids) => ids.clone(),
        None => datasets.ids().await?,
    };
    if ids.is_empty() {
        return Ok(Survey { records: None, bytes: None, ..nothing() });
    }
    let slices = slices(&ids).collect();
    Ok(Survey { slices, records: None, bytes: None, ..nothing() })
}

/// Whether each dataset is a batch: what the parts leave stands side by side.
fn is_apart(shard: Shard) -> bool {
    shard.is_by_dataset()
        && match shard.merge {
            Merge::Files | Merge::None => true,
            Merge::JsonArray | Merge::Jsonl | Merge::Zip => false,
        }
}

fn slices(ids: &[String]) -> impl Iterator<Item = Slice> {
    let before = std::iter::once(None).chain(ids.iter().map(Some));
    let ranges = before.zip(ids);
    ranges
        .map(|(after, id)| Slice::Keys(KeyRange { after: after.cloned(), until: Some(id.clone()) }))
}

#[cfg(test)]
mod tests {
    use proto::plugin::shard::By;

    use super::*;

    #[test]
    fn each_dataset_is_a_range_of_one_id() {
        let ids = ["b", "a"].map(str::to_owned);
        let range = |after: Option<&str>, until: &str| {
            Slice::Keys(KeyRange { after: after.map(str::to_owned), until: Some(until.to_owned()) })
        };
        let slices: Vec<Slice> = slices(&ids).collect();
        assert_eq!(slices, [range(None, "b"), range(Some("b"), "a")]);
    }

    #[test]
    fn what_has_to_become_one_file_is_made_by_one_process() {
        let apart = |by, merge| is_apart(Shard { by, merge });
        assert!(apart(By::Dataset, Merge::Files) && apart(By::Dataset, Merge::None));
        assert!(!apart(By::Dataset, Merge::Jsonl) && !apart(By::None, Merge::Files));
    }
}
