//! Parked messages: what was set aside for a person to look at. For administrators.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use fabric::queue::{self, Release};
use proto::fault::{Code, Fault};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::ask::{Asked, At, limit};
use super::caller::Admin;
use super::problem::{Problem, Refusal};

/// How many are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct First {
    /// At most so many, 1 to 200; 50 unless given.
    limit: Option<usize>,
}

/// A message that was set aside.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Parked {
    /// What it is called by.
    id: String,
    /// The lane it came from.
    lane: &'static str,
    /// Why it was set aside.
    fault: Fault,
    /// The message; text where it is no JSON.
    #[schema(value_type = Object)]
    message: serde_json::Value,
}

/// The first parked messages.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Messages {
    /// The messages.
    parked: Vec<Parked>,
}

/// Lists the first parked messages.
#[utoipa::path(get, path = "/parked", operation_id = "list_parked", tag = "parked", security(("token" = [])), params(First),
    responses((status = 200, description = "The messages", body = Messages),
              (status = 404, description = "The token is not an administrator's", body = Problem)))]
pub(super) async fn list(
    _: Admin,
    Shared(api): Shared<Api>,
    Asked(first): Asked<First>,
) -> Result<Json<Messages>, Refusal> {
    let parked = api.coordinator.queue.parked(limit(first.limit)?).await?;
    Ok(Json(Messages { parked: parked.into_iter().map(shape).collect() }))
}

fn shape(parked: queue::Parked) -> Parked {
    let queue::Parked { id, lane, body, fault } = parked;
    let message = serde_json::from_slice(&body)
        .unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into());
    Parked { id, lane: lane.as_str(), fault, message }
}

/// Hands a parked message over again.
#[utoipa::path(post, path = "/parked/{id}/retry", operation_id = "retry_parked", tag = "parked", security(("token" = [])),
    params(("id" = String, Path, description = "The message")),
    responses((status = 204, description = "It is back in its lane"),
              (status = 404, description = "There is none, or the token is not an administrator's", body = Problem)))]
pub(super) async fn retry(
    _: Admin,
    Shared(api): Shared<Api>,
    At(id): At<String>,
) -> Result<StatusCode, Refusal> {
    settle(&api, &id, Release::Retry).await
}

/// Deletes a parked message.
#[utoipa::path(delete, path = "/parked/{id}", operation_id = "discard_parked", tag = "parked", security(("token" = [])),
    params(("id" = String, Path, description = "The message")),
    responses((status = 204, description = "It is deleted"),
              (status = 404, description = "There is none, or the token is not an administrator's", body = Problem)))]
pub(super) async fn discard(
    _: Admin,
    Shared(api): Shared<Api>,
    At(id): At<String>,
) -> Result<StatusCode, Refusal> {
    settle(&api, &id, Release::Discard).await
}

async fn settle(api: &Api, id: &str, release: Release) -> Result<StatusCode, Refusal> {
    if api.coordinator.queue.settle_parked(id, release).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Fault::new(Code::NotFound, "there is no such message").into())
}
