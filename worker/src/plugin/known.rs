//! What plugins said of their exporters, so that no process is started for each who looks for one: kept until a file of the
//! plugin changes. Whoever looks through all of them leaves one alone for a minute that could not be asked.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::error::PluginError;
use super::exporter::described;
use super::manifest::{Plugin, plugins};
use super::settings::Plugins;
use super::wire::Exporter;

/// How long one that could not be asked is left alone.
const LEFT_ALONE: Duration = Duration::from_mins(1);

/// Most files of a plugin that are looked at.
const MOST_FILES: usize = 10_000;

/// What plugins said.
#[derive(Debug, Default)]
pub struct Known(Mutex<HashMap<Plugin, Arc<Cell>>>);

/// What one said, once it has. Whoever asks it holds this, so that of many who want to know one asks.
type Cell = tokio::sync::Mutex<Option<Said>>;

#[derive(Debug, Clone)]
struct Said {
    /// As its files were before.
    files: Vec<File>,
    /// Nothing where it could not be asked.
    exporters: Option<Vec<Exporter>>,
    at: Instant,
}

/// A file of a plugin: how long it is, and when it was written.
type File = (PathBuf, u64, Option<SystemTime>);

impl Known {
    /// The exporters of all plugins that can be asked, and of those of one class the one that a definition means by it.
    pub async fn all(&self, settings: &Plugins, scratch: &Path) -> Vec<Exporter> {
        let mut all = Vec::new();
        for plugin in self.here(settings).await {
            match self.unless_ill(settings, &plugin, scratch).await {
                Some(Ok(exporters)) => add(&mut all, exporters),
                Some(Err(error)) => {
                    let (name, error) = (plugin.name.as_str(), &error as &dyn std::error::Error);
                    tracing::warn!(plugin.name = name, error, "plugin not described");
                }
                None => {}
            }
        }
        all
    }

    /// The plugins that there are now, of which those that nobody trusts are the last.
    pub(super) async fn here(&self, settings: &Plugins) -> Vec<Plugin> {
        let configured = settings.clone();
        let found = tokio::task::spawn_blocking(move || plugins(&configured));
        let found = found.await.expect("looking for plugins does not panic");
        self.keep(&found);
        found
    }

    /// What a plugin can export: as it said, or as it says now. `scratch` is where its process may write meanwhile.
    pub(super) async fn exporters(
        &self,
        settings: &Plugins,
        plugin: &Plugin,
        scratch: &Path,
    ) -> Result<Vec<Exporter>, PluginError> {
        let cell = self.cell(plugin);
        let mut said = cell.lock().await;
        let files = files_of(plugin).await;
        let before = said.as_ref().filter(|said| said.files == files);
        match before.map(|said| said.exporters.clone()) {
            Some(Some(exporters)) => return Ok(exporters),
            // It may take long to fail again; nobody waits for others to find that out.
            Some(None) => {
                drop(said);
                let told = described(settings, plugin, scratch).await;
                *cell.lock().await = Some(Said::now(files, &told));
                return told;
            }
            None => {}
        }
        let told = described(settings, plugin, scratch).await;
        *said = Some(Said::now(files, &told));
        told
    }

    /// The same, for whoever looks through all plugins; nothing of one that could not be asked just now.
    pub(super) async fn unless_ill(
        &self,
        settings: &Plugins,
        plugin: &Plugin,
        scratch: &Path,
    ) -> Option<Result<Vec<Exporter>, PluginError>> {
        let said = self.cell(plugin).lock().await.clone();
        if let Some(said) = said
            && said.is_ill(&files_of(plugin).await)
        {
            return None;
        }
        Some(self.exporters(settings, plugin, scratch).await)
    }

    /// Forgets all plugins but these.
    fn keep(&self, plugins: &[Plugin]) {
        self.cells().retain(|plugin, _| plugins.contains(plugin));
    }

    fn cell(&self, plugin: &Plugin) -> Arc<Cell> {
        Arc::clone(self.cells().entry(plugin.clone()).or_default())
    }

    fn cells(&self) -> std::sync::MutexGuard<'_, HashMap<Plugin, Arc<Cell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Said {
    fn now(files: Vec<File>, told: &Result<Vec<Exporter>, PluginError>) -> Self {
        Self { files, exporters: told.as_ref().ok().cloned(), at: Instant::now() }
    }

    /// Whether it is one that could not be asked just now, with these files.
    fn is_ill(&self, files: &[File]) -> bool {
        self.exporters.is_none() && self.at.elapsed() < LEFT_ALONE && self.files == files
    }
}

/// Adds the exporters of a plugin that none before it has: a definition that names a class means the first.
fn add(all: &mut Vec<Exporter>, said: Vec<Exporter>) {
    for exporter in said {
        if all.iter().all(|known| known.exporter != exporter.exporter) {
            all.push(exporter);
        }
    }
}

async fn files_of(plugin: &Plugin) -> Vec<File> {
    let folder = plugin.folder.clone();
    let looking = tokio::task::spawn_blocking(move || files(&folder));
    looking.await.expect("looking at files does not panic")
}

fn files(folder: &Path) -> Vec<File> {
    let (mut found, mut waiting) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            // Links are not followed: they may lead anywhere.
            let Ok(about) = entry.metadata() else { continue };
            if about.is_dir() {
                waiting.push(entry.path());
            } else if found.len() < MOST_FILES {
                found.push((entry.path(), about.len(), about.modified().ok()));
            }
        }
    }
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tempfile::TempDir;

    use super::*;
    use crate::plugin::tests::program::program;

    /// A plugin that says each time it is asked when that was.
    const CLOCK: &str = r#"echo "{\"ev\":\"described\",\"exporters\":[{\"exporter\":\"Clock\",\"name\":\"$(date +%s%N)\"}]}" >&4"#;

    fn clock() -> (Plugins, Plugin, TempDir) {
        let (plugin, root) = program("/bin/sh", CLOCK);
        let manifest = r#"{"name": "p", "entryPoints": {"exporter": {"path": "run"}}}"#;
        fs::write(plugin.folder.join("manifest.json"), manifest).unwrap();
        (Plugins { folders: vec![plugin.folder.clone()], ..Plugins::none() }, plugin, root)
    }

    #[test]
    fn of_two_exporters_of_one_class_the_first_is_listed() {
        let called = |class: &str, name: &str| -> Exporter {
            serde_json::from_value(json!({"exporter": class, "name": name})).unwrap()
        };
        let mut all = vec![called("Labels::Export", "Labels")];
        let said = [called("Labels::Export", "Not these"), called("Boxes::Export", "Boxes")];
        add(&mut all, said.to_vec());
        assert_eq!(all, [called("Labels::Export", "Labels"), called("Boxes::Export", "Boxes")]);
    }

    #[tokio::test]
    async fn a_plugin_is_asked_once_until_a_file_of_it_changes() {
        let (settings, plugin, root) = clock();
        let known = Known::default();
        let asked = async |wanted: &str| {
            known.exporter(&settings, wanted, root.path()).await.unwrap().1.name
        };
        let first = asked("Clock").await;
        assert!(first.is_some());
        assert_eq!([asked("Clock").await, asked("p").await], [first.clone(), first.clone()]);
        let all = known.all(&settings, root.path()).await;
        assert_eq!((all.len(), &all[0].name), (1, &first));
        fs::write(plugin.folder.join("more"), "more").unwrap();
        assert_ne!(asked("Clock").await, first);
    }

    #[tokio::test]
    async fn one_that_failed_is_asked_again_by_whoever_needs_it_and_not_by_whoever_looks_around() {
        let (plugin, root) = program("/bin/sh", "exit 3");
        let (known, settings) = (Known::default(), Plugins::none());
        let looked = known.unless_ill(&settings, &plugin, root.path()).await;
        assert!(matches!(looked, Some(Err(PluginError::Ended { .. }))), "{looked:?}");
        assert!(known.unless_ill(&settings, &plugin, root.path()).await.is_none());
        let needed = known.exporters(&settings, &plugin, root.path()).await;
        assert!(matches!(needed, Err(PluginError::Ended { .. })), "{needed:?}");
        fs::write(plugin.folder.join("run"), format!("#!/bin/sh\n{CLOCK}\n")).unwrap();
        let mended = known.unless_ill(&settings, &plugin, root.path()).await;
        assert_eq!(mended.unwrap().unwrap()[0].exporter, "Clock");
        known.keep(&[]);
        assert!(known.cells().is_empty());
    }

    #[test]
    fn one_that_failed_is_left_alone_for_a_while() {
        let now = Instant::now();
        let said = |exporters, at| Said { files: Vec::new(), exporters, at };
        assert!(said(None, now).is_ill(&[]));
        assert!(!said(Some(Vec::new()), now).is_ill(&[]));
        assert!(!said(None, now).is_ill(&[("a".into(), 1, None)]));
        if let Some(long_ago) = now.checked_sub(LEFT_ALONE) {
            assert!(!said(None, long_ago).is_ill(&[]));
        }
    }
}
