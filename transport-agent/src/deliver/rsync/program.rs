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

use crate::Targets;
use crate::deliver::child::{Child, bare, talk};
use crate::deliver::progress::Progress;
use crate::deliver::words::failure;
use crate::deliver::{DeliveryError, ssh};

/// Oldest version that escapes what it passes to a remote shell.
const OLDEST: (u32, u32, u32) = (3, 2, 4);

/// Where what was cut off waits on the other side.
const PARTIAL: &str = "--partial-dir=.longshore-partial";

/// rsync, with all that is the same for each call of a delivery.
pub(super) struct Program {
    target: String,
    arguments: Vec<OsString>,
    password: Option<String>,
    destination: OsString,
}

impl Program {
    /// Makes ready to send. Reads the target's secrets and asks rsync for its version.
    pub(super) async fn new(
        targets: &Targets,
        target: &RsyncTarget,
        wanted: &definition::Rsync,
    ) -> Result<Self, DeliveryError> {
        let name = wanted.target.clone();
        let unusable = |what: String| DeliveryError::Unusable { target: name.clone(), what };
        check_version(&version().await.map_err(&unusable)?).map_err(&unusable)?;
        let place = target.place().map_err(|why| unusable(why.to_owned()))?;
        let mut arguments = always(target, &wanted.options);
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
        Ok(Self { target: name, arguments, password, destination })
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
        let options = [PARTIAL, "--times", "--omit-dir-times", "--info=progress2", "--no-h"];
        self.run(&options, folder, Some(progress)).await.map(drop)
    }

    /// Holds what is in a folder against what is there, by content.
    pub(super) async fn verify(&self, folder: &Path) -> Result<(), DeliveryError> {
        let options = ["--checksum", "--dry-run", "--out-format=%i %n"];
        let said = self.run(&options, folder, None).await?;
        match said.lines().find(|line| line.starts_with("<f") || line.starts_with(">f")) {
            None => Ok(()),
            Some(line) => {
                let file = line.split_once(' ').map_or(line, |(_, file)| file);
                let what = format!("{file} differs");
                Err(DeliveryError::Damaged { target: self.target.clone(), what })
            }
        }
    }

    /// Takes away what is there and not in a folder. Nothing is sent: `names` holds empty files, and
    /// neither those that are there nor those that are not are written.
    pub(super) async fn prune(&self, names: &Path) -> Result<(), DeliveryError> {
        let options = [PARTIAL, "--delete", "--existing", "--ignore-existing", "--omit-dir-times"];
        self.run(&options, names, None).await.map(drop)
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

async fn version() -> Result<String, String> {
    let mut command = bare("rsync");
    command.arg("--version");
    match talk(command, None).await {
        Ok(child) => Ok(child.said),
        Err(error) => Err(format!("rsync does not start: {error}")),
    }
}

fn check_version(said: &str) -> Result<(), String> {
    let number = said.split_whitespace().skip_while(|word| *word != "version").nth(1);
    let numbers: Vec<u32> = number
        .unwrap_or_default()
        .trim_start_matches('v')
        .split(|c: char| !c.is_ascii_digit())
        .map_while(|part| part.parse().ok())
        .collect();
    match numbers[..] {
        [major, minor, patch, ..] if (major, minor, patch) >= OLDEST => Ok(()),
        _ => Err(format!("rsync 3.2.4 or newer is needed, and this is {number:?}")),
    }
}

/// What every call is told.
fn always(target: &RsyncTarget, options: &definition::RsyncOptions) -> Vec<OsString> {
    let seconds = target.silence.as_secs().max(1);
    let mut arguments = vec!["--recursive".to_owned(), "--mkpath".to_owned()];
    arguments.push(format!("--timeout={seconds}"));
    if target.place().is_ok_and(|place| matches!(place, RsyncPlace::Daemon { .. })) {
        arguments.push(format!("--contimeout={seconds}"));
    }
    let switches = [
        (options.compress, "--compress"),
        (options.checksum, "--checksum"),
        // A folder in the place of a file makes room, as whatever else is not in the tree will.
        (options.delete, "--force"),
    ];
    arguments.extend(switches.iter().filter(|(is_on, _)| *is_on).map(|(_, name)| (*name).into()));
    arguments.extend(options.bwlimit.map(|limit| format!("--bwlimit={limit}")));
    if let Some(rights) = &options.chmod {
        arguments.extend(["--perms".to_owned(), format!("--chmod={rights}")]);
    }
    arguments.into_iter().map(OsString::from).collect()
}

/// What rsync calls the folder that everything goes to.
fn destination(place: &RsyncPlace, below: &str, targets: &Targets) -> OsString {
    let join = |root: &str| match (root.trim_end_matches('/'), below) {
        ("", "") if root.is_empty() => "./".to_owned(),
        ("", below) if root.is_empty() => format!("{below}/"),
        (root, "") => format!("{root}/"),
        (root, below) => format!("{root}/{below}/"),
    };
    match place {
        RsyncPlace::Daemon { user, host, port, path } => {
            let user = user.as_ref().map_or_else(String::new, |user| format!("{user}@"));
            let port = port.map_or_else(String::new, |port| format!(":{port}"));
            format!("rsync://{user}{host}{port}/{}", join(path)).into()
        }
        RsyncPlace::Ssh { user, host, path } => format!("{user}@{host}:{}", join(path)).into(),
        RsyncPlace::Local(root) => {
            let mut folder = targets.path(root).join(below).into_os_string();
            folder.push("/");
            folder
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(options: &str) -> Vec<String> {
        let target: RsyncTarget = serde_json::from_str(r#"{"to": "h::m"}"#).unwrap();
        let arguments = always(&target, &serde_json::from_str(options).unwrap());
        arguments.into_iter().map(|argument| argument.into_string().unwrap()).collect()
    }

    #[test]
    fn options_become_arguments_and_nothing_else_does() {
        let base = ["--recursive", "--mkpath", "--timeout=60", "--contimeout=60"];
        assert_eq!(arguments("{}"), base);
        let all = arguments(
            r#"{"compress": true, "checksum": true, "delete": true, "bwlimit": 100, "chmod": "D755"}"#,
        );
        let more =
            ["--compress", "--checksum", "--force", "--bwlimit=100", "--perms", "--chmod=D755"];
        assert_eq!(all, [&base[..], &more].concat());
    }

    #[test]
    fn a_destination_is_a_folder_below_the_target() {
        let check = |to: &str, below: &str, expected: &str| {
            let to = format!(r#"{{"to": {to:?}}}"#);
            let place = serde_json::from_str::<RsyncTarget>(&to).unwrap().place().unwrap();
            let targets = Targets::new(std::collections::BTreeMap::new(), "/base".into(), None);
            assert_eq!(destination(&place, below, &targets), expected, "{to}");
        };
        check("u@h::m", "", "rsync://u@h/m/");
        check("rsync://h:1/m/a", "b/c", "rsync://h:1/m/a/b/c/");
        check("u@[::1]:/srv/", "b", "u@[::1]:/srv/b/");
        check("u@h:/", "", "u@h:/");
        check("u@h:", "", "u@h:./");
        check("u@h:", "a", "u@h:a/");
        check("./out", "a", "/base/./out/a/");
    }

    #[test]
    fn versions_that_do_not_escape_are_refused() {
        for good in ["rsync  version 3.2.4  protocol version 31", "rsync  version v3.5.0-dev x"] {
            assert_eq!(check_version(good), Ok(()), "{good}");
        }
        for bad in
            ["rsync  version 3.2.3  protocol version 31", "openrsync: protocol version 29", ""]
        {
            assert!(check_version(bad).is_err(), "{bad}");
        }
    }
}
