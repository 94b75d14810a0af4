//! Runs of an export.

use axum::Json;
use axum::extract::State as Shared;
use proto::fault::{Code, Fault};
use proto::id::{ExportId, Owner, RunId};
use proto::run::State;

use super::Api;
use super::ask::At;
use super::caller::Caller;
use super::problem::{Problem, Refusal};
use super::shape::Run;
use crate::service::RunView;

/// Shows a run: how far it is, how it ended, what can be downloaded.
#[utoipa::path(get, path = "/exports/{export}/runs/{run}", operation_id = "show_run", tag = "runs", security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export"),
           ("run" = u32, Path, description = "Which of its runs, from 1")),
    responses((status = 200, description = "The run", body = Run),
              (status = 404, description = "There is none, or it is somebody else's", body = Problem)))]
pub(super) async fn get(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At((export, run)): At<(ExportId, u32)>,
) -> Result<Json<Run>, Refusal> {
    let view = owned(&api, &owner, RunId { export, run }).await?;
    Ok(Json(Run::of(&api, view).await?))
}

/// A run of an export that is the owner's.
pub(super) async fn owned(api: &Api, owner: &Owner, run: RunId) -> Result<RunView, Refusal> {
    let head = api.coordinator.head(owner, run.export).await?;
    if !(1..=head.run).contains(&run.run) {
        return Err(Fault::new(Code::NotFound, "there is no such run").into());
    }
    Ok(api.coordinator.run_view(run).await?)
}

/// A run of whose result at least one transport has delivered: it is there, whole and checked.
pub(super) fn whole(view: RunView) -> Result<RunView, Refusal> {
    if view.transports.iter().any(|shown| shown.delivery.is_done()) {
        return Ok(view);
    }
    match view.state {
        State::Done | State::DoneWithWarnings => Ok(view),
        State::Expired => {
            Err(Fault::new(Code::NotFound, "the run has expired, and its files with it")
                .hint("start the export again")
                .into())
        }
        State::New | State::Pending | State::Processing => {
            Err(Fault::new(Code::Conflict, "nothing of the run is delivered yet")
                .hint("follow its events until a transport has delivered")
                .into())
        }
        State::Failed | State::Stopped => Err(Fault::new(
            Code::Conflict,
            format!("the run is {}; it has no files", view.state.as_str()),
        )
        .hint("retry the export")
        .into()),
    }
}
