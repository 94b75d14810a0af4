//! A catalogue of Deriva with long tables: `cargo bench -p tests --bench ermrest [-- ROWS]`, for
//! `tests/bench/deriva.sh`.
//!
//! Prints where it is and the token of a session, and serves catalogue 1 until its input ends. `pnc:big` has rows of
//! fifteen columns, and `pnc:image_files` as many files that nobody has.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use tests::{Catalog, ErmrestRecording, ErmrestServer};

/// Rows, unless said otherwise.
const ROWS: u64 = 200_000;

#[tokio::main]
async fn main() -> Result<()> {
    // Cargo adds an argument of its own.
    let rows = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(ROWS);
    let recording = ErmrestRecording::read()?;
    let mut documents = recording.exchanges.iter();
    let document = documents.find(|one| {
        one.uri.trim_end_matches('/') == "/ermrest/catalog/7/schema" && one.status == "200 OK"
    });
    let document = document.context("a schema document")?.body()?;
    let mut catalog = Catalog::new("1", None, serde_json::from_slice(&document)?)?;
    catalog.make("pnc", "big", rows)?;
    catalog.make("pnc", "image_files", rows)?;
    let server = ErmrestServer::start([catalog]).await?;
    let mut output = std::io::stdout();
    writeln!(output, "{} {}", server.url, server.sign_in("test1"))?;
    output.flush()?;
    tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await?;
    Ok(())
}
