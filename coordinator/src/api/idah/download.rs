//! `GET` and `HEAD` of `/exports/:id/download`: what an export made, whole or a part of it.

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::run::State as RunState;

use super::Door;
use super::shape::Made;
use super::trouble::Trouble;
use crate::api::content::Content;

/// Fetches what was made.
pub(super) async fn fetch(
    State(door): State<Door>,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<Response, Trouble> {
    let owner = door.caller(&parts).await?;
    let (head, _) = door.open(&owner, &id).await?;
    let run = RunId { export: head.id, run: head.run };
    is_there(door.api.coordinator.run_view(run).await?.state)?;
    let store = &door.api.coordinator.store;
    match door.made(run).await?.ok_or_else(Trouble::missing)? {
        Made::File(file) => {
            let open = async |range| file.read(store, range).await;
            let content = Content::of_file(&file);
            Ok(content.answer(&parts.method, &parts.headers, open).await?)
        }
        Made::Archive(volume) => {
            let open = async |range| store.read(&volume.key, range, None).await;
            let content = Content::of_volume(&volume);
            Ok(content.answer(&parts.method, &parts.headers, open).await?)
        }
    }
}

/// Refuses what is not there yet, or not any more.
fn is_there(state: RunState) -> Result<(), Fault> {
    match state {
        RunState::Done | RunState::DoneWithWarnings => Ok(()),
        RunState::New | RunState::Pending | RunState::Processing => {
            let fault = Fault::new(Code::Conflict, "the export has not ended yet");
            Err(fault.hint("look at its job until that is `completed`"))
        }
        RunState::Failed | RunState::Stopped => {
            let fault = Fault::new(Code::Conflict, "the export made no file");
            Err(fault.hint("its job says why"))
        }
        RunState::Expired => {
            let why = "the export has expired, and its files with it";
            Err(Fault::new(Code::NotFound, why).hint("make it again"))
        }
    }
}
