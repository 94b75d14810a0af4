//! What can be asked for: exporters of plugins that the operator offers or has a folder of, and formats that need
//! none.

use serde_json::{Map, Value};

use super::modality::takes_any;
use super::native::{NATIVE, Native};
use super::{Door, Settings};
use crate::exporters::Description;

/// Where the result of an exporter goes in the archive, unless the operator says.
pub const FOLDER: &str = "export/";

/// An exporter of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exporter {
    /// What clients call it: the name of its class, such as `Acme::Sync::Export`.
    pub class: String,
    /// The plugin, as definitions name it.
    pub plugin: String,
    /// What people call it.
    pub name: String,
    /// What it makes.
    pub description: String,
    /// Where its result goes in the archive: a file, or a folder.
    pub to: String,
    /// Of datasets of which modalities, such as `idah-image`; a `*` at the end stands for anything, and what stands
    /// between slashes is a regular expression. Of all where there are none.
    pub modalities: Vec<String>,
    /// What it takes, as it says itself.
    pub options: Map<String, Value>,
}

/// What somebody asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Chosen<'s> {
    /// An exporter of a plugin.
    Plugin(&'s Exporter),
    /// A format that is made here.
    Native(&'static Native),
}

/// What is told of each in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told<'s> {
    pub(super) name: &'s str,
    pub(super) description: &'s str,
    pub(super) class: &'s str,
    pub(super) modalities: Vec<&'s str>,
    pub(super) options: Option<&'s Map<String, Value>>,
}

impl Door {
    /// The exporters of plugins: those that the operator names, and then those that the folders of plugins have besides.
    pub(super) async fn exporters(&self) -> Vec<Exporter> {
        let settings = &self.settings;
        let described = match &self.api.coordinator.settings.exporters {
            Some(exporters) => exporters.described().await,
            None => Vec::new(),
        };
        settings.with(described)
    }

    /// Those of them among which the one is that clients call so, if there is one. Plugins are asked only where it is none
    /// that the operator names, and needs one.
    pub(super) async fn found(&self, class: &str) -> Vec<Exporter> {
        let named = &self.settings.exporters;
        if !self.settings.plugins || self.settings.chosen(named, class).is_some() {
            return named.clone();
        }
        self.exporters().await
    }
}

impl Settings {
    /// The exporters that are offered where plugins describe these.
    fn with(&self, described: Vec<Description>) -> Vec<Exporter> {
        let mut all = self.exporters.clone();
        for description in described {
            if let Some(known) = all.iter_mut().find(|known| known.class == description.class) {
                // Of two that are called so the first is run.
                if known.options.is_empty() {
                    known.options = description.options;
                }
                continue;
            }
            let is_native = self.native(&description.class).is_some();
            if self.plugins && !is_native {
                all.push(description.into());
            }
        }
        all
    }

    /// Everything that is offered for one of these modalities, or for any where none is named.
    pub(super) fn offered<'s>(
        &'s self,
        exporters: &'s [Exporter],
        modalities: &[String],
    ) -> Vec<Told<'s>> {
        let plugins = exporters.iter().map(|exporter| {
            let fits = takes_any(&exporter.modalities, modalities);
            (fits, Chosen::Plugin(exporter))
        });
        let natives = NATIVE.iter().filter(|_| self.native);
        let natives = natives
            .map(|native| (takes_any(native.modalities, modalities), Chosen::Native(native)));
        let all = plugins.chain(natives);
        all.filter(|(fits, _)| *fits).map(|(_, chosen)| chosen.told()).collect()
    }

    /// The exporter that clients call so.
    pub(super) fn chosen<'s>(
        &'s self,
        exporters: &'s [Exporter],
        class: &str,
    ) -> Option<Chosen<'s>> {
        let plugin = exporters.iter().find(|exporter| exporter.class == class);
        plugin.map(Chosen::Plugin).or_else(|| self.native(class).map(Chosen::Native))
    }

    fn native(&self, class: &str) -> Option<&'static Native> {
        NATIVE.iter().find(|native| self.native && native.class == class)
    }
}

impl From<Description> for Exporter {
    fn from(description: Description) -> Self {
        let Description { class, name, description, selectors, options } = description;
        let (plugin, to) = (class.clone(), FOLDER.to_owned());
        Self { class, plugin, name, description, to, modalities: selectors, options }
    }
}

impl<'s> Chosen<'s> {
    pub(super) fn told(self) -> Told<'s> {
        match self {
            Self::Plugin(exporter) => Told {
                name: &exporter.name,
                description: &exporter.description,
                class: &exporter.class,
                modalities: exporter.modalities.iter().map(String::as_str).collect(),
                options: Some(&exporter.options).filter(|options| !options.is_empty()),
            },
            Self::Native(native) => Told {
                name: native.name,
                description: native.description,
                class: native.class,
                modalities: native.modalities.to_vec(),
                options: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(class: &str, options: &Value) -> Description {
        Description {
            class: class.to_owned(),
            name: "Said".to_owned(),
            description: String::new(),
            selectors: vec!["/video/".to_owned()],
            options: options.as_object().unwrap().clone(),
        }
    }

    #[test]
    fn the_operator_counts_before_plugins_and_formats_that_are_here_are_nobody_elses() {
        let named: Exporter = said("Acme::Export", &json!({})).into();
        let named = Exporter { name: "Acme".to_owned(), modalities: Vec::new(), ..named };
        let mut settings = Settings {
            source: "labels".to_owned(),
            exporters: vec![named],
            plugins: true,
            native: true,
            category: "category".to_owned(),
        };
        let described = ["Acme::Export", "Longshore::Coco", "Dropped::Export", "Dropped::Export"]
            .map(|class| said(class, &json!({"depth": {"type": "integer"}})));
        let all = settings.with(described.to_vec());
        let told: Vec<_> = all.iter().map(|one| (one.class.as_str(), one.name.as_str())).collect();
        assert_eq!(told, [("Acme::Export", "Acme"), ("Dropped::Export", "Said")]);
        assert!(all.iter().all(|one| one.options.contains_key("depth")));
        let of_pictures = settings.offered(&all, &["idah-image".to_owned()]);
        assert!(of_pictures.iter().all(|told| told.class != "Dropped::Export"));
        settings.plugins = false;
        assert_eq!(settings.with(described.to_vec()).len(), 1);
    }
}
