//! A coordinator with its API and three people with tokens.

mod annotated;
mod answer;
mod deployment;
mod ended;
mod failing;
mod restarted;
mod slow;
mod stopped;
mod warned;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use axum::response::Response;
use fabric::ambient::Ambient;
use fabric::board::ProcessBoard;
use fabric::link::{Keys, Signer};
use fabric::queue::ProcessQueue;
use fabric::store::{DirectoryStore, Store};
use jiff::Timestamp;
use proto::easydb::Instance;
use proto::id::{Owner, RunId};
use proto::source::SourceSpec;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use source::Source;
use source::asset::{HttpAssets, HttpLimits};
use tower::ServiceExt;

use crate::Coordinator;
use crate::api::{Proxies, Served, Settings, deriva, easydb};
use crate::token::{self, Rights};

use self::annotated::Annotated;
pub(super) use self::annotated::TOKEN as ANNOTATOR;
pub(super) use self::answer::Answer;
use self::deployment::Deployment;
pub(super) use self::deployment::{SESSION, UNTOLD};
pub(super) use self::ended::{big, tables};
pub(super) use self::failing::{failing, failing_at};
pub(super) use self::slow::{Waits, slow};

/// When the scene begins, in seconds.
pub(super) const BEGIN: i64 = 1_795_000_000;

/// The volume of the archive of every run that has ended.
pub(super) const ARCHIVE: &[u8] = b"0123456789";

pub(super) struct Scene {
    _folder: tempfile::TempDir,
    pub(super) store: Arc<dyn Store>,
    pub(super) queue: Arc<ProcessQueue>,
    pub(super) board: Arc<ProcessBoard>,
    pub(super) coordinator: Coordinator,
    pub(super) ann: String,
    pub(super) bob: String,
    pub(super) root: String,
    /// How often the server of the Deriva deployment was asked for a session.
    pub(super) asked: Arc<AtomicUsize>,
    clock: Arc<AtomicI64>,
    settings: Settings,
    served: Served,
}

pub(super) fn definition() -> Value {
    json!({"name": "Flüge", "outputs": [{"to": "flights.csv", "from": "flights", "format": "csv"}]})
}

/// The easydb dialect over a catalogue, for clients of either product.
fn dialect() -> easydb::Settings {
    easydb::Settings {
        product: None,
        instance: Instance { source: "catalogue".to_owned(), ..Instance::default() },
        name: "Museum".to_owned(),
        session_lifetime: Duration::from_hours(1),
        passwords: easydb::Passwords::Catalogue,
        mappings: Some(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/scenarios/easydb").into()),
    }
}

impl Scene {
    pub(super) async fn new() -> Self {
        Self::over(|store| store).await
    }

    /// The scene over what is made of its store.
    pub(super) async fn over(wrap: impl FnOnce(Arc<dyn Store>) -> Arc<dyn Store>) -> Self {
        Self::with(wrap, deployment::settings()).await
    }

    /// The scene, whose Deriva dialect is spoken so.
    pub(super) async fn speaking(change: impl FnOnce(&mut deriva::Settings)) -> Self {
        let mut settings = deployment::settings();
        change(&mut settings);
        Self::with(|store| store, settings).await
    }

    async fn with(
        wrap: impl FnOnce(Arc<dyn Store>) -> Arc<dyn Store>,
        deriva: deriva::Settings,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("flights.csv"), "id,carrier\n1,UA\n").unwrap();
        let store: Arc<dyn Store> =
            wrap(Arc::new(DirectoryStore::open(folder.path().join("store")).unwrap()));
        let (queue, board) = (Arc::new(ProcessQueue::new()), Arc::new(ProcessBoard::new()));
        let clock = Arc::new(AtomicI64::new(BEGIN));
        let ambient = Ambient::system().with_clock({
            let clock = Arc::clone(&clock);
            move || Timestamp::from_second(clock.load(Ordering::Relaxed)).unwrap()
        });
        let http = Arc::new(
            HttpAssets::new(HttpLimits::default(), source::address::AddressRules::default())
                .unwrap(),
        );
        let context = source::Context {
            base: folder.path().to_owned(),
            buckets: Arc::new(source::NoBuckets),
            http: Arc::clone(&http),
        };
        let spec: SourceSpec =
            serde_json::from_value(json!({"kind": "csv", "path": "flights.csv"})).unwrap();
        let catalogue = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/catalogues/small");
        let catalogue: SourceSpec =
            serde_json::from_value(json!({"kind": "easydb", "path": catalogue})).unwrap();
        let asked = Arc::<AtomicUsize>::default();
        let deployment = |has_users| {
            Arc::new(Deployment { has_users, asked: Arc::clone(&asked) }) as Arc<dyn Source>
        };
        let sources = BTreeMap::from([
            ("flights".to_owned(), source::open(&spec, &context).unwrap()),
            ("catalogue".to_owned(), source::open(&catalogue, &context).unwrap()),
            ("own".to_owned(), deployment(true)),
            ("open".to_owned(), deployment(false)),
            ("labels".to_owned(), Arc::new(Annotated) as Arc<dyn Source>),
        ]);
        let catalog = Arc::new(source::Catalog::new(sources, http));
        let coordinator = Coordinator::new(
            Arc::clone(&store),
            Arc::clone(&queue) as _,
            Arc::clone(&board) as _,
            catalog,
            Arc::default(),
            ambient,
            annotated::of_plugins(),
        );
        let base_url = "https://export.example/base".parse().unwrap();
        let keys = Keys::new(vec![vec![7; 32]]).unwrap();
        let coordinator = coordinator.with_keys(keys.clone());
        let (links, proxies) = (Signer { base_url, keys }, Proxies::default());
        let (easydb, idah) = (Some(dialect()), Some(annotated::settings()));
        let settings = Settings { links, proxies, easydb, deriva: Some(deriva), idah };
        let served = Served::new(coordinator.clone(), settings.clone());
        let token = async |name: &str, rights| {
            let owner = Owner::try_from(name.to_owned()).unwrap();
            let made = token::create(&*store, owner, rights, Timestamp::UNIX_EPOCH).await.unwrap();
            made.expose_secret().to_owned()
        };
        let ann = token("ann", Rights::Owner).await;
        let bob = token("bob", Rights::Owner).await;
        let root = token("root", Rights::Admin).await;
        Self {
            _folder: folder,
            store,
            queue,
            board,
            coordinator,
            ann,
            bob,
            root,
            asked,
            clock,
            settings,
            served,
        }
    }

    /// Lets time pass.
    pub(super) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Says that the process is to end.
    pub(super) fn close(&self) {
        self.served.closing.cancel();
    }

    /// What runs beside the easydb dialect.
    pub(super) fn noting(&self) -> easydb::Noting {
        self.served.noting.clone().unwrap()
    }

    /// A request with a token, headers and a body, each where it is not empty.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        Answer::read(self.begin(method, path, token, headers, body).await).await
    }

    /// The same, of which only the head has come.
    pub(super) async fn begin(
        &self,
        method: Method,
        path: &str,
        token: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let request = request(method, path, token, headers, body);
        self.served.router.clone().oneshot(request).await.unwrap()
    }

    /// A request without a body that comes from an address.
    pub(super) async fn get_from(
        &self,
        peer: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = request(Method::GET, path, "", headers, "");
        request.extensions_mut().insert(ConnectInfo(peer));
        Answer::read(self.served.router.clone().oneshot(request).await.unwrap()).await
    }

    pub(super) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Method::GET, path, token, &[], "").await
    }

    pub(super) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(Method::POST, path, token, &[], &body).await
    }

    pub(super) async fn delete(&self, path: &str, token: &str) -> Answer {
        self.send(Method::DELETE, path, token, &[], "").await
    }

    /// The download without a token, with a `Range` where one is given.
    pub(super) async fn fetch(&self, url: &str, range: &str) -> Answer {
        let headers = [("range", range)];
        self.send(Method::GET, url, "", if range.is_empty() { &[] } else { &headers }, "").await
    }

    /// The first signed URL of a run.
    pub(super) async fn signed(&self, run: RunId) -> String {
        let shown = self.get(&format!("/v1/exports/{}", run.export), &self.ann).await.json();
        shown["run"]["downloads"][0]["volumes"][0]["url"].as_str().unwrap().to_owned()
    }
}

fn request(
    method: Method,
    path: &str,
    token: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Request<Body> {
    let path = path.strip_prefix("https://export.example/base").unwrap_or(path);
    let mut request = Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}
