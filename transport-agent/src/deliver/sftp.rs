//! SFTP: volumes or the tree go behind an ssh server by OpenSSH's own program `sftp`, so that keys, known
//! hosts and ciphers are those that the operator knows, kept up to date with the system.
//!
//! Files wait in the scratch directory a batch at a time, as for rsync, under numbers, so that no name of
//! theirs stands where the program would look for patterns. Each is sent under a name of its own for this
//! delivery and renamed when it is whole. What has arrived is written down after each batch; a volume that
//! was cut off goes on where it was.

mod commands;
mod listing;
mod reading;
mod session;

use std::collections::HashMap;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use proto::archive::{StepsDone, Unreached};
use proto::definition::{Transport, TransportKind};
use proto::target::TargetSpec;

use self::session::Session;
use super::progress::Progress;
use super::staging::{Naming, Staging};
use super::steps::Steps;
use super::{Deliver, Delivery, DeliveryError, TARGET};
use crate::error::AgentError;
use crate::parcel::{Tally, parcels};

pub(super) struct Sftp;

#[async_trait]
impl Deliver for Sftp {
    fn kind(&self) -> TransportKind {
        TransportKind::Sftp
    }

    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Vec<Unreached>, AgentError> {
        let Transport::Sftp(wanted) = delivery.transport else {
            return Err(AgentError::NotPlanned { transport: delivery.archive.transport });
        };
        if delivery.is_done(TARGET).await? {
            return Ok(Vec::new());
        }
        let Delivery { agent, run, archive, .. } = delivery;
        let TargetSpec::Sftp(target) = agent.targets.get(&wanted.target)? else {
            return Err(DeliveryError::other_kind(&wanted.target).into());
        };
        let session = Session::new(delivery, target, wanted)?;
        let staging = delivery.staging(Naming::Numbers).await?;
        let mut steps = Steps::read(delivery).await?;
        let (mut tally, mut progress) = (Tally::default(), Progress::new(delivery));
        let mut waiting = parcels(&agent.store, *run, archive).peekable();
        let mut sent = arrived(&session, &staging, &steps).await?;
        for _ in 0..sent {
            let Some(parcel) = waiting.try_next().await? else { break };
            tally.add(&parcel);
            progress.add(parcel.size).await;
        }
        while let Some(batch) = staging.next(&mut waiting, &mut tally).await? {
            let begun = if archive.volumes.is_empty() {
                HashMap::new()
            } else {
                session.begun(batch.folder.path()).await?
            };
            session.send(&batch, sent, &begun, &mut progress).await?;
            sent += batch.files.len() as u64;
            progress.add(batch.bytes).await;
            steps.step(StepsDone { sent, ..StepsDone::default() }).await?;
        }
        let delivered = tally.delivered(session.place(), String::new());
        delivery.done(TARGET, &wanted.target, Some(delivered)).await?;
        Ok(Vec::new())
    }
}

/// How many files need not be sent again: those that were noted, if the last of them is still there, for
/// a server may have been set up anew before a delivery is tried again.
async fn arrived(
    session: &Session<'_>,
    staging: &Staging<'_>,
    steps: &Steps<'_>,
) -> Result<u64, AgentError> {
    let Some(last) = steps.last_file().await? else { return Ok(0) };
    let is_there = session.has(staging.folder()?.path(), &last).await?;
    Ok(if is_there { steps.done().sent } else { 0 })
}
