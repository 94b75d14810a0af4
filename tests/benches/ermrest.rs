//! A catalogue of Deriva with long tables: `cargo bench -p tests --bench ermrest [-- ROWS]`, for
//! `tests/bench/deriva.sh`.
//!
//! Prints where it is and the token of a session, and serves catalogue 1 until its input ends. `pnc:big` has rows of
//! fifteen columns, and `pnc:image_files` as many files that nobody has.

use std::io::Write as _;

use anyhow::Result;
use tests::{ErmrestRecording, ErmrestServer};

/// Rows, unless said otherwise.
const ROWS: u64 = 200_000;

#[tokio::main]
async fn main() -> Result<()> {
    // Cargo adds an argument of its own.
    let rows = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(ROWS);
    let mut catalog = ErmrestRecording::read()?.empty("1")?;
    catalog.make("pnc", "big", rows)?;
    catalog.make("pnc", "image_files", rows)?;
    let server = ErmrestServer::start([catalog]).await?;
    let mut output = std::io::stdout();
    writeln!(output, "{} {}", server.url, server.sign_in("test1"))?;
    output.flush()?;
    tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await?;
    Ok(())
}
