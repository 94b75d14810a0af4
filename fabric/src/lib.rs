//! What every stage stands on: a store that keeps, a queue that hands over, a board that shows.
//!
//! Each is a trait with two real backends, one for a fleet and one for a single process, and one
//! suite that both pass. Stages hold `Arc<dyn …>` and never learn which backend it is. What stages
//! that take tasks have in common is in [`task`].

pub mod ambient;
pub mod causes;
pub mod trace;
pub mod retry;
pub mod trust;
pub mod secret;
pub mod store;
pub mod record;
pub mod queue;
pub mod board;
pub mod task;
pub mod link;
pub mod signature;
