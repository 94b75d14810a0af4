//! The roles: `[api]`, `[coordinator]`, `[worker]`, `[agent]`, and `[addresses]` that workers may reach.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ApiConfig {
    #[schemars(with = "String")]
    pub(crate) listen: SocketAddr,
    #[schemars(with = "String")]
    pub(crate) base_url: Url,
    pub(crate) link_key_file: PathBuf,
    pub(crate) proxies: Vec<String>,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            base_url: Url::parse("http://127.0.0.1:8080/").expect("a URL"),
            link_key_file: PathBuf::new(),
            proxies: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CoordinatorConfig {
    pub(crate) most_under_way: usize,
    #[schemars(range(min = 1))]
    pub(crate) attempts: u32,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) deliver_for: Duration,
    #[schemars(with = "String")]
    pub(crate) batch_bytes: ByteSize,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) patience: Duration,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) lease: Duration,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) longest_trace: Duration,
    pub(crate) certificate: PathBuf,
    pub(crate) private_key: PathBuf,
}

impl Default for CoordinatorConfig {
    fn default() -> Self {
        let settings = coordinator::Settings::default();
        Self {
            most_under_way: settings.most_under_way,
            attempts: settings.attempts,
            deliver_for: settings.deliver_for,
            batch_bytes: ByteSize::b(settings.batch_bytes),
            patience: settings.patience,
            lease: settings.lease,
            longest_trace: settings.longest_trace,
            certificate: PathBuf::new(),
            private_key: PathBuf::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WorkerConfig {
    #[schemars(range(min = 1))]
    pub(crate) slots: u16,
    pub(crate) scratch: PathBuf,
    pub(crate) stylesheets: PathBuf,
    #[schemars(with = "String")]
    pub(crate) max_xml_for_stylesheets: ByteSize,
    pub(crate) mappings: PathBuf,
    pub(crate) duckdb: PathBuf,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) grace: Duration,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            slots: 2,
            scratch: std::env::temp_dir(),
            stylesheets: PathBuf::new(),
            max_xml_for_stylesheets: ByteSize::mb(10),
            mappings: PathBuf::new(),
            duckdb: PathBuf::from("duckdb"),
            grace: Duration::from_mins(2),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AgentConfig {
    #[schemars(range(min = 1))]
    pub(crate) slots: u16,
    pub(crate) scratch: PathBuf,
    #[schemars(with = "String")]
    pub(crate) staging_bytes: ByteSize,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) grace: Duration,
}

impl Default for AgentConfig {
    fn default() -> Self {
        Self {
            slots: 2,
            scratch: std::env::temp_dir(),
            staging_bytes: ByteSize::gib(1),
            grace: Duration::from_mins(5),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AddressConfig {
    pub(crate) allow: Vec<String>,
    #[schemars(with = "String")]
    pub(crate) max_bytes: ByteSize,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) deadline: Duration,
}

impl Default for AddressConfig {
    fn default() -> Self {
        Self { allow: Vec::new(), max_bytes: ByteSize::gib(16), deadline: Duration::from_mins(1) }
    }
}
