//! Choosing backends: from the configuration to what the roles stand on.

mod sources;
mod exporters;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use coordinator::Coordinator;
use fabric::ambient::Ambient;
use fabric::board::{Board, ProcessBoard, RedisBoard, RedisConfig};
use fabric::link::{Keys, Signer};
use fabric::queue::{ProcessQueue, Queue, RabbitConfig, RabbitQueue};
use fabric::store::{self, DirectoryStore, S3Config, S3Store, Store};
use proto::fault::Fault;
use proto::target::{TargetNames, TargetSpec};
use source::Catalog;
use transport_agent::{Agent, Mailer, Passphrases, Targets};
use worker::Worker;

pub(crate) use self::exporters::shard;
pub(crate) use self::sources::{catalog, deriva};
use crate::config::{BoardKind, Checksums, Config, QueueKind, StoreConfig, StoreKind};

/// Heartbeat of connections to RabbitMQ; a dead one is noticed after two.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// What all roles of a process stand on.
#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) board: Arc<dyn Board>,
    pub(crate) ambient: Ambient,
    /// The bucket of the store, where it is one.
    bucket: Option<S3Config>,
}

impl Ground {
    /// The backends of the configuration.
    pub(crate) async fn configured(config: &Config) -> anyhow::Result<Self> {
        Ok(Self {
            bucket: match config.store.kind {
                StoreKind::Directory => None,
                StoreKind::S3 => Some(s3(&config.store)?),
            },
            store: store(&config.store).await?,
            queue: queue(config).await?,
            board: board(config).await?,
            ambient: Ambient::system(),
        })
    }

    /// The backends of one process, over a directory.
    pub(crate) fn embedded(store: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            store: Arc::new(open_directory(store)?),
            queue: Arc::new(ProcessQueue::new()),
            board: Arc::new(ProcessBoard::new()),
            ambient: Ambient::system(),
            bucket: None,
        })
    }

    /// A coordinator that plans from these sources and knows these targets by name.
    pub(crate) fn coordinator(
        &self,
        config: &Config,
        catalog: &Arc<Catalog>,
        targets: &BTreeMap<String, TargetSpec>,
    ) -> Coordinator {
        let settings = coordinator::Settings {
            most_under_way: config.coordinator.most_under_way,
            attempts: config.coordinator.attempts,
            deliver_for: config.coordinator.deliver_for,
            batch_bytes: config.coordinator.batch_bytes.as_u64(),
            patience: config.coordinator.patience,
            lease: config.coordinator.lease,
            longest_trace: config.coordinator.longest_trace,
            people: config.email.is_there().then(|| config.people()),
            watermarks: config.images.known_watermarks(),
            passphrases: config.passphrases.keys().cloned().collect(),
            shards: config.plugins.shard.clone(),
            secret_options: config.plugins.secret_options.clone(),
            exporters: exporters::described(config),
            // Which of them are no webhooks was told when the configuration was read.
            webhooks: config
                .webhooks
                .iter()
                .filter_map(|(name, hook)| hook.webhook(name).ok())
                .collect(),
            owner_mails: config.easydb.owner_mails(),
            instance: config.easydb.name.clone(),
            ..coordinator::Settings::default()
        };
        Coordinator::new(
            Arc::clone(&self.store),
            Arc::clone(&self.queue),
            Arc::clone(&self.board),
            Arc::clone(catalog),
            Arc::new(TargetNames::of(targets)),
            self.ambient.clone(),
            settings,
        )
    }

    pub(crate) fn worker(&self, config: &Config, catalog: &Arc<Catalog>) -> anyhow::Result<Worker> {
        let settings = worker::Settings {
            slots: config.worker.slots,
            scratch: config.worker.scratch.clone(),
            mappings: Some(config.worker.mappings.clone())
                .filter(|path| !path.as_os_str().is_empty()),
            stylesheets: Some(config.worker.stylesheets.clone())
                .filter(|folder| !folder.as_os_str().is_empty()),
            max_xml_for_stylesheets: config.worker.max_xml_for_stylesheets.as_u64(),
            duckdb: config.worker.duckdb.clone(),
            grace: config.worker.grace,
            images: config.images.images()?,
            plugins: config.plugins.plugins()?,
        };
        Ok(Worker::new(
            Arc::clone(&self.store),
            Arc::clone(&self.queue),
            Arc::clone(&self.board),
            Arc::clone(catalog),
            self.ambient.clone(),
            settings,
        ))
    }

    /// An agent that delivers to these targets, whose relative paths are relative to `base`;
    /// mails have links where somebody serves them. `keys` open what documents say of free hosts.
    pub(crate) fn agent(
        &self,
        config: &Config,
        targets: BTreeMap<String, TargetSpec>,
        base: &Path,
        (links, keys): (Option<Signer>, Option<Keys>),
    ) -> anyhow::Result<Agent> {
        let targets = Targets::new(targets, base.to_owned(), self.bucket.clone());
        let targets = match keys {
            Some(keys) => targets.with_free(config.easydb.free(), keys),
            None => targets,
        };
        let settings = transport_agent::Settings {
            slots: config.agent.slots,
            scratch: config.agent.scratch.clone(),
            staging_bytes: config.agent.staging_bytes.as_u64(),
            grace: config.agent.grace,
            links,
            mailer: mailer(config)?.map(Arc::new),
            passphrases: passphrases(config),
            people: config.people(),
            instance: config.easydb.name.clone(),
        };
        Ok(Agent::new(
            Arc::clone(&self.store),
            Arc::clone(&self.queue),
            Arc::clone(&self.board),
            Arc::new(targets),
            self.ambient.clone(),
            settings,
        ))
    }
}

/// Where the passphrases are that results are encrypted by.
fn passphrases(config: &Config) -> Passphrases {
    let files = config.passphrases.iter().map(|(name, given)| (name.clone(), given.file.clone()));
    Passphrases::new(files.collect())
}

/// What sends mails, where a server is configured.
fn mailer(config: &Config) -> anyhow::Result<Option<Mailer>> {
    config.email.mailer().map_err(|faults| {
        let told: Vec<String> = faults.iter().map(crate::exit::describe).collect();
        anyhow!("[email] of the configuration: {}", told.join("; "))
    })
}

/// The store of the configuration.
pub(crate) async fn store(config: &StoreConfig) -> anyhow::Result<Arc<dyn Store>> {
    Ok(match config.kind {
        StoreKind::Directory => Arc::new(open_directory(&config.path)?),
        StoreKind::S3 => {
            let config = s3(config)?;
            Arc::new(S3Store::connect(config).await.map_err(|error| told(&error.fault()))?)
        }
    })
}

fn open_directory(path: &Path) -> anyhow::Result<DirectoryStore> {
    DirectoryStore::open(path)
        .map_err(|error| told(&error.fault()))
        .with_context(|| format!("opening the store {}", path.display()))
}

fn s3(config: &StoreConfig) -> anyhow::Result<S3Config> {
    Ok(S3Config {
        endpoint: url(&config.endpoint, "[store] endpoint")?,
        public_endpoint: url(&config.public_endpoint, "[store] public_endpoint")?,
        region: config.region.clone(),
        bucket: config.bucket.clone(),
        prefix: config.prefix.clone(),
        access_key: config.access_key_id.clone(),
        secret_key: config.secret_access_key.or_file(&config.secret_access_key_file)?,
        session_token: None,
        checksums: match config.checksums {
            Checksums::WhenSupported => store::Checksums::WhenSupported,
            Checksums::WhenRequired => store::Checksums::WhenRequired,
        },
    })
}

/// A URL of the configuration; empty means none.
fn url(text: &str, key: &'static str) -> anyhow::Result<Option<url::Url>> {
    (!text.is_empty()).then(|| text.parse().context(key)).transpose()
}

async fn queue(config: &Config) -> anyhow::Result<Arc<dyn Queue>> {
    let queue = &config.queue;
    Ok(match queue.kind {
        QueueKind::Process => Arc::new(ProcessQueue::new()),
        QueueKind::Rabbitmq => {
            let config = RabbitConfig {
                url: queue.url.or_file(&queue.url_file)?,
                namespace: queue.namespace.clone(),
                delivery_limit: queue.delivery_limit,
                deadline: queue.deadline,
                heartbeat: HEARTBEAT,
            };
            Arc::new(RabbitQueue::connect(config).await.map_err(|error| told(&error.fault()))?)
        }
    })
}

async fn board(config: &Config) -> anyhow::Result<Arc<dyn Board>> {
    let board = &config.board;
    Ok(match board.kind {
        BoardKind::Process => Arc::new(ProcessBoard::new()),
        BoardKind::Redis => {
            let config = RedisConfig {
                url: board.url.or_file(&board.url_file)?,
                namespace: board.namespace.clone(),
                deadline: board.deadline,
            };
            Arc::new(RedisBoard::connect(config).await.map_err(|error| told(&error.fault()))?)
        }
    })
}

/// A fault as an error of the process.
pub(crate) fn told(fault: &Fault) -> anyhow::Error {
    anyhow!("{}", crate::exit::describe(fault))
}
