//! The program `sftp` as a child process, and what it is run for.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use proto::definition;
use proto::target::SftpTarget;

use super::commands::Place;
use super::listing::lengths;
use super::reading::reading;
use crate::deliver::child::{Child, bare, start};
use crate::deliver::progress::Progress;
use crate::deliver::staging::Batch;
use crate::deliver::words::sftp_failure;
use crate::deliver::{Delivery, DeliveryError, ssh};
use crate::error::AgentError;
use crate::parcel::Parcel;

/// What the commands of a batch are called in its folder; files there have numbers.
const COMMANDS: &str = "commands";

/// The program, with all that is the same for each batch.
pub(super) struct Session<'d> {
    target: &'d str,
    server: String,
    arguments: Vec<String>,
    place: Place,
    /// How long nothing may come from it or go there.
    silence: Duration,
}

impl<'d> Session<'d> {
    pub(super) fn new(
        delivery: &Delivery<'_>,
        target: &SftpTarget,
        wanted: &'d definition::Sftp,
    ) -> Result<Self, DeliveryError> {
        let name = &wanted.target;
        let targets = &delivery.agent.targets;
        let files = [targets.path(&target.key_file), targets.path(&target.known_hosts_file)];
        let mut arguments = ssh::options(&files, target.silence)
            .map_err(|what| DeliveryError::Unusable { target: name.clone(), what })?;
        arguments.push(format!("-P{}", target.port.unwrap_or(22)));
        // The program counts in kilobits of 1,024.
        let limit = wanted.options.bwlimit.map(|limit| u64::from(limit) * 8);
        arguments.extend(limit.map(|limit| format!("-l{limit}")));
        let mut folder = target.path.clone();
        for part in [wanted.path.as_str(), ""] {
            if !folder.is_empty() && !folder.ends_with('/') {
                folder.push('/');
            }
            folder.push_str(part);
        }
        let server = format!("{}@{}", target.user, target.host);
        arguments.extend(["-b", COMMANDS, "--"].map(str::to_owned));
        arguments.push(server.clone());
        // Where it is held back, it sends up to 64 KiB and waits.
        let held_back = wanted.options.bwlimit.map_or(0, |limit| 64 / u64::from(limit.max(1)));
        let silence = target.silence + Duration::from_secs(held_back);
        let place = Place { folder, mark: delivery.mark() };
        Ok(Self { target: name, server, arguments, place, silence })
    }

    /// Where things go, for people.
    pub(super) fn place(&self) -> String {
        format!("sftp://{}/{}", self.server, self.place.folder)
    }

    /// The lengths of files of this delivery that were begun before, by their names.
    pub(super) async fn begun(&self, scratch: &Path) -> Result<HashMap<String, u64>, AgentError> {
        let said = self.run(scratch, &self.place.list_begun(), None).await?;
        Ok(lengths(&said))
    }

    /// Whether a file is there with its length.
    pub(super) async fn has(&self, scratch: &Path, parcel: &Parcel) -> Result<bool, AgentError> {
        let said = self.run(scratch, &self.place.list(&parcel.path), None).await?;
        let name = parcel.path.rsplit('/').next().unwrap_or_default();
        Ok(lengths(&said).get(name) == Some(&parcel.size))
    }

    /// Sends a batch whose first file is the `first` of the delivery.
    pub(super) async fn send(
        &self,
        batch: &Batch,
        first: u64,
        begun: &HashMap<String, u64>,
        progress: &mut Progress<'_>,
    ) -> Result<(), AgentError> {
        let commands = self.place.send(&batch.files, first, begun);
        self.run(batch.folder.path(), &commands, Some((batch, progress))).await.map(drop)
    }

    /// Runs commands in a folder of the scratch directory, to the first that fails. ssh sees that the
    /// other side lives, but not that the server behind it hangs.
    async fn run(
        &self,
        scratch: &Path,
        commands: &str,
        shown: Option<(&Batch, &mut Progress<'_>)>,
    ) -> Result<String, AgentError> {
        let file = scratch.join(COMMANDS);
        tokio::fs::write(&file, commands).await.map_err(AgentError::Scratch)?;
        let folder = scratch.canonicalize().map_err(AgentError::Scratch)?;
        let mut command = bare("sftp");
        command.current_dir(scratch).args(&self.arguments);
        let unusable = |error: std::io::Error| DeliveryError::Unusable {
            target: self.target.to_owned(),
            what: format!("sftp does not run: {error}"),
        };
        let running = start(command).map_err(unusable)?;
        let process = running.id();
        let child = match shown {
            Some((batch, progress)) => {
                let bytes = || {
                    let (place, bytes) = reading(process?, &folder)?;
                    let before = batch.files.iter().take(place).map(|file| file.size);
                    Some(before.sum::<u64>() + bytes)
                };
                progress.watch(running.end_unless_silent(self.silence), bytes).await
            }
            None => running.end_unless_silent(self.silence).await,
        };
        let Some(child) = child.map_err(unusable)? else {
            let (target, silence) = (self.target.to_owned(), self.silence);
            let what = format!("nothing came or went for {silence:?}");
            return Err(DeliveryError::Unreachable { target, what }.into());
        };
        match child {
            Child { status, said, .. } if status.success() => Ok(said),
            Child { status, complaint, .. } => {
                Err(sftp_failure(self.target, status.code(), &complaint).into())
            }
        }
    }
}
