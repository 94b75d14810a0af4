//! What the operator says of plugins.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::hosts::AllowedHosts;

/// Where plugins are, and what each of their processes may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugins {
    /// Folders of plugins, or plugins themselves.
    pub folders: Vec<PathBuf>,
    /// What runs Ruby.
    pub ruby: PathBuf,
    /// The runtime for Ruby: the folder with `exe` and `lib`.
    pub runtime: PathBuf,
    /// Most address space of a process, in bytes.
    pub memory_bytes: u64,
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
    /// The program whose command `plugin-gate` opens the way to them from a network of its own: this one.
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
            ruby: "ruby".into(),
            runtime: PathBuf::new(),
            memory_bytes: 1 << 30,
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
