//! Which plugins there are: the folders that the operator names, and those in them.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::settings::Plugins;

/// A plugin's folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Plugin {
    /// Where it is, as an absolute path without links.
    pub folder: PathBuf,
    /// What its manifest calls it, or else its folder.
    pub name: String,
    /// What runs it.
    pub entry: Entry,
}

/// What runs a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Entry {
    /// The runtime for Ruby.
    Ruby,
    /// The same, where Ruby is WebAssembly.
    RubyWasm,
    /// A program of its own, by its path in the folder, which speaks the protocol.
    Program(PathBuf),
}

#[derive(Debug, Default, Deserialize)]
struct Manifest {
    #[serde(default)]
    name: Option<String>,
    #[serde(default, rename = "entryPoints")]
    entry_points: EntryPoints,
}

#[derive(Debug, Default, Deserialize)]
struct EntryPoints {
    #[serde(default)]
    exporter: Option<Program>,
}

#[derive(Debug, Deserialize)]
struct Program {
    path: PathBuf,
}

/// Most bytes of a manifest (1 MiB).
const MANIFEST_BYTES: u64 = 1 << 20;

/// The plugins of the configured folders, in the order of the folders and then of their names; those that nobody trusts
/// come last, so that none of them takes the name of another, also where they lie in the folders of the others. One that
/// cannot be read is logged and left out, for it may be on its way there.
pub fn plugins(settings: &Plugins) -> Vec<Plugin> {
    let untrusted = plugins_in(&settings.untrusted);
    let mut found = plugins_in(&settings.folders);
    found.retain(|plugin| !is_of(&settings.untrusted, &untrusted, &plugin.folder));
    for plugin in untrusted {
        match plugin.entry {
            Entry::Ruby | Entry::RubyWasm => {
                found.push(Plugin { entry: Entry::RubyWasm, ..plugin });
            }
            Entry::Program(_) => {
                let folder = plugin.folder.display();
                tracing::warn!(plugin.folder = %folder, "plugin that nobody trusts is a program");
            }
        }
    }
    found
}

/// Whether nobody trusts the plugin of a folder, which is an absolute path without links.
pub fn is_untrusted(settings: &Plugins, folder: &Path) -> bool {
    is_of(&settings.untrusted, &plugins_in(&settings.untrusted), folder)
}

/// Whether a folder is one of these plugins, or lies in what they are looked for in.
fn is_of(folders: &[PathBuf], plugins: &[Plugin], folder: &Path) -> bool {
    let holds = |above: &PathBuf| above.canonicalize().is_ok_and(|above| folder.starts_with(above));
    plugins.iter().any(|plugin| plugin.folder == folder) || folders.iter().any(holds)
}

fn plugins_in(folders: &[PathBuf]) -> Vec<Plugin> {
    let mut found = Vec::new();
    for folder in folders {
        let inside = if is_plugin(folder) { vec![folder.clone()] } else { folders_in(folder) };
        for folder in inside.iter().filter(|folder| is_plugin(folder)) {
            match plugin(folder) {
                Ok(plugin) => found.push(plugin),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        plugin.folder = %folder.display(),
                        "plugin cannot be read",
                    );
                }
            }
        }
    }
    found
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut inside: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    inside.sort_unstable();
    inside
}

fn is_plugin(folder: &Path) -> bool {
    folder.join("manifest.json").is_file() || folder.join("backends/sync").is_dir()
}

fn plugin(folder: &Path) -> io::Result<Plugin> {
    let folder = folder.canonicalize()?;
    let manifest = manifest(&folder.join("manifest.json"))?;
    let entry = match manifest.entry_points.exporter {
        None => Entry::Ruby,
        Some(Program { path }) => {
            let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
            if !is_inside {
                return Err(io::Error::other("entryPoints.exporter.path leaves the folder"));
            }
            Entry::Program(path)
        }
    };
    let of_folder = || folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = manifest.name.or_else(of_folder).unwrap_or_default();
    Ok(Plugin { folder, name, entry })
}

fn manifest(path: &Path) -> io::Result<Manifest> {
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Manifest::default()),
        Err(error) => return Err(error),
    };
    // A pipe would be waited for, and whoever brings a plugin chooses how long this is.
    if !about.is_file() || about.len() > MANIFEST_BYTES {
        let why = format!("manifest.json is no file of at most {MANIFEST_BYTES} bytes");
        return Err(io::Error::other(why));
    }
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::symlink;

    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn plugins_are_found_by_their_manifest_or_their_folders() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        write(&root, "all/b/manifest.json", r#"{"name": "video", "type": "idah-plugin"}"#);
        write(&root, "all/a/backends/sync/labels/sync.rb", "");
        write(&root, "all/c/manifest.json", r#"{"entryPoints": {"exporter": {"path": "run"}}}"#);
        write(&root, "all/d/manifest.json", r#"{"entryPoints": {"exporter": {"path": "../x"}}}"#);
        write(&root, "all/e/readme.md", "");
        write(&root, "one/manifest.json", "{}");
        let folders = vec![root.join("all"), root.join("one"), root.join("none")];
        let found = plugins(&Plugins { folders, ..Plugins::none() });
        let seen: Vec<_> = found.iter().map(|one| (one.name.as_str(), &one.entry)).collect();
        let program = Entry::Program("run".into());
        assert_eq!(
            seen,
            [("a", &Entry::Ruby), ("video", &Entry::Ruby), ("c", &program), ("one", &Entry::Ruby)]
        );
    }

    #[test]
    fn plugins_that_nobody_trusts_come_last_and_are_no_programs() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        write(&root, "ours/labels/manifest.json", "{}");
        write(&root, "theirs/labels/manifest.json", "{}");
        write(&root, "theirs/c/manifest.json", r#"{"entryPoints": {"exporter": {"path": "run"}}}"#);
        let (folders, untrusted) = (vec![root.join("ours")], vec![root.join("theirs")]);
        let found = plugins(&Plugins { folders, untrusted, ..Plugins::none() });
        let seen: Vec<_> = found.iter().map(|one| (one.name.as_str(), &one.entry)).collect();
        assert_eq!(seen, [("labels", &Entry::Ruby), ("labels", &Entry::RubyWasm)]);
    }

    #[test]
    fn plugins_that_nobody_trusts_are_no_others_whatever_else_names_their_folders() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        write(&root, "all/ours/manifest.json", "{}");
        write(&root, "all/theirs/manifest.json", "{}");
        write(&root, "all/tool/manifest.json", r#"{"entryPoints": {"exporter": {"path": "r"}}}"#);
        symlink(root.join("all/theirs"), root.join("all/more")).unwrap();
        let folders = vec![root.join("all"), root.join("all/theirs")];
        let untrusted = vec![root.join("all/more"), root.join("all/tool")];
        let settings = Plugins { folders, untrusted, ..Plugins::none() };
        let found = plugins(&settings);
        let seen: Vec<_> = found.iter().map(|one| (one.name.as_str(), &one.entry)).collect();
        assert_eq!(seen, [("ours", &Entry::Ruby), ("theirs", &Entry::RubyWasm)]);
        let is_untrusted = |name: &str| is_untrusted(&settings, &root.join(name));
        assert!(is_untrusted("all/theirs") && is_untrusted("all/tool"));
        assert!(!is_untrusted("all/ours") && !is_untrusted("all"));
    }

    #[test]
    fn a_manifest_that_is_too_long_or_no_file_is_not_read() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/manifest.json")).unwrap();
        fs::create_dir_all(root.path().join("a/backends/sync")).unwrap();
        let long = File::create(root.path().join("long")).unwrap();
        long.set_len(MANIFEST_BYTES + 1).unwrap();
        assert!(plugin(&root.path().join("a")).unwrap_err().to_string().contains("no file"));
        let told = manifest(&root.path().join("long")).unwrap_err();
        assert!(told.to_string().contains("at most 1048576 bytes"), "{told}");
    }
}
