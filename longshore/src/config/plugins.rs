//! How plugins are run: `[plugins]`.

use std::collections::BTreeMap;
use std::path::PathBuf;
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
    pub(crate) ruby: PathBuf,
    pub(crate) runtime: PathBuf,
    #[schemars(with = "String")]
    pub(crate) memory: ByteSize,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) processor_time: Duration,
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
}

impl Default for PluginConfig {
    fn default() -> Self {
        Self {
            folders: Vec::new(),
            ruby: "ruby".into(),
            runtime: PathBuf::new(),
            memory: ByteSize::gib(1),
            processor_time: Duration::from_hours(1),
            open_files: 1024,
            processes: 64,
            idle: Duration::from_mins(15),
            network: false,
            allow_hosts: BTreeMap::new(),
            needs_sandbox: false,
            shard: BTreeMap::new(),
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
            let absolute = std::path::absolute(&self.runtime);
            absolute.with_context(|| format!("plugins.runtime {}", self.runtime.display()))?
        };
        Ok(worker::Plugins {
            folders: self.folders.clone(),
            ruby: self.ruby.clone(),
            runtime,
            memory_bytes: self.memory.as_u64(),
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

    /// What is wrong with the hosts that plugins may reach.
    pub(crate) fn mistakes(&self) -> Vec<Fault> {
        let refused = |(plugin, hosts): (&String, &Vec<String>)| {
            let why = AllowedHosts::new(hosts).err()?;
            let fault = Fault::new(Code::InvalidValue, why);
            let fault = fault.at(format!("plugins.allow_hosts.{plugin}"));
            Some(fault.hint("a host is such as `api.example.org` or `10.1.0.1:8080`"))
        };
        self.allow_hosts.iter().filter_map(refused).collect()
    }

    /// The hosts that plugins may reach. Which of them are no hosts was told when the configuration was read.
    fn allowed(&self) -> BTreeMap<String, AllowedHosts> {
        let read = |hosts: &Vec<String>| AllowedHosts::new(hosts).unwrap_or_default();
        self.allow_hosts.iter().map(|(plugin, hosts)| (plugin.clone(), read(hosts))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_runtime_is_beside_the_program_unless_it_is_elsewhere() {
        let runtime = PluginConfig::default().plugins().unwrap().runtime;
        assert!(runtime.is_absolute() && runtime.ends_with(RUNTIME), "{}", runtime.display());
        let config = PluginConfig { runtime: "/opt/ruby".into(), ..PluginConfig::default() };
        assert_eq!(config.plugins().unwrap().runtime, Path::new("/opt/ruby"));
    }
}
