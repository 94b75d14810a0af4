//! How much one coordinator bears: `cargo bench -p tests --bench coordinator [-- BATCHES]`.
//!
//! The real one (`cargo build --release -p longshore` first), over the servers of `tests/setup/servers.sh`, leads 1,000
//! exports of 100 owners, while small exports of somebody else come one after the other. 500 workers and 20 agents in
//! this process do nothing, but speak to queue and board as real ones do; none of them touches the store. Prints a line
//! of JSON; times are to the second.

mod exports;
mod idle;
mod told;
#[path = "../never.rs"]
mod never;

use std::fs;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;
use tests::{Api, Backends, Fleet, Program, free_port};
use tokio_util::sync::CancellationToken;

use self::exports::{EXPORTS, Exports};
use self::told::Told;

/// Batches, unless said otherwise.
const BATCHES: u32 = 100_000;

/// How long the coordinator may take to serve.
const STARTING: Duration = Duration::from_mins(1);

/// How long all of it may take.
const DEADLINE: Duration = Duration::from_hours(1);

#[tokio::main]
async fn main() -> Result<()> {
    // Cargo adds an argument of its own.
    let batches = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(BATCHES);
    let exports = Exports::of(batches)?;
    let backends = Backends::shared().await?;
    let key = exports.folder().join("link.key");
    fs::write(&key, "0123456789abcdef0123456789abcdef\n")?;
    let (port, metrics) = (free_port()?, format!("127.0.0.1:{}", free_port()?));
    let fleet = Fleet::new(&backends.config(port, &key, &exports.sources))?;
    let variables = [
        ("LONGSHORE_TELEMETRY__METRICS_LISTEN", metrics.as_str()),
        // Tests are less patient than fleets.
        ("LONGSHORE_COORDINATOR__PATIENCE", "10s"),
        ("LONGSHORE_COORDINATOR__LEASE", "10s"),
    ];
    let mut coordinator = fleet.start("coordinator", "coordinator", &variables)?;
    let api = Api::new(&format!("http://127.0.0.1:{port}"))?;
    let numbers = Api::new(&format!("http://{metrics}"))?;
    api.serves("/health/ready", STARTING).await?;
    let stop = CancellationToken::new();
    let mut idle = idle::begin(&backends, &stop).await?;
    let (owners, small) = exports::owners(&fleet, &api).await?;

    let (began, busy) = (Instant::now(), coordinator.cpu_seconds()?);
    let largest = exports::make_largest(&owners).await?;
    let ((), waits) = tokio::try_join!(
        exports::make_others(&owners),
        exports::small_ones(&small, &owners, &largest),
    )?;
    let runs = f64::from(EXPORTS) + waits.len() as f64;
    let told = all_ended(&numbers, &mut coordinator, runs, began).await?;
    let seconds = began.elapsed().as_secs_f64();
    let of_batches = r#"lane="batches""#;
    let published = told.sum("longshore_publish_seconds_count", of_batches);
    let measured = json!({
        "batches": exports.batches,
        "seconds": seconds,
        "batches_per_second": f64::from(exports.batches) / seconds,
        "coordinator_cpu_seconds": coordinator.cpu_seconds()? - busy,
        "coordinator_peak_bytes": coordinator.peak_memory_bytes()?,
        "publish_seconds": told.sum("longshore_publish_seconds_sum", of_batches) / published,
        "small_exports": waits.len(),
        "small_export_seconds": waits.get(waits.len() / 2),
        "small_export_seconds_at_most": waits.last(),
        "tasks_tried_again": told.sum("longshore_tasks_retried_total", ""),
    });
    writeln!(std::io::stdout(), "{measured}")?;
    stop.cancel();
    while let Some(ended) = idle.join_next().await {
        ended??;
    }
    Ok(())
}

/// Waits until so many runs have ended well; what the coordinator tells then.
async fn all_ended(
    numbers: &Api,
    coordinator: &mut Program,
    runs: f64,
    began: Instant,
) -> Result<Told> {
    // Each answer costs the coordinator processor time, which is measured.
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    loop {
        ticks.tick().await;
        coordinator.still_runs()?;
        let told = Told::ask(numbers).await?;
        let ended = told.sum("longshore_runs_ended_total", "");
        if ended >= runs {
            let done = told.sum("longshore_runs_ended_total", r#"state="done""#);
            ensure!(done >= runs, "of {runs} runs only {done} are done");
            return Ok(told);
        }
        ensure!(began.elapsed() < DEADLINE, "only {ended} of {runs} runs have ended");
    }
}
