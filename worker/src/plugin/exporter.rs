//! Which exporter a definition means: that of the plugin of this name, or the one of this name, whichever
//! plugin has it. Plugins are asked each time, for their folders may change at any time.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proto::fault::Fault;

use super::desk::Desk;
use super::error::PluginError;
use super::journal::Journal;
use super::manifest::{Plugin, plugins};
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

/// The plugin that a definition means by a name, and its exporter; nothing where there is none here. `scratch` is
/// where processes may write meanwhile.
pub async fn find_exporter(
    settings: &Plugins,
    wanted: &str,
    scratch: &Path,
) -> Result<Option<(Plugin, Exporter)>, Fault> {
    match exporter(settings, wanted, scratch).await {
        Ok(found) => Ok(Some(found)),
        Err(PluginError::Unknown { .. }) => Ok(None),
        Err(error) => Err(error.fault()),
    }
}

/// The plugin that is meant, and its exporter.
pub(super) async fn exporter(
    settings: &Plugins,
    wanted: &str,
    scratch: &Path,
) -> Result<(Plugin, Exporter), PluginError> {
    let configured = settings.clone();
    let all = tokio::task::spawn_blocking(move || plugins(&configured));
    let all = all.await.expect("looking for plugins does not panic");
    if let Some(plugin) = all.iter().find(|plugin| plugin.name == wanted) {
        let exporters = described(settings, plugin, scratch).await?;
        if let [only] = exporters.as_slice() {
            return Ok((plugin.clone(), only.clone()));
        }
        let known: Vec<String> = exporters.into_iter().map(|one| one.exporter).collect();
        let (name, count) = (wanted.to_owned(), known.len());
        return Err(PluginError::Several { name, count, known });
    }
    let (mut known, mut broken) = (Vec::new(), None);
    for plugin in all {
        match described(settings, &plugin, scratch).await {
            Ok(mut exporters) => {
                if let Some(place) = exporters.iter().position(|one| one.exporter == wanted) {
                    return Ok((plugin, exporters.swap_remove(place)));
                }
                known.push(plugin.name);
                known.extend(exporters.into_iter().map(|one| one.exporter));
            }
            // It may be the one that has it.
            Err(error) => broken = broken.or(Some(error)),
        }
    }
    Err(broken.unwrap_or_else(|| PluginError::Unknown { name: wanted.to_owned(), known }))
}

async fn described(
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
