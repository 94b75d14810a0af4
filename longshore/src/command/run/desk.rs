//! Where a run in this process works: a directory that no other process has meanwhile. All three roles work
//! over it; a run that was cut off goes on where it ended.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use coordinator::Coordinator;
use coordinator::notify::Sender;
use fabric::link::Keys;
use proto::definition::Definition;
use proto::id::{Owner, RunId};
use proto::run::Outcome;
use proto::target::TargetSpec;
use source::Catalog;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use worker::Worker;

use super::begin::{self, Begun};
use super::deliver;
use super::folders::Folders;
use crate::cli;
use crate::command::progress::Progress;
use crate::compose::{self, Ground};
use crate::config::Config;
use crate::exit::{self, Exit};
use crate::telemetry::Telemetry;

/// Whose the exports of this command are.
const OWNER: &str = "local";

/// What is run.
pub(crate) struct Work {
    /// Where it is from, for those who are told of its mistakes.
    pub(crate) name: String,
    /// What is exported.
    pub(crate) definition: Definition,
    /// The sources.
    pub(crate) catalog: Arc<Catalog>,
    /// The targets.
    pub(crate) targets: BTreeMap<String, TargetSpec>,
    /// What relative paths are relative to.
    pub(crate) base: PathBuf,
}

/// How it ended.
pub(crate) enum Ended {
    /// It did not begin.
    Refused(Exit),
    /// It was cut off, and the same command goes on from there.
    CutOff,
    /// By itself.
    AtTheEnd {
        /// How the process ends.
        exit: Exit,
        /// Whether the same command goes on from there nevertheless.
        goes_on: bool,
    },
}

/// The directory, and what is said of the process that works there.
pub(crate) struct Desk {
    local: cli::Local,
    config: Config,
    folders: Folders,
    _lock: File,
}

/// Begins the log of a local run.
pub(crate) async fn logged(config: &mut Config) -> anyhow::Result<Telemetry> {
    if config.telemetry.log == "info" {
        // The progress bar says what a person wants to know; the log says what went wrong.
        "warn".clone_into(&mut config.telemetry.log);
    }
    Telemetry::start(&config.telemetry, "run").await
}

impl Desk {
    /// Takes the directory.
    pub(crate) fn open(local: cli::Local, mut config: Config) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&local.data)
            .with_context(|| format!("making {}", local.data.display()))?;
        let lock = lock(&local.data)?;
        let folders = Folders::of(&local.data)?;
        let cores = std::thread::available_parallelism()
            .map_or(1, |cores| u16::try_from(cores.get()).unwrap_or(1));
        config.worker.slots = local.workers.unwrap_or(cores);
        // Whoever waits for it is told soon, and goes on with the same command.
        config.coordinator.deliver_for = Duration::ZERO;
        config.worker.scratch = local.data.join("scratch");
        config.agent.scratch.clone_from(&config.worker.scratch);
        Ok(Self { local, config, folders, _lock: lock })
    }

    /// Where state is kept.
    pub(crate) fn data(&self) -> &Path {
        &self.local.data
    }

    /// Runs a definition to its end.
    pub(crate) async fn make(&mut self, work: Work) -> anyhow::Result<Ended> {
        let Work { name, definition, catalog, targets, base } = work;
        if let Err(fault) = deliver::refuse_foreign(&definition, &self.folders, &self.local.out) {
            return Ok(Ended::Refused(exit::bad_input("the output directory", &[fault])));
        }
        let (config, ground) = (&self.config, Ground::embedded(&self.local.data.join("store"))?);
        std::fs::create_dir_all(&config.worker.scratch)?;
        let keys = self.keys(&definition)?;
        let coordinator = ground.coordinator(config, &catalog, &targets);
        let coordinator = keys.iter().cloned().fold(coordinator, Coordinator::with_keys);
        let faults = coordinator.unknown(&definition);
        if !faults.is_empty() {
            return Ok(Ended::Refused(exit::bad_input(&name, &faults)));
        }
        let owner: Owner = OWNER.to_owned().try_into().context("the owner of local runs")?;
        let accepted = coordinator
            .adopt(&owner, definition.clone(), &begin::identity(&definition, &base))
            .await
            .map_err(|fault| compose::told(&fault))?;
        let id = match begin::begin(&coordinator, &ground, &owner, accepted.head.id).await? {
            Begun::At(id) => id,
            Begun::Made(id, outcome) => {
                return self.put_out(&ground, id, &definition, &outcome).await;
            }
        };
        let (worker, agent) =
            (ground.worker(config, &catalog)?, ground.agent(config, targets, &base, (None, None))?);
        let worker = keys.into_iter().fold(worker, Worker::with_keys);
        let (mut roles, told) = (JoinSet::new(), CancellationToken::new());
        let leading = coordinator.clone();
        let (one, two, three) = (told.clone(), told.clone(), told.clone());
        let stop = crate::command::stop_on_signal()?;
        roles.spawn(async move { leading.lead(one).await });
        roles.spawn(async move { worker.run(two).await });
        roles.spawn(async move { agent.run(three).await });
        let outcome = tokio::select! {
            outcome = Progress::new(&ground, id, self.local.json).follow() => outcome?,
            () = stop.cancelled() => {
                exit::say("interrupted; the same command goes on from here");
                told.cancel();
                return Ok(Ended::CutOff);
            }
            fault = coordinator.unwritten() => {
                exit::say(&format!("error: {}", exit::describe(&fault)));
                told.cancel();
                return Ok(Ended::CutOff);
            }
            Some(ended) = roles.join_next() => bail!("a role ended early: {ended:?}"),
        };
        told.cancel();
        while roles.join_next().await.is_some() {}
        tell(coordinator).await?;
        self.put_out(&ground, id, &definition, &outcome).await
    }

    /// What seals secret options of plugins here, where there may be some.
    fn keys(&self, definition: &Definition) -> anyhow::Result<Option<Keys>> {
        if definition.outputs.iter().all(|output| output.plugin_options.is_empty()) {
            return Ok(None);
        }
        let keys = Keys::read_or_make(&self.local.data.join("link.key"));
        Ok(Some(keys.context("the key for secret options")?))
    }

    /// Puts what was made where it is wanted.
    async fn put_out(
        &mut self,
        ground: &Ground,
        id: RunId,
        definition: &Definition,
        outcome: &Outcome,
    ) -> anyhow::Result<Ended> {
        let out = &self.local.out;
        let made = deliver::deliver(ground, id, &mut self.folders, out, outcome).await?;
        made.show(definition, outcome, self.local.json);
        let mut faults = outcome.faults.iter();
        let is_bad =
            !outcome.faults.is_empty() && faults.all(|failed| begin::is_mistake(&failed.fault));
        let exit = if is_bad { Exit::BadInput } else { Exit::of_run(outcome.state) };
        Ok(Ended::AtTheEnd { exit, goes_on: begin::may_go_on(outcome) })
    }
}

/// Tells webhooks that a run has ended. Who does not answer now is told by the next run here.
async fn tell(coordinator: Coordinator) -> anyhow::Result<()> {
    if let Err(error) = Sender::new(coordinator)?.send_due().await {
        exit::say(&format!("webhooks not told: {}", exit::describe(&error.fault())));
    }
    Ok(())
}

impl Ended {
    /// Whether the same command goes on with what is there.
    pub(crate) fn goes_on(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::CutOff => true,
            Self::AtTheEnd { goes_on, .. } => *goes_on,
        }
    }

    /// How the process ends, once what is recorded of it is sent.
    pub(crate) async fn told(self, telemetry: Telemetry) -> anyhow::Result<Exit> {
        match self {
            Self::Refused(exit) => Ok(exit),
            Self::CutOff => Ok(Exit::Failed),
            Self::AtTheEnd { exit, .. } => {
                telemetry.flush().await;
                Ok(exit)
            }
        }
    }
}

/// One process at a time works on a directory.
pub(crate) fn lock(data: &Path) -> anyhow::Result<File> {
    let path = data.join("lock");
    let file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
    file.try_lock().with_context(|| format!("another longshore works in {}", data.display()))?;
    Ok(file)
}
