//! The transport agent: joins what the batches left into archives, and delivers them.
//!
//! It moves no bytes that it need not: segments are copied inside the store, and only headers and
//! directories are written. Every task may run twice: an archive is recorded once, and a recipient
//! that has a receipt gets nothing again.

mod serve;
mod parcel;
mod checked;
mod assemble;
mod deliver;
mod targets;
mod passphrases;
mod error;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fabric::ambient::Ambient;
use fabric::board::Board;
use fabric::link::Signer;
use fabric::queue::Queue;
use fabric::store::Store;
use proto::people::People;

pub use self::deliver::{MailSettings, Mailer, Starttls};

pub use self::passphrases::Passphrases;
pub use self::targets::Targets;

/// A transport agent: what it stands on, and its settings.
#[derive(Clone)]
pub struct Agent {
    store: Arc<dyn Store>,
    queue: Arc<dyn Queue>,
    board: Arc<dyn Board>,
    targets: Arc<Targets>,
    ambient: Ambient,
    settings: Arc<Settings>,
}

/// How an agent works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Archives joined at once, and deliveries made at once.
    pub slots: u16,
    /// Where whatever is too long for memory waits: central directories, manifests and other texts beyond
    /// 8 MiB until the archive is joined, and the files of deliveries by programs that read files, of
    /// each at the most `staging_bytes` or its largest file. Agents may share it.
    pub scratch: PathBuf,
    /// Most bytes of files that wait there to be sent by a delivery, unless a single one has more.
    pub staging_bytes: u64,
    /// How long tasks under way may take to end when the agent is told to stop.
    pub grace: Duration,
    /// What makes links for mails; nothing where nobody serves them.
    pub links: Option<Signer>,
    /// What sends mails; nothing where no server is configured.
    pub mailer: Option<Arc<Mailer>>,
    /// What results are encrypted by where a definition names a passphrase.
    pub passphrases: Passphrases,
    /// Whom mails may go to by name.
    pub people: People,
    /// What mails say that the instance is called.
    pub instance: String,
}

impl Agent {
    /// An agent over these backends, that delivers to these targets.
    pub fn new(
        store: Arc<dyn Store>,
        queue: Arc<dyn Queue>,
        board: Arc<dyn Board>,
        targets: Arc<Targets>,
        ambient: Ambient,
        settings: Settings,
    ) -> Self {
        Self { store, queue, board, targets, ambient, settings: Arc::new(settings) }
    }
}
