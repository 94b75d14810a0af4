//! The batches of an output with a plugin: one process for everything, or one for each dataset where its
//! exporter may be run so.

use std::collections::BTreeMap;

use proto::definition::Output;
use proto::plan::{KeyRange, Slice};
use proto::plugin::shard::{Merge, Shard};
use source::{Source, SourceError, Survey};

use super::PlanError;
use super::views::Views;
use super::wanted::nothing;
use crate::Coordinator;
use crate::exporters::Exporters;

impl Coordinator {
    /// What a plan knows of an output, and what makes one result of its parts where a plugin exports it in parts.
    pub(super) async fn survey_parts(
        &self,
        index: usize,
        output: &Output,
        batch_size: Option<u64>,
        views: &mut Views,
    ) -> Result<(Survey, Option<Merge>), PlanError> {
        Ok(match self.in_parts(index, output).await? {
            Some((survey, merge)) => (survey, Some(merge)),
            None => (self.survey(index, output, batch_size, views).await?, None),
        })
    }

    /// A batch for one dataset is a range of their ids, so that whoever runs it sees that the datasets, and their
    /// order, are still the same.
    async fn in_parts(
        &self,
        index: usize,
        output: &Output,
    ) -> Result<Option<(Survey, Merge)>, PlanError> {
        let Some(name) = &output.plugin else { return Ok(None) };
        let exporters = self.settings.exporters.as_deref();
        let said = said(name, &self.settings.shards, exporters).await;
        let Some(shard) = said.filter(|shard| shard.is_by_dataset()) else { return Ok(None) };
        let source = self.source(index, output)?;
        let Some(datasets) = source.datasets() else { return Ok(None) };
        let failed = |source| PlanError::Source { output: index, source };
        let ids = match &output.datasets {
            Some(ids) => ids.clone(),
            None => datasets.ids().await.map_err(failed)?,
        };
        // Of no datasets there is a result too, which one process makes.
        if ids.is_empty() {
            return Ok(None);
        }
        let slices = slices(&ids).collect();
        let survey = Survey { slices, records: None, bytes: None, ..nothing() };
        Ok(Some((survey, shard.merge)))
    }
}

/// How an exporter is run: as the operator says, or else as it says itself. One that cannot be asked is run whole,
/// which is right of every exporter; whoever runs it tells what is wrong with it.
async fn said(
    name: &str,
    shards: &BTreeMap<String, Shard>,
    exporters: Option<&dyn Exporters>,
) -> Option<Shard> {
    if let Some(shard) = shards.get(name) {
        return Some(*shard);
    }
    match exporters?.shard(name).await {
        Ok(shard) => shard,
        Err(fault) => {
            tracing::warn!(plugin.name = name, error = %fault, "exporter not asked");
            None
        }
    }
}

/// What a plan knows of an output that one process exports.
pub(super) fn whole(source: &dyn Source) -> Result<Survey, SourceError> {
    if source.datasets().is_none() {
        let what = "it keeps no datasets, and plugins read nothing else".to_owned();
        return Err(SourceError::Refused { what });
    }
    Ok(Survey { records: None, bytes: None, ..nothing() })
}

fn slices(ids: &[String]) -> impl Iterator<Item = Slice> {
    let before = std::iter::once(None).chain(ids.iter().map(Some));
    let ranges = before.zip(ids);
    ranges
        .map(|(after, id)| Slice::Keys(KeyRange { after: after.cloned(), until: Some(id.clone()) }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use async_trait::async_trait;
    use proto::fault::{Code, Fault};
    use proto::plugin::shard::By;

    use super::*;
    use crate::exporters::Description;

    #[test]
    fn each_dataset_is_a_range_of_one_id() {
        let ids = ["b", "a"].map(str::to_owned);
        let range = |after: Option<&str>, until: &str| {
            Slice::Keys(KeyRange { after: after.map(str::to_owned), until: Some(until.to_owned()) })
        };
        let slices: Vec<Slice> = slices(&ids).collect();
        assert_eq!(slices, [range(None, "b"), range(Some("b"), "a")]);
    }

    /// Exporters of which one merges lines, and one cannot be asked.
    #[derive(Debug)]
    struct Two;

    #[async_trait]
    impl Exporters for Two {
        async fn shard(&self, name: &str) -> Result<Option<Shard>, Fault> {
            match name {
                "Lines" => Ok(Some(Shard { by: By::Dataset, merge: Merge::Jsonl })),
                "Broken" => Err(Fault::new(Code::PluginFailed, "it ended")),
                _ => Ok(None),
            }
        }

        async fn secrets(&self, _name: &str) -> Result<BTreeSet<String>, Fault> {
            Ok(BTreeSet::new())
        }

        async fn described(&self) -> Vec<Description> {
            Vec::new()
        }
    }

    #[tokio::test]
    async fn the_operator_counts_before_the_exporter_and_one_that_says_nothing_is_run_whole() {
        let lines = Shard { by: By::Dataset, merge: Merge::Jsonl };
        let nothing = BTreeMap::new();
        assert_eq!(said("Lines", &nothing, Some(&Two)).await, Some(lines));
        assert_eq!(said("Lines", &nothing, None).await, None);
        assert_eq!(said("Other", &nothing, Some(&Two)).await, None);
        assert_eq!(said("Broken", &nothing, Some(&Two)).await, None);
        let whole = BTreeMap::from([("Lines".to_owned(), Shard::default())]);
        assert_eq!(said("Lines", &whole, Some(&Two)).await, Some(Shard::default()));
    }
}
