//! The program rsync as a child process: which arguments it gets, and what it says.
//!
//! No shell is involved here, and nothing of a definition becomes an option: options are made of
//! checked values, paths stand after `--`, file names travel in rsync's own list. The environment is
//! empty but for a search path and a language. `--secluded-args` is left out, for accounts that are
//! locked down with `rrsync` refuse it; instead a place consists of characters that no shell reads
//! otherwise (`proto::target`), and rsync escapes them besides.

use std::ffi::OsString;
use std::path::Path;

use proto::definition;
use proto::target::{RsyncPlace, RsyncTarget};

use super::arguments::{PRUNE, VERIFY, always, send};
use super::destination::destination;
use super::version;
use crate::Targets;
use crate::deliver::child::{Child, bare, talk};
use crate::deliver::progress::Progress;
use crate::deliver::words::failure;
use crate::deliver::{DeliveryError, ssh};

/// rsync, with all that is the same for each call of a delivery.
pub(super) struct Program {
    target: String,
    arguments: Vec<OsString>,
    password: Option<String>,
    destination: OsString,
    send: Vec<&'static str>,
}

impl Program {
    /// Makes ready to send, a file at `kept` whatever is excluded. Reads the target's secrets and asks rsync
    /// for its version.
    pub(super) async fn new(
        targets: &Targets,
        target: &RsyncTarget,
        wanted: &definition::Rsync,
        kept: Option<&str>,
    ) -> Result<Self, DeliveryError> {
        let name = wanted.target.clone();
        let unusable = |what: String| DeliveryError::Unusable { target: name.clone(), what };
        version::check().await.map_err(&unusable)?;
        let place = target.place().map_err(|why| unusable(why.to_owned()))?;
        let mut arguments = always(target, &wanted.options, kept);
        if let RsyncPlace::Ssh { .. } = place {
            let (key, known_hosts) = (target.key_file.as_ref(), target.known_hosts_file.as_ref());
            let (key, known_hosts) = key
                .zip(known_hosts)
                .ok_or_else(|| unusable("ssh needs a key and known hosts".to_owned()))?;
            let files = [targets.path(key), targets.path(known_hosts)];
            let options = ssh::options(&files, target.silence).map_err(&unusable)?.join(" ");
            let port = target.port.unwrap_or(22);
            arguments.push(format!("--rsh=ssh -T -p {port} {options}").into());
        }
        let password = match &target.password_file {
            Some(file) => Some(targets.secret(&name, file)?),
            None => None,
        };
        if let RsyncPlace::Local(root) = &place
            && !targets.path(root).is_dir()
        {
            // Made by us it would lie on the disk below, where another should be mounted.
            let what = format!("{} is no folder", root.display());
            return Err(DeliveryError::Unreachable { target: name, what });
        }
        let destination = destination(&place, &wanted.path, targets);
        let send = send(&wanted.options);
        Ok(Self { target: name, arguments, password, destination, send })
    }

    /// Where things go, for people.
    pub(super) fn place(&self) -> String {
        self.destination.to_string_lossy().into_owned()
    }

    /// Sends what is in a folder.
    pub(super) async fn send(
        &self,
        folder: &Path,
        progress: &mut Progress<'_>,
    ) -> Result<(), DeliveryError> {
        self.run(&self.send, folder, Some(progress)).await.map(drop)
    }

    /// Holds what is in a folder against what is there, by content, and sends once more what differs:
    /// of the same length and time, it would be passed over however often the delivery is tried.
    pub(super) async fn verify(
        &self,
        folder: &Path,
        progress: &mut Progress<'_>,
    ) -> Result<(), DeliveryError> {
        let Some(file) = self.differing(folder).await? else { return Ok(()) };
        tracing::warn!(file, "file is damaged at the target, and sent once more");
        let again = [&self.send[..], &["--checksum"]].concat();
        self.run(&again, folder, Some(progress)).await?;
        match self.differing(folder).await? {
            None => Ok(()),
            Some(file) => {
                let what = format!("{file} differs");
                Err(DeliveryError::Damaged { target: self.target.clone(), what })
            }
        }
    }

    /// A file of a folder that is not there, or not with the same content.
    async fn differing(&self, folder: &Path) -> Result<Option<String>, DeliveryError> {
        let said = self.run(&VERIFY, folder, None).await?;
        let line = said.lines().find(|line| line.starts_with("<f") || line.starts_with(">f"));
        Ok(line.map(|line| line.split_once(' ').map_or(line, |(_, file)| file).to_owned()))
    }

    /// Takes away what is there and not in a folder. Nothing is sent: `names` holds empty files, and
    /// neither those that are there nor those that are not are written.
    pub(super) async fn prune(&self, names: &Path) -> Result<(), DeliveryError> {
        self.run(&PRUNE, names, None).await.map(drop)
    }

    async fn run(
        &self,
        options: &[&str],
        folder: &Path,
        progress: Option<&mut Progress<'_>>,
    ) -> Result<String, DeliveryError> {
        let mut source = folder.as_os_str().to_owned();
        source.push("/");
        let mut command = bare("rsync");
        command.args(&self.arguments).args(options).arg("--").arg(source).arg(&self.destination);
        if let Some(password) = &self.password {
            command.env("RSYNC_PASSWORD", password);
        }
        let child = talk(command, progress).await.map_err(|error| DeliveryError::Unusable {
            target: self.target.clone(),
            what: format!("rsync does not start: {error}"),
        })?;
        match child {
            Child { status, said, .. } if status.success() => Ok(said),
            Child { status, complaint, .. } => {
                Err(failure(&self.target, status.code(), &complaint))
            }
        }
    }
}
