//! rsync: the result goes where the program rsync can write, volumes or the tree.
//!
//! rsync reads files, so they are laid down in the scratch directory a batch at a time, each batch sent
//! and taken away before the next. Sent again, files that are there are passed over by length and time,
//! for all have the time their run began; one that was cut off goes on where it was.

mod program;
mod version;
mod arguments;
mod destination;

use async_trait::async_trait;
use fabric::store::StoreError;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, future};
use proto::archive::Unreached;
use proto::definition::{self, Transport, TransportKind};
use proto::exclusion::Exclusion;
use proto::target::TargetSpec;

use self::program::Program;
use super::progress::Progress;
use super::staging::Naming;
use super::{Deliver, Delivery, DeliveryError, TARGET};
use crate::error::AgentError;
use crate::parcel::{Parcel, Tally, parcels};

pub(super) struct Rsync;

#[async_trait]
impl Deliver for Rsync {
    fn kind(&self) -> TransportKind {
        TransportKind::Rsync
    }

    async fn len_bytes(&self, delivery: &Delivery<'_>) -> Result<Option<u64>, AgentError> {
        let Transport::Rsync(wanted) = delivery.transport else {
            return Err(AgentError::NotPlanned { transport: delivery.archive.transport });
        };
        let excluded = exclusions(wanted)?;
        // What is there already is not counted again.
        if excluded.is_empty() || delivery.is_done(TARGET).await? {
            return Ok(Some(delivery.archive.len_bytes()));
        }
        let sizes = kept(delivery, &excluded).map_ok(|parcel| parcel.size);
        Ok(Some(sizes.try_fold(0, |sum, size| future::ok(sum + size)).await?))
    }

    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Vec<Unreached>, AgentError> {
        let Transport::Rsync(wanted) = delivery.transport else {
            return Err(AgentError::NotPlanned { transport: delivery.archive.transport });
        };
        if delivery.is_done(TARGET).await? {
            return Ok(Vec::new());
        }
        let agent = delivery.agent;
        let TargetSpec::Rsync(target) = agent.targets.get(&wanted.target)? else {
            return Err(DeliveryError::other_kind(&wanted.target).into());
        };
        let key = key(delivery);
        let program = Program::new(&agent.targets, target, wanted, key).await?;
        let staging = delivery.staging(Naming::Paths).await?;
        let (mut tally, mut progress) = (Tally::default(), Progress::new(delivery));
        let excluded = exclusions(wanted)?;
        let kept = || kept(delivery, &excluded);
        let mut waiting = kept().peekable();
        while let Some(batch) = staging.next(&mut waiting, &mut tally).await? {
            program.send(batch.folder.path(), &mut progress).await?;
            if wanted.options.verify {
                program.verify(batch.folder.path(), &mut progress).await?;
            }
            progress.add(batch.bytes).await;
        }
        if wanted.options.delete {
            let names = staging.names(kept()).await?;
            program.prune(names.path()).await?;
        }
        let delivered = tally.delivered(program.place(), String::new());
        delivery.done(TARGET, &wanted.target, Some(delivered)).await?;
        Ok(Vec::new())
    }
}

/// What stays away, as rsync reads it too.
fn exclusions(wanted: &definition::Rsync) -> Result<Vec<Exclusion>, DeliveryError> {
    let patterns = wanted.options.exclude.iter().map(|pattern| Exclusion::parse(pattern));
    patterns.collect::<Result<_, _>>().map_err(|why| DeliveryError::Unusable {
        target: wanted.target.clone(),
        what: format!("a pattern of `exclude`: {why}"),
    })
}

/// What is sent: all that does not stay away.
fn kept(
    delivery: &Delivery<'_>,
    excluded: &[Exclusion],
) -> BoxStream<'static, Result<Parcel, StoreError>> {
    let Delivery { agent, run, archive, .. } = delivery;
    let (excluded, key) = (excluded.to_vec(), key(delivery).map(str::to_owned));
    let is_kept = move |parcel: &Parcel| {
        let is_key = key.as_ref() == Some(&parcel.path);
        future::ready(is_key || !excluded.iter().any(|pattern| pattern.covers(&parcel.path)))
    };
    parcels(&agent.store, *run, archive).try_filter(is_kept).boxed()
}

/// The path of the key that opens all other files, where they have one. It goes along whatever stays away:
/// nothing could be opened without it, and nobody can know its name before.
fn key<'d>(delivery: &'d Delivery<'_>) -> Option<&'d str> {
    delivery.archive.sealed.as_ref()?.key.as_deref()
}
