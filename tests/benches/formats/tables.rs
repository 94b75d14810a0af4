//! Records as tables and documents: a million of about 600 bytes, and a hundredth of them, to see that
//! memory does not grow. Python and, where it is there, Miller write a tenth.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::{Value, json};

use super::turn::{Desk, ROUNDS, Taken, median, megabytes};

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

/// By format and program.
type Turns = BTreeMap<(&'static str, &'static str), Vec<Taken>>;

pub(crate) fn measure(desk: &Desk, count: u32) -> Result<()> {
    let sources = [("all", count), ("tenth", count / 10), ("hundredth", count / 100)];
    for (name, count) in sources {
        write_records(&desk.path(name), count)?;
    }
    let (all, tenth) = (desk.path("all"), desk.path("tenth"));
    let has_miller = Command::new("mlr").arg("--version").output().is_ok();
    let mut turns = Turns::new();
    for _ in 0..ROUNDS {
        for (name, format, options) in FORMATS {
            for source in ["all", "hundredth"] {
                let path = desk.path(source);
                let taken = desk.longshore(&definition(format, options, &path)?, &path)?;
                turns.entry((name, source)).or_default().push(taken);
            }
            let taken = desk.python("python_formats.py", name, &tenth)?;
            turns.entry((name, "python")).or_default().push(taken);
        }
        for (name, arguments) in MILLER.iter().filter(|_| has_miller) {
            let mut command = desk.timed(Path::new("mlr"));
            command.args(*arguments).arg(&tenth).stdout(File::create(desk.path("out"))?);
            let taken = desk.taken(command, &tenth)?;
            turns.entry((name, "miller")).or_default().push(taken);
        }
    }
    print(count, megabytes(&all)?, &turns)
}

fn definition(format: &str, options: &str, source: &Path) -> Result<Value> {
    Ok(json!({
        "name": "bench",
        "outputs": [{
            "to": "out", "from": "s", "format": format,
            "options": serde_json::from_str::<Value>(options)?,
        }],
        "transports": [{"type": "download", "packer": "none"}],
        "sources": {"s": {"kind": "jsonl", "path": source}},
    }))
}

/// Writes records of about 600 bytes, the same each time.
pub(crate) fn write_records(to: &Path, count: u32) -> Result<()> {
    let mut file = BufWriter::new(File::create(to)?);
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for id in 0..count {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let letter = |at: u32| char::from(b"ACGT"[(state >> (at % 32 * 2) & 3) as usize]);
        let sequence: String = (0..200).map(letter).collect();
        let record = json!({
            "id": id,
            "name": format!("Object {id}, \"the {}th\"", state % 1000),
            "price": f64::from(id % 100_000) / 100.0,
            "in_stock": id % 3 == 0,
            "sequence": sequence,
            "note": if id % 5 == 0 { Value::Null } else { json!("some text; with\nlines") },
            "address": {"street": format!("Kaistraße {}", state % 300), "city": "Kiel", "zip": "24103"},
            "tags": ["ship", "wood", format!("t{}", state % 50)],
            "description": "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor \
                            incididunt ut labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud.",
        });
        writeln!(file, "{record}")?;
    }
    Ok(file.flush()?)
}

fn print(count: u32, megabytes_in: f64, turns: &Turns) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{count} records, {megabytes_in:.0} MB; medians of {ROUNDS} rounds\n")?;
    writeln!(
        out,
        "| format | seconds | CPU seconds | MB out | MB/s in | MB/s out | Python, MB/s in | Miller, MB/s in | peak MiB | of a hundredth |"
    )?;
    writeln!(out, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")?;
    for (name, _, _) in FORMATS {
        let median =
            |who: &'static str, of: fn(&Taken) -> f64| median(turns.get(&(name, who))?, of);
        let told = |who: &'static str, of: fn(&Taken) -> f64| {
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
    Ok(writeln!(out)?)
}
