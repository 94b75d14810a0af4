//! The HTTP API: what owners ask of their exports, and what strangers with a link may fetch.
//!
//! Handlers parse, call the coordinator and shape the answer; they decide nothing. Every request
//! needs a token except a signed download, the health of the process and the documents. What is not
//! the caller's answers as if it were not there.

mod proxies;
mod observe;
mod problem;
mod caller;
mod ask;
mod shape;
mod exports;
mod update;
mod runs;
mod transports;
mod run_files;
mod events;
mod links;
mod standing;
mod download;
mod page;
mod content;
mod range;
mod disposition;
mod parked;
mod scaling;
mod health;
mod documents;
mod known_tokens;
pub mod easydb;
pub mod deriva;
pub mod idah;
pub mod tls;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::serve::ListenerExt;
use fabric::link::Signer;
use futures::FutureExt;
use futures::future::BoxFuture;
use proto::definition::Definition;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::proxies::Proxies;
use self::tls::{Certificate, Encrypted};
use crate::Coordinator;
use crate::token::Gate;

/// How long requests under way may go on once the process is told to stop. Followers of events
/// never end by themselves and come back to another coordinator.
const GRACE: Duration = Duration::from_secs(10);

/// How the API presents itself.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What makes links, and every other absolute URL.
    pub links: Signer,
    /// What stands in front of it.
    pub proxies: Proxies,
    /// The easydb dialect, where it is spoken.
    pub easydb: Option<easydb::Settings>,
    /// The Deriva dialect, where it is spoken.
    pub deriva: Option<deriva::Settings>,
    /// IDAH's own surface, where it is offered.
    pub idah: Option<idah::Settings>,
}

/// What handlers share.
#[derive(Clone)]
struct Api {
    coordinator: Coordinator,
    gate: Gate,
    settings: Arc<Settings>,
}

impl Api {
    /// An absolute URL below the base, of these path segments, each escaped.
    fn url(&self, segments: &[&str]) -> String {
        self.settings.links.url(segments)
    }
}

/// The API of a coordinator, ready to be served.
pub struct Served {
    router: Router,
    /// What writes down what was fetched, where the easydb dialect is spoken.
    noting: Option<easydb::Noting>,
    /// What registers results, where the Deriva dialect is spoken.
    registering: Option<Arc<deriva::UnderWay>>,
    /// That whoever waits for an answer is to get one now.
    closing: CancellationToken,
}

impl Served {
    /// The API as it is set.
    pub fn new(coordinator: Coordinator, settings: Settings) -> Self {
        let gate = Gate::new(Arc::clone(&coordinator.store));
        let api = Api { coordinator, gate, settings: Arc::new(settings) };
        let (router, _) = documented().split_for_parts();
        let (router, noting) = match &api.settings.easydb {
            Some(settings) => {
                let (dialect, noting) = easydb::router(&api, settings);
                let router = router.nest("/api/v1", dialect.clone()).nest("/api", dialect);
                (router, Some(noting))
            }
            None => (router, None),
        };
        let closing = CancellationToken::new();
        let (router, registering) = match &api.settings.deriva {
            Some(settings) => {
                let (dialect, registering) = deriva::router(&api, settings, &closing);
                (router.merge(dialect), Some(registering))
            }
            None => (router, None),
        };
        let router = match &api.settings.idah {
            // More of the path than the easydb dialect has, so that neither hides the other.
            Some(settings) => router.nest("/api/v1/sync", idah::router(&api, settings)),
            None => router,
        };
        let router = router
            .fallback(problem::no_such_path)
            .layer(DefaultBodyLimit::max(Definition::MAX_BYTES))
            .layer(CatchPanicLayer::custom(problem::of_panic))
            .layer(from_fn_with_state(api.clone(), observe::observe))
            .with_state(api);
        Self { router, noting, registering, closing }
    }

    /// Answers requests until told to stop, then lets those under way end for a while.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
        let listener = listener.tap_io(|connection| hasten(connection));
        let service = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        let serving =
            axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
        self.answer(serving.into_future().boxed(), stop).await
    }

    /// The same, encrypted by a certificate.
    pub async fn serve_encrypted(
        self,
        listener: TcpListener,
        certificate: Certificate,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let listener = Encrypted::new(listener, certificate);
        let listener = listener.tap_io(|connection| hasten(connection.get_ref().0));
        let service = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        let serving =
            axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
        self.answer(serving.into_future().boxed(), stop).await
    }

    async fn answer(
        self,
        serving: BoxFuture<'static, io::Result<()>>,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let ended = CancellationToken::new();
        let answering = async {
            let result = tokio::select! {
                result = serving => result,
                () = async { stop.cancelled().await; tokio::time::sleep(GRACE).await } => Ok(()),
            };
            ended.cancel();
            result
        };
        let noting = async {
            if let Some(noting) = self.noting {
                noting.run(ended.clone()).await;
            }
        };
        let closing = async {
            tokio::select! {
                () = stop.cancelled() => {}
                () = ended.cancelled() => {}
            }
            self.closing.cancel();
        };
        let registering = async {
            ended.cancelled().await;
            if let Some(registering) = &self.registering
                && tokio::time::timeout(GRACE, registering.settled()).await.is_err()
            {
                // A store or a board that does not answer keeps nobody: what is written down stands.
                tracing::warn!("registering broken off");
            }
        };
        tokio::join!(answering, noting, closing, registering).0
    }
}

/// Sends what is small at once: events must not wait for more of them. A connection that refuses is slow, not
/// broken.
fn hasten(connection: &TcpStream) {
    let _ = connection.set_nodelay(true);
}

/// The description of the API, as it is committed in `docs/openapi.json`.
pub fn openapi() -> OpenApi {
    let mut openapi = documented().into_openapi();
    easydb::add_to(&mut openapi);
    deriva::add_to(&mut openapi);
    idah::add_to(&mut openapi);
    openapi
}

/// Every route with its description, in the order of the manual.
fn documented() -> OpenApiRouter<Api> {
    let v1 = OpenApiRouter::new()
        .routes(routes!(exports::create, exports::list))
        .routes(routes!(exports::get, update::update, exports::delete))
        .routes(routes!(exports::start))
        .routes(routes!(exports::stop))
        .routes(routes!(exports::retry))
        .routes(routes!(events::follow))
        .routes(routes!(runs::get))
        .routes(routes!(transports::retry))
        .routes(routes!(run_files::list))
        .routes(routes!(run_files::get))
        .routes(routes!(links::list, standing::create))
        .routes(routes!(standing::revoke))
        .routes(routes!(standing::renew))
        .routes(routes!(links::create))
        .routes(routes!(links::revoke))
        .routes(routes!(links::renew))
        .routes(routes!(parked::list))
        .routes(routes!(parked::discard))
        .routes(routes!(parked::retry))
        .routes(routes!(scaling::get));
    OpenApiRouter::with_openapi(documents::description())
        .nest("/v1", v1)
        .routes(routes!(download::files))
        .routes(routes!(download::volume))
        .routes(routes!(download::file))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(documents::openapi))
        .routes(routes!(documents::definition))
        .routes(routes!(documents::fault))
}
