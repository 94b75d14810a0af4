//! What the operator says of plugins.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::hosts::AllowedHosts;

/// Where plugins are, and what each of their processes may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugins {
    /// Folders of plugins, or plugins themselves.
    pub folders: Vec<PathBuf>,
    /// Folders of plugins that nobody trusts, or such plugins themselves: what runs them is Ruby as WebAssembly.
    pub untrusted: Vec<PathBuf>,
    /// What runs Ruby.
    pub ruby: PathBuf,
    /// The runtime for Ruby: the folder with `exe` and `lib`.
    pub runtime: PathBuf,
    /// Ruby as a module of WebAssembly.
    pub ruby_wasm: PathBuf,
    /// Most address space of a process, or memory of one that nobody trusts, in bytes.
    pub memory_bytes: u64,
    /// How much a plugin that nobody trusts may do, in instructions of WebAssembly, more or less.
    pub fuel: u64,
    /// How much processor time a process may take.
    pub cpu_seconds: u64,
    /// Most files that a process has open.
    pub open_files: u64,
    /// Most processes and threads of a plugin.
    pub processes: u64,
    /// How long a plugin may show no sign of work, in seconds: signs of life alone are none.
    pub idle_seconds: u64,
    /// Whether plugins reach the network as the worker does.
    pub network: bool,
    /// The only hosts that plugins reach, by the names of the plugins; whatever `network` is.
    pub allow_hosts: BTreeMap<String, AllowedHosts>,
    /// The program whose command `plugin-gate` opens the way to them from a network of its own, and `plugin-wasm` runs
    /// plugins that nobody trusts: this one.
    pub program: PathBuf,
    /// Whether no plugin is run where they cannot be kept apart from everything.
    pub needs_sandbox: bool,
}

#[cfg(test)]
impl Plugins {
    /// No plugins at all.
    pub(crate) fn none() -> Self {
        Self {
            folders: Vec::new(),
            untrusted: Vec::new(),
            ruby: "ruby".into(),
            runtime: PathBuf::new(),
            ruby_wasm: PathBuf::new(),
            memory_bytes: 1 << 30,
            fuel: 1 << 40,
            cpu_seconds: 60,
            open_files: 256,
            processes: 64,
            idle_seconds: 60,
            network: false,
            allow_hosts: BTreeMap::new(),
            program: PathBuf::new(),
            needs_sandbox: false,
        }
    }
}
