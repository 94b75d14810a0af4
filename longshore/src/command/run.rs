//! `run`: a whole export in this process. All three roles work over a directory; a run that was cut
//! off goes on where it ended.

mod folders;
mod deliver;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use coordinator::notify::Sender;
use fabric::record;
use proto::definition::Definition;
use proto::digest::hex;
use proto::fault::{Code, Fault};
use proto::id::{ExportId, Owner, RunId};
use proto::key::Key;
use proto::run::{Extent, Outcome, State};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::folders::Folders;
use super::definition;
use super::progress::Progress;
use crate::cli;
use crate::compose::{self, Ground};
use crate::config::Config;
use crate::exit::{self, Exit};
use crate::telemetry::Telemetry;

/// Whose the exports of this command are.
const OWNER: &str = "local";

/// Runs a definition to its end.
pub(crate) async fn run(args: cli::Run, mut config: Config) -> anyhow::Result<Exit> {
    let text = definition::read(&args.definition);
    let definition = match text.and_then(|text| Definition::parse(&text)) {
        Ok(definition) => definition,
        Err(faults) => return Ok(exit::bad_input(&args.definition.display().to_string(), &faults)),
    };
    if config.telemetry.log == "info" {
        // The progress bar says what a person wants to know; the log says what went wrong.
        "warn".clone_into(&mut config.telemetry.log);
    }
    let telemetry = Telemetry::start(&config.telemetry, "run").await?;
    let base = args.definition.canonicalize()?.parent().map(Path::to_owned).unwrap_or_default();
    let mut sources: BTreeMap<_, _> = config.sources.clone();
    sources.extend(definition.sources.clone());
    let mut targets: BTreeMap<_, _> = config.targets.clone();
    targets.extend(definition.targets.clone());
    let catalog = match compose::catalog(&config, &sources, &base) {
        Ok(catalog) => catalog,
        Err(faults) => return Ok(exit::bad_input("the sources", &faults)),
    };
    std::fs::create_dir_all(&args.data)
        .with_context(|| format!("making {}", args.data.display()))?;
    let _lock = lock(&args.data)?;
    let mut folders = Folders::of(&args.data)?;
    if let Err(fault) = deliver::refuse_foreign(&definition, &folders, &args.out) {
        return Ok(exit::bad_input("the output directory", &[fault]));
    }
    let ground = Ground::embedded(&args.data.join("store"))?;
    let cores = std::thread::available_parallelism()
        .map_or(1, |cores| u16::try_from(cores.get()).unwrap_or(1));
    config.worker.slots = args.workers.unwrap_or(cores);
    // Whoever waits for it is told soon, and goes on with the same command.
    config.coordinator.deliver_for = Duration::ZERO;
    config.worker.scratch = args.data.join("scratch");
    config.agent.scratch.clone_from(&config.worker.scratch);
    std::fs::create_dir_all(&config.worker.scratch)?;

    let coordinator = ground.coordinator(&config, &catalog, &targets);
    let faults = coordinator.unknown(&definition);
    if !faults.is_empty() {
        return Ok(exit::bad_input(&args.definition.display().to_string(), &faults));
    }
    let owner: Owner = OWNER.to_owned().try_into().context("the owner of local runs")?;
    let accepted = coordinator
        .adopt(&owner, definition.clone(), &identity(&definition, &base))
        .await
        .map_err(|fault| compose::told(&fault))?;
    let export = accepted.head.id;
    let id = match begin(&coordinator, &ground, &owner, export).await? {
        Begun::At(id) => id,
        Begun::Made(id, outcome) => {
            let made = deliver::deliver(&ground, id, &mut folders, &args.out, &outcome).await?;
            made.show(&definition, &outcome, args.json);
            return Ok(Exit::of_run(outcome.state));
        }
    };

    let stop = super::stop_on_signal()?;
    let mut roles = JoinSet::new();
    let (leading, working) = (coordinator.clone(), ground.worker(&config, &catalog)?);
    let (agent, told) =
        (ground.agent(&config, targets, &base, (None, None))?, CancellationToken::new());
    let (one, two, three) = (told.clone(), told.clone(), told.clone());
    roles.spawn(async move { leading.lead(one).await });
    roles.spawn(async move { working.run(two).await });
    roles.spawn(async move { agent.run(three).await });
    let outcome = tokio::select! {
        outcome = Progress::new(&ground, id, args.json).follow() => outcome?,
        () = stop.cancelled() => {
            exit::say("interrupted; the same command goes on from here");
            told.cancel();
            return Ok(Exit::Failed);
        }
        fault = coordinator.unwritten() => {
            exit::say(&format!("error: {}", exit::describe(&fault)));
            told.cancel();
            return Ok(Exit::Failed);
        }
        Some(ended) = roles.join_next() => bail!("a role ended early: {ended:?}"),
    };
    told.cancel();
    while roles.join_next().await.is_some() {}
    // Who does not answer now is told by the next run here.
    if let Err(error) = Sender::new(coordinator)?.send_due().await {
        exit::say(&format!("webhooks not told: {}", exit::describe(&error.fault())));
    }
    let made = deliver::deliver(&ground, id, &mut folders, &args.out, &outcome).await?;
    made.show(&definition, &outcome, args.json);
    telemetry.flush().await;
    let is_bad =
        !outcome.faults.is_empty() && outcome.faults.iter().all(|failed| is_mistake(&failed.fault));
    Ok(if is_bad { Exit::BadInput } else { Exit::of_run(outcome.state) })
}

/// One process at a time works on a directory.
pub(super) fn lock(data: &Path) -> anyhow::Result<File> {
    let path = data.join("lock");
    let file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
    file.try_lock().with_context(|| format!("another longshore works in {}", data.display()))?;
    Ok(file)
}

/// The export of a definition at a place: the same definition there is the same export, so that a run
/// that was cut off is found again.
fn identity(definition: &Definition, base: &Path) -> String {
    let mut digest = Sha256::new();
    digest.update(record::encode(definition));
    digest.update([0]);
    digest.update(base.as_os_str().as_encoded_bytes());
    hex(&digest.finalize())
}

/// Where a command begins.
enum Begun {
    /// With work on a run.
    At(RunId),
    /// With a run that was made, and cut off before all of it was in the output directory.
    Made(RunId, Outcome),
}

/// The run to follow: the one that was cut off, the one that failed for a passing reason, or a new
/// one.
async fn begin(
    coordinator: &coordinator::Coordinator,
    ground: &Ground,
    owner: &Owner,
    export: ExportId,
) -> anyhow::Result<Begun> {
    let head = coordinator.head(owner, export).await.map_err(|fault| compose::told(&fault))?;
    let last = RunId { export, run: head.run };
    if head.run > 0 {
        let started = coordinator.has_begun(&head).await?;
        let outcome: Option<Outcome> = record::find(&*ground.store, &Key::outcome(last)).await?;
        match outcome {
            None if started => {
                record::create(&*ground.store, &Key::open(last), &()).await?;
                exit::say("going on with the run that was cut off");
                return Ok(Begun::At(last));
            }
            Some(outcome) if may_go_on(&outcome) => {
                exit::say("going on with the run that failed");
                let retried = coordinator.retry(owner, export).await;
                return retried.map(Begun::At).map_err(|fault| compose::told(&fault));
            }
            // A new run of what is exported incrementally would leave out what this one has.
            Some(outcome) if deliver::is_left(&*ground.store, last, &outcome).await? => {
                exit::say("going on with the run that was cut off");
                return Ok(Begun::Made(last, outcome));
            }
            _ => {}
        }
    }
    let started = coordinator.start(owner, export, Extent::Changes).await;
    started.map(Begun::At).map_err(|fault| compose::told(&fault))
}

/// Whether a fault is a mistake of the definition that only the source could find.
fn is_mistake(fault: &Fault) -> bool {
    matches!(fault.code, Code::UnknownSource | Code::UnknownSourceField)
}

/// Whether a run failed for a reason that passes or lies outside, so that what is finished still holds.
fn may_go_on(outcome: &Outcome) -> bool {
    let passes = |fault: &Fault| {
        matches!(
            fault.code,
            Code::AttemptsExhausted
                | Code::DiskFull
                | Code::StoreUnavailable
                | Code::TargetUnavailable
                | Code::TargetRefused
                | Code::TargetFull
                | Code::TargetUntrusted
                | Code::TargetDamaged
        )
    };
    match outcome.state {
        State::Stopped => true,
        // A transport is tried again alone: every batch is finished.
        State::Failed => {
            outcome.faults.iter().all(|failed| failed.transport.is_some() || passes(&failed.fault))
        }
        State::New
        | State::Pending
        | State::Processing
        | State::Done
        | State::DoneWithWarnings
        | State::Expired => false,
    }
}

/// A path for people.
pub(super) fn shown(path: &Path) -> String {
    path.canonicalize().unwrap_or_else(|_| PathBuf::from(path)).display().to_string()
}
