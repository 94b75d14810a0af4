//! An export as its clients see it, without its files: they may be many, and come last.

use fabric::record;
use proto::archive::Archive;
use proto::id::RunId;
use proto::key::Key;
use proto::run::{Counts, State};
use serde_json::{Map, Value, json};

use super::kept::Known;
use super::passkey;
use super::relevant::Relevant;
use super::state::{Standing, state, word};
use super::trouble::Trouble;
use super::user::user;
use super::{Dialect, Product, events};
use crate::easydb::course;
use crate::service::{RunView, TransportView};

/// How much of the log is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Nothing of it.
    Short,
    /// What is told of the last run that anything is told of.
    Standard,
    /// All of it.
    Long,
}

impl Format {
    pub(super) fn parse(text: Option<&str>) -> Result<Self, Trouble> {
        match text {
            None | Some("long") => Ok(Self::Long),
            Some("standard") => Ok(Self::Standard),
            Some("short") => Ok(Self::Short),
            Some(_) => {
                let why = "short, standard or long is expected".to_owned();
                Err(Trouble::Parameter { name: "format", why })
            }
        }
    }
}

/// What lists show of an export.
pub(super) fn listed(
    dialect: &Dialect,
    known: &Known,
    standing: Option<&Standing>,
    product: Product,
) -> Map<String, Value> {
    let Known { head, document, changed, .. } = known;
    let mut export = Map::new();
    export.insert("_id".to_owned(), json!(head.number));
    export.insert("_version".to_owned(), json!(head.version));
    export.extend(document.export());
    export.insert("name".to_owned(), json!(head.name));
    let started = standing.and_then(|standing| standing.start.as_ref()).map(|start| start.at);
    let shown = json!({
        "_basetype": "export",
        "_date_created": head.created,
        "_last_updated_at": changed,
        "_state": state(head, standing, product),
        "_last_run_at": started,
        "_next_run_at": head.schedule.as_ref().map(|schedule| schedule.next),
        "_owner": user(dialect, &head.owner),
        "export": export,
    });
    shown.as_object().cloned().unwrap_or_default()
}

/// All that is shown of an export but its files.
pub(super) async fn shown(
    dialect: &Dialect,
    known: &Known,
    product: Product,
    format: Format,
) -> Result<(Map<String, Value>, Option<Standing>), Trouble> {
    let standing = Standing::of(dialect, &known.head).await?;
    let mut shown = listed(dialect, known, standing.as_ref(), product);
    let coordinator = &dialect.api.coordinator;
    let is_current = |standing: &&Standing| {
        standing.start.as_ref().is_some_and(|start| start.version == known.head.version)
    };
    let current = standing.as_ref().filter(is_current);
    let view = match current {
        Some(standing) => Some(coordinator.run_view(standing.run).await?),
        None => None,
    };
    if let Some(view) = view.as_ref().filter(|view| view.state == State::Processing) {
        shown.insert("_progress".to_owned(), progress(view));
    }
    let views = view.map_or_else(Vec::new, |view| view.transports);
    let mut transports = Vec::new();
    let mut downloads = Vec::new();
    for (index, way) in (0_u32..).zip(&known.document.ways) {
        let view = views.get(index as usize);
        let mut transport = way.shown();
        let word = view.map_or("new", |view| word(view.delivery.state, product));
        transport.insert("_state".to_owned(), json!(word));
        transport.insert("_transport_log".to_owned(), json!(view.map(log).unwrap_or_default()));
        if let Some(standing) = current.filter(|standing| standing.is_readable()) {
            let files = volumes(dialect, known, standing.run, index, &way.uuid).await?;
            if !files.is_empty() {
                downloads.extend(files.iter().cloned());
                transport.insert("_download".to_owned(), json!({"_files": files}));
            }
        }
        transports.push(Value::Object(transport));
    }
    let relevant = Relevant::of(dialect, &known.head, standing.as_ref()).await?;
    if let Some(objects) = relevant.objects {
        shown.insert("_last_relevant_object_count".to_owned(), json!(objects));
    }
    if let Some(at) = relevant.run_at {
        shown.insert("_last_relevant_run_at".to_owned(), json!(at));
    }
    shown.insert("_schedules".to_owned(), json!(known.document.schedules()));
    shown.insert("_transports".to_owned(), json!(transports));
    shown.insert("_downloads".to_owned(), json!(downloads));
    shown.insert("_plugin_log".to_owned(), json!([]));
    if format != Format::Short {
        let log = events::log(dialect, &known.head, product, format).await?;
        shown.insert("_log".to_owned(), json!(log));
    }
    Ok((shown, standing))
}

/// How far a run under way is, as far as the board tells; it is planned before there is anything to count.
fn progress(view: &RunView) -> Value {
    let Counts { batches, records, bytes, .. } = view.counts;
    json!({"batches": view.batches, "batches_done": batches, "objects": records, "bytes": bytes})
}

/// The volumes of a transport's archive, by addresses that anyone may open who has them.
async fn volumes(
    dialect: &Dialect,
    known: &Known,
    run: RunId,
    transport: u32,
    uuid: &str,
) -> Result<Vec<Value>, Trouble> {
    let store = &*dialect.api.coordinator.store;
    let archive: Option<Archive> = record::find(store, &Key::archive(run, transport)).await?;
    let Some(archive) = archive else { return Ok(Vec::new()) };
    let passkey = passkey::of(dialect, known.head.id, uuid);
    let count = archive.volumes.len();
    let shown = (1..).zip(&archive.volumes).map(|(number, volume)| {
        let name = passkey::name(&known.head.name, &volume.name, (number, count));
        let escaped = passkey::escaped(&name);
        json!({"url": format!("{passkey}/{escaped}"), "size": volume.len})
    });
    Ok(shown.collect())
}

/// What happened to a transport, a line each.
fn log(view: &TransportView) -> Vec<String> {
    let lost = view.unreached.iter();
    let lost = lost.map(|lost| format!("not reached: {}: {}", lost.recipient, lost.fault));
    course(&view.delivery)
        .into_iter()
        .chain(lost)
        .chain((view.delivery.state == State::Expired).then(|| "expired".to_owned()))
        .collect()
}
