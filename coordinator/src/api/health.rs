//! Health: whether the process lives, and whether what it stands on answers.

use std::time::Duration;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use fabric::record;
use proto::id::ExportId;
use proto::key::Key;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;

/// How long each backend may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which backends answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Readiness {
    /// Whether objects can be read.
    store: Answer,
    /// Whether messages can be handed over.
    queue: Answer,
    /// Whether progress can be shown. Exports run without it.
    board: Answer,
}

/// Whether a backend answers; why not is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// It does.
    Ok,
    /// It does not, or not in time.
    Failing,
}

/// Says that the process lives.
#[utoipa::path(get, path = "/health/live", operation_id = "is_live", tag = "health",
    responses((status = 200, description = "It does")))]
pub(super) async fn live() -> StatusCode {
    StatusCode::OK
}

/// Says whether requests can be answered, and which backend keeps from it.
#[utoipa::path(get, path = "/health/ready", operation_id = "is_ready", tag = "health",
    responses((status = 200, description = "Every backend answers", body = Readiness),
              (status = 503, description = "One does not", body = Readiness)))]
pub(super) async fn ready(Shared(api): Shared<Api>) -> (StatusCode, Json<Readiness>) {
    let coordinator = &api.coordinator;
    // An id that is never given; whether it is there does not matter.
    let probe = Key::head(ExportId(Uuid::nil()));
    let (store, queue, board) = tokio::join!(
        answer("store", record::exists(&*coordinator.store, &probe)),
        answer("queue", coordinator.queue.ping()),
        answer("board", coordinator.board.is_complete()),
    );
    let readiness = Readiness { store, queue, board };
    let is_ready = [store, queue, board].iter().all(|answer| *answer == Answer::Ok);
    (if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(readiness))
}

async fn answer<T, E: std::error::Error + 'static>(
    backend: &'static str,
    asked: impl Future<Output = Result<T, E>>,
) -> Answer {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(_)) => Answer::Ok,
        Ok(Err(error)) => {
            tracing::warn!(backend, error = &error as &dyn std::error::Error, "backend failing");
            Answer::Failing
        }
        Err(_) => {
            tracing::warn!(backend, "backend does not answer in time");
            Answer::Failing
        }
    }
}
