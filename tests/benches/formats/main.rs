//! How fast records become each format, and with how much memory: `cargo bench --workspace --bench
//! formats [-- COUNT]`, or `tests/bench/run.sh formats`.
//!
//! Lets the real binary (`cargo build --release` first) and other people's programs write the same, in
//! turns. Everything is counted, from reading the file to the last byte on disk; the medians are printed
//! as Markdown.

mod turn;
mod tables;
mod pictures;

use anyhow::Result;

use self::turn::Desk;

/// Records, unless said otherwise.
const RECORDS: u32 = 1_000_000;

fn main() -> Result<()> {
    // Cargo adds an argument of its own.
    let count = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(RECORDS);
    tables::measure(&Desk::new()?, count)?;
    pictures::measure(&Desk::new()?, count)
}
