//! What host, runner and configuration say of exporters that come as plugins.

pub mod shard;
pub mod part;
pub mod secret;
