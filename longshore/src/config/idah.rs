//! IDAH's own surface: `[idah]`.

use std::collections::BTreeMap;

use coordinator::api::idah::{Exporter, FOLDER, Settings};
use proto::fault::{Code, Fault};
use proto::source::{DatasetSpec, Rights, SourceSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct IdahConfig {
    pub(crate) source: String,
    pub(crate) plugins: bool,
    pub(crate) native: bool,
    pub(crate) category: String,
    pub(crate) exporters: BTreeMap<String, ExporterConfig>,
}

/// An exporter of a plugin, by the name of its class. What is empty is told by that name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ExporterConfig {
    plugin: String,
    name: String,
    description: String,
    to: String,
    modalities: Vec<String>,
}

impl Default for IdahConfig {
    fn default() -> Self {
        Self {
            source: String::new(),
            plugins: true,
            native: true,
            category: "annotation.category".to_owned(),
            exporters: BTreeMap::new(),
        }
    }
}

impl IdahConfig {
    /// How the surface is offered; nothing where it is not.
    pub(crate) fn settings(&self) -> Option<Settings> {
        let exporters = self.exporters.iter().map(|(class, exporter)| exporter.offered(class));
        let settings = Settings {
            source: self.source.clone(),
            exporters: exporters.collect(),
            plugins: self.plugins,
            native: self.native,
            category: self.category.clone(),
        };
        (!self.source.is_empty()).then_some(settings)
    }

    /// What is wrong with it beyond its shape.
    pub(super) fn mistakes(&self, sources: &BTreeMap<String, SourceSpec>) -> Vec<Fault> {
        let mut faults = self.without_door(sources);
        if self.source.is_empty() {
            return faults;
        }
        let why = match sources.get(&self.source) {
            Some(SourceSpec::Dataset(_)) => return faults,
            Some(_) => format!("the source {:?} is not of kind \"dataset\"", self.source),
            None => format!("there is no source {:?}", self.source),
        };
        faults.push(Fault::new(Code::InvalidValue, why).at("idah.source"));
        faults
    }

    /// Sources that are read with the rights of callers, and that nobody can come to.
    fn without_door(&self, sources: &BTreeMap<String, SourceSpec>) -> Vec<Fault> {
        let is_closed = |(name, spec): &(&String, &SourceSpec)| {
            **name != self.source && matches!(spec, SourceSpec::Dataset(spec) if is_callers(spec))
        };
        let told = |(name, _): (&String, &SourceSpec)| {
            let why =
                "nobody can come to it: only the `source` of [idah] has `rights = \"caller\"`";
            Fault::new(Code::InvalidValue, why).at(format!("sources.{name}.http.rights"))
        };
        sources.iter().filter(is_closed).map(told).collect()
    }
}

fn is_callers(spec: &DatasetSpec) -> bool {
    spec.http.as_ref().is_some_and(|api| api.rights == Rights::Caller)
}

impl ExporterConfig {
    fn offered(&self, class: &str) -> Exporter {
        let or = |text: &str, otherwise: &str| {
            if text.is_empty() { otherwise.to_owned() } else { text.to_owned() }
        };
        Exporter {
            class: class.to_owned(),
            plugin: or(&self.plugin, class),
            name: or(&self.name, class),
            description: self.description.clone(),
            to: or(&self.to, FOLDER),
            modalities: self.modalities.clone(),
            options: Map::new(),
        }
    }
}
