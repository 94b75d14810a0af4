//! Kubernetes' way in: resources `Export` and `ExportSchedule` that the server makes exports of.
//!
//! The operator keeps nothing. What it knows is in the status of the resources, and whatever it asks of the server it
//! can ask twice: two of them at once would do no harm, and one is enough, so none is elected. It speaks to the server
//! as any other client, by the HTTP API with a token; all exports belong to the owner of that token.

pub mod resource;
mod document;
mod server;
mod decide;
mod context;
mod reconcile;
mod farewell;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fabric::causes::chain;
use futures::StreamExt;
use kube::runtime::{
    Controller, Predicate, PredicateConfig, WatchStreamExt, controller, predicates, reflector,
    watcher,
};
use kube::{Api, Client};
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use url::Url;

use self::context::Context;
use self::reconcile::Failure;
use self::resource::{Export, ExportSchedule, Kind};
use self::server::Server;

/// How many resources of a kind are seen to at once.
const AT_ONCE: u16 = 16;

/// How long the cluster may say nothing. A watch that sees nothing ends after 290 seconds.
const SILENCE: Duration = Duration::from_secs(295);

/// What an operator is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the API of the coordinators is.
    pub url: Url,
    /// The file with the token that opens it; read anew for each request.
    pub token_file: PathBuf,
    /// The namespace whose resources are seen to; all of them where it is empty.
    pub namespace: String,
    /// How often a run under way is looked at.
    pub interval: Duration,
}

/// Why an operator cannot begin.
#[derive(Debug, Error)]
pub enum StartError {
    /// Neither a kubeconfig nor a service account is there.
    #[error(
        "there is no cluster: neither a kubeconfig nor the files of a service account can be read"
    )]
    NoCluster(#[source] Box<kube::config::InferConfigError>),
    /// What is there is not enough to connect by.
    #[error("the cluster cannot be connected to")]
    NoClient(#[source] Box<kube::Error>),
    /// There are no authorities to trust.
    #[error("the server cannot be asked")]
    NoHttp(#[source] reqwest::Error),
}

/// Sees to resources until told to stop, then ends what is under way.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), StartError> {
    let found = kube::Config::infer().await;
    let mut config = found.map_err(|error| StartError::NoCluster(Box::new(error)))?;
    config.read_timeout = Some(SILENCE);
    // Watches and resources come again by themselves, and whoever stops need not wait minutes for a request.
    config.default_retry = false;
    let client = Client::try_from(config).map_err(|error| StartError::NoClient(Box::new(error)))?;
    let server = Server::new(settings.url, settings.token_file).map_err(StartError::NoHttp)?;
    let context = Arc::new(Context::new(client.clone(), server, settings.interval));
    let namespace = settings.namespace.as_str();
    tokio::join!(
        control(api::<Export>(&client, namespace), &context, &stop),
        control(api::<ExportSchedule>(&client, namespace), &context, &stop),
    );
    Ok(())
}

/// The resources of a kind in a namespace, or in all of them.
fn api<K: Kind>(client: &Client, namespace: &str) -> Api<K> {
    match namespace {
        "" => Api::all(client.clone()),
        namespace => Api::namespaced(client.clone(), namespace),
    }
}

/// Sees to the resources of a kind. A status that changed is no reason to: the operator itself wrote it.
async fn control<K: Kind>(api: Api<K>, context: &Arc<Context>, stop: &CancellationToken) {
    let (reader, writer) = reflector::store();
    let changes = watcher(api, watcher::Config::default())
        .default_backoff()
        .reflect(writer)
        .applied_objects()
        .predicate_filter(
            predicates::generation.combine(predicates::finalizers),
            PredicateConfig::default(),
        );
    let seen_to = Controller::for_stream(changes, reader)
        .with_config(controller::Config::default().concurrency(AT_ONCE))
        .graceful_shutdown_on(stop.clone().cancelled_owned())
        .run(
            reconcile::reconcile::<K>,
            |_, failure: &Failure, context: Arc<Context>| failure.again(context.interval),
            Arc::clone(context),
        );
    seen_to
        .for_each(|ended| async move {
            match ended {
                Ok(_) => {}
                // It was deleted before its turn came.
                Err(controller::Error::ObjectNotFound(_)) => {}
                Err(error) => {
                    tracing::warn!(error = chain(&error), "resource not seen to");
                }
            }
        })
        .await;
}
