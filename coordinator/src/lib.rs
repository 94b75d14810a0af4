//! The coordinator: accepts exports, plans their runs, hands batches to workers, follows them to
//! their end.
//!
//! Any number of coordinators may run side by side. Each serves the API; one at a time leads, by a
//! lease that only saves work: two leaders would publish the same tasks twice, and tasks may run
//! twice. Everything a coordinator knows it can read from the store again.

pub mod api;
mod accept;
mod secrets;
mod service;
mod schedule;
mod exporters;
mod plan;
mod catalogue;
mod look;
mod columns;
mod incremental;
mod run;
mod window;
mod compaction;
mod lead;
mod load;
mod delivery;
mod finish;
mod expire;
mod easydb;
pub mod notify;
pub mod token;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fabric::ambient::Ambient;
use fabric::board::Board;
use fabric::link::Keys;
use fabric::queue::Queue;
use fabric::store::Store;
use proto::fault::Fault;
use proto::id::Owner;
use proto::people::People;
use proto::plugin::shard::Shard;
use proto::target::TargetNames;
use source::Catalog;
use tokio::sync::watch;

pub use self::easydb::OwnerMails;
pub use self::exporters::{Description, Exporters};

/// A coordinator: what it stands on, and its settings.
#[derive(Clone)]
pub struct Coordinator {
    store: Arc<dyn Store>,
    queue: Arc<dyn Queue>,
    board: Arc<dyn Board>,
    catalog: Arc<Catalog>,
    targets: Arc<TargetNames>,
    ambient: Ambient,
    settings: Arc<Settings>,
    /// Why an outcome could not be written, where one could not.
    unwritten: watch::Sender<Option<Fault>>,
    /// That there is something to tell a webhook.
    noticed: watch::Sender<()>,
    /// What happens to exports of the easydb dialect.
    chronicle: easydb::Chronicle,
    /// What seals secrets; nothing where none are taken.
    keys: Option<Keys>,
}

/// How a coordinator works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Most tasks of all exports that wait in a lane or are under way from it.
    pub most_under_way: usize,
    /// How often a task is tried before the run fails.
    pub attempts: u32,
    /// How long to wait between tries of a task.
    pub backoff: fabric::retry::Backoff,
    /// How long a delivery is tried that does not get through, however often that is.
    pub deliver_for: Duration,
    /// How many bytes of source make a batch, where the definition does not say how many records.
    pub batch_bytes: u64,
    /// How long a run may show no progress before the coordinator looks whether messages were lost.
    pub patience: Duration,
    /// How long a leader's lease lasts after its last sign of life.
    pub lease: Duration,
    /// How long a run's tasks belong to one trace; what is handed out later begins another one.
    pub longest_trace: Duration,
    /// Whom mails may go to by name; nothing where no mails are sent.
    pub people: Option<People>,
    /// The watermarks that definitions may name; nothing where only workers know them.
    pub watermarks: Option<BTreeSet<String>>,
    /// The names of the passphrases that archives can be encrypted by.
    pub passphrases: BTreeSet<String>,
    /// The plugins that run in a process for each dataset, by the names that definitions use.
    pub shards: BTreeMap<String, Shard>,
    /// The options that are secret besides those that are marked, by the names of plugins that definitions use.
    pub secret_options: BTreeMap<String, BTreeSet<String>>,
    /// What plugins say of themselves where `shards` does not name them; nothing where there are none to ask.
    pub exporters: Option<Arc<dyn Exporters>>,
    /// Who is told what happens to exports.
    pub webhooks: Vec<notify::Webhook>,
    /// After which runs of the easydb dialect their owners get a mail.
    pub owner_mails: OwnerMails,
    /// What these mails call the instance.
    pub instance: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            most_under_way: 4096,
            attempts: 5,
            backoff: fabric::retry::Backoff {
                first: Duration::from_millis(500),
                most: Duration::from_mins(1),
            },
            deliver_for: Duration::from_hours(6),
            batch_bytes: 64 << 20,
            patience: Duration::from_secs(10),
            lease: Duration::from_secs(10),
            longest_trace: Duration::from_hours(1),
            people: None,
            watermarks: None,
            passphrases: BTreeSet::new(),
            shards: BTreeMap::new(),
            secret_options: BTreeMap::new(),
            exporters: None,
            webhooks: Vec::new(),
            owner_mails: OwnerMails::None,
            instance: String::new(),
        }
    }
}

impl Coordinator {
    /// A coordinator over these backends, sources and targets. It does nothing until it is asked, and leads
    /// only while [`Coordinator::lead`] runs.
    pub fn new(
        store: Arc<dyn Store>,
        queue: Arc<dyn Queue>,
        board: Arc<dyn Board>,
        catalog: Arc<Catalog>,
        targets: Arc<TargetNames>,
        ambient: Ambient,
        settings: Settings,
    ) -> Self {
        let (settings, unwritten) = (Arc::new(settings), watch::Sender::new(None));
        let chronicle = easydb::Chronicle::new(Arc::clone(&store));
        Self {
            store,
            queue,
            board,
            catalog,
            targets,
            ambient,
            settings,
            unwritten,
            noticed: watch::Sender::default(),
            chronicle,
            keys: None,
        }
    }

    /// The same, which takes secrets, and seals them by these keys.
    #[must_use]
    pub fn with_keys(self, keys: Keys) -> Self {
        Self { keys: Some(keys), ..self }
    }

    /// The same, which reads sources with the rights of an owner where they know users.
    fn reading_for(&self, owner: &Owner) -> Self {
        let catalog = Arc::new(self.catalog.of_owner(Some(owner.clone())));
        Self { catalog, ..self.clone() }
    }

    /// Waits until the store does not take how a run ended, a full disk say, and tells why.
    ///
    /// The run is taken up again a little later, and ends again. Whoever has one run only, and
    /// somebody in front of it, need not wait for that.
    pub async fn unwritten(&self) -> Fault {
        let mut told = self.unwritten.subscribe();
        let fault = told.wait_for(Option::is_some).await;
        let fault = fault.expect("the sender lives as long as its coordinator").clone();
        fault.expect("waited for")
    }
}
