//! The configuration: one TOML file, `LONGSHORE_*` variables over it, secrets in files of their own.
//!
//! Read once, here, and passed down as plain values. The commented reference is
//! `deploy/longshore.toml`; a test keeps it equal to these types and their defaults.

mod ground;
mod roles;
mod easydb;
mod deriva;
mod idah;
mod operator;
mod email;
mod images;
mod plugins;
mod passphrases;
mod webhooks;
mod telemetry;
mod secret;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use coordinator::api::Proxies;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use proto::fault::{Code, Fault};
use proto::people::{Group, People, User};
use proto::schema::Schema;
use proto::source::SourceSpec;
use proto::target::TargetSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use self::deriva::DerivaConfig;
pub(crate) use self::easydb::EasydbConfig;
pub(crate) use self::email::EmailConfig;
pub(crate) use self::ground::{
    BoardConfig, BoardKind, Checksums, QueueConfig, QueueKind, StoreConfig, StoreKind,
};
pub(crate) use self::idah::IdahConfig;
pub(crate) use self::images::ImageConfig;
pub(crate) use self::operator::OperatorConfig;
pub(crate) use self::passphrases::PassphraseConfig;
pub(crate) use self::plugins::PluginConfig;
pub(crate) use self::roles::{
    AddressConfig, AgentConfig, ApiConfig, CoordinatorConfig, WorkerConfig,
};
pub(crate) use self::secret::{Secret, expose, in_file};
pub(crate) use self::telemetry::{LogFormat, TelemetryConfig};
pub(crate) use self::webhooks::WebhookConfig;

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
    /// How images are converted.
    pub(crate) images: ImageConfig,
    /// How plugins are run.
    pub(crate) plugins: PluginConfig,
    /// Mails to recipients.
    pub(crate) email: EmailConfig,
    /// The easydb dialect.
    pub(crate) easydb: EasydbConfig,
    /// The Deriva dialect.
    pub(crate) deriva: DerivaConfig,
    /// IDAH's own surface.
    pub(crate) idah: IdahConfig,
    /// The operator of a Kubernetes cluster.
    pub(crate) operator: OperatorConfig,
    /// Logs, traces and metrics.
    pub(crate) telemetry: TelemetryConfig,
    /// The sources, by the names that definitions use.
    pub(crate) sources: BTreeMap<String, SourceSpec>,
    /// What results are encrypted by, by the names that definitions use.
    pub(crate) passphrases: BTreeMap<String, PassphraseConfig>,
    /// Who is told what happens to exports, by the names that definitions use.
    pub(crate) webhooks: BTreeMap<String, WebhookConfig>,
    /// The users that mails go to, by the names that definitions use.
    pub(crate) users: BTreeMap<String, User>,
    /// Groups of users, by the names that definitions use.
    pub(crate) groups: BTreeMap<String, Group>,
    /// The targets, by the names that definitions use.
    pub(crate) targets: BTreeMap<String, TargetSpec>,
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
        let sectioned = sectioned.split("__");
        layers = layers.merge(&sectioned);
        let variables = sectioned.iter().map(|(key, text)| (key.to_string(), text));
        Self::of(&secrets_as_given(layers, variables))
    }

    /// The configuration of all layers.
    fn of(layers: &Figment) -> Result<Self, Vec<Fault>> {
        let value: Value = layers
            .extract()
            .map_err(|error| vec![Fault::new(Code::Unreadable, unquoted(&error))])?;
        let faults: Vec<Fault> = SCHEMA.faults(&value).into_iter().map(dotted).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let config: Self = serde_json::from_value(value)
            .map_err(|error| vec![Fault::new(Code::InvalidValue, error.to_string())])?;
        let faults = config.mistakes();
        if faults.is_empty() { Ok(config) } else { Err(faults) }
    }

    /// Whom definitions may send mails to by name.
    pub(crate) fn people(&self) -> People {
        People { users: self.users.clone(), groups: self.groups.clone() }
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
        if let Err(error) = Proxies::new(&self.api.proxies) {
            faults.push(Fault::new(Code::InvalidValue, error.to_string()).at("api.proxies"));
        }
        if self.worker.max_xml_for_stylesheets.as_u64() > worker::MAX_STYLED_BYTES {
            let why = "stylesheets have memory for documents of 16MiB and no more";
            let place = "worker.max_xml_for_stylesheets";
            faults.push(Fault::new(Code::InvalidValue, why).at(place));
        }
        let has_key = in_file(&self.coordinator.private_key);
        if in_file(&self.coordinator.certificate) != has_key {
            let missing = if has_key { "certificate" } else { "private_key" };
            let fault = Fault::new(Code::MissingField, format!("`{missing}` is missing"));
            let fault = fault.at(format!("coordinator.{missing}"));
            faults.push(fault.hint("HTTPS needs the certificate and its key"));
        }
        faults.extend(self.easydb.mistakes(&self.sources));
        faults.extend(self.deriva.mistakes(&self.sources, &self.targets));
        faults.extend(self.idah.mistakes(&self.sources));
        faults.extend(self.operator.mistakes());
        faults.extend(self.plugins.mistakes());
        faults.extend(self.people().faults());
        faults.extend(self.webhooks.iter().filter_map(|(name, hook)| hook.webhook(name).err()));
        for (name, target) in &self.targets {
            faults.extend(target.mistakes(&format!("/targets/{name}")).into_iter().map(dotted));
        }
        faults
    }
}

/// Puts secrets of variables over what was made of them: a secret of digits is no number.
fn secrets_as_given(layers: Figment, variables: impl Iterator<Item = (String, String)>) -> Figment {
    let is_secret = |key: &str| key.rsplit('.').next().is_some_and(|last| SCHEMA.is_secret(last));
    variables
        .filter(|(key, _)| is_secret(key))
        .fold(layers, |layers, (key, text)| layers.merge(Serialized::default(&key, text)))
}

/// What is wrong with a text that cannot be parsed, on one line, without the line of it that is
/// quoted: there may be a secret on it.
fn unquoted(error: &figment::Error) -> String {
    let text = error.to_string();
    let is_ours = |line: &&str| {
        let beyond_its_number = line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
        !beyond_its_number.starts_with('|')
    };
    text.lines().filter(is_ours).collect::<Vec<_>>().join(" ")
}

/// A place in a configuration reads `store.kind`, not `/store/kind`.
fn dotted(fault: Fault) -> Fault {
    let place = fault.place.as_deref().map(|place| place.trim_start_matches('/').replace('/', "."));
    Fault { place: place.filter(|place| !place.is_empty()), ..fault }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod manual;
