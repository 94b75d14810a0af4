//! The roles, one process each, and `serve`, all of them in one.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use coordinator::api::tls::Certificate;
use coordinator::notify::Sender;
use coordinator::{Coordinator, api, token};
use fabric::link::{Keys, Signer};
use fabric::store::Store;
use secrecy::SecretString;
use source::Catalog;
use source::pass::Passes;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use transport_agent::Agent;
use worker::Worker;

use crate::cli;
use crate::compose::{self, Ground};
use crate::config::{Config, in_file};
use crate::exit::{self, Exit};
use crate::telemetry::Telemetry;

/// Whose the exports are that are sent with the token of `serve`.
const OWNER: &str = "local";

/// A coordinator: leads when its turn comes, and serves the API always.
pub(crate) async fn coordinator(config: Config) -> anyhow::Result<Exit> {
    let telemetry = Telemetry::start(&config.telemetry, "coordinator").await?;
    let Some(catalog) = catalog(&config)? else { return Ok(Exit::BadInput) };
    let ground = Ground::configured(&config).await?;
    let keys = Keys::read(&config.api.link_key_file)
        .context("[api] link_key_file: the coordinators of a fleet sign links with the same key")?;
    let catalog = with_passes(&catalog, &ground, keys.clone());
    let links = Signer { base_url: config.api.base_url.clone(), keys: keys.clone() };
    let stop = super::stop_on_signal()?;
    let mut tasks = JoinSet::new();
    let coordinator = ground.coordinator(&config, &catalog, &config.targets).with_keys(keys);
    let (scheme, address) =
        serve_api(&mut tasks, &config, coordinator.clone(), links, &stop).await?;
    tracing::info!(scheme, %address, "API served");
    tell_webhooks(&mut tasks, &coordinator, &stop)?;
    let told = stop.clone();
    tasks.spawn(async move { Ok(coordinator.lead(told).await?) });
    let result = wait(tasks, &stop).await;
    telemetry.flush().await;
    result
}

/// A worker.
pub(crate) async fn worker(config: Config) -> anyhow::Result<Exit> {
    let telemetry = Telemetry::start(&config.telemetry, "worker").await?;
    let Some(catalog) = catalog(&config)? else { return Ok(Exit::BadInput) };
    let keys = worker_keys(&config, &catalog)?;
    let ground = Ground::configured(&config).await?;
    let catalog = match &keys {
        Some(keys) if catalog.needs_passes() => with_passes(&catalog, &ground, keys.clone()),
        Some(_) | None => catalog,
    };
    let stop = super::stop_on_signal()?;
    let mut tasks = JoinSet::new();
    let (worker, told) = (ground.worker(&config, &catalog)?, stop.clone());
    let worker = keys.into_iter().fold(worker, Worker::with_keys);
    tasks.spawn(async move { Ok(worker.run(told).await?) });
    let result = wait(tasks, &stop).await;
    telemetry.flush().await;
    result
}

/// What opens what users left who signed in, and secret options of plugins: the coordinators' key. Who exports nothing with either
/// needs none.
fn worker_keys(config: &Config, catalog: &Catalog) -> anyhow::Result<Option<Keys>> {
    let keys = Keys::read(&config.api.link_key_file);
    if !catalog.needs_passes() {
        return Ok(keys.ok());
    }
    let keys = keys.context(
        "[api] link_key_file: workers open what users left who signed in, by the coordinators' key",
    )?;
    Ok(Some(keys))
}

/// A transport agent.
pub(crate) async fn transport_agent(config: Config) -> anyhow::Result<Exit> {
    let telemetry = Telemetry::start(&config.telemetry, "transport-agent").await?;
    let ground = Ground::configured(&config).await?;
    let doors = (mail_links(&config)?, free_keys(&config)?);
    let stop = super::stop_on_signal()?;
    let mut tasks = JoinSet::new();
    let (agent, told) = (agent(&ground, &config, doors)?, stop.clone());
    tasks.spawn(async move { Ok(agent.run(told).await?) });
    let result = wait(tasks, &stop).await;
    telemetry.flush().await;
    result
}

/// All roles over a directory, with a token for whoever can read it.
pub(crate) async fn serve(args: cli::Serve, mut config: Config) -> anyhow::Result<Exit> {
    let telemetry = Telemetry::start(&config.telemetry, "serve").await?;
    let Some(catalog) = catalog(&config)? else { return Ok(Exit::BadInput) };
    std::fs::create_dir_all(&args.data)
        .with_context(|| format!("making {}", args.data.display()))?;
    config.worker.scratch = args.data.join("scratch");
    config.agent.scratch.clone_from(&config.worker.scratch);
    std::fs::create_dir_all(&config.worker.scratch)?;
    let _lock = super::run::lock(&args.data)?;
    let ground = Ground::embedded(&args.data.join("store"))?;
    let keys = if in_file(&config.api.link_key_file) {
        Keys::read(&config.api.link_key_file).context("[api] link_key_file")?
    } else {
        Keys::read_or_make(&args.data.join("link.key")).context("the key for links")?
    };
    let catalog = with_passes(&catalog, &ground, keys.clone());
    let links = Signer { base_url: config.api.base_url.clone(), keys: keys.clone() };
    let token = local_token(&*ground.store, &ground, &args.data).await?;
    let stop = super::stop_on_signal()?;
    let mut tasks = JoinSet::new();
    let coordinator =
        ground.coordinator(&config, &catalog, &config.targets).with_keys(keys.clone());
    let (scheme, address) =
        serve_api(&mut tasks, &config, coordinator.clone(), links.clone(), &stop).await?;
    exit::say(&format!("serving {scheme}://{address}/v1, token in {}", token.display()));
    let doors = (Some(links), Some(keys.clone()));
    let worker = ground.worker(&config, &catalog)?.with_keys(keys);
    let agent = agent(&ground, &config, doors)?;
    tell_webhooks(&mut tasks, &coordinator, &stop)?;
    let (one, two, three) = (stop.clone(), stop.clone(), stop.clone());
    tasks.spawn(async move { Ok(coordinator.lead(one).await?) });
    tasks.spawn(async move { Ok(worker.run(two).await?) });
    tasks.spawn(async move { Ok(agent.run(three).await?) });
    let result = wait(tasks, &stop).await;
    telemetry.flush().await;
    result
}

/// Sends what webhooks are to be told, meanwhile.
fn tell_webhooks(
    tasks: &mut JoinSet<anyhow::Result<()>>,
    coordinator: &Coordinator,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let (sender, told) = (Sender::new(coordinator.clone())?, stop.clone());
    tasks.spawn(async move {
        sender.run(told).await;
        Ok(())
    });
    Ok(())
}

/// What makes links for mails, where there are any: the same key and address as the coordinators'.
fn mail_links(config: &Config) -> anyhow::Result<Option<Signer>> {
    if !config.email.is_there() {
        return Ok(None);
    }
    let keys = Keys::read(&config.api.link_key_file)
        .context("[api] link_key_file: links in mails are signed with the coordinators' key")?;
    Ok(Some(Signer { base_url: config.api.base_url.clone(), keys }))
}

/// What opens the passwords of documents, where there are hosts that these may lead to: the coordinators' key.
fn free_keys(config: &Config) -> anyhow::Result<Option<Keys>> {
    if config.easydb.free_hosts.is_empty() {
        return Ok(None);
    }
    let keys = Keys::read(&config.api.link_key_file).context(
        "[api] link_key_file: passwords for [easydb] free_hosts are opened by the coordinators' key",
    )?;
    Ok(Some(keys))
}

/// An agent that delivers to the configured targets.
fn agent(
    ground: &Ground,
    config: &Config,
    doors: (Option<Signer>, Option<Keys>),
) -> anyhow::Result<Agent> {
    let base = std::env::current_dir().context("the working directory")?;
    ground.agent(config, config.targets.clone(), &base, doors)
}

/// The configured sources, or nothing after telling what is wrong with them.
fn catalog(config: &Config) -> anyhow::Result<Option<Arc<Catalog>>> {
    let base = std::env::current_dir().context("the working directory")?;
    match compose::catalog(config, &config.sources, &base) {
        Ok(catalog) => Ok(Some(catalog)),
        Err(faults) => {
            exit::bad_input("the configuration", &faults);
            Ok(None)
        }
    }
}

/// The sources, where users can sign in to those that are read with their rights.
fn with_passes(catalog: &Catalog, ground: &Ground, keys: Keys) -> Arc<Catalog> {
    Arc::new(catalog.with_passes(Passes::new(Arc::clone(&ground.store), keys)))
}

/// Serves the API; by what scheme and where.
async fn serve_api(
    tasks: &mut JoinSet<anyhow::Result<()>>,
    config: &Config,
    coordinator: Coordinator,
    links: Signer,
    stop: &CancellationToken,
) -> anyhow::Result<(&'static str, std::net::SocketAddr)> {
    let listener = TcpListener::bind(config.api.listen)
        .await
        .with_context(|| format!("[api] listen {}", config.api.listen))?;
    let address = listener.local_addr()?;
    let proxies = api::Proxies::new(&config.api.proxies).context("[api] proxies")?;
    let easydb = config.easydb.settings(&config.targets, &config.worker.mappings);
    let deriva = config.deriva.settings(&config.sources, &config.targets);
    let idah = config.idah.settings();
    let settings = api::Settings { links, proxies, easydb, deriva, idah };
    let (served, told) = (api::Served::new(coordinator, settings), stop.clone());
    let Some(certificate) = certificate(config)? else {
        tasks.spawn(async move { Ok(served.serve(listener, told).await?) });
        return Ok(("http", address));
    };
    tasks.spawn(async move { Ok(served.serve_encrypted(listener, certificate, told).await?) });
    Ok(("https", address))
}

/// What the API is encrypted by, where it is.
fn certificate(config: &Config) -> anyhow::Result<Option<Certificate>> {
    let (file, key) = (&config.coordinator.certificate, &config.coordinator.private_key);
    if !in_file(file) {
        return Ok(None);
    }
    let opened = Certificate::open(file.clone(), key.clone());
    Ok(Some(opened.context("[coordinator] certificate and private_key")?))
}

/// The token of whoever can read the data directory, made once.
async fn local_token(
    store: &dyn Store,
    ground: &Ground,
    data: &Path,
) -> anyhow::Result<std::path::PathBuf> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;

    let path = data.join("token");
    if let Ok(text) = std::fs::read_to_string(&path) {
        let known =
            token::authenticate(store, &SecretString::from(text.trim()), ground.ambient.now())
                .await?;
        if known.is_some() {
            return Ok(path);
        }
    }
    let owner = OWNER.to_owned().try_into().context("the owner of local exports")?;
    let made = token::create(store, owner, token::Rights::Admin, ground.ambient.now()).await?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)?;
    writeln!(file, "{}", crate::config::expose(&made))?;
    Ok(path)
}

/// Waits until all tasks ended because they were told to, or one by itself.
async fn wait(
    mut tasks: JoinSet<anyhow::Result<()>>,
    stop: &CancellationToken,
) -> anyhow::Result<Exit> {
    let mut result = Ok(Exit::Done);
    while let Some(ended) = tasks.join_next().await {
        let ended = ended.context("a role broke off").and_then(|ended| ended);
        if let Err(error) = ended {
            tracing::error!(error = format!("{error:#}"), "role ended");
            result = Err(error);
        }
        // One that ended by itself takes the others along; whoever supervises starts all anew.
        stop.cancel();
    }
    result
}
