//! The configuration that the operations manual shows, in one piece.

use toml::{Table, Value};

use super::block::blocks;

/// The configuration of the operations manual, as it stands there.
pub(super) fn configuration() -> Table {
    laid(configurations().into_iter())
}

/// Its parts, in their order.
pub(super) fn configurations() -> Vec<String> {
    let examples = blocks("operations.md").into_iter();
    examples.filter(|block| block.language == "toml").map(|block| block.text).collect()
}

/// Configurations laid one over the other.
pub(super) fn laid(texts: impl Iterator<Item = String>) -> Table {
    let mut config = Table::new();
    for text in texts {
        lay(&mut config, text.parse().unwrap());
    }
    config
}

/// Lays a configuration over another.
fn lay(config: &mut Table, over: Table) {
    for (key, value) in over {
        match (config.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(table)) => lay(below, table),
            (_, value) => drop(config.insert(key, value)),
        }
    }
}
