//! What plugins said of their exporters, so that no process is started for each who asks: kept until a file of the plugin
//! changes. Of one that could not be asked, a minute.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Mutex;

/// How long one that could not be asked is left alone.
const LEFT_ALONE: Duration = Duration::from_mins(1);

/// Most files of a plugin that are looked at.
const MOST_FILES: usize = 10_000;

/// What plugins said, by their folders.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<PathBuf, Said>>);

/// What one said.
#[derive(Debug)]
struct Said {
    /// As its files were.
    files: Vec<File>,
    /// Nothing where it could not be asked.
    exporters: Option<Vec<worker::Exporter>>,
    at: Instant,
}

/// A file of a plugin: how long it is, and when it was written.
type File = (PathBuf, u64, Option<SystemTime>);

impl Known {
    /// The exporters of all plugins. Of many who ask at once, the first one asks those that are not known.
    pub(super) async fn all(
        &self,
        plugins: &worker::Plugins,
        scratch: &Path,
    ) -> Vec<worker::Exporter> {
        let configured = plugins.clone();
        let looking = tokio::task::spawn_blocking(move || {
            let with_files = |plugin: worker::Plugin| (files(&plugin.folder), plugin);
            worker::plugins(&configured).into_iter().map(with_files).collect::<Vec<_>>()
        });
        let found = looking.await.expect("looking for plugins does not panic");
        let mut known = self.0.lock().await;
        known.retain(|folder, _| found.iter().any(|(_, plugin)| plugin.folder == *folder));
        let mut all = Vec::new();
        for (files, plugin) in found {
            let is_known = known.get(&plugin.folder).is_some_and(|said| said.holds(&files));
            if !is_known {
                let told = worker::describe(plugins, &plugin, scratch).await;
                if let Err(fault) = &told {
                    let name = plugin.name.as_str();
                    tracing::warn!(plugin.name = name, error = %fault, "plugin not described");
                }
                let said = Said { files, exporters: told.ok(), at: Instant::now() };
                known.insert(plugin.folder.clone(), said);
            }
            let said = known.get(&plugin.folder).and_then(|said| said.exporters.as_ref());
            add(&mut all, said.map(Vec::as_slice).unwrap_or_default());
        }
        all
    }
}

impl Said {
    /// Whether it holds still, now that these are its files.
    fn holds(&self, files: &[File]) -> bool {
        let is_fresh = self.exporters.is_some() || self.at.elapsed() < LEFT_ALONE;
        is_fresh && self.files == files
    }
}

/// Adds the exporters of a plugin that none before it has: a definition that names a class means the first.
fn add(all: &mut Vec<worker::Exporter>, said: &[worker::Exporter]) {
    for exporter in said {
        if all.iter().all(|known| known.exporter != exporter.exporter) {
            all.push(exporter.clone());
        }
    }
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

    use super::*;

    #[test]
    fn of_two_exporters_of_one_class_the_first_is_listed() {
        let called = |class: &str, name: &str| -> worker::Exporter {
            serde_json::from_value(json!({"exporter": class, "name": name})).unwrap()
        };
        let mut all = vec![called("Labels::Export", "Labels")];
        add(&mut all, &[called("Labels::Export", "Not these"), called("Boxes::Export", "Boxes")]);
        assert_eq!(all, [called("Labels::Export", "Labels"), called("Boxes::Export", "Boxes")]);
    }

    #[test]
    fn what_a_plugin_said_holds_until_a_file_of_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join("backends")).unwrap();
        write("backends/export.rb", "one");
        let before = files(folder.path());
        let said = |exporters, at| Said { files: before.clone(), exporters, at };
        let now = Instant::now();
        assert!(said(Some(Vec::new()), now).holds(&files(folder.path())));
        assert!(said(None, now).holds(&files(folder.path())));
        if let Some(long_ago) = now.checked_sub(LEFT_ALONE) {
            assert!(said(Some(Vec::new()), long_ago).holds(&before));
            assert!(!said(None, long_ago).holds(&before));
        }
        write("backends/export.rb", "another");
        assert!(!said(Some(Vec::new()), now).holds(&files(folder.path())));
        write("backends/export.rb", "one");
        write("manifest.json", "{}");
        assert!(!said(Some(Vec::new()), now).holds(&files(folder.path())));
    }
}
