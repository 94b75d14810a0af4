//! Files to a server: the volumes of the archive, or each file of the tree, in the order of the result.

use futures::TryStreamExt;
use proto::archive::StepsDone;
use tokio::sync::Mutex;

use super::content::Content;
use super::server::{Ask, Server};
use crate::deliver::progress::Progress;
use crate::deliver::steps::Steps;
use crate::error::AgentError;
use crate::parcel::{Tally, parcels};

/// Sends every file that was not taken before; the tally of all.
pub(super) async fn send(server: &Server<'_>, steps: &mut Steps<'_>) -> Result<Tally, AgentError> {
    let delivery = server.delivery();
    let mut files = parcels(&delivery.agent.store, delivery.run, delivery.archive);
    let (mut tally, progress) = (Tally::default(), Mutex::new(Progress::new(delivery)));
    let mut number = 0;
    while let Some(file) = files.try_next().await? {
        number += 1;
        if number > steps.done().sent {
            let ask = Ask { number, path: &file.path };
            server.send(steps, &ask, &Content::File(&file), &progress).await?;
            let answer = server.answer().await;
            steps.step(StepsDone { sent: number, answer, ..StepsDone::default() }).await?;
        }
        tally.add(&file);
        progress.lock().await.add(file.size).await;
    }
    Ok(tally)
}
