//! The worker: takes a batch, reads its slice of the source, leaves a segment and a commit record.
//!
//! A worker keeps nothing. Any batch may be done twice, by two workers at once too: both write
//! segments of their own, and the first commit record counts.

mod serve;
mod patience;
mod turn;
mod stages;
mod batch;
mod folder;
mod picked;
mod listed;
mod plans;
mod rows;
mod warnings;
mod table;
mod verbatim;
mod provided;
mod records;
mod assets;
mod dataset;
mod whole;
mod made;
mod plugin;
mod collect;
mod easydb;
mod packing;
mod members;
mod laid;
mod spool;
mod large;
mod render;
mod fasta;
mod xslt;
mod laying;
mod segment;
mod compact;
mod error;
#[cfg(test)]
mod plain_zip;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fabric::ambient::Ambient;
use fabric::board::Board;
use fabric::link::Keys;
use fabric::queue::Queue;
use fabric::store::Store;
use source::Catalog;
use tokio::sync::Semaphore;

use self::assets::converters::Converters;
pub use self::assets::{Images, convert_images, is_cmyk_profile};
use self::easydb::{Kept, Leaves};
use self::plans::Plans;
pub use self::plugin::{
    AllowedHosts, Apart, Entry, Exporter, Known, Leaving, Left, Plugin, Plugins, describe,
    is_untrusted, plugin_gate, plugins,
};
#[cfg(feature = "sandbox-wasm")]
pub use self::plugin::{Untrusted, compile_ruby, run_untrusted};
pub use self::xslt::MAX_STYLED_BYTES;

/// A worker: what it stands on, and its settings.
#[derive(Clone)]
pub struct Worker {
    store: Arc<dyn Store>,
    queue: Arc<dyn Queue>,
    board: Arc<dyn Board>,
    catalog: Arc<Catalog>,
    ambient: Ambient,
    settings: Arc<Settings>,
    plans: Arc<Plans>,
    converters: Arc<Converters>,
    kept: Arc<Kept>,
    leaves: Arc<Leaves>,
    /// What plugins said of their exporters.
    known: Arc<Known>,
    /// What opens secrets; nothing where there are none to open.
    keys: Option<Keys>,
    /// One for each slot: whoever reads, renders and packs holds one, or has waited for it long enough. Objects of
    /// a catalogue are packed without one, once they are rendered.
    turns: Arc<Semaphore>,
}

/// How a worker works.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Batches done at once. One more is on its way into the store, or packed where it is of a catalogue's objects,
    /// or is made as well where they take longer than two seconds.
    pub slots: u16,
    /// Where assets above 4 MiB wait until their length and checksum are known, and workbooks grow. As much space as
    /// the largest assets and files of so many batches, and one more, have.
    pub scratch: PathBuf,
    /// Where the stylesheets are that definitions may name; none where nothing is given.
    pub stylesheets: Option<PathBuf>,
    /// Longest XML of a catalogue that goes through one, in bytes; longer files stay as they are.
    pub max_xml_for_stylesheets: u64,
    /// Where the mapping profiles are that definitions may name; none where nothing is given.
    pub mappings: Option<PathBuf>,
    /// The program that writes databases, by its path, or by its name where it is in one of the system's folders.
    pub duckdb: PathBuf,
    /// How long batches under way may take to end when the worker is told to stop.
    pub grace: Duration,
    /// How images are converted.
    pub images: Images,
    /// Which plugins there are, and what they may take.
    pub plugins: Plugins,
}

impl Worker {
    /// A worker over these backends and sources.
    pub fn new(
        store: Arc<dyn Store>,
        queue: Arc<dyn Queue>,
        board: Arc<dyn Board>,
        catalog: Arc<Catalog>,
        ambient: Ambient,
        settings: Settings,
    ) -> Self {
        Self {
            store,
            queue,
            board,
            catalog,
            ambient,
            converters: Arc::new(Converters::new(settings.images.clone())),
            turns: Arc::new(Semaphore::new(usize::from(settings.slots.max(1)))),
            settings: Arc::new(settings),
            plans: Arc::default(),
            kept: Arc::default(),
            leaves: Arc::default(),
            known: Arc::default(),
            keys: None,
        }
    }

    /// The same, which opens what these keys sealed.
    #[must_use]
    pub fn with_keys(self, keys: Keys) -> Self {
        Self { keys: Some(keys), ..self }
    }
}
