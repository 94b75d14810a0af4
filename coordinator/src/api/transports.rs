//! Transports of a run: how far each is, what it handed over, and another try for one that failed.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use jiff::Timestamp;
use proto::archive;
use proto::delivery::{Delivery, Entry, Moved};
use proto::fault::Fault;
use proto::id::{ExportId, RunId};
use proto::run::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::ask::At;
use super::caller::Caller;
use super::problem::{Problem, Refusal};
use super::shape::Run;
use crate::service::TransportView;

/// A transport of a run. Each goes its own way: one that fails stops no other.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "a transport's place is called so everywhere")]
pub(super) struct Transport {
    /// Its place in the definition, from 0.
    transport: u32,
    /// Which transport it is, as definitions name it.
    #[serde(rename = "type")]
    kind: &'static str,
    /// How the result is packed, as definitions name it.
    #[schema(value_type = String)]
    packer: serde_json::Value,
    /// How far it is: `new` until every batch is finished, `pending` while it waits for an agent or
    /// for another try.
    state: State,
    /// Which try of what it is at, joining or handing over; 0 before the first.
    attempts: u32,
    /// Why the last try failed.
    fault: Option<Fault>,
    /// How much is on the other side, where the delivery tells.
    moved: Option<Moved>,
    /// What happened, the last 100 steps in order.
    log: Vec<Entry>,
    /// To whom it was handed over.
    receipts: Vec<Receipt>,
    /// Whom it did not reach while it reached others.
    unreached: Vec<Unreached>,
}

/// What a recipient got, once and for all.
#[derive(Debug, Serialize, ToSchema)]
struct Receipt {
    /// To whom.
    recipient: String,
    /// When.
    at: Timestamp,
    /// What: the volumes; none where nothing is packed.
    volumes: Vec<Volume>,
    /// Where it went, and what the other side said; nothing where it stays here for whoever has a link.
    delivered: Option<Delivered>,
}

/// What is on the other side.
#[derive(Debug, Serialize, ToSchema)]
struct Delivered {
    /// Where, without anything secret.
    place: String,
    /// How many files there are.
    files: u64,
    /// Their length in bytes.
    bytes: u64,
    /// SHA-256 in hexadecimal, of a line for each file: its CRC-32, its length and its path.
    digest: String,
    /// How many bytes passed through the agent; null where nobody counted, which means all.
    moved: Option<u64>,
    /// What the other side said at the end; empty where it says nothing.
    answer: String,
}

/// A volume that was handed over.
#[derive(Debug, Serialize, ToSchema)]
struct Volume {
    /// The file's name.
    name: String,
    /// Its length in bytes.
    len: u64,
    /// CRC-32 of it, as 8 hexadecimal digits.
    crc32: String,
    /// SHA-256 of it in hexadecimal, where it is known.
    sha256: Option<String>,
}

/// A recipient that got nothing while others did.
#[derive(Debug, Serialize, ToSchema)]
struct Unreached {
    /// Who, as the definition names them.
    recipient: String,
    /// Why.
    fault: Fault,
}

impl Transport {
    pub(super) fn of(place: u32, view: TransportView) -> Self {
        let TransportView { transport, delivery, moved, receipts, unreached } = view;
        let Delivery { state, attempts, fault, log } = delivery;
        Self {
            transport: place,
            kind: transport.kind().as_str(),
            packer: serde_json::json!(transport.packer()),
            state,
            attempts,
            fault,
            moved,
            log,
            receipts: receipts.into_iter().map(Receipt::of).collect(),
            unreached: unreached
                .into_iter()
                .map(|archive::Unreached { recipient, fault }| Unreached { recipient, fault })
                .collect(),
        }
    }
}

impl Receipt {
    fn of(receipt: archive::Receipt) -> Self {
        let volumes = receipt.volumes.into_iter().map(|volume| Volume {
            name: volume.name,
            len: volume.len,
            crc32: format!("{:08x}", volume.crc32),
            sha256: volume.sha256,
        });
        Self {
            recipient: receipt.recipient,
            at: receipt.at,
            volumes: volumes.collect(),
            delivered: receipt.delivered.map(
                |archive::Delivered { place, files, bytes, digest, moved, answer }| Delivered {
                    place,
                    files,
                    bytes,
                    digest,
                    moved,
                    answer,
                },
            ),
        }
    }
}

/// Tries a transport again that failed, or waits for its next try, and nothing else: no batch is done
/// again, and who has a receipt gets nothing again. The others may be under way.
#[utoipa::path(post, path = "/exports/{export}/runs/{run}/transports/{transport}/retry",
    operation_id = "retry_transport", tag = "runs", security(("token" = [])),
    params(("export" = Uuid, Path, description = "The export"),
           ("run" = u32, Path, description = "Its last run"),
           ("transport" = u32, Path, description = "The transport's place in the definition, from 0")),
    responses((status = 202, description = "It goes on", body = Run),
              (status = 404, description = "There is no such export, run or transport", body = Problem),
              (status = 409, description = "The transport neither failed nor waits, or a later run has begun", body = Problem)))]
pub(super) async fn retry(
    Caller(owner): Caller,
    Shared(api): Shared<Api>,
    At((export, run, transport)): At<(ExportId, u32, u32)>,
) -> Result<(StatusCode, Json<Run>), Refusal> {
    let run = RunId { export, run };
    api.coordinator.retry_transport(&owner, run, transport).await?;
    let view = api.coordinator.run_view(run).await?;
    Ok((StatusCode::ACCEPTED, Json(Run::of(&api, view).await?)))
}
