//! How fast records become each format, and with how much memory: `cargo bench --workspace --bench
//! formats [-- COUNT]`, or `tests/bench/run.sh formats`.
//!
//! Makes JSON records of about 600 bytes, a million unless said otherwise, and lets the real binary
//! (`cargo build --release` first) write them: all of them, and a hundredth, to see that memory does not
//! grow. Python and, where it is there, Miller write a tenth. Everything is counted, from reading the
//! file to the last byte on disk; rounds take turns, and the medians are printed as Markdown.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::{Fleet, env};

/// Records, unless said otherwise.
const RECORDS: u32 = 1_000_000;

/// How often everything is measured.
const ROUNDS: usize = 3;

/// What is measured: a name, a format and its options.
const FORMATS: [(&str, &str, &str); 10] = [
    ("csv", "csv", "{}"),
    ("csv, flattened", "csv", r#"{"flatten": {}}"#),
    ("json", "json", "{}"),
    ("json, pretty", "json", r#"{"layout": "pretty"}"#),
    ("jsonl", "jsonl", "{}"),
    ("jsonl, compact", "jsonl", r#"{"layout": "compact"}"#),
    ("xml", "xml", "{}"),
    ("xlsx", "xlsx", "{}"),
    ("parquet", "parquet", "{}"),
    ("fasta", "fasta", r#"{"comment": "name", "data": "sequence"}"#),
];

/// What Miller is called with, for the formats that it has.
const MILLER: [(&str, &[&str]); 4] = [
    ("csv", &["--ijsonl", "--ocsv", "--no-auto-flatten", "unsparsify"]),
    ("csv, flattened", &["--ijsonl", "--ocsv", "unsparsify"]),
    ("json, pretty", &["--ijsonl", "--ojson", "--jvstack", "cat"]),
    ("jsonl", &["--ijsonl", "--ojsonl", "cat"]),
];

/// What one run took, and left.
#[derive(Debug, Clone, Copy)]
struct Taken {
    seconds: f64,
    cpu_seconds: f64,
    peak_mib: f64,
    megabytes_out: f64,
    /// Of the source, each second.
    rate: f64,
}

/// A source and where runs lie.
struct Bench {
    fleet: Fleet,
    all: PathBuf,
    tenth: PathBuf,
    hundredth: PathBuf,
}

fn main() -> Result<()> {
    // Cargo adds an argument of its own.
    let count = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(RECORDS);
    let fleet = Fleet::new("")?;
    let path = |name: &str| fleet.dir().join(name);
    let (all, tenth, hundredth) = (path("all.jsonl"), path("tenth.jsonl"), path("hundredth.jsonl"));
    write_records(&all, count)?;
    write_records(&tenth, count / 10)?;
    write_records(&hundredth, count / 100)?;
    let bench = Bench { fleet, all, tenth, hundredth };
    let has_miller = Command::new("mlr").arg("--version").output().is_ok();
    let mut taken: BTreeMap<(&str, &str), Vec<Taken>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for (name, format, options) in FORMATS {
            for (who, source) in [("all", &bench.all), ("hundredth", &bench.hundredth)] {
                let one = bench.longshore(format, options, source)?;
                taken.entry((name, who)).or_default().push(one);
            }
            taken.entry((name, "python")).or_default().push(bench.python(name)?);
        }
        for (name, arguments) in MILLER.iter().filter(|_| has_miller) {
            taken.entry((name, "miller")).or_default().push(bench.miller(arguments)?);
        }
    }
    print(count, megabytes(&bench.all)?, &taken)
}

impl Bench {
    fn longshore(&self, format: &str, options: &str, source: &Path) -> Result<Taken> {
        let path = |name: &str| self.fleet.dir().join(name);
        let definition = json!({
            "name": "bench",
            "outputs": [{
                "to": "out", "from": "s", "format": format,
                "options": serde_json::from_str::<Value>(options)?,
            }],
            "transports": [{"type": "download", "packer": "none"}],
            "sources": {"s": {"kind": "jsonl", "path": source}},
        });
        fs::write(path("definition.json"), definition.to_string())?;
        let mut command = self.timed(self.fleet.binary());
        command.arg("run").arg(path("definition.json"));
        command.arg("--out").arg(path("out")).arg("--data").arg(path("data"));
        let taken = self.taken(command, source);
        fs::remove_dir_all(path("data")).ok();
        taken
    }

    fn python(&self, name: &str) -> Result<Taken> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/python_formats.py");
        let mut command = self.timed(&env::venv().join("bin/python"));
        command.arg(program).arg(name).arg(&self.tenth).arg(self.fleet.dir().join("out"));
        self.taken(command, &self.tenth)
    }

    fn miller(&self, arguments: &[&str]) -> Result<Taken> {
        let mut command = self.timed(Path::new("mlr"));
        command.args(arguments).arg(&self.tenth);
        command.stdout(File::create(self.fleet.dir().join("out"))?);
        self.taken(command, &self.tenth)
    }

    /// A program under time(1), which is small: measured from here, the memory of each would begin with
    /// that of this one.
    fn timed(&self, program: &Path) -> Command {
        let mut command = Command::new("time");
        command.args(["-q", "-f", "%e %U %S %M", "-o"]).arg(self.fleet.dir().join("time"));
        command.arg(program).stdout(Stdio::null());
        command
    }

    fn taken(&self, mut command: Command, source: &Path) -> Result<Taken> {
        let out = self.fleet.dir().join("out");
        let status = command.status().context("time(1) is missing: apt install time")?;
        ensure!(status.success(), "{command:?}: {status}");
        let told = fs::read_to_string(self.fleet.dir().join("time"))?;
        let numbers: Result<Vec<f64>, _> = told.split_whitespace().map(str::parse).collect();
        let [seconds, user, system, peak_kib] = numbers?[..] else {
            anyhow::bail!("time(1) said {told:?}");
        };
        let taken = Taken {
            seconds,
            cpu_seconds: user + system,
            peak_mib: peak_kib / 1024.0,
            megabytes_out: megabytes(&out)?,
            rate: megabytes(source)? / seconds,
        };
        remove(&out)?;
        Ok(taken)
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

/// Writes records of about 600 bytes, the same each time.
fn write_records(to: &Path, count: u32) -> Result<()> {
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
    Ok(file.flush()?)
}

fn print(count: u32, megabytes_in: f64, taken: &BTreeMap<(&str, &str), Vec<Taken>>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{count} records, {megabytes_in:.0} MB; medians of {ROUNDS} rounds\n")?;
    writeln!(
        out,
        "| format | seconds | CPU seconds | MB out | MB/s in | MB/s out | Python, MB/s in | Miller, MB/s in | peak MiB | of a hundredth |"
    )?;
    writeln!(out, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")?;
    for (name, _, _) in FORMATS {
        let median = |who: &str, of: fn(&Taken) -> f64| {
            let mut found: Vec<f64> = taken.get(&(name, who))?.iter().map(of).collect();
            found.sort_by(f64::total_cmp);
            found.get(found.len() / 2).copied()
        };
        let told = |who: &str, of: fn(&Taken) -> f64| {
            median(who, of).map_or_else(String::new, |number| format!("{number:.0}"))
        };
        let (seconds, cpu_seconds) =
            (median("all", |one| one.seconds), median("all", |one| one.cpu_seconds));
        writeln!(
            out,
            "| {name} | {:.1} | {:.1} | {} | {} | {} | {} | {} | {} | {} |",
            seconds.unwrap_or_default(),
            cpu_seconds.unwrap_or_default(),
            told("all", |one| one.megabytes_out),
            told("all", |one| one.rate),
            told("all", |one| one.megabytes_out / one.seconds),
            told("python", |one| one.rate),
            told("miller", |one| one.rate),
            told("all", |one| one.peak_mib),
            told("hundredth", |one| one.peak_mib),
        )?;
    }
    Ok(())
}

/// The length of a file, or of all files below a folder.
fn megabytes(path: &Path) -> Result<f64> {
    if path.is_file() {
        return Ok(path.metadata()?.len() as f64 / 1e6);
    }
    fs::read_dir(path)?.map(|entry| megabytes(&entry?.path())).sum()
}
