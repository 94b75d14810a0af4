//! Files that records of an API name: with its credentials where they are its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures::TryStreamExt;
use proto::source::SourceSpec;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::address::AddressRules;
use crate::asset::{Assets, HttpAssets, HttpLimits};
use crate::{Catalog, Context, NoBuckets, open};

/// A server that tells who asks, and sends who asks for `/away` elsewhere.
struct Teller {
    port: u16,
    _task: JoinSet<()>,
}

impl Teller {
    async fn start(away: String) -> Self {
        let router = Router::new().fallback(tell).with_state(Arc::new(away));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut task = JoinSet::new();
        task.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { port, _task: task }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

async fn tell(State(away): State<Arc<String>>, uri: Uri, headers: HeaderMap) -> Response {
    if uri.path() == "/away" {
        return (StatusCode::FOUND, [("Location", away.as_str())]).into_response();
    }
    let told = |name: &str| headers.get(name).map_or("none", |value| value.to_str().unwrap());
    format!("{}, {}", told("authorization"), told("x-tenant")).into_response()
}

async fn fetched(assets: &Assets, url: &str) -> String {
    let bytes: Vec<bytes::Bytes> =
        assets.open(url).await.unwrap().bytes.try_collect().await.unwrap();
    String::from_utf8(bytes.concat()).unwrap()
}

#[tokio::test]
async fn files_are_fetched_with_credentials_from_the_api_and_named_servers_only() {
    let other = Teller::start(String::new()).await;
    let media = Teller::start(String::new()).await;
    let own = Teller::start(other.url("/taken")).await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("token"), "secret\n").unwrap();
    let spec: SourceSpec = serde_json::from_value(json!({
        "kind": "http", "url": own.url("/objects"), "bearer_file": "token",
        "headers": {"X-Tenant": "museum"}, "credentials_to": [media.url("")],
    }))
    .unwrap();
    let ports = [&own, &other, &media].map(|teller| format!("127.0.0.1:{}", teller.port));
    let http = HttpAssets::new(HttpLimits::default(), AddressRules::new(&ports).unwrap());
    let http = Arc::new(http.unwrap());
    let context =
        Context { base: dir.path().into(), buckets: Arc::new(NoBuckets), http: Arc::clone(&http) };
    let source = open(&spec, &context).unwrap();
    let catalog = Catalog::new(BTreeMap::from([("api".to_owned(), Arc::clone(&source))]), http);
    let assets = catalog.assets(&*source);
    assert_eq!(fetched(&assets, &own.url("/1.jpg")).await, "Bearer secret, museum");
    assert_eq!(fetched(&assets, &media.url("/1.jpg")).await, "Bearer secret, museum");
    assert_eq!(fetched(&assets, &other.url("/1.jpg")).await, "none, none");
    assert_eq!(fetched(&assets, &own.url("/away")).await, "none, none");
}
