//! What a local run leaves in the output directory: archives and trees. What the run kept besides is taken
//! away, for a local disk should not hold an export three times. Of a run that failed there is what its
//! other transports delivered, and all is kept for another try.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use comfy_table::{Table, presets};
use fabric::record;
use fabric::store::Store;
use futures::TryStreamExt;
use pack::name::Names;
use proto::archive::{Archive, Volume};
use proto::definition::{Definition, Transport, TransportKind};
use proto::fault::Fault;
use proto::id::RunId;
use proto::key::{Key, Prefix};
use proto::plan::Plan;
use proto::run::{Outcome, State};
use serde::Serialize;

use super::folders::Folders;
use super::shown;
use crate::compose::Ground;
use crate::exit;

/// What came of a run, on disk.
#[derive(Debug, Default, Serialize)]
pub(super) struct Made {
    archives: Vec<MadeArchive>,
    trees: Vec<MadeTree>,
}

/// An archive on disk.
#[derive(Debug, Serialize)]
struct MadeArchive {
    path: String,
    len: u64,
    members: u64,
    sha256: String,
}

/// A tree on disk.
#[derive(Debug, Serialize)]
struct MadeTree {
    path: String,
    members: u64,
    len: u64,
}

/// That no tree which the definition asks for would have to take the place of somebody's folder.
pub(super) fn refuse_foreign(
    definition: &Definition,
    folders: &Folders,
    out: &Path,
) -> Result<(), Fault> {
    let is_tree = |transport: &Transport| {
        transport.kind() == TransportKind::Download && transport.packer().lay().is_none()
    };
    if definition.transports.iter().any(is_tree) {
        folders.refuse_foreign(&out.join(pack::bag::folder(&definition.name)))?;
    }
    Ok(())
}

/// Moves what the run delivered to `out`.
pub(super) async fn deliver(
    ground: &Ground,
    run: RunId,
    folders: &mut Folders,
    out: &Path,
    outcome: &Outcome,
) -> anyhow::Result<Made> {
    let mut made = Made::default();
    let plan: Option<Plan> = record::find(&*ground.store, &Key::plan(run)).await?;
    let Some(plan) = plan else { return Ok(made) };
    let is_kept = |transport: &Transport| transport.kind() == TransportKind::Download;
    let kept = plan.transports().filter(|(_, transport)| is_kept(transport));
    // Transports may pack alike, and then call what they made the same.
    let mut names = Names::new();
    for (transport, _) in kept {
        if !record::exists(&*ground.store, &Key::handover(run, transport)).await? {
            continue;
        }
        fs::create_dir_all(out).with_context(|| format!("making {}", out.display()))?;
        let archive: Archive = record::read(&*ground.store, &Key::archive(run, transport)).await?;
        match archive.packer.lay() {
            Some(_) => {
                for volume in &archive.volumes {
                    let to = out.join(names.claim(&volume.name));
                    put_out(&*ground.store, volume, &to)?;
                    made.archives.push(MadeArchive {
                        path: shown(&to),
                        len: volume.len,
                        members: archive.members,
                        sha256: volume.sha256.clone().unwrap_or_default(),
                    });
                }
            }
            None => {
                let name = pack::bag::folder(&plan.definition.name);
                let folder = out.join(names.claim(&name));
                write_tree(&ground.store, run, &archive, folders, &folder).await?;
                made.trees.push(MadeTree {
                    path: shown(&folder),
                    members: archive.members,
                    len: archive.len_bytes(),
                });
            }
        }
    }
    if !is_whole(outcome) {
        return Ok(made);
    }
    if !made.archives.is_empty() || !made.trees.is_empty() {
        let folder = out.to_owned();
        tokio::task::spawn_blocking(move || flush(&folder)).await.context("flushing")??;
    }
    // First, for it says that not everything is there yet.
    ground.store.delete(&[Key::plan(run)]).await?;
    let (start, end) = (Key::start(run), Key::outcome(run));
    record::delete_all(&ground.store, Prefix::run(run), |key| *key == start || *key == end).await?;
    Ok(made)
}

/// Makes sure that all of an output directory survives a crash, for what it was made of goes next. Of the
/// whole file system, which is one wait and not one for each of many files.
fn flush(out: &Path) -> anyhow::Result<()> {
    let flushed = fs::File::open(out).and_then(|out| Ok(rustix::fs::syncfs(out)?));
    flushed.with_context(|| format!("flushing {}", out.display()))
}

/// Whether a run was made whole, and not all of it is known to be in an output directory.
pub(super) async fn is_left(
    store: &dyn Store,
    run: RunId,
    outcome: &Outcome,
) -> anyhow::Result<bool> {
    Ok(is_whole(outcome) && record::exists(store, &Key::plan(run)).await?)
}

fn is_whole(outcome: &Outcome) -> bool {
    matches!(outcome.state, State::Done | State::DoneWithWarnings)
}

/// Puts a volume into the output directory: by another name for it, or by a copy where that is another
/// file system. It stays in the store, for whoever is cut off does this again.
fn put_out(store: &dyn Store, volume: &Volume, to: &Path) -> anyhow::Result<()> {
    let from = store.local_path(&volume.key).context("the store of a local run is a directory")?;
    let staged = PathBuf::from(format!("{}.part", to.display()));
    drop(fs::remove_file(&staged));
    let put = match fs::hard_link(&from, &staged) {
        Ok(()) => Ok(()),
        // On disk before its name is, or a crash could leave a part of it by that name.
        Err(_) => fs::copy(&from, &staged).and_then(|_| fs::File::open(&staged)?.sync_all()),
    };
    if let Err(error) = put.and_then(|()| fs::rename(&staged, to)) {
        drop(fs::remove_file(&staged));
        return Err(error).with_context(|| format!("writing {}", to.display()));
    }
    // Where both are names of one file, the rename does nothing and leaves the staged one.
    drop(fs::remove_file(&staged));
    Ok(())
}

/// Writes each file of the run below a folder, which is made anew.
async fn write_tree(
    store: &Arc<dyn Store>,
    run: RunId,
    archive: &Archive,
    folders: &mut Folders,
    folder: &Path,
) -> anyhow::Result<()> {
    let staged = PathBuf::from(format!("{}.part", folder.display()));
    folders.begin(&staged)?;
    if let Err(error) = fill_tree(store, run, archive, &staged).await {
        drop(fs::remove_dir_all(&staged));
        return Err(error);
    }
    folders.put(&staged, folder)
}

/// Writes each file of the run below an empty folder, and a bag's texts.
async fn fill_tree(
    store: &Arc<dyn Store>,
    run: RunId,
    archive: &Archive,
    staged: &Path,
) -> anyhow::Result<()> {
    if archive.bag.is_some() {
        fs::create_dir(staged.join("data"))?;
    }
    for text in archive.texts() {
        // The folder of a bag is the one that is written.
        let name = text.name.split_once('/').map_or(text.name.as_str(), |(_, below)| below);
        let from =
            store.local_path(&text.key).context("the store of a local run is a directory")?;
        let target = staged.join(name);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(from, target).with_context(|| format!("writing {name}"))?;
    }
    let mut files = tree::files_of(store, run, archive, None);
    while let Some(file) = files.try_next().await? {
        let mut bytes = file.read(store, 0..file.size).await?;
        let path = archive.path(&file.path);
        // The folder of a bag is the one that is written.
        let below = archive.bag.as_ref().and_then(|_| path.split_once('/'));
        let path = below.map_or(path.as_str(), |(_, below)| below);
        let mut target = create(&staged.join(path))?;
        while let Some(chunk) = bytes.try_next().await? {
            target.write_all(&chunk)?;
        }
    }
    Ok(())
}

/// Makes a file and the folders above it.
fn create(path: &Path) -> anyhow::Result<fs::File> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::File::create(path).with_context(|| format!("writing {}", path.display()))
}

impl Made {
    /// Tells what was made: a table for people, or one JSON object.
    pub(super) fn show(&self, definition: &Definition, outcome: &Outcome, json: bool) {
        if json {
            let all = serde_json::json!({
                "name": definition.name,
                "state": outcome.state,
                "counts": outcome.counts,
                "faults": outcome.faults,
                "warnings": outcome.warnings,
                "archives": self.archives,
                "trees": self.trees,
            });
            return exit::print(&all.to_string());
        }
        for failed in &outcome.faults {
            let what = failed.batch.map_or_else(String::new, |batch| format!("batch {batch}: "));
            exit::say(&format!("error: {what}{}", exit::describe(&failed.fault)));
        }
        for warning in &outcome.warnings {
            exit::say(&format!("warning: {}: {}", warning.output, exit::describe(&warning.fault)));
        }
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header(["output", "format", "from"]);
        for output in &definition.outputs {
            let made = output.made.as_ref().map_or("files", |made| made.making.as_str());
            let answer = output.verbatim.map_or(made, proto::definition::Verbatim::as_str);
            let format = output.format.map_or(answer, proto::definition::Format::as_str);
            table.add_row([output.to.as_str(), format, output.from.as_str()]);
        }
        exit::print(&table.to_string());
        let counts = outcome.counts;
        exit::print(&format!(
            "{}: {} records, {} in {} batches, {} warnings",
            outcome.state.as_str(),
            counts.records,
            bytesize::ByteSize::b(counts.bytes),
            counts.batches,
            counts.warnings
        ));
        for archive in &self.archives {
            exit::print(&format!(
                "{}  {} files, {}\nsha256 {}",
                archive.path,
                archive.members,
                bytesize::ByteSize::b(archive.len),
                archive.sha256
            ));
        }
        for tree in &self.trees {
            exit::print(&format!(
                "{}/  {} files, {}",
                tree.path,
                tree.members,
                bytesize::ByteSize::b(tree.len)
            ));
        }
    }
}
