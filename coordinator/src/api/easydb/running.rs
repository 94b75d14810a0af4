//! Starting and stopping.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use fabric::record;
use proto::fault::Code;
use proto::id::RunId;
use proto::key::Key;
use proto::run::Head;

use super::Dialect;
use super::exports::answer;
use super::kept::Theirs;
use super::shape::Format;
use super::state::{Standing, state};
use super::trouble::Trouble;

/// How long whoever stops a run waits for its end, as fylr does.
const PATIENCE: Duration = Duration::from_secs(4);

/// How often it is looked for.
const PAUSE: Duration = Duration::from_millis(50);

/// Starts a run, or takes the one that began by itself for it.
pub(super) async fn start(
    State(dialect): State<Dialect>,
    Theirs { asker, known }: Theirs,
) -> Result<Response, Trouble> {
    let started = dialect.api.coordinator.start_or_adopt(&asker.owner, known.head.id).await;
    match started {
        Ok(_) => {}
        Err(fault) if fault.code == Code::Conflict => return Err(Trouble::AlreadyRunning),
        Err(fault) => return Err(fault.into()),
    }
    answer(&dialect, &known.again(&dialect).await?, asker.product, Format::Long).await
}

/// Stops the run under way, and waits a while for its end.
pub(super) async fn stop(
    State(dialect): State<Dialect>,
    Theirs { asker, known }: Theirs,
) -> Result<Response, Trouble> {
    let standing = Standing::of(&dialect, &known.head).await?;
    if !standing.as_ref().is_some_and(Standing::is_under_way) {
        let state = state(&known.head, standing.as_ref(), asker.product);
        return Err(Trouble::NotRunning { state });
    }
    halt(&dialect, &known.head).await?;
    answer(&dialect, &known, asker.product, Format::Long).await
}

/// Stops the run of an export where one is under way, and waits for its end.
pub(super) async fn halt(dialect: &Dialect, head: &Head) -> Result<(), Trouble> {
    let coordinator = &dialect.api.coordinator;
    match coordinator.stop(&head.owner, head.id).await {
        Ok(()) => {}
        // It has ended meanwhile, or none is there.
        Err(fault) if fault.code == Code::Conflict => return Ok(()),
        Err(fault) => return Err(fault.into()),
    }
    // It goes once the end is in the log.
    let open = Key::open(RunId { export: head.id, run: head.run });
    let ended = async {
        while record::exists(&*coordinator.store, &open).await? {
            tokio::time::sleep(PAUSE).await;
        }
        Ok::<(), Trouble>(())
    };
    tokio::time::timeout(PATIENCE, ended).await.map_err(|_| Trouble::NotStopped)?
}
