//! What these commands ask of the host of plugins, which is the worker's.

use std::path::Path;

use anyhow::Context;
use proto::fault::Fault;
use proto::plugin::shard::Shard;
use serde_json::{Map, Value};

use crate::compose;
use crate::config::Config;

/// An exporter, as its plugin describes it.
#[derive(Debug, Clone)]
pub(super) struct Exporter {
    /// The plugin.
    pub(super) plugin: worker::Plugin,
    /// What definitions call it.
    pub(super) class: String,
    /// What people call it.
    pub(super) name: String,
    pub(super) description: String,
    pub(super) modalities: Vec<String>,
    /// What it takes, as it says.
    pub(super) options: Map<String, Value>,
    /// How it may be run in parts, where somebody says so: the operator, or else the exporter.
    pub(super) shard: Option<Shard>,
}

/// The exporters of the configured folders, and why others are none.
#[derive(Debug, Default)]
pub(super) struct Exporters {
    pub(super) found: Vec<Exporter>,
    pub(super) faults: Vec<Fault>,
}

/// Asks all plugins.
pub(super) async fn exporters(config: &Config) -> anyhow::Result<Exporters> {
    let (settings, scratch) = (config.plugins.plugins()?, &config.worker.scratch);
    std::fs::create_dir_all(scratch).with_context(|| format!("making {}", scratch.display()))?;
    let mut exporters = Exporters::default();
    for plugin in worker::plugins(&settings) {
        match worker::describe(&settings, &plugin, scratch).await {
            Ok(described) => {
                for exporter in described {
                    match read(config, &plugin, exporter) {
                        Ok(exporter) => exporters.found.push(exporter),
                        Err(fault) => exporters.faults.push(fault),
                    }
                }
            }
            Err(fault) => exporters.faults.push(fault),
        }
    }
    Ok(exporters)
}

/// Leaves one plugin in the configuration: one that nobody trusts is tried as it is run.
pub(super) fn take_only(config: &mut Config, folder: &Path) -> anyhow::Result<()> {
    let is_untrusted = worker::is_untrusted(&config.plugins.plugins()?, folder);
    let (this, none) = (vec![folder.to_owned()], Vec::new());
    let (folders, untrusted) = if is_untrusted { (none, this) } else { (this, none) };
    config.plugins.folders = folders;
    config.plugins.untrusted = untrusted;
    Ok(())
}

fn read(
    config: &Config,
    plugin: &worker::Plugin,
    told: worker::Exporter,
) -> Result<Exporter, Fault> {
    let shard = compose::shard(&config.plugins.shard, &plugin.name, &told)?;
    Ok(Exporter {
        plugin: plugin.clone(),
        name: told.name.unwrap_or_else(|| told.exporter.clone()),
        class: told.exporter,
        description: told.description.unwrap_or_default(),
        modalities: told.modalities,
        options: told.options.unwrap_or_default(),
        shard,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_of(config: &Config, shard: &Value) -> Result<Exporter, Fault> {
        let folder = "/plugins/a".into();
        let plugin = worker::Plugin { folder, name: "a".to_owned(), entry: worker::Entry::Ruby };
        let told = json!({"exporter": "A::Export", "shard": shard});
        read(config, &plugin, serde_json::from_value(told).unwrap())
    }

    #[test]
    fn the_operator_counts_before_the_exporter() {
        let own = json!({"by": "dataset", "merge": "files"});
        let mut config = Config::default();
        let exporter = read_of(&config, &own).unwrap();
        assert!(exporter.shard.unwrap().is_by_dataset());
        assert_eq!(exporter.name, "A::Export");
        config.plugins.shard.insert("A::Export".to_owned(), Shard::default());
        assert!(!read_of(&config, &own).unwrap().shard.unwrap().is_by_dataset());
        assert_eq!(read_of(&Config::default(), &Value::Null).unwrap().shard, None);
    }

    #[test]
    fn a_plugin_that_nobody_trusts_is_tried_as_such() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("theirs/labels/backends/sync")).unwrap();
        let mut config = Config::default();
        config.plugins.untrusted = vec![root.join("theirs")];
        take_only(&mut config, &root.join("theirs/labels")).unwrap();
        assert_eq!(config.plugins.untrusted, [root.join("theirs/labels")]);
        assert!(config.plugins.folders.is_empty());
        take_only(&mut config, &root.join("ours")).unwrap();
        assert_eq!(config.plugins.folders, [root.join("ours")]);
        assert!(config.plugins.untrusted.is_empty());
    }

    #[test]
    fn a_declaration_that_nobody_understands_is_told_with_its_exporter() {
        let fault = read_of(&Config::default(), &json!({"by": "entry"})).unwrap_err();
        assert_eq!(fault.place.as_deref(), Some("A::Export"));
        assert!(fault.message.contains("entry"), "{fault}");
    }
}
