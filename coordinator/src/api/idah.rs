//! IDAH's own surface: `/api/v1/sync` as its "Sync Service" has it, for its pages and for programs written for it.
//!
//! What is asked for becomes a definition before it is accepted, and the rest is a run as any other: of a plugin, or
//! of a format that is made here. An export and its job have one id, for each export runs once. What is somebody
//! else's answers as if it were not there.

mod trouble;
mod callers;
mod modality;
mod exporters;
mod formats;
mod wanted;
mod permitted;
mod choices;
mod labels;
mod native;
mod definition;
mod kept;
mod making;
mod time;
mod filter;
mod asked;
mod shape;
mod listing;
mod exports;
mod result;
mod download;
mod jobs;
mod described;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

pub(super) use self::described::add_to;
pub use self::exporters::{Exporter, FOLDER};
use super::Api;

/// How the surface is offered.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The source of kind `dataset` that is exported.
    pub source: String,
    /// The exporters of plugins, in the order in which they are listed.
    pub exporters: Vec<Exporter>,
    /// Whether exporters are offered too that only the folders of plugins have.
    pub plugins: bool,
    /// Whether formats that need no plugin are offered too.
    pub native: bool,
    /// Where annotations have their categories, keys with dots between them.
    pub category: String,
}

/// What handlers share.
#[derive(Clone)]
struct Door {
    api: Api,
    settings: Arc<Settings>,
    callers: Arc<callers::Callers>,
}

/// The routes, below `/api/v1/sync`.
pub(super) fn router(api: &Api, settings: &Settings) -> Router<Api> {
    let door =
        Door { api: api.clone(), settings: Arc::new(settings.clone()), callers: Arc::default() };
    Router::new()
        .route("/exports", get(exports::list))
        .route("/exports/export", post(making::export))
        .route("/exports/formats", get(formats::list))
        .route("/exports/{id}", get(exports::show))
        .route("/exports/{id}/download", get(download::fetch))
        .route("/jobs", get(jobs::list).delete(jobs::delete_all))
        .route("/jobs/{id}", get(jobs::show).delete(jobs::delete))
        .fallback(trouble::no_such_path)
        .method_not_allowed_fallback(trouble::no_such_method)
        .with_state(door)
}
