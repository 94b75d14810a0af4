//! Exporters that come as plugins, as far as planning and lists of formats depend on them: a coordinator runs none, but
//! one that has their folders may ask what they say of themselves.

use std::collections::BTreeSet;
use std::fmt::Debug;

use async_trait::async_trait;
use proto::fault::Fault;
use proto::plugin::shard::Shard;
use serde_json::{Map, Value};

/// What an exporter says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// What definitions call it: its class, or whatever names it.
    pub class: String,
    /// What people call it.
    pub name: String,
    /// What it makes.
    pub description: String,
    /// Of datasets of which modalities, as it was registered: texts, and regular expressions as `/…/`.
    pub selectors: Vec<String>,
    /// What it takes, as it says.
    pub options: Map<String, Value>,
}

/// Tells what exporters say of themselves.
#[async_trait]
pub trait Exporters: Debug + Send + Sync {
    /// How the exporter that a definition names may be run in parts; nothing where it does not say so, or is not
    /// here. A fault where it cannot be asked.
    async fn shard(&self, name: &str) -> Result<Option<Shard>, Fault>;

    /// Which of its options are secret, as the exporter that a definition names says; none where it is not here. A fault
    /// where it cannot be asked.
    async fn secrets(&self, name: &str) -> Result<BTreeSet<String>, Fault>;

    /// All exporters that are here and can be asked, in the order of their folders.
    async fn described(&self) -> Vec<Description>;
}
