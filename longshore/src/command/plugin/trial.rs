//! An exporter that is tried: one run of it in this process, over a few datasets.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use proto::definition::Definition;
use proto::fault::{Code, Fault};
use proto::source::SourceSpec;
use serde_json::{Map, Value, json};
use source::Catalog;

use super::host::{self, Exporter, Exporters};
use super::sample;
use crate::cli;
use crate::command::run::Work;
use crate::compose;
use crate::config::Config;

/// What the datasets are called in the definition of the run.
pub(super) const SOURCE: &str = "sample";

/// Where its files go below the folder of the run.
const TO: &str = "files/";

/// What is tried.
#[derive(Debug)]
pub(super) struct Trial {
    args: cli::Trial,
    /// What the run is called: as the folder of the plugin.
    name: String,
    /// The exporter.
    pub(super) exporter: Exporter,
}

impl Trial {
    /// Looks for the exporter, and leaves no other plugin in the configuration. A fault where the plugin is none,
    /// or has no such exporter.
    pub(super) async fn new(
        args: cli::Trial,
        config: &mut Config,
    ) -> anyhow::Result<Result<Self, Fault>> {
        let place = args.folder.display().to_string();
        let folder = match fs::canonicalize(&args.folder) {
            Ok(folder) => folder,
            Err(error) => {
                let what = format!("the folder cannot be read: {error}");
                return Ok(Err(Fault::new(Code::Unreadable, what).at(place)));
            }
        };
        host::take_only(config, &folder)?;
        let Exporters { found, mut faults } = host::exporters(config).await?;
        if found.is_empty() && !faults.is_empty() {
            return Ok(Err(faults.remove(0)));
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let chosen = chosen(found, args.exporter.as_deref()).map_err(|fault| fault.at(place));
        Ok(chosen.map(|exporter| Self { args, name, exporter }))
    }

    /// The datasets: those that are named, or the built-in ones, which are put there.
    pub(super) fn datasets(&self, there: &Path) -> anyhow::Result<PathBuf> {
        if let Some(sample) = &self.args.sample {
            let read = fs::canonicalize(sample);
            return read.with_context(|| format!("reading {}", sample.display()));
        }
        sample::write(there)?;
        fs::canonicalize(there).with_context(|| format!("reading {}", there.display()))
    }

    /// The source of the datasets.
    pub(super) fn catalog(config: &Config, datasets: &Path) -> Result<Arc<Catalog>, Vec<Fault>> {
        let spec = json!({"kind": "dataset", "directory": datasets.display().to_string()});
        let spec: SourceSpec = serde_json::from_value(spec)
            .map_err(|error| vec![Fault::new(Code::InvalidValue, error.to_string())])?;
        let sources = BTreeMap::from([(SOURCE.to_owned(), spec)]);
        compose::catalog(config, &sources, Path::new("."))
    }

    /// The run.
    pub(super) fn work(&self, catalog: Arc<Catalog>) -> Result<Work, Vec<Fault>> {
        let output = json!({
            "to": TO,
            "from": SOURCE,
            "plugin": self.exporter.class,
            "options": self.args.options,
        });
        let definition = json!({
            "name": self.name,
            "outputs": [output],
            "transports": [{"type": "download", "packer": "none"}],
        });
        let definition = Definition::parse(&definition.to_string())?;
        let name = format!("the run of {}", self.exporter.class);
        Ok(Work { name, definition, catalog, targets: BTreeMap::new(), base: ".".into() })
    }

    /// What the exporter is told.
    pub(super) fn options(&self) -> &Map<String, Value> {
        &self.args.options
    }

    /// The folder below `out` that a run puts its files into.
    pub(super) fn made(&self, out: &Path) -> PathBuf {
        out.join(pack::bag::folder(&self.name))
    }
}

/// The exporter of a class, or the only one.
fn chosen(exporters: Vec<Exporter>, class: Option<&str>) -> Result<Exporter, Fault> {
    let known: Vec<String> = exporters.iter().map(|exporter| exporter.class.clone()).collect();
    let fits = |exporter: &Exporter| class.is_none_or(|class| exporter.class == class);
    let mut fitting = exporters.into_iter().filter(fits);
    let (first, second) = (fitting.next(), fitting.next());
    let what = match (first, second, class) {
        (Some(exporter), None, _) => return Ok(exporter),
        (Some(_), Some(_), _) => "there are several exporters".to_owned(),
        (None, _, Some(class)) => format!("there is no exporter {class:?}"),
        (None, _, None) => "no exporter is registered".to_owned(),
    };
    let hint = if known.is_empty() {
        "the plugin's `Sync.init` registers them by `context.register_exports`".to_owned()
    } else {
        format!("name one with --exporter: {}", known.join(", "))
    };
    Err(Fault::new(Code::UnknownPlugin, what).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen_of(classes: &[&str], class: Option<&str>) -> Result<String, String> {
        let exporter = |class: &&str| Exporter {
            plugin: worker::Plugin {
                folder: "/plugins/a".into(),
                name: "a".to_owned(),
                entry: worker::Entry::Ruby,
            },
            class: (*class).to_owned(),
            name: String::new(),
            description: String::new(),
            modalities: Vec::new(),
            options: Map::new(),
            shard: None,
        };
        let exporters = classes.iter().map(exporter).collect();
        chosen(exporters, class).map(|one| one.class).map_err(|fault| fault.to_string())
    }

    #[test]
    fn the_only_exporter_needs_no_name() {
        assert_eq!(chosen_of(&["A::Export"], None).unwrap(), "A::Export");
        assert_eq!(chosen_of(&["A::Export", "A::Other"], Some("A::Other")).unwrap(), "A::Other");
    }

    #[test]
    fn whoever_names_none_is_told_which_there_are() {
        let several = chosen_of(&["A::Export", "A::Other"], None).unwrap_err();
        assert!(
            several.contains("several") && several.contains("A::Export, A::Other"),
            "{several}"
        );
        let other = chosen_of(&["A::Export"], Some("B")).unwrap_err();
        assert!(other.contains("\"B\"") && other.contains("A::Export"), "{other}");
        assert!(chosen_of(&[], None).unwrap_err().contains("register_exports"));
    }
}
