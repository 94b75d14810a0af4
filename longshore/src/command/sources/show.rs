//! `sources show`: what a source has, its fields, and its first records.

use std::collections::BTreeSet;
use std::sync::Arc;

use comfy_table::{Table, presets};
use indexmap::IndexMap;
use proto::definition::OnError;
use proto::fault::{Code, Fault};
use proto::filter::Where;
use serde::Serialize;
use serde_json::value::RawValue;
use source::page::{Kind, Page};
use source::{Chunk, Holding, Peek, Read, Source, Survey};
use tokio::sync::mpsc;

use super::Desk;
use super::place::{kind, names_nothing, place, place_of};
use super::plain::{beginning, plain};
use crate::exit::{self, Exit};

/// Most files or tables that are listed for people.
const LISTED: usize = 20;

/// What is shown of a source.
#[derive(Serialize)]
struct Shown {
    name: String,
    kind: &'static str,
    #[serde(rename = "where")]
    place: String,
    records: Option<u64>,
    holds: Vec<Held>,
    fields: Vec<Field>,
    first: Vec<IndexMap<String, Box<RawValue>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    broken: Vec<Fault>,
}

/// A file or table.
#[derive(Serialize)]
struct Held {
    name: String,
    bytes: Option<u64>,
}

/// A field, and what the first records have there.
#[derive(Serialize)]
struct Field {
    name: String,
    holds: Vec<&'static str>,
}

/// What was seen of a source, or of one of its tables.
struct Looked {
    holds: Vec<Holding>,
    /// Nothing where records are documents.
    fields: Option<Vec<String>>,
    records: Option<u64>,
    rows: Vec<Vec<Cell>>,
    broken: Vec<Fault>,
}

/// A cell: what it is, and its text.
type Cell = (Kind, String);

impl Desk {
    /// Shows one source, or another table of its database.
    pub(super) async fn show(
        &self,
        name: &str,
        table: Option<&str>,
        records: usize,
    ) -> anyhow::Result<Exit> {
        let spec = match self.named(name) {
            Ok(spec) => spec,
            Err(fault) => return Ok(exit::bad_input("the command line", &[fault])),
        };
        let shown = match self.open(name, spec) {
            Ok(source) => match table {
                Some(table) => peek(name, &source, table, records).await,
                None if names_nothing(spec) => tables(&source).await,
                None => self.look_into(&source, records).await,
            },
            Err(fault) => Err(fault),
        };
        let Looked { holds, fields, records, rows, broken } = match shown {
            Ok(shown) => shown,
            Err(fault) => {
                exit::say(&format!("error: {}", exit::describe(&fault)));
                return Ok(Exit::Failed);
            }
        };
        let rows: Vec<IndexMap<String, Cell>> = match &fields {
            Some(fields) => {
                rows.into_iter().map(|row| fields.iter().cloned().zip(row).collect()).collect()
            }
            None => rows.iter().map(|row| taken_apart(row)).collect(),
        };
        let shown = Shown {
            name: name.to_owned(),
            kind: kind(spec),
            place: table.map_or_else(|| place(spec), |table| place_of(spec, table)),
            records,
            holds: holds
                .into_iter()
                .map(|held| Held { name: held.name, bytes: held.bytes })
                .collect(),
            fields: told(fields.as_ref(), &rows),
            first: rows.iter().map(document).collect(),
            broken,
        };
        if self.is_json {
            exit::print(&serde_json::to_string(&shown)?);
        } else {
            tell(&shown, &rows);
        }
        Ok(Exit::Done)
    }

    /// What a source holds, what a plan would see, and its first rows.
    async fn look_into(&self, source: &Arc<dyn Source>, most: usize) -> Result<Looked, Fault> {
        let holds = source.holdings().await.map_err(|error| error.fault())?;
        let survey = source.survey(&self.wanted()).await.map_err(|error| error.fault())?;
        let (mut rows, mut broken) = (Vec::new(), Vec::new());
        for slice in &survey.slices {
            if rows.len() >= most {
                break;
            }
            let read = Read {
                slice: slice.clone(),
                fields: survey.fields.clone(),
                besides: Vec::new(),
                filter: Where::new(),
                search: None,
                query: None,
                view: survey.view.clone(),
                on_error: OnError::Warn,
            };
            let (out, mut chunks) = mpsc::channel(1);
            let reading = source.rows(&read, out);
            let taking = async {
                while let Some(chunk) = chunks.recv().await {
                    match chunk {
                        Chunk::Page(page) => rows.extend(cells(&page, most - rows.len())),
                        Chunk::Broken { fault, .. } => broken.push(fault),
                    }
                    if rows.len() + broken.len() >= most {
                        // Dropping the receiver ends the reading.
                        break;
                    }
                }
                drop(chunks);
            };
            tokio::join!(reading, taking).0.map_err(|error| error.fault())?;
        }
        let Survey { fields, records, .. } = survey;
        Ok(Looked { holds, fields, records, rows, broken })
    }
}

/// The tables of a source that leaves to outputs what is read of it.
async fn tables(source: &Arc<dyn Source>) -> Result<Looked, Fault> {
    let holds = source.holdings().await.map_err(|error| error.fault())?;
    let fields = Some(Vec::new());
    Ok(Looked { holds, fields, records: None, rows: Vec::new(), broken: Vec::new() })
}

/// Another table of a source's database: its fields, and its first rows in whatever order.
async fn peek(
    name: &str,
    source: &Arc<dyn Source>,
    table: &str,
    most: usize,
) -> Result<Looked, Fault> {
    let peek = source.peek(table, most).await.map_err(|error| error.fault())?;
    let none = || {
        Fault::new(Code::SourceRefused, format!("the source {name:?} has no tables to choose from"))
            .hint("only databases have any, and catalogues of ERMrest; leave the table out")
    };
    let Peek { fields, chunks } = peek.ok_or_else(none)?;
    let (mut rows, mut broken) = (Vec::new(), Vec::new());
    for chunk in chunks {
        match chunk {
            Chunk::Page(page) => rows.extend(cells(&page, most)),
            Chunk::Broken { fault, .. } => broken.push(fault),
        }
    }
    Ok(Looked { holds: Vec::new(), fields: Some(fields), records: None, rows, broken })
}

fn cells(page: &Page, most: usize) -> Vec<Vec<Cell>> {
    let row = |row: source::page::Row<'_>| {
        row.cells(page.width()).map(|cell| (cell.kind, cell.text.to_owned())).collect()
    };
    page.rows().take(most).map(row).collect()
}

/// A document's keys and values.
fn taken_apart(row: &[Cell]) -> IndexMap<String, Cell> {
    let Some((_, text)) = row.first() else { return IndexMap::new() };
    let values: IndexMap<String, Box<RawValue>> = serde_json::from_str(text).unwrap_or_default();
    let cell = |raw: &RawValue| match raw.get().as_bytes().first() {
        Some(b'"') => (Kind::Text, serde_json::from_str(raw.get()).unwrap_or_default()),
        Some(b'{' | b'[') => (Kind::Json, raw.get().to_owned()),
        Some(b't' | b'f') => (Kind::Bool, raw.get().to_owned()),
        Some(b'n') | None => (Kind::Null, String::new()),
        Some(_) => (Kind::Number, raw.get().to_owned()),
    };
    values.into_iter().map(|(key, raw)| (key, cell(&raw))).collect()
}

/// A record as JSON, with its numbers in the spelling of the source.
fn document(row: &IndexMap<String, Cell>) -> IndexMap<String, Box<RawValue>> {
    let value = |(kind, text): &Cell| {
        let raw = match kind {
            Kind::Null => "null".to_owned(),
            Kind::Text => serde_json::Value::from(text.as_str()).to_string(),
            Kind::Number | Kind::Bool | Kind::Json => text.clone(),
        };
        RawValue::from_string(raw).unwrap_or_else(|_| RawValue::NULL.to_owned())
    };
    row.iter().map(|(field, cell)| (field.clone(), value(cell))).collect()
}

/// The fields, with what the first records have there; of documents, those that these have.
fn told(fields: Option<&Vec<String>>, rows: &[IndexMap<String, Cell>]) -> Vec<Field> {
    let mut names: Vec<&String> = fields.into_iter().flatten().collect();
    if fields.is_none() {
        let mut known = BTreeSet::new();
        for name in rows.iter().flat_map(IndexMap::keys) {
            if known.insert(name) {
                names.push(name);
            }
        }
    }
    let field = |name: &String| {
        let mut holds: Vec<&'static str> = Vec::new();
        for (kind, _) in rows.iter().filter_map(|row| row.get(name)) {
            let told = match kind {
                Kind::Null => continue,
                Kind::Text => "text",
                Kind::Number => "number",
                Kind::Bool => "boolean",
                Kind::Json => "json",
            };
            if !holds.contains(&told) {
                holds.push(told);
            }
        }
        Field { name: name.clone(), holds }
    };
    names.into_iter().map(field).collect()
}

/// What is shown, for people.
fn tell(shown: &Shown, rows: &[IndexMap<String, Cell>]) {
    exit::print(&format!("{} ({}): {}", plain(&shown.name), shown.kind, plain(&shown.place)));
    if let Some(records) = shown.records {
        exit::print(&format!("about {records} records"));
    }
    for held in shown.holds.iter().take(LISTED) {
        let bytes =
            held.bytes.map_or(String::new(), |bytes| format!(", {}", bytesize::ByteSize::b(bytes)));
        exit::print(&format!("  {}{bytes}", plain(&held.name)));
    }
    if shown.holds.len() > LISTED {
        exit::print(&format!("  and {} more", shown.holds.len() - LISTED));
    }
    let mut table = Table::new();
    let header = ["field".to_owned(), "holds".to_owned()];
    let numbers = (1..=rows.len()).map(|number| format!("record {number}"));
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header(header.into_iter().chain(numbers));
    for field in &shown.fields {
        let values = rows.iter().map(|row| match row.get(&field.name) {
            None | Some((Kind::Null, _)) => "NULL".to_owned(),
            Some((_, text)) => beginning(text),
        });
        let start = [plain(&field.name), field.holds.join(", ")];
        table.add_row(start.into_iter().chain(values));
    }
    exit::print(&table.to_string());
    for fault in &shown.broken {
        exit::say(&format!("warning: {}", exit::describe(fault)));
    }
}
