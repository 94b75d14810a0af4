//! How fast records become each format: `cargo bench -p tests --bench formats [-- COUNT]`.
//!
//! Makes JSON records of about 600 bytes, a million unless said otherwise, and lets the real binary
//! (`cargo build --release` first), Python and, where it is there, Miller write them. Everything is
//! counted, from reading the file to the last byte on disk. Prints a line of JSON for each: seconds,
//! processor seconds, megabytes in and out, megabytes of input a second.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::Fleet;
use tokio::process::Command;

/// Records, unless said otherwise.
const RECORDS: u32 = 1_000_000;

/// What is measured: a name, a format and its options.
const FORMATS: [(&str, &str, &str); 10] = [
    ("csv", "csv", "{}"),
    ("csv_flat", "csv", r#"{"flatten": {}}"#),
    ("json", "json", "{}"),
    ("json_pretty", "json", r#"{"layout": "pretty"}"#),
    ("jsonl", "jsonl", "{}"),
    ("jsonl_compact", "jsonl", r#"{"layout": "compact"}"#),
    ("xml", "xml", "{}"),
    ("xlsx", "xlsx", "{}"),
    ("parquet", "parquet", "{}"),
    ("fasta", "fasta", r#"{"comment": "name", "data": "sequence"}"#),
];

/// What Miller is called with, for the formats that it has.
const MILLER: [(&str, &[&str]); 3] = [
    ("csv", &["--ijsonl", "--ocsv", "--no-auto-flatten", "unsparsify"]),
    ("csv_flat", &["--ijsonl", "--ocsv", "unsparsify"]),
    ("json", &["--ijsonl", "--ojson", "--jvstack", "cat"]),
];

#[tokio::main]
async fn main() -> Result<()> {
    // Cargo adds an argument of its own.
    let count = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(RECORDS);
    let fleet = Fleet::new("")?;
    let source = fleet.dir().join("records.jsonl");
    let bytes_in = write_records(&source, count)?;
    for (name, format, options) in FORMATS {
        let definition = json!({
            "name": name,
            "outputs": [{
                "to": "out", "from": "s", "format": format,
                "options": serde_json::from_str::<Value>(options)?,
            }],
            "transports": [{"type": "download", "packer": "none"}],
            "sources": {"s": {"kind": "jsonl", "path": source}},
        });
        let file = fleet.dir().join("definition.json");
        fs::write(&file, definition.to_string())?;
        let out = fleet.dir().join(format!("out-{name}"));
        let data = fleet.dir().join("data");
        let arguments = ["run", path(&file)?, "--out", path(&out)?, "--data", path(&data)?];
        let measured = measure(async || fleet.run(&arguments).await.map(drop)).await?;
        report("longshore", name, bytes_in, length(&out)?, measured)?;
        fs::remove_dir_all(&out)?;
        fs::remove_dir_all(&data).ok();
    }
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/python_formats.py");
    for name in ["csv", "csv_flat", "jsonl", "json_pretty", "xml"] {
        let out = fleet.dir().join("out");
        let arguments = [path(&python)?, name, path(&source)?, path(&out)?];
        let measured = measure(async || run("python3", &arguments, None).await).await?;
        report("python", name, bytes_in, length(&out)?, measured)?;
    }
    if Command::new("mlr").arg("--version").output().await.is_ok() {
        for (name, arguments) in MILLER {
            let out = fleet.dir().join("out");
            let arguments: Vec<&str> = arguments.iter().copied().chain([path(&source)?]).collect();
            let measured = measure(async || run("mlr", &arguments, Some(&out)).await).await?;
            report("miller", name, bytes_in, length(&out)?, measured)?;
        }
    }
    Ok(())
}

/// Writes records of about 600 bytes, the same each time; how many bytes that are.
fn write_records(to: &Path, count: u32) -> Result<u64> {
    let mut file = BufWriter::new(File::create(to)?);
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for id in 0..count {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let letter = |at: u32| char::from(b"ACGT"[(state >> (at % 32 * 2) & 3) as usize]);
        let sequence: String = (0..160).map(letter).collect();
        let record = json!({
            "id": id,
            "name": format!("Object {id}, \"the {}th\"", state % 1000),
            "price": f64::from(id % 100_000) / 100.0,
            "in_stock": id % 3 == 0,
            "sequence": sequence,
            "note": if id % 5 == 0 { Value::Null } else { json!("some text; with\nlines") },
            "address": {"street": format!("Kaistraße {}", state % 300), "city": "Kiel", "zip": "24103"},
            "tags": ["ship", "wood", format!("t{}", state % 50)],
            "description": "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.",
        });
        writeln!(file, "{record}")?;
    }
    file.flush()?;
    Ok(fs::metadata(to)?.len())
}

/// Seconds, and processor seconds of what was started meanwhile.
async fn measure(work: impl AsyncFnOnce() -> Result<()>) -> Result<(f64, f64)> {
    let (began, busy) = (Instant::now(), children_seconds()?);
    work().await?;
    Ok((began.elapsed().as_secs_f64(), children_seconds()? - busy))
}

async fn run(program: &str, arguments: &[&str], out: Option<&Path>) -> Result<()> {
    let mut command = Command::new(program);
    command.args(arguments);
    if let Some(out) = out {
        command.stdout(File::create(out)?);
    }
    let status = command.status().await?;
    ensure!(status.success(), "{program} {arguments:?}: {status}");
    Ok(())
}

fn report(
    who: &str,
    name: &str,
    bytes_in: u64,
    bytes_out: u64,
    measured: (f64, f64),
) -> Result<()> {
    let (seconds, cpu_seconds) = measured;
    let megabytes = |bytes: u64| (bytes as f64 / 1e6).round();
    let line = json!({
        "who": who,
        "format": name,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "megabytes_in": megabytes(bytes_in),
        "megabytes_out": megabytes(bytes_out),
        "megabytes_per_second": bytes_in as f64 / 1e6 / seconds,
    });
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// The length of a file, or of all files below a folder.
fn length(path: &Path) -> Result<u64> {
    if path.is_file() {
        return Ok(path.metadata()?.len());
    }
    fs::read_dir(path)?.map(|entry| length(&entry?.path())).sum()
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().context("the path is not UTF-8")
}

/// The processor time of processes that this one started and waited for.
fn children_seconds() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').context("no name in /proc/self/stat")?;
    let ticks: Result<Vec<u32>, _> =
        fields.split_whitespace().skip(13).take(2).map(str::parse).collect();
    Ok(f64::from(ticks?.iter().sum::<u32>()) / 100.0)
}
