//! What was made gets identifiers, whatever ends or breaks off meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use proto::definition::Packer;
use proto::key::Key;
use proto::run::State as RunState;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use super::super::scene::{ARCHIVE, Scene, failing_at};
use super::{in_bag, run_of};
use crate::api::deriva::{Identifiers, Settings};

/// How long anything may take.
const DEADLINE: Duration = Duration::from_mins(1);

/// A service that gives identifiers.
#[derive(Clone, Default)]
struct Minting {
    refuses: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<Value>>>,
    minted: Arc<Mutex<Vec<Value>>>,
}

impl Minting {
    /// Begins it; how it is spoken to.
    async fn begun(&self) -> Identifiers {
        let router = Router::new()
            .route("/checksum/{digest}", get(nothing))
            .route("/namespace/{namespace}/identifier", post(mint))
            .with_state(self.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Identifiers { url, bearer_file: None, has_pages: false }
    }

    fn minted(&self) -> Option<Value> {
        self.minted.lock().unwrap().first().cloned()
    }

    fn is_asked(&self) -> bool {
        !self.asked.lock().unwrap().is_empty()
    }
}

async fn nothing() -> StatusCode {
    StatusCode::NOT_FOUND
}

async fn mint(State(minting): State<Minting>, Json(mut told): Json<Value>) -> Response {
    minting.asked.lock().unwrap().push(told.clone());
    if minting.refuses.load(Ordering::SeqCst) {
        return StatusCode::FORBIDDEN.into_response();
    }
    minting.minted.lock().unwrap().push(told.clone());
    told["identifier"] = json!("minid:1");
    Json(told).into_response()
}

fn with(identifiers: Identifiers) -> impl FnOnce(&mut Settings) {
    move |settings| settings.identifiers = Some(identifiers)
}

/// A bag that gets an identifier, which leads to the service by way of another.
fn registered() -> Value {
    let mut configuration = in_bag();
    let address = json!({"remote_path": "https://viewer.example/?file={output_url}"});
    configuration["post_processors"] = json!([
        {"processor": "url_rewrite", "processor_params": address},
        {"processor": "identifier", "processor_params": {}},
    ]);
    configuration
}

/// Looks at an export of Ann's until something is so.
async fn looking(scene: &Scene, url: &str, is_so: impl Fn() -> bool) {
    let looking = async {
        while !is_so() {
            scene.call(Method::HEAD, url, "ann", &Value::Null).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, looking).await.unwrap();
}

#[tokio::test]
async fn what_is_registered_late_leads_to_the_address_that_was_told() {
    let minting = Minting::default();
    let mut scene = Scene::speaking(with(minting.begun().await)).await;
    let told = scene.made("/deriva/export/bdbag?public=true", &registered()).await;
    // What waits for the end of the run does not keep the process.
    tokio::time::timeout(DEADLINE, scene.restart()).await.unwrap();
    scene.end_made(&told, Packer::Zip, RunState::Done, vec![]).await;
    assert!(!minting.is_asked());
    // Whoever looks at it, and by which address.
    let (own, _) = told.rsplit_once('.').unwrap();
    let other = own.replace("/bdbag/", "/file/");
    looking(&scene, &other, || minting.minted().is_some()).await;
    let address = format!("https://viewer.example/?file={told}/Fl\u{fc}ge.zip");
    assert_eq!(minting.minted().unwrap()["location"], json!([address]));
}

#[tokio::test]
async fn what_is_registered_again_is_not_read_again() {
    let minting = Minting::default();
    minting.refuses.store(true, Ordering::SeqCst);
    let scene = Scene::speaking(with(minting.begun().await)).await;
    let url = scene.made("/deriva/export/bdbag", &registered()).await;
    scene.end_made(&url, Packer::Zip, RunState::Done, vec![]).await;
    looking(&scene, &url, || minting.is_asked()).await;
    scene.store.delete(&[Key::volume(run_of(&url), 0, 0, "a")]).await.unwrap();
    minting.refuses.store(false, Ordering::SeqCst);
    looking(&scene, &url, || minting.minted().is_some()).await;
    let digest = proto::digest::hex(&Sha256::digest(ARCHIVE));
    let expected = json!([{"function": "sha256", "value": digest}]);
    assert_eq!(minting.minted().unwrap()["checksums"], expected);
}

#[tokio::test]
async fn a_store_that_does_not_answer_once_leaves_nothing_without_its_identifier() {
    let minting = Minting::default();
    let identifiers = minting.begun().await;
    let (scene, fails, failed) = failing_at("/identifiers.json", with(identifiers)).await;
    let url = scene.made("/deriva/export/bdbag", &registered()).await;
    fails.store(true, Ordering::Relaxed);
    scene.end_made(&url, Packer::Zip, RunState::Done, vec![]).await;
    tokio::time::timeout(DEADLINE, failed.notified()).await.unwrap();
    let minted = async {
        while minting.minted().is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, minted).await.unwrap();
}
