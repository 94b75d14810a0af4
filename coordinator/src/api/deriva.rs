//! The Deriva dialect: `/deriva/export` as deriva-web has it, for deriva-py, ermrestjs and Chaise.
//!
//! A configuration of the export engine is translated into a definition before the export is accepted, and the rest
//! is a run as any other. Clients of the dialect wait for answers: each is held until the run has ended or a
//! configured time has passed, and whoever is told to come again is told when. What is somebody else's answers as
//! if it were not there.

mod trouble;
mod token;
mod callers;
mod crossing;
mod opening;
mod kept;
mod catalogs;
mod holding;
mod later;
mod names;
mod making;
mod afterwards;
mod registering;
mod templates;
mod listed;
mod fetching;
mod log;
mod deleting;
mod session;
mod described;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use proto::deriva::engine::Host;
use proto::target::S3Target;
use tokio_util::sync::CancellationToken;

pub(super) use self::described::add_to;
pub use self::registering::Identifiers;
pub(super) use self::registering::UnderWay;
use super::Api;
use super::easydb::paths::Paths;

/// How the dialect is spoken.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The catalogues that are exported, in their order; all of one server.
    pub catalogs: Vec<ServedCatalog>,
    /// How long an answer is held for a run to end.
    pub hold: Duration,
    /// How long the catalogue may take for all that is asked before an export is accepted.
    pub asking: Duration,
    /// Whether catalogues that are read with nobody's rights are exported for whoever has not signed in.
    pub anonymous: bool,
    /// The buckets that results may be brought to, by the names of their targets.
    pub buckets: BTreeMap<String, S3Target>,
    /// What gives identifiers to results, where anything does.
    pub identifiers: Option<Identifiers>,
}

/// A catalogue that is exported.
#[derive(Debug, Clone)]
pub struct ServedCatalog {
    /// The source that it is read by.
    pub source: String,
    /// Its server.
    pub host: Host,
    /// What it is called there.
    pub id: String,
}

/// What handlers share.
#[derive(Clone)]
struct Door {
    api: Api,
    settings: Arc<Settings>,
    callers: Arc<callers::Callers>,
    paths: Paths,
    /// What is being registered here.
    registering: Arc<UnderWay>,
    /// That nobody is held any longer, for the process is to end.
    closing: CancellationToken,
}

/// The routes of the dialect, and what is registered beside them. Whoever is held is let go once it closes.
pub(super) fn router(
    api: &Api,
    settings: &Settings,
    closing: &CancellationToken,
) -> (Router<Api>, Arc<UnderWay>) {
    let door = Door {
        api: api.clone(),
        settings: Arc::new(settings.clone()),
        callers: Arc::default(),
        paths: Paths::default(),
        registering: Arc::default(),
        closing: closing.clone(),
    };
    let (templates, registering) = (templates::routes(&door), Arc::clone(&door.registering));
    let file = get(fetching::fetch).delete(deleting::delete);
    let router = Router::new()
        .route("/authn/session", get(session::show))
        .route("/deriva/export/bdbag", post(making::bag))
        .route("/deriva/export/bdbag/", post(making::bag))
        .route("/deriva/export/bdbag/{key}", file.clone())
        .route("/deriva/export/bdbag/{key}/", file.clone())
        .route("/deriva/export/bdbag/{key}/log", get(log::show))
        .route("/deriva/export/bdbag/{key}/{*path}", get(fetching::fetch))
        .route("/deriva/export/file", post(making::files))
        .route("/deriva/export/file/", post(making::files))
        .route("/deriva/export/file/{key}", file.clone())
        .route("/deriva/export/file/{key}/", file)
        .route("/deriva/export/file/{key}/log", get(log::show))
        .route("/deriva/export/file/{key}/{*path}", get(fetching::fetch))
        .method_not_allowed_fallback(trouble::no_such_method)
        .with_state(door)
        .merge(templates);
    (router, registering)
}
