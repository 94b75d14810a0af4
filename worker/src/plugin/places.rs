//! Where things are for a plugin's process, and what it is run by there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::manifest::{Entry, Plugin};
use super::settings::Plugins;

/// Where a plugin writes, as it sees it in a sandbox.
pub(super) const INSIDE: &str = "/work";

/// Where this program is, as it is seen in a sandbox that needs it.
pub(super) const GATE: &str = "/gate";

/// Where Ruby as WebAssembly is, with what it was compiled to, as it is seen in a sandbox.
pub(super) const WASM: &str = "/wasm";

/// Puts the host on standard input and output again, where Ruby as WebAssembly looks for it.
const TO_STANDARD: &str = "exec 0<&3 1>&4 3<&- 4>&-; exec \"$@\"";

/// Where things are for the process.
pub(super) struct Places {
    pub(super) work: PathBuf,
    pub(super) plugin: PathBuf,
    pub(super) runtime: PathBuf,
    program: PathBuf,
    ruby_wasm: PathBuf,
}

impl Places {
    /// Those of a sandbox. Folders above those of the host may be closed to others, so they have names of their own.
    pub(super) fn inside(plugins: &Plugins, plugin: &Plugin) -> Self {
        let name = plugin.folder.file_name().unwrap_or_else(|| "plugin".as_ref());
        let module = plugins.ruby_wasm.file_name().unwrap_or_default();
        Self {
            work: INSIDE.into(),
            plugin: Path::new("/plugins").join(name),
            runtime: "/runtime".into(),
            program: GATE.into(),
            ruby_wasm: Path::new(WASM).join(module),
        }
    }

    /// Those of the host.
    pub(super) fn outside(plugins: &Plugins, plugin: &Plugin, work: &Path) -> Self {
        Self {
            work: work.to_owned(),
            plugin: plugin.folder.clone(),
            runtime: plugins.runtime.clone(),
            program: plugins.program.clone(),
            ruby_wasm: plugins.ruby_wasm.clone(),
        }
    }

    /// What runs the plugin.
    pub(super) fn program(self, plugins: &Plugins, plugin: &Plugin) -> Vec<OsString> {
        match &plugin.entry {
            Entry::Program(program) => vec![self.plugin.join(program).into()],
            Entry::Ruby => {
                let library = self.runtime.join("lib");
                let runner = self.runtime.join("exe/longshore-plugin");
                let words = [plugins.ruby.clone(), "-I".into(), library, runner, self.plugin];
                words.map(PathBuf::into_os_string).into()
            }
            Entry::RubyWasm => {
                let begin = ["/bin/sh", "-c", TO_STANDARD, "plugin"].map(PathBuf::from);
                let Self { work, plugin, runtime, program, ruby_wasm } = self;
                let command = [program, "plugin-wasm".into(), ruby_wasm, runtime, plugin, work];
                let limits = [plugins.memory_bytes, plugins.fuel];
                let limits = limits.map(|limit| PathBuf::from(limit.to_string()));
                let words = begin.into_iter().chain(command).chain(limits);
                words.map(PathBuf::into_os_string).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    fn words(settings: &Plugins, entry: Entry) -> String {
        let (folder, name) = ("/srv/theirs/labels".into(), "labels".to_owned());
        let plugin = Plugin { folder, name, entry };
        let words = Places::inside(settings, &plugin).program(settings, &plugin);
        words.join(OsStr::new(" ")).to_string_lossy().into_owned()
    }

    #[test]
    fn what_nobody_trusts_is_run_by_this_program() {
        let (program, ruby_wasm) = ("/usr/bin/longshore".into(), "/srv/wasm/ruby.wasm".into());
        let settings = Plugins { ruby_wasm, program, ..Plugins::none() };
        assert_eq!(
            words(&settings, Entry::Ruby),
            "ruby -I /runtime/lib /runtime/exe/longshore-plugin /plugins/labels"
        );
        let untrusted = words(&settings, Entry::RubyWasm);
        let expected = "/gate plugin-wasm /wasm/ruby.wasm /runtime /plugins/labels /work 1073741824 1099511627776";
        assert_eq!(untrusted.split_once("plugin ").map(|(_, words)| words), Some(expected));
    }
}
