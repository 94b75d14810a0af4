//! FTP: volumes or the tree become files of a folder on an FTP server, by TLS unless the operator does
//! without.
//!
//! Each file is sent under a name of its own for this delivery and renamed when it is there with its
//! length, so that nobody sees half of one. What has arrived is written down after each file; a file that
//! was cut off goes on where it was, if the server tells how far that is.

mod session;
mod put;
mod connection;
mod dial;
mod silence;
mod reply;

use async_trait::async_trait;
use futures::TryStreamExt;
use proto::archive::{StepsDone, Unreached};
use proto::definition::{Transport, TransportKind};
use proto::target::TargetSpec;

use self::session::Session;
use super::progress::Progress;
use super::steps::Steps;
use super::{Deliver, Delivery, DeliveryError, TARGET};
use crate::error::AgentError;
use crate::parcel::{Tally, parcels};

pub(super) struct Ftp;

#[async_trait]
impl Deliver for Ftp {
    fn kind(&self) -> TransportKind {
        TransportKind::Ftp
    }

    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Vec<Unreached>, AgentError> {
        let Transport::Ftp(wanted) = delivery.transport else {
            return Err(AgentError::NotPlanned { transport: delivery.archive.transport });
        };
        if delivery.is_done(TARGET).await? {
            return Ok(Vec::new());
        }
        let Delivery { agent, run, archive, .. } = delivery;
        let place = delivery.place(&wanted.target).await?;
        let TargetSpec::Ftp(target) = place.spec() else {
            return Err(DeliveryError::other_kind(&wanted.target).into());
        };
        let password = place.password(&target.password_file)?;
        let mut session = Session::open(delivery, target, wanted, &password).await?;
        let mut steps = Steps::read(delivery).await?;
        // The server may have been set up anew before the delivery is tried again.
        let arrived = match steps.last_file().await? {
            Some(last) if session.has(&last).await? => steps.done().sent,
            Some(_) | None => 0,
        };
        let (mut tally, mut progress) = (Tally::default(), Progress::new(delivery));
        let mut files = parcels(&agent.store, *run, archive);
        let (mut number, mut answer) = (0, steps.done().answer.clone());
        while let Some(file) = files.try_next().await? {
            number += 1;
            if number > arrived {
                answer = session.send(number, &file, &mut progress).await?;
                let done =
                    StepsDone { sent: number, answer: answer.clone(), ..StepsDone::default() };
                steps.step(done).await?;
            } else {
                session.stay().await?;
            }
            tally.add(&file);
            progress.add(file.size).await;
        }
        let delivered = tally.delivered(session.place(), answer);
        session.end().await;
        delivery.done(TARGET, &wanted.target, Some(delivered)).await?;
        Ok(Vec::new())
    }
}
