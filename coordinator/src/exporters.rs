//! Exporters that come as plugins, as far as planning depends on them: a coordinator runs none, but one that has
//! their folders may ask what they say of themselves.

use std::fmt::Debug;

use async_trait::async_trait;
use proto::fault::Fault;
use proto::plugin::shard::Shard;

/// Tells what exporters say of themselves.
#[async_trait]
pub trait Exporters: Debug + Send + Sync {
    /// How the exporter that a definition names may be run in parts; nothing where it does not say so, or is not
    /// here. A fault where it cannot be asked.
    async fn shard(&self, name: &str) -> Result<Option<Shard>, Fault>;
}
