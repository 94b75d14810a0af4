//! What exporters say of themselves, for whoever plans or lists them: plugins are asked by the host that the worker has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use coordinator::{Description, Exporters};
use proto::fault::{Code, Fault};
use proto::plugin::shard::Shard;
use serde_json::Value;

use crate::config::Config;

/// The exporters of the configured folders.
#[derive(Debug)]
struct Described {
    plugins: worker::Plugins,
    /// What the operator says of some.
    shards: BTreeMap<String, Shard>,
    /// Which options of some are secret, as the operator says.
    secret_options: BTreeMap<String, BTreeSet<String>>,
    /// Where the processes that describe them may write.
    scratch: PathBuf,
    /// What plugins said.
    known: worker::Known,
}

/// The exporters of the configured folders; nothing where there are no folders.
pub(super) fn described(config: &Config) -> Option<Arc<dyn Exporters>> {
    // Where the program itself cannot be found, the worker says so.
    let has_any = |all: &worker::Plugins| !all.folders.is_empty() || !all.untrusted.is_empty();
    let plugins = config.plugins.plugins().ok().filter(has_any)?;
    Some(Arc::new(Described {
        plugins,
        shards: config.plugins.shard.clone(),
        secret_options: config.plugins.secret_options.clone(),
        scratch: config.worker.scratch.clone(),
        known: worker::Known::default(),
    }))
}

impl Described {
    /// Makes the place where processes may write.
    async fn scratch(&self) -> Result<(), Fault> {
        let made = tokio::fs::create_dir_all(&self.scratch).await;
        made.map_err(|error| {
            let what = format!("{} cannot be made: {error}", self.scratch.display());
            Fault::new(Code::Internal, what).hint("check [worker] scratch of the configuration")
        })
    }
}

#[async_trait]
impl Exporters for Described {
    async fn shard(&self, name: &str) -> Result<Option<Shard>, Fault> {
        self.scratch().await?;
        match self.known.find(&self.plugins, name, &self.scratch).await? {
            Some((plugin, told)) => shard(&self.shards, &plugin.name, &told),
            None => Ok(None),
        }
    }

    async fn secrets(&self, name: &str) -> Result<BTreeSet<String>, Fault> {
        self.scratch().await?;
        let found = self.known.find(&self.plugins, name, &self.scratch).await?;
        Ok(found.map_or_else(BTreeSet::new, |(plugin, told)| {
            secrets(&self.secret_options, &plugin.name, &told)
        }))
    }

    async fn described(&self) -> Vec<Description> {
        if let Err(fault) = self.scratch().await {
            tracing::warn!(error = %fault, "exporters not asked");
            return Vec::new();
        }
        let said = self.known.all(&self.plugins, &self.scratch).await;
        said.into_iter().map(description).collect()
    }
}

fn description(told: worker::Exporter) -> Description {
    Description {
        name: told.name.unwrap_or_else(|| told.exporter.clone()),
        class: told.exporter,
        description: told.description.unwrap_or_default(),
        selectors: told.modalities,
        options: told.options.unwrap_or_default(),
    }
}

/// The options of an exporter that are secret: those that it says itself, and those that the operator does by whichever of its
/// names.
fn secrets(
    operators: &BTreeMap<String, BTreeSet<String>>,
    plugin: &str,
    told: &worker::Exporter,
) -> BTreeSet<String> {
    let named = [told.exporter.as_str(), plugin];
    let named = named.into_iter().filter_map(|name| operators.get(name)).flatten().cloned();
    let own = told.options.as_ref().map(proto::plugin::secret::declared);
    named.chain(own.into_iter().flatten()).collect()
}

/// How an exporter may be run in parts, where somebody says so: the operator by whichever of its names definitions
/// use, or else the exporter.
pub(crate) fn shard(
    shards: &BTreeMap<String, Shard>,
    plugin: &str,
    told: &worker::Exporter,
) -> Result<Option<Shard>, Fault> {
    if let Some(said) = shards.get(&told.exporter).or_else(|| shards.get(plugin)) {
        return Ok(Some(*said));
    }
    let own = told.shard.clone().map(|shard| serde_json::from_value(Value::Object(shard)));
    own.transpose().map_err(|error| {
        Fault::new(Code::InvalidValue, format!("`shard` of the exporter is wrong: {error}"))
            .at(told.exporter.clone())
            .hint("such as `{ by: :dataset, merge: :json_array }`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_those_that_the_exporter_or_the_operator_says_by_any_name() {
        let told = worker::Exporter {
            exporter: "Posts::Export".to_owned(),
            name: None,
            description: None,
            modalities: Vec::new(),
            options: serde_json::json!({"url": {"type": "string"}, "key": {"secret": true}})
                .as_object()
                .cloned(),
            shard: None,
        };
        let of =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let operators = BTreeMap::from([
            ("posts".to_owned(), of(&["pin"])),
            ("Posts::Export".to_owned(), of(&["login"])),
            ("other".to_owned(), of(&["url"])),
        ]);
        assert_eq!(secrets(&operators, "posts", &told), of(&["key", "login", "pin"]));
        assert_eq!(secrets(&BTreeMap::new(), "posts", &told), of(&["key"]));
    }
}
