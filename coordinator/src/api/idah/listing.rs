//! Exports and jobs of somebody, newest first, a page at a time.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use fabric::board::{Summary, under_way};
use futures::future::try_join_all;
use proto::id::{Owner, RunId};
use proto::run::{Head, State};
use serde_json::{Value, json};

use super::Door;
use super::asked::Asked;
use super::kept::Kept;
use super::shape::{self, OF_EXPORTS, OF_JOBS};
use super::trouble::{DOCUMENT, Trouble};

/// Most exports looked at in one step.
const AT_ONCE: usize = 200;

/// Most such steps for one list.
const STEPS: usize = 50;

/// How many exports are looked up at once.
const TOGETHER: usize = 8;

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Exports,
    Jobs,
}

impl Kind {
    /// The fields that conditions may name.
    pub(super) fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Exports => &OF_EXPORTS,
            Self::Jobs => &OF_JOBS,
        }
    }
}

/// A page.
pub(super) struct Page {
    pub(super) resources: Vec<Value>,
    /// Whether there are more after it.
    more: bool,
}

impl Door {
    /// What of somebody's is asked for.
    pub(super) async fn page(
        &self,
        owner: &Owner,
        kind: Kind,
        asked: &Asked,
    ) -> Result<Page, Trouble> {
        let (mut page, mut before) = (Page { resources: Vec::new(), more: false }, asked.before());
        let mut cursor = None;
        for _ in 0..STEPS {
            let shown = self.api.coordinator.list(owner, cursor, AT_ONCE).await?;
            cursor = shown.last().map(|shown| shown.id);
            for shown in shown.chunks(TOGETHER) {
                let found = shown.iter().map(|shown| self.listed(owner, kind, shown));
                let found = try_join_all(found).await?;
                for resource in found.into_iter().flatten().filter(|found| asked.fits(found)) {
                    if before > 0 {
                        before -= 1;
                    } else if page.resources.len() < asked.size {
                        page.resources.push(resource);
                    } else {
                        page.more = true;
                        return Ok(page);
                    }
                }
            }
            if shown.len() < AT_ONCE {
                return Ok(page);
            }
        }
        page.more = true;
        Ok(page)
    }

    /// The resource of a listed export; nothing where it was made elsewhere, or is gone.
    async fn listed(
        &self,
        owner: &Owner,
        kind: Kind,
        shown: &Summary,
    ) -> Result<Option<Value>, Trouble> {
        match self.find(owner, shown.id).await? {
            Some((head, kept)) => Ok(Some(self.resource(kind, &head, &kept).await?)),
            None => Ok(None),
        }
    }

    /// An export, or its job, as it is now.
    pub(super) async fn resource(
        &self,
        kind: Kind,
        head: &Head,
        kept: &Kept,
    ) -> Result<Value, Trouble> {
        let id = RunId { export: head.id, run: head.run };
        let run = match head.run {
            0 => None,
            _ => Some(self.api.coordinator.run_view(id).await?),
        };
        if kind == Kind::Jobs {
            let is_under_way = run.as_ref().is_some_and(|run| run.outcome.is_none());
            let under_way = if is_under_way { self.under_way(id).await } else { 0.0 };
            return Ok(shape::job(head, kept, run.as_ref(), under_way));
        }
        let made = match run.as_ref().map(|run| run.state) {
            Some(State::Done | State::DoneWithWarnings) => self.made(id).await?,
            Some(
                State::New
                | State::Pending
                | State::Processing
                | State::Failed
                | State::Stopped
                | State::Expired,
            )
            | None => None,
        };
        let url = self.url(&["exports", &head.id.to_string(), "download"]);
        Ok(shape::export(head, kept, run.as_ref(), made.as_ref().map(|made| (made, url))))
    }

    /// How many batches those of a run come to that are under way, as far as the board shows it.
    async fn under_way(&self, run: RunId) -> f64 {
        under_way(&*self.api.coordinator.board, run).await as f64 / 1000.0
    }

    /// An absolute URL below the surface.
    pub(super) fn url(&self, segments: &[&str]) -> String {
        let all: Vec<&str> = ["api", "v1", "sync"].iter().chain(segments).copied().collect();
        self.api.url(&all)
    }
}

/// One resource, as an answer.
pub(super) fn one(resource: &Value) -> Response {
    document(&json!({ "data": resource }))
}

/// A page, as an answer.
pub(super) fn many(page: &Page, asked: &Asked) -> Response {
    let mut meta = json!({ "more": page.more });
    if !asked.unknown.is_empty() {
        meta["ignored"] = json!(asked.unknown);
    }
    document(&json!({"data": page.resources, "meta": meta}))
}

/// A document of JSON:API, as an answer.
pub(super) fn document(document: &Value) -> Response {
    let mut response = Json(document).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, DOCUMENT);
    response
}
