//! The PostgreSQL source against a real server, whose address is in `LONGSHORE_TEST_POSTGRES`.
//!
//! Every test works in a schema of its own, so that they may run at once.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

mod database;
mod encrypted;
mod values;
mod slices;
mod greatest;
mod filters;
mod snapshots;
mod refusals;
mod streams;
mod holdings;
mod datasets;
