//! A place that rsync writes to: a daemon's module, a folder behind ssh, or a folder of this machine.

mod place;

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::place::RsyncPlace;
use super::machine::{default_silence, is_plain_file};
use crate::fault::{Code, Fault};

/// A place that rsync writes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RsyncTarget {
    /// Where: `rsync://user@host:port/module/path` or `user@host::module/path` is a daemon,
    /// `user@host:/path` goes by ssh, and `/path` or `./path` is a folder of the
    /// agent's machine.
    pub to: String,
    /// A file that holds the password of a daemon's user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The private key for ssh; readable by the agent's user alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// The keys of the hosts that ssh may talk to, as in `~/.ssh/known_hosts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_hosts_file: Option<PathBuf>,
    /// The port of ssh; 22 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How long the other side may be silent; at least a second.
    #[serde(default = "default_silence", with = "humantime_serde")]
    #[schemars(with = "String")]
    pub silence: Duration,
}

impl RsyncTarget {
    /// Where it is, or what is wrong with how that is written.
    pub fn place(&self) -> Result<RsyncPlace, &'static str> {
        RsyncPlace::parse(&self.to)
    }

    /// What is wrong with it beyond its shape.
    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut refuse = |key: &str, why: &str, hint: &str| {
            let fault = Fault::new(Code::InvalidValue, why).at(format!("{place}/{key}"));
            faults.push(if hint.is_empty() { fault } else { fault.hint(hint) });
        };
        let needs_ssh = match self.place() {
            Ok(RsyncPlace::Ssh { .. }) => true,
            Ok(RsyncPlace::Daemon { .. } | RsyncPlace::Local(_)) => false,
            Err(why) => {
                refuse("to", why, "");
                return faults;
            }
        };
        for (key, file) in
            [("key_file", &self.key_file), ("known_hosts_file", &self.known_hosts_file)]
        {
            match (needs_ssh, file) {
                (true, None) => refuse(key, "ssh needs this file", "name the file"),
                (false, Some(_)) => refuse(key, "this is of targets behind ssh", "leave it out"),
                (true, Some(file)) if !is_plain_file(file) => {
                    refuse(
                        key,
                        "ssh cannot be told of this path",
                        "letters, digits and ._-+=,@ only",
                    );
                }
                (true, Some(_)) | (false, None) => {}
            }
        }
        if self.port.is_some() && !needs_ssh {
            refuse("port", "this is of targets behind ssh", "write rsync://host:port/module");
        }
        let has_user = matches!(self.place(), Ok(RsyncPlace::Daemon { user: Some(_), .. }));
        if self.password_file.is_some() && !has_user {
            refuse("password_file", "this is of a daemon's user", "write user@host::module");
        }
        if self.silence < Duration::from_secs(1) {
            refuse("silence", "a second at least", "");
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_ssh_needs_are_asked_for_and_no_others() {
        let check = |spec: &str, expected: &[&str]| {
            let target: RsyncTarget = serde_json::from_str(spec).unwrap();
            let faults = target.mistakes("");
            let places: Vec<_> = faults.iter().filter_map(|fault| fault.place.as_deref()).collect();
            assert_eq!(places, expected, "{spec}");
        };
        check(r#"{"to": "u@h:/x"}"#, &["/key_file", "/known_hosts_file"]);
        check(r#"{"to": "u@h:/x", "key_file": "/k", "known_hosts_file": "/h", "port": 2222}"#, &[]);
        check(
            r#"{"to": "u@h:/x", "key_file": "/k -oProxyCommand=id", "known_hosts_file": "/h/%d"}"#,
            &["/key_file", "/known_hosts_file"],
        );
        check(r#"{"to": "/x", "key_file": "/k", "port": 1}"#, &["/key_file", "/port"]);
        check(
            r#"{"to": "h::m", "password_file": "/p", "silence": "0s"}"#,
            &["/password_file", "/silence"],
        );
        check(r#"{"to": "u@h::m", "password_file": "/p"}"#, &[]);
    }
}
