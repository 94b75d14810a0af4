//! How plugins are run: `[plugins]`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use bytesize::ByteSize;
use proto::fault::{Code, Fault};
use proto::plugin::shard::Shard;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use worker::AllowedHosts;

/// Where the runtime for Ruby is installed, beside the folder of the program.
const RUNTIME: &str = "share/longshore/ruby";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PluginConfig {
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) untrusted: Vec<PathBuf>,
    pub(crate) ruby: PathBuf,
    pub(crate) runtime: PathBuf,
    pub(crate) ruby_wasm: PathBuf,
    #[schemars(with = "String")]
    pub(crate) memory: ByteSize,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) processor_time: Duration,
    #[schemars(range(min = 1))]
    pub(crate) fuel: u64,
    #[schemars(range(min = 16))]
    pub(crate) open_files: u64,
    #[schemars(range(min = 1))]
    pub(crate) processes: u64,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) idle: Duration,
    pub(crate) network: bool,
    pub(crate) allow_hosts: BTreeMap<String, Vec<String>>,
    pub(crate) needs_sandbox: bool,
    pub(crate) shard: BTreeMap<String, Shard>,
    pub(crate) secret_options: BTreeMap<String, BTreeSet<String>>,
}

impl Default for PluginConfig {
    fn default() -> Self {
        Self {
            folders: Vec::new(),
            untrusted: Vec::new(),
            ruby: "ruby".into(),
            runtime: PathBuf::new(),
            ruby_wasm: PathBuf::new(),
            memory: ByteSize::gib(1),
            processor_time: Duration::from_hours(1),
            fuel: 10_000_000_000_000,
            open_files: 1024,
            processes: 64,
            idle: Duration::from_mins(15),
            network: false,
            allow_hosts: BTreeMap::new(),
            needs_sandbox: false,
            shard: BTreeMap::new(),
            secret_options: BTreeMap::new(),
        }
    }
}

impl PluginConfig {
    /// The same for a worker of this program.
    pub(crate) fn plugins(&self) -> anyhow::Result<worker::Plugins> {
        let program = std::env::current_exe().context("this program")?;
        let runtime = if self.runtime.as_os_str().is_empty() {
            program.ancestors().nth(2).map_or_else(PathBuf::new, |beside| beside.join(RUNTIME))
        } else {
            absolute("runtime", &self.runtime)?
        };
        let ruby_wasm = if self.ruby_wasm.as_os_str().is_empty() {
            PathBuf::new()
        } else {
            // What it was compiled to lies beside the file itself, and not beside a link to it.
            let named = absolute("ruby_wasm", &self.ruby_wasm)?;
            named.canonicalize().unwrap_or(named)
        };
        Ok(worker::Plugins {
            folders: self.folders.clone(),
            untrusted: self.untrusted.clone(),
            ruby: self.ruby.clone(),
            runtime,
            ruby_wasm,
            memory_bytes: self.memory.as_u64(),
            fuel: self.fuel,
            // Less than a second is not measured.
            cpu_seconds: self.processor_time.as_secs().max(1),
            open_files: self.open_files,
            processes: self.processes,
            idle_seconds: self.idle.as_secs().max(1),
            network: self.network,
            allow_hosts: self.allowed(),
            program,
            needs_sandbox: self.needs_sandbox,
        })
    }

    /// What is wrong with the hosts that plugins may reach, and with what runs those that nobody trusts.
    pub(crate) fn mistakes(&self) -> Vec<Fault> {
        let refused = |(plugin, hosts): (&String, &Vec<String>)| {
            let why = AllowedHosts::new(hosts).err()?;
            let fault = Fault::new(Code::InvalidValue, why);
            let fault = fault.at(format!("plugins.allow_hosts.{plugin}"));
            Some(fault.hint("a host is such as `api.example.org` or `10.1.0.1:8080`"))
        };
        self.allow_hosts.iter().filter_map(refused).chain(self.unrunnable()).collect()
    }

    /// Why plugins that nobody trusts cannot be run.
    fn unrunnable(&self) -> Option<Fault> {
        if self.untrusted.is_empty() {
            return None;
        }
        let wrong = |key: &str, what: &str| {
            Fault::new(Code::InvalidValue, what).at(format!("plugins.{key}"))
        };
        if !cfg!(feature = "sandbox-wasm") {
            let fault =
                wrong("untrusted", "this program has no sandbox for plugins that nobody trusts");
            return Some(fault.hint("build it with `--features sandbox-wasm`"));
        }
        if !self.ruby_wasm.as_os_str().is_empty() {
            return None;
        }
        let fault = wrong("ruby_wasm", "nothing runs the plugins of `untrusted`");
        Some(fault.hint("`sdk/ruby/wasm/install` brings ruby.wasm"))
    }

    /// The hosts that plugins may reach. Which of them are no hosts was told when the configuration was read.
    fn allowed(&self) -> BTreeMap<String, AllowedHosts> {
        let read = |hosts: &Vec<String>| AllowedHosts::new(hosts).unwrap_or_default();
        self.allow_hosts.iter().map(|(plugin, hosts)| (plugin.clone(), read(hosts))).collect()
    }
}

/// The path of a key, from wherever the program is started.
fn absolute(key: &str, path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("plugins.{key} {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_is_beside_the_program_unless_it_is_elsewhere() {
        let runtime = PluginConfig::default().plugins().unwrap().runtime;
        assert!(runtime.is_absolute() && runtime.ends_with(RUNTIME), "{}", runtime.display());
        let config = PluginConfig { runtime: "/opt/ruby".into(), ..PluginConfig::default() };
        assert_eq!(config.plugins().unwrap().runtime, Path::new("/opt/ruby"));
    }

    #[test]
    fn ruby_as_webassembly_is_looked_for_where_it_was_compiled() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let link = root.join("link.wasm");
        std::os::unix::fs::symlink(root.join("ruby.wasm"), &link).unwrap();
        let config = PluginConfig { ruby_wasm: link.clone(), ..PluginConfig::default() };
        assert_eq!(config.plugins().unwrap().ruby_wasm, link);
        std::fs::write(root.join("ruby.wasm"), "").unwrap();
        assert_eq!(config.plugins().unwrap().ruby_wasm, root.join("ruby.wasm"));
    }

    #[test]
    fn plugins_that_nobody_trusts_need_what_runs_them() {
        let config =
            PluginConfig { untrusted: vec!["/srv/theirs".into()], ..PluginConfig::default() };
        let place = if cfg!(feature = "sandbox-wasm") { "ruby_wasm" } else { "untrusted" };
        let mistakes = config.mistakes();
        assert_eq!(mistakes[0].place, Some(format!("plugins.{place}")));
        assert!(PluginConfig::default().mistakes().is_empty());
    }
}
