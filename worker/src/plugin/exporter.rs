//! Which exporter a definition means: that of the plugin of this name, or the one of this name, whichever
//! plugin has it. Folders are looked at each time, for they may change at any time; plugins are asked when theirs did.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proto::fault::Fault;

use super::desk::Desk;
use super::error::PluginError;
use super::journal::Journal;
use super::known::Known;
use super::manifest::{Entry, Plugin};
use super::process::Process;
use super::session::{SILENCE, Session};
use super::settings::Plugins;
use super::wire::{self, Asked, Exporter};

/// How long a plugin may take to tell what it exports, whatever signs of life it gives: whoever looks for the exporter
/// of another waits for it.
const DESCRIBING: Duration = Duration::from_mins(2);

/// What a plugin can export. `scratch` is where its process may write meanwhile.
pub async fn describe(
    settings: &Plugins,
    plugin: &Plugin,
    scratch: &Path,
) -> Result<Vec<Exporter>, Fault> {
    described(settings, plugin, scratch).await.map_err(|error| error.fault())
}

impl Known {
    /// The plugin that a definition means by a name, and its exporter; nothing where there is none here. `scratch` is
    /// where processes may write meanwhile.
    pub async fn find(
        &self,
        settings: &Plugins,
        wanted: &str,
        scratch: &Path,
    ) -> Result<Option<(Plugin, Exporter)>, Fault> {
        match self.exporter(settings, wanted, scratch).await {
            Ok(found) => Ok(Some(found)),
            Err(PluginError::Unknown { .. }) => Ok(None),
            Err(error) => Err(error.fault()),
        }
    }

    /// The plugin that is meant, and its exporter.
    ///
    /// Plugins say themselves what they and their exporters are called: one that nobody trusts is meant where no other has
    /// the name, as an exporter's either.
    pub(super) async fn exporter(
        &self,
        settings: &Plugins,
        wanted: &str,
        scratch: &Path,
    ) -> Result<(Plugin, Exporter), PluginError> {
        let all = self.here(settings).await;
        let (untrusted, trusted): (Vec<&Plugin>, Vec<&Plugin>) =
            all.iter().partition(|plugin| plugin.entry == Entry::RubyWasm);
        if let Some(plugin) = named(&trusted, wanted) {
            return self.only(settings, plugin, scratch).await;
        }
        let meant = named(&untrusted, wanted);
        let mut asked = trusted;
        asked.retain(|plugin| meant.is_none() || may_have(plugin, wanted));
        let mut names = Vec::new();
        let found = self.of_class(settings, &asked, (wanted, &mut names), scratch).await?;
        if let Some(found) = found {
            return Ok(found);
        }
        if let Some(plugin) = meant {
            return self.only(settings, plugin, scratch).await;
        }
        let found = self.of_class(settings, &untrusted, (wanted, &mut names), scratch).await?;
        found.ok_or_else(|| PluginError::Unknown { name: wanted.to_owned(), known: names })
    }

    /// The exporter of a plugin that has one.
    async fn only(
        &self,
        settings: &Plugins,
        plugin: &Plugin,
        scratch: &Path,
    ) -> Result<(Plugin, Exporter), PluginError> {
        let exporters = self.exporters(settings, plugin, scratch).await?;
        if let [only] = exporters.as_slice() {
            return Ok((plugin.clone(), only.clone()));
        }
        let known: Vec<String> = exporters.into_iter().map(|one| one.exporter).collect();
        Err(PluginError::Several { name: plugin.name.clone(), count: known.len(), known })
    }

    /// The exporter of this name, whichever of these plugins has it; what they are called is added to the names.
    async fn of_class(
        &self,
        settings: &Plugins,
        plugins: &[&Plugin],
        (wanted, names): (&str, &mut Vec<String>),
        scratch: &Path,
    ) -> Result<Option<(Plugin, Exporter)>, PluginError> {
        let mut broken = None;
        let mut waiting: VecDeque<_> = plugins.iter().map(|plugin| (*plugin, false)).collect();
        while let Some((plugin, was_ill)) = waiting.pop_front() {
            let told = if was_ill {
                self.exporters(settings, plugin, scratch).await
            } else if let Some(told) = self.unless_ill(settings, plugin, scratch).await {
                told
            } else {
                // It is asked again where none of the others has it, for it may be the one that has.
                waiting.push_back((plugin, true));
                continue;
            };
            match told {
                Ok(mut exporters) => {
                    if let Some(place) = exporters.iter().position(|one| one.exporter == wanted) {
                        return Ok(Some((plugin.clone(), exporters.swap_remove(place))));
                    }
                    names.push(plugin.name.clone());
                    names.extend(exporters.into_iter().map(|one| one.exporter));
                }
                // It may be the one that has it.
                Err(error) => broken = broken.or(Some(error)),
            }
        }
        broken.map_or(Ok(None), Err)
    }
}

/// The plugin of this name.
fn named<'p>(plugins: &[&'p Plugin], wanted: &str) -> Option<&'p Plugin> {
    plugins.iter().find(|plugin| plugin.name == wanted).copied()
}

/// Whether a plugin may have an exporter that is called so, as far as that is known without asking it.
fn may_have(plugin: &Plugin, wanted: &str) -> bool {
    match plugin.entry {
        // Its exporters are classes.
        Entry::Ruby | Entry::RubyWasm => wanted.starts_with(char::is_uppercase),
        Entry::Program(_) => true,
    }
}

/// Asks a plugin.
pub(super) async fn described(
    settings: &Plugins,
    plugin: &Plugin,
    scratch: &Path,
) -> Result<Vec<Exporter>, PluginError> {
    let desk = Desk::new(scratch).map_err(PluginError::Scratch)?;
    let journal = Arc::new(Journal::default());
    let process = Process::start(settings, plugin, &desk.work(), &journal).await?;
    let idle = Duration::from_secs(settings.idle_seconds).min(DESCRIBING);
    let session = Session { name: &plugin.name, journal: &journal, silence: SILENCE, idle };
    session.describe(process, wire::first(Asked::Describe(true))).await
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;
    use tempfile::TempDir;

    use super::*;

    /// Writes a plugin that is a program, whose one exporter is called so.
    fn write(root: &Path, name: &str, exporter: &str) {
        let folder = root.join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        let manifest = json!({"name": name, "entryPoints": {"exporter": {"path": "run"}}});
        fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
        let described = json!({"ev": "described", "exporters": [{"exporter": exporter}]});
        fs::write(folder.join("run"), format!("#!/bin/sh\necho '{described}' >&4\n")).unwrap();
        fs::set_permissions(folder.join("run"), Permissions::from_mode(0o755)).unwrap();
    }

    /// One that somebody trusts, and one that nobody trusts which calls itself as the exporter of the first.
    fn both(root: &Path) -> Plugins {
        let (ours, theirs) = (root.join("ours"), root.join("theirs"));
        write(&ours, "labels", "Labels::Export");
        fs::create_dir_all(theirs.join("any")).unwrap();
        fs::write(theirs.join("any/manifest.json"), r#"{"name": "Labels::Export"}"#).unwrap();
        Plugins { folders: vec![ours], untrusted: vec![theirs], ..Plugins::none() }
    }

    #[tokio::test]
    async fn what_nobody_trusts_is_not_meant_by_the_name_of_an_exporter_that_somebody_trusts() {
        let root = TempDir::new().unwrap();
        let (settings, known) = (both(root.path()), Known::default());
        for wanted in ["Labels::Export", "labels"] {
            let (plugin, told) = known.exporter(&settings, wanted, root.path()).await.unwrap();
            assert_eq!(plugin.name, "labels", "{wanted}");
            assert_eq!(told.exporter, "Labels::Export", "{wanted}");
        }
    }

    #[tokio::test]
    async fn what_nobody_trusts_does_not_stand_in_for_what_cannot_be_asked() {
        let root = TempDir::new().unwrap();
        let (settings, known) = (both(root.path()), Known::default());
        fs::write(root.path().join("ours/labels/run"), "#!/bin/sh\nexit 3\n").unwrap();
        // Once it is known that it cannot be asked just now as well.
        for _ in 0..2 {
            let refused = known.exporter(&settings, "Labels::Export", root.path()).await;
            let refused = refused.unwrap_err();
            let told = "the plugin \"labels\" ended before it was done";
            assert!(refused.to_string().starts_with(told), "{refused}");
        }
    }
}
