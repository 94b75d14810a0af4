//! How much there is to do, for what decides how many workers and agents there are. For administrators.

use axum::Json;
use axum::extract::State as Shared;
use fabric::board::LaneLoad;
use fabric::queue::Lane;
use proto::fault::{Code, Fault};
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::caller::Admin;
use super::problem::{Problem, Refusal};

/// How much there is to do in each lane.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Scaling {
    /// For workers.
    batches: Load,
    /// Archives to join, for agents.
    assemblies: Load,
    /// Archives to hand over, for agents.
    deliveries: Load,
}

/// How much there is to do in a lane, in tasks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Load {
    /// What is not finished, whether or not it was handed out yet: what to scale by.
    outstanding: u64,
    /// What of it was handed out and has not been heard of.
    under_way: u64,
    /// What of that nobody has taken yet.
    waiting: u64,
}

/// Tells how much there is to do, as who leads counted it last. Any coordinator answers.
#[utoipa::path(get, path = "/scaling", operation_id = "get_scaling", tag = "scaling", security(("token" = [])),
    responses((status = 200, description = "What there is to do", body = Scaling),
              (status = 404, description = "The token is not an administrator's", body = Problem),
              (status = 503, description = "Nobody has counted for a minute: keep as many as there are", body = Problem)))]
pub(super) async fn get(_: Admin, Shared(api): Shared<Api>) -> Result<Json<Scaling>, Refusal> {
    let Some(workload) = api.coordinator.board.workload().await? else {
        return Err(Fault::new(Code::BoardUnavailable, "nobody leads, or not for long").into());
    };
    Ok(Json(Scaling {
        batches: load(&api, Lane::Batches, workload.batches).await?,
        assemblies: load(&api, Lane::Assemblies, workload.assemblies).await?,
        deliveries: load(&api, Lane::Deliveries, workload.deliveries).await?,
    }))
}

async fn load(api: &Api, lane: Lane, counted: LaneLoad) -> Result<Load, Refusal> {
    let LaneLoad { outstanding, under_way } = counted;
    let waiting = api.coordinator.queue.depth(lane).await?;
    Ok(Load { outstanding, under_way, waiting })
}
