//! An exporter in Ruby that a test writes, by the name of `trial`, with the datasets of the examples.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::{plugins_section, workspace};

use super::ran::Ran;

/// What an exporter begins and ends with that leaves a file of one line.
pub(super) const LEAVES_A_FILE: &str = "context.io.file(format: \"txt\").puts(\"fine\")";

/// Writes the plugin into a folder: its exporter does this, in Ruby, with its `context`.
pub(super) fn write(folder: &Path, ruby: &str) {
    let sync = "module Trial\n  module Sync\n    def self.init(context) = context.register_exports(/./, Export)\n  end\nend\n";
    let export = format!(
        "module Trial\n  class Export\n    def export(context)\n{ruby}\n    end\n  end\nend\n"
    );
    let code = folder.join("trial/backends/sync/trial");
    fs::create_dir_all(&code).unwrap();
    fs::write(folder.join("trial/manifest.json"), manifest().to_string()).unwrap();
    fs::write(code.join("sync.rb"), sync).unwrap();
    fs::write(code.join("export.rb"), export).unwrap();
}

fn manifest() -> Value {
    json!({
        "type": "idah-plugin",
        "name": "trial",
        "entryPoints": {"backend": {"module": "Trial", "path": "backends"}},
    })
}

/// An export by it.
pub(super) fn definition(options: &Value) -> Value {
    json!({
        "name": "Trial",
        "outputs": [{"to": "trial/", "from": "labels", "plugin": "trial", "options": options}],
        "sources": sources(),
    })
}

/// The datasets of the examples.
pub(super) fn sources() -> Value {
    json!({"labels": {"kind": "dataset", "directory": workspace("examples/plugins/sample")}})
}

/// The sections of a configuration that has the plugins of some folders.
pub(super) fn config(folders: &[PathBuf], scratch: &Path, plugins: &str) -> String {
    fs::create_dir_all(scratch).unwrap();
    let plugins = plugins_section(folders, plugins);
    format!("{plugins}[worker]\nscratch = '{}'\n", scratch.display())
}

/// The only file of an archive.
pub(super) fn only(ran: &Ran) -> String {
    let entries = ran.entries();
    let [entry] = entries.as_slice() else { panic!("{entries:?}") };
    ran.text(&entry.name)
}

/// Whether a process runs that calls itself so.
pub(super) fn runs(title: &str) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|process| {
        let called = fs::read(process.path().join("cmdline")).unwrap_or_default();
        called.starts_with(title.as_bytes())
    })
}
