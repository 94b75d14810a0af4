//! Annotated pictures as datasets, a page that lists files, documents through a stylesheet, and
//! workbooks with small pictures; each against plain Python, which writes as much.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::tables::write_records;
use super::turn::{Desk, ROUNDS, Taken, median};

/// What turns each element of a record into an entry, for both.
const STYLESHEET: &str = r#"<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output encoding="UTF-8"/>
<xsl:template match="/records"><catalogue><xsl:apply-templates/></catalogue></xsl:template>
<xsl:template match="record"><entry id="{id}" city="{address/city}"><xsl:value-of select="name"/></entry></xsl:template>
</xsl:stylesheet>"#;

/// What is measured: a name, how many records of a million, and where they come from.
const CASES: [(&str, u32, Source); 7] = [
    ("coco", 50_000, Source::Annotated),
    ("yolo", 10_000, Source::Annotated),
    ("voc", 10_000, Source::Annotated),
    ("cvat", 50_000, Source::Annotated),
    ("index", 10_000, Source::Files),
    ("xml, stylesheet", 10_000, Source::Plain),
    ("xlsx, thumbnails", 500, Source::Photographs),
];

/// What records are like.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// Pictures with four shapes each.
    Annotated,
    /// A small file each.
    Files,
    /// Plain ones of about 600 bytes.
    Plain,
    /// A photograph of 640 by 480 each.
    Photographs,
}

pub(crate) fn measure(desk: &Desk, count: u32) -> Result<()> {
    fs::create_dir_all(desk.path("styles"))?;
    fs::write(desk.path("styles/entries.xsl"), STYLESHEET)?;
    let config = format!("[worker]\nstylesheets = \"{}\"\n", desk.path("styles").display());
    fs::write(desk.path("longshore.toml"), config)?;
    let mut turns: BTreeMap<(&str, &str), Vec<Taken>> = BTreeMap::new();
    for (name, of_million, kind) in CASES {
        for (who, of_million) in [("all", of_million), ("hundredth", of_million / 100)] {
            let records = (u64::from(count) * u64::from(of_million) / 1_000_000).max(1);
            write(desk, kind, &source(desk, name, who), u32::try_from(records)?)?;
        }
    }
    for _ in 0..ROUNDS {
        for (name, _, _) in CASES {
            for who in ["all", "hundredth"] {
                let source = source(desk, name, who);
                let taken = desk.longshore(&definition(name, &source), &source)?;
                turns.entry((name, who)).or_default().push(taken);
            }
            let taken = desk.python("python_pictures.py", name, &source(desk, name, "all"))?;
            turns.entry((name, "python")).or_default().push(taken);
        }
    }
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "| format | records | seconds | CPU seconds | records/s | MB out | Python, records/s | Python, CPU seconds | peak MiB | of a hundredth | Python, peak MiB |"
    )?;
    writeln!(out, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")?;
    for (name, of_million, _) in CASES {
        let records = f64::from(count) * f64::from(of_million) / 1e6;
        let median = |who: &'static str, of: fn(&Taken) -> f64| {
            turns.get(&(name, who)).and_then(|turns| median(turns, of)).unwrap_or_default()
        };
        let rate = |who: &'static str| records / median(who, |one| one.seconds);
        writeln!(
            out,
            "| {name} | {records:.0} | {:.2} | {:.2} | {:.0} | {:.1} | {:.0} | {:.2} | {:.0} | {:.0} | {:.0} |",
            median("all", |one| one.seconds),
            median("all", |one| one.cpu_seconds),
            rate("all"),
            median("all", |one| one.megabytes_out),
            rate("python"),
            median("python", |one| one.cpu_seconds),
            median("all", |one| one.peak_mib),
            median("hundredth", |one| one.peak_mib),
            median("python", |one| one.peak_mib),
        )?;
    }
    Ok(())
}

/// The records of a case; files that they name lie beside them.
fn source(desk: &Desk, name: &str, who: &str) -> std::path::PathBuf {
    desk.path(&format!("{}-{who}", name.replace(", ", "-"))).join("records.jsonl")
}

fn definition(name: &str, source: &Path) -> Value {
    let dataset = json!({"dataset": {"categories": ["boat", "crane", "buoy"]}});
    let output = match name {
        "coco" | "cvat" => json!({"to": "out", "format": name, "options": dataset}),
        "yolo" => {
            json!({"to": "{_stem}.txt", "format": name, "per": "record", "options": dataset})
        }
        "voc" => json!({"to": "{_stem}.xml", "format": name, "per": "record", "options": dataset}),
        "index" => json!({"to": "files/", "assets": {"field": "file"}}),
        "xml, stylesheet" => {
            json!({"to": "out", "format": "xml", "options": {"stylesheet": "entries"}})
        }
        _ => json!({"to": "out", "format": "xlsx", "options": {"thumbnails": {"field": "file"}}}),
    };
    let mut definition = json!({
        "name": "bench",
        "outputs": [output],
        "transports": [{"type": "download", "packer": "none"}],
        "sources": {"s": {"kind": "jsonl", "path": source}},
    });
    definition["outputs"][0]["from"] = "s".into();
    if name == "index" {
        definition["index"] = json!({});
    }
    definition
}

fn write(desk: &Desk, kind: Source, to: &Path, count: u32) -> Result<()> {
    let folder = to.with_file_name("");
    fs::create_dir_all(&folder)?;
    match kind {
        Source::Plain => return write_records(to, count),
        // Python draws them: nobody's time is counted here.
        Source::Photographs => {
            let name = "draw";
            fs::write(to, "")?;
            desk.python("python_pictures.py", &format!("{name} {count}"), to)?;
            return Ok(());
        }
        Source::Annotated | Source::Files => {}
    }
    let mut file = BufWriter::new(File::create(to)?);
    for id in 0..count {
        let at = |step: u32| f64::from(id * step % 400) / 1000.0;
        let record = if matches!(kind, Source::Files) {
            let svg = format!("<svg xmlns='http://www.w3.org/2000/svg'><text>{id}</text></svg>");
            fs::write(folder.join(format!("{id}.svg")), svg)?;
            json!({"id": id, "file": format!("{id}.svg")})
        } else {
            let corner = |x: f64, y: f64| json!([x, y]);
            let area = |step: u32| {
                [corner(at(step), at(step + 2)), corner(at(step) + 0.3, at(step + 2) + 0.2)]
            };
            let shape = |kind: &str, category: &str, points: Value| json!({"kind": kind, "category": category, "points": points});
            json!({
                "name": format!("picture {id}.jpg"), "width": 1920, "height": 1080,
                "annotations": [
                    shape("box", "boat", json!(area(7))),
                    shape("box", "crane", json!(area(11))),
                    shape("box", "buoy", json!(area(13))),
                    shape("polygon", "boat", json!([[at(3), 0.1], [at(5) + 0.5, 0.2], [at(7) + 0.3, 0.9], [at(3), 0.7]])),
                ],
            })
        };
        writeln!(file, "{record}")?;
    }
    Ok(file.flush()?)
}
