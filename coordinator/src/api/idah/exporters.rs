//! What can be asked for: exporters of plugins that the operator offers, and formats that need none. Pure.

use super::Settings;
use super::native::{NATIVE, Native};

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
    /// Of datasets of which modalities, such as `idah-image`; a `*` at the end stands for anything. Of all where
    /// there are none.
    pub modalities: Vec<String>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told<'s> {
    pub(super) name: &'s str,
    pub(super) description: &'s str,
    pub(super) class: &'s str,
}

impl Settings {
    /// Everything that is offered for one of these modalities, or for any where none is named.
    pub(super) fn offered(&self, modalities: &[String]) -> Vec<Told<'_>> {
        let plugins = self.exporters.iter().map(|exporter| {
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
    pub(super) fn chosen(&self, class: &str) -> Option<Chosen<'_>> {
        let plugin = self.exporters.iter().find(|exporter| exporter.class == class);
        plugin.map(Chosen::Plugin).or_else(|| {
            let native = NATIVE.iter().find(|native| native.class == class);
            native.filter(|_| self.native).map(Chosen::Native)
        })
    }
}

impl<'s> Chosen<'s> {
    pub(super) fn told(self) -> Told<'s> {
        match self {
            Self::Plugin(exporter) => Told {
                name: &exporter.name,
                description: &exporter.description,
                class: &exporter.class,
            },
            Self::Native(native) => {
                Told { name: native.name, description: native.description, class: native.class }
            }
        }
    }
}

/// Whether one of these modalities is taken.
fn takes_any<S: AsRef<str>>(taken: &[S], modalities: &[String]) -> bool {
    let fits = |pattern: &S, modality: &String| match pattern.as_ref().strip_suffix('*') {
        Some(begin) => modality.starts_with(begin),
        None => modality == pattern.as_ref(),
    };
    let is_taken = |modality: &String| taken.iter().any(|pattern| fits(pattern, modality));
    taken.is_empty() || modalities.is_empty() || modalities.iter().any(is_taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modalities_are_taken_by_their_names_and_by_their_beginnings() {
        let check = |taken: &[&str], modalities: &[&str], expected: bool| {
            let modalities: Vec<String> =
                modalities.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(takes_any(taken, &modalities), expected, "{taken:?} {modalities:?}");
        };
        check(&[], &["idah-video"], true);
        check(&["idah-image"], &[], true);
        check(&["idah-image"], &["idah-image"], true);
        check(&["idah-image"], &["idah-images"], false);
        check(&["idah-*"], &["x", "idah-video"], true);
        check(&["idah-*"], &["x"], false);
    }
}
