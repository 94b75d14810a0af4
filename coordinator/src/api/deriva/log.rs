//! `GET …/log`: what became of an export so far, for people.

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use proto::id::RunId;
use proto::run::Head;

use super::Door;
use super::fetching::Place;
use super::kept::Kept;
use super::opening::Opened;
use super::registering::lines;
use super::trouble::Trouble;
use crate::service::RunView;

/// Tells of an export.
pub(super) async fn show(
    State(door): State<Door>,
    Path(place): Path<Place>,
    parts: Parts,
) -> Result<Response, Trouble> {
    let Opened { head, kept, .. } = door.open(&place.key, &parts).await?;
    let run = match head.run {
        0 => None,
        run => Some(door.api.coordinator.run_view(RunId { export: head.id, run }).await?),
    };
    let registered = match &run {
        None => None,
        Some(run) => door.registered(run.id).await?,
    };
    let mut text = told(&head, &kept, run.as_ref());
    text.extend(lines(&registered.unwrap_or_default()).map(|line| line + "\n"));
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

fn told(head: &Head, kept: &Kept, run: Option<&RunView>) -> String {
    let mut lines = vec![format!("{} export {} was accepted", head.created, head.id)];
    lines.extend(kept.warnings.iter().map(|warning| format!("warning: {warning}")));
    let Some(run) = run else { return lines.join("\n") + "\n" };
    if let Some(start) = &run.start {
        lines.push(format!("{} run {} began", start.at, run.id.run));
    }
    let of = run.batches.map_or_else(String::new, |batches| format!(" of {batches}"));
    let counts = &run.counts;
    lines.push(format!(
        "{}: {}{of} batches, {} records, {} bytes, {} warnings",
        run.state.as_str(),
        counts.batches,
        counts.records,
        counts.bytes,
        counts.warnings
    ));
    if let Some(outcome) = &run.outcome {
        lines.extend(outcome.warnings.iter().map(|warning| format!("warning: {}", warning.fault)));
        lines.extend(outcome.faults.iter().map(|failed| format!("error: {}", failed.fault)));
        lines.push(format!("{} run {} ended", outcome.at, run.id.run));
    }
    lines.join("\n") + "\n"
}
