//! `sources test`: whether sources can be read.

use proto::fault::Fault;
use proto::source::SourceSpec;
use serde_json::{Value, json};

use super::Desk;
use super::place::{kind, names_nothing};
use super::plain::plain;
use crate::exit::{self, Exit};

/// What was seen of a source.
struct Seen {
    fields: Option<Vec<String>>,
    records: Option<u64>,
    bytes: Option<u64>,
    batches: usize,
    /// How many tables there are to choose from, where none is chosen.
    tables: Option<usize>,
}

impl Desk {
    /// Looks the named sources over as a plan would, or all.
    pub(super) async fn test(&self, names: &[String]) -> anyhow::Result<Exit> {
        let mut wanted = Vec::new();
        let mut faults = Vec::new();
        for name in if names.is_empty() {
            self.sources.keys().collect()
        } else {
            names.iter().collect::<Vec<_>>()
        } {
            match self.named(name) {
                Ok(spec) => wanted.push((name, spec)),
                Err(fault) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Ok(exit::bad_input("the command line", &faults));
        }
        let (mut exit, mut told) = (Exit::Done, Vec::new());
        for (name, spec) in wanted {
            let seen = self.look(name, spec).await;
            if seen.is_err() {
                exit = Exit::Failed;
            }
            if self.is_json {
                told.push(json(name, spec, &seen));
            } else {
                exit::print(&line(name, spec, &seen));
            }
        }
        if self.is_json {
            exit::print(&json!({ "sources": told }).to_string());
        }
        Ok(exit)
    }

    async fn look(&self, name: &str, spec: &SourceSpec) -> Result<Seen, Fault> {
        let source = self.open(name, spec)?;
        if names_nothing(spec) {
            let tables = source.holdings().await.map_err(|error| error.fault())?.len();
            let (fields, records, bytes) = (None, None, None);
            return Ok(Seen { fields, records, bytes, batches: 0, tables: Some(tables) });
        }
        let survey = source.survey(&self.wanted()).await.map_err(|error| error.fault())?;
        Ok(Seen {
            fields: survey.fields,
            records: survey.records,
            bytes: survey.bytes,
            batches: survey.slices.len(),
            tables: None,
        })
    }
}

fn json(name: &str, spec: &SourceSpec, seen: &Result<Seen, Fault>) -> Value {
    match seen {
        Ok(Seen { tables: Some(tables), .. }) => {
            json!({ "name": name, "kind": kind(spec), "ok": true, "tables": tables })
        }
        Ok(seen) => json!({
            "name": name,
            "kind": kind(spec),
            "ok": true,
            "fields": seen.fields,
            "records": seen.records,
            "bytes": seen.bytes,
            "batches": seen.batches,
        }),
        Err(fault) => json!({ "name": name, "kind": kind(spec), "ok": false, "fault": fault }),
    }
}

fn line(name: &str, spec: &SourceSpec, seen: &Result<Seen, Fault>) -> String {
    let start = format!("{} ({})", plain(name), kind(spec));
    match seen {
        Ok(Seen { tables: Some(tables), .. }) => format!("{start}: good, {tables} tables"),
        Ok(seen) => {
            let records = seen.records.map_or("unknown".to_owned(), |records| records.to_string());
            let fields = match &seen.fields {
                Some(fields) => format!("{} fields", fields.len()),
                None => "any fields".to_owned(),
            };
            format!("{start}: good, {records} records, {fields}, {} batches", seen.batches)
        }
        Err(fault) => format!("{start}: error: {}", exit::describe(fault)),
    }
}
