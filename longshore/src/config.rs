//! The configuration: one TOML file, `LONGSHORE_*` variables over it, secrets in files of their own.
//!
//! Read once, here, and passed down as plain values. The commented reference is
//! `deploy/longshore.toml`; a test keeps it equal to these types and their defaults.

mod secret;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use bytesize::ByteSize;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use proto::fault::{Code, Fault};
use proto::schema::Schema;
use proto::source::SourceSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

pub(crate) use self::secret::{Secret, expose, in_file};

/// The commented reference, with every key at its default.
pub(crate) const REFERENCE: &str = include_str!("../../deploy/longshore.toml");

/// Everything that can be configured. Where a key is explained: `deploy/longshore.toml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Where objects are kept.
    pub(crate) store: StoreConfig,
    /// How tasks travel.
    pub(crate) queue: QueueConfig,
    /// Where progress is shown.
    pub(crate) board: BoardConfig,
    /// The HTTP API of the coordinator.
    pub(crate) api: ApiConfig,
    /// The coordinator.
    pub(crate) coordinator: CoordinatorConfig,
    /// The worker.
    pub(crate) worker: WorkerConfig,
    /// The transport agent.
    pub(crate) agent: AgentConfig,
    /// Which addresses assets may be fetched from.
    pub(crate) addresses: AddressConfig,
    /// Logs, traces and metrics.
    pub(crate) telemetry: TelemetryConfig,
    /// The sources, by the names that definitions use.
    pub(crate) sources: BTreeMap<String, SourceSpec>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StoreConfig {
    pub(crate) kind: StoreKind,
    pub(crate) path: PathBuf,
    pub(crate) endpoint: String,
    pub(crate) public_endpoint: String,
    pub(crate) region: String,
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret,
    pub(crate) secret_access_key_file: PathBuf,
    pub(crate) checksums: Checksums,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StoreKind {
    Directory,
    S3,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Checksums {
    WhenSupported,
    WhenRequired,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct QueueConfig {
    pub(crate) kind: QueueKind,
    pub(crate) url: Secret,
    pub(crate) url_file: PathBuf,
    pub(crate) namespace: String,
    pub(crate) delivery_limit: u32,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) deadline: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QueueKind {
    Process,
    Rabbitmq,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BoardConfig {
    pub(crate) kind: BoardKind,
    pub(crate) url: Secret,
    pub(crate) url_file: PathBuf,
    pub(crate) namespace: String,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) deadline: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BoardKind {
    Process,
    Redis,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ApiConfig {
    #[schemars(with = "String")]
    pub(crate) listen: SocketAddr,
    #[schemars(with = "String")]
    pub(crate) base_url: Url,
    pub(crate) link_key_file: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CoordinatorConfig {
    pub(crate) most_under_way: usize,
    #[schemars(range(min = 1))]
    pub(crate) attempts: u32,
    #[schemars(with = "String")]
    pub(crate) batch_bytes: ByteSize,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) patience: Duration,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) lease: Duration,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WorkerConfig {
    #[schemars(range(min = 1))]
    pub(crate) slots: u16,
    pub(crate) scratch: PathBuf,
    #[schemars(with = "String")]
    pub(crate) asset_bytes: ByteSize,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) grace: Duration,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AgentConfig {
    #[schemars(range(min = 1))]
    pub(crate) slots: u16,
    pub(crate) scratch: PathBuf,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) grace: Duration,
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

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TelemetryConfig {
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
    pub(crate) otlp_endpoint: String,
    pub(crate) metrics_listen: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            kind: StoreKind::Directory,
            path: ".longshore/store".into(),
            endpoint: String::new(),
            public_endpoint: String::new(),
            region: "us-east-1".to_owned(),
            bucket: String::new(),
            prefix: String::new(),
            access_key_id: String::new(),
            secret_access_key: Secret::default(),
            secret_access_key_file: PathBuf::new(),
            checksums: Checksums::WhenSupported,
        }
    }
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            kind: QueueKind::Process,
            url: Secret::default(),
            url_file: PathBuf::new(),
            namespace: "longshore".to_owned(),
            delivery_limit: 20,
            deadline: Duration::from_secs(10),
        }
    }
}

impl Default for BoardConfig {
    fn default() -> Self {
        Self {
            kind: BoardKind::Process,
            url: Secret::default(),
            url_file: PathBuf::new(),
            namespace: "longshore".to_owned(),
            deadline: Duration::from_secs(2),
        }
    }
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            base_url: Url::parse("http://127.0.0.1:8080/").expect("a URL"),
            link_key_file: PathBuf::new(),
        }
    }
}

impl Default for CoordinatorConfig {
    fn default() -> Self {
        let settings = coordinator::Settings::default();
        Self {
            most_under_way: settings.most_under_way,
            attempts: settings.attempts,
            batch_bytes: ByteSize::b(settings.batch_bytes),
            patience: settings.patience,
            lease: settings.lease,
        }
    }
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            slots: 2,
            scratch: std::env::temp_dir(),
            asset_bytes: ByteSize::mib(4),
            grace: Duration::from_mins(2),
        }
    }
}

impl Default for AgentConfig {
    fn default() -> Self {
        Self { slots: 2, scratch: std::env::temp_dir(), grace: Duration::from_mins(5) }
    }
}

impl Default for AddressConfig {
    fn default() -> Self {
        Self { allow: Vec::new(), max_bytes: ByteSize::gib(16), deadline: Duration::from_mins(1) }
    }
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            otlp_endpoint: String::new(),
            metrics_listen: String::new(),
        }
    }
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::of_types(&schemars::schema_for!(Config).to_value(), "`longshore config`")
});

impl Config {
    /// Reads the configuration: defaults, the file where there is one, then `LONGSHORE_*` (sections and
    /// keys joined by `__`, such as `LONGSHORE_STORE__BUCKET`). All mistakes are told at once.
    pub(crate) fn read(file: Option<&Path>) -> Result<Self, Vec<Fault>> {
        let mut layers = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(vec![
                    Fault::new(Code::Unreadable, "there is no such file")
                        .at(file.display().to_string()),
                ]);
            }
            layers = layers.merge(Toml::file_exact(file));
        }
        // Without a section it is none of ours: LONGSHORE_TOKEN is the command line's, and Kubernetes
        // sets LONGSHORE_SERVICE_HOST in every pod beside a service of that name.
        let sectioned = Env::prefixed("LONGSHORE_").filter(|key| key.as_str().contains("__"));
        layers = layers.merge(sectioned.split("__"));
        let value: Value = layers.extract().map_err(|error| {
            vec![Fault::new(Code::Unreadable, error.to_string().replace('\n', " "))]
        })?;
        let faults: Vec<Fault> = SCHEMA.faults(&value).into_iter().map(dotted).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let config: Self = serde_json::from_value(value)
            .map_err(|error| vec![Fault::new(Code::InvalidValue, error.to_string())])?;
        let faults = config.mistakes();
        if faults.is_empty() { Ok(config) } else { Err(faults) }
    }

    /// The rules between keys.
    fn mistakes(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut need = |is_there: bool, key: &str, why: &str| {
            if !is_there {
                faults.push(
                    Fault::new(Code::MissingField, format!("`{key}` is missing")).at(key).hint(why),
                );
            }
        };
        if self.store.kind == StoreKind::S3 {
            need(
                !self.store.bucket.is_empty(),
                "store.bucket",
                "a store of kind s3 needs a bucket",
            );
            need(
                !self.store.access_key_id.is_empty(),
                "store.access_key_id",
                "credentials of the bucket",
            );
            let has_secret = !self.store.secret_access_key.is_empty()
                || in_file(&self.store.secret_access_key_file);
            need(has_secret, "store.secret_access_key_file", "the file that holds the secret key");
        }
        let has_queue = !self.queue.url.is_empty() || in_file(&self.queue.url_file);
        need(
            self.queue.kind == QueueKind::Process || has_queue,
            "queue.url_file",
            "amqp://user:password@host/vhost",
        );
        let has_board = !self.board.url.is_empty() || in_file(&self.board.url_file);
        need(
            self.board.kind == BoardKind::Process || has_board,
            "board.url_file",
            "redis://host:6379/0",
        );
        faults
    }
}

/// A place in a configuration reads `store.kind`, not `/store/kind`.
fn dotted(fault: Fault) -> Fault {
    let place = fault.place.as_deref().map(|place| place.trim_start_matches('/').replace('/', "."));
    Fault { place: place.filter(|place| !place.is_empty()), ..fault }
}

#[cfg(test)]
mod tests;
