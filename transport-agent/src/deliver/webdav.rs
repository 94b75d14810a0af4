//! WebDAV: volumes or the tree become files of a folder on a web server.
//!
//! Each file is put under a name of its own for this delivery and moved to its place when it is whole, so
//! that nobody sees half of one. What has arrived is written down after each file. The protocol has no way
//! to go on within a file: one that was cut off is put again.

mod server;
mod requests;
mod properties;

use async_trait::async_trait;
use futures::TryStreamExt;
use proto::archive::{StepsDone, Unreached};
use proto::definition::{Transport, TransportKind};
use proto::target::TargetSpec;
use tokio::sync::Mutex;

use self::server::Server;
use super::progress::Progress;
use super::steps::Steps;
use super::{Deliver, Delivery, DeliveryError, TARGET};
use crate::error::AgentError;
use crate::parcel::{Tally, parcels};

pub(super) struct Webdav;

#[async_trait]
impl Deliver for Webdav {
    fn kind(&self) -> TransportKind {
        TransportKind::Webdav
    }

    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Vec<Unreached>, AgentError> {
        let Transport::Webdav(wanted) = delivery.transport else {
            return Err(AgentError::NotPlanned { transport: delivery.archive.transport });
        };
        if delivery.is_done(TARGET).await? {
            return Ok(Vec::new());
        }
        let Delivery { agent, run, archive, .. } = delivery;
        let place = delivery.place(&wanted.target).await?;
        let TargetSpec::Webdav(target) = place.spec() else {
            return Err(DeliveryError::other_kind(&wanted.target).into());
        };
        let mut server = Server::open(delivery, (target, place.given()), wanted)?;
        let mut steps = Steps::read(delivery).await?;
        // The server may have been set up anew before the delivery is tried again.
        let arrived = match steps.last_file().await? {
            Some(last) if server.has(&mut steps, &last).await? => steps.done().sent,
            Some(_) | None => 0,
        };
        let (mut tally, progress) = (Tally::default(), Mutex::new(Progress::new(delivery)));
        let mut files = parcels(&agent.store, *run, archive);
        let (mut number, mut answer) = (0, steps.done().answer.clone());
        while let Some(file) = files.try_next().await? {
            number += 1;
            if number > arrived {
                answer = server.send(&mut steps, number, &file, &progress).await?;
                let done =
                    StepsDone { sent: number, answer: answer.clone(), ..StepsDone::default() };
                steps.step(done).await?;
            }
            tally.add(&file);
            progress.lock().await.add(file.size).await;
        }
        let delivered = tally.delivered(server.place(), answer);
        delivery.done(TARGET, &wanted.target, Some(delivered)).await?;
        Ok(Vec::new())
    }
}
