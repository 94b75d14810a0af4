//! The Deriva dialect: what ERMrest tells of a catalogue, and the exports that its annotations describe.

pub mod engine;
pub mod schema;
pub mod templates;
pub mod translation;
pub mod afterwards;

mod making;
mod order;
