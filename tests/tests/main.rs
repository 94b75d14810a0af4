//! Tests of the whole: against real servers, with the real binary, judged by other people's readers.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, and its helpers are tests too"
)]

mod scenario;
mod examples;
mod pictures;
mod ground;
mod readers;
mod store_suite;
mod queue_suite;
mod board_suite;
mod far_bucket;
mod proof;
mod dialect;
mod datasets;
mod easydb;
mod ermrest;
mod embedded;
mod fleet;
