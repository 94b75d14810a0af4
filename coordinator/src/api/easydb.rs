//! The easydb dialect: `/api/v1/export` and what belongs to it, as easydb 5 and fylr have them. fylr has the same
//! at `/api` too, and only there what gives tokens.
//!
//! Documents are translated into definitions (`proto::easydb`) and runs into what clients of either product
//! expect to see. Which of the two is answered is configured, or told by how a request signs in. What is
//! somebody else's answers as if it were not there.

mod product;
mod trouble;
mod names;
mod told;
mod answer;
pub(in crate::api) mod throttle;
pub(in crate::api) mod asking;
mod guests;
mod asker;
mod user;
mod session;
mod grants;
mod kept;
mod profile;
mod filter;
mod state;
mod relevant;
mod shape;
mod revision;
mod exports;
mod running;
mod listing;
pub(in crate::api) mod paths;
mod saved;
mod wanted;
mod files;
mod folder;
mod volume;
mod fetched;
mod noted;
mod selection;
mod archive;
mod zip;
mod tar_gz;
mod passkey;
mod events;
mod described;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};
use proto::easydb::Instance;

pub(super) use self::described::add_to;
pub(super) use self::noted::Noting;
pub use self::product::Product;
use super::Api;

/// How the dialect is spoken.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose answers are given; left open, a request tells.
    pub product: Option<Product>,
    /// What documents mean here.
    pub instance: Instance,
    /// What the instance is called.
    pub name: String,
    /// How long somebody stays signed in.
    pub session_lifetime: Duration,
    /// Whose passwords are taken.
    pub passwords: Passwords,
    /// The folder with the operator's mapping profiles, where this process has one.
    pub mappings: Option<PathBuf>,
}

/// What stands for a password, besides the tokens of its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passwords {
    /// Nothing.
    Tokens,
    /// The password of the catalogue's user with whose rights it is read, as its own server judges it: of
    /// every user, where it is read with the rights of whoever makes an export.
    Catalogue,
}

/// What handlers share.
#[derive(Clone)]
struct Dialect {
    api: Api,
    settings: Arc<Settings>,
    paths: paths::Paths,
    guests: Arc<guests::Guests>,
    fetched: fetched::Fetched,
}

/// The routes of the dialect, below `/api/v1` and `/api`, and what has to run beside them.
pub(super) fn router(api: &Api, settings: &Settings) -> (Router<Api>, Noting) {
    let (api, settings) = (api.clone(), Arc::new(settings.clone()));
    let (paths, guests, fetched) =
        (paths::Paths::default(), Arc::default(), fetched::Fetched::default());
    let dialect = Dialect { api, settings, paths, guests, fetched };
    let router = Router::new()
        .route("/session", get(session::show).post(session::show))
        .route("/session/authenticate", get(session::sign_in).post(session::sign_in))
        .route("/session/deauthenticate", get(session::sign_out).post(session::sign_out))
        .route("/user/session", get(grants::show))
        .route(grants::TOKEN, post(grants::grant))
        .route("/oauth2/revoke", post(grants::revoke))
        .route("/export", get(exports::list).put(exports::create).post(exports::create))
        .route("/export/", get(exports::list).put(exports::create).post(exports::create))
        .route("/export/{number}", get(exports::show).post(exports::update).delete(exports::delete))
        .route("/export/{number}/start", post(running::start))
        .route("/export/{number}/stop", post(running::stop))
        .route("/export/{number}/{way}", get(files::fetch))
        .route("/export/{number}/{way}/", get(files::fetch))
        .route("/export/{number}/{way}/{*path}", get(files::fetch))
        .route("/export/{number}/uuid/{uuid}/{way}", get(files::fetch))
        .route("/export/{number}/uuid/{uuid}/{way}/", get(files::fetch))
        .route("/export/{number}/uuid/{uuid}/{way}/{*path}", get(files::fetch))
        .route("/export/{number}/download/{passkey}/{name}", get(passkey::download))
        .route("/event", delete(events::delete))
        .route("/event/poll", get(events::poll))
        .route("/event/poll/{after}", get(events::poll_after))
        .route("/event/list", get(events::list).delete(events::delete))
        .route("/event/{event}", get(events::show))
        .fallback(trouble::no_such_path)
        .method_not_allowed_fallback(trouble::no_such_method)
        .layer(from_fn_with_state(dialect.clone(), answer::shape))
        .with_state(dialect.clone());
    (router, Noting(dialect))
}
