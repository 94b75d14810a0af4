//! A folder behind an ssh server that speaks SFTP.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::machine::{check_host, check_user, default_silence, is_plain_file};
use super::path_mistake;
use crate::fault::{Code, Fault};

/// A folder behind an ssh server that speaks SFTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SftpTarget {
    /// A name or an address; IPv6 in brackets.
    pub host: String,
    /// The port; 22 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Who logs in.
    pub user: String,
    /// The folder: absolute, or below where the user lands; that place itself unless given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The private key; readable by the agent's user alone.
    pub key_file: PathBuf,
    /// The keys of the hosts that ssh may talk to, as in `~/.ssh/known_hosts`.
    pub known_hosts_file: PathBuf,
    /// How long the other side may be silent; at least a second.
    #[serde(default = "default_silence", with = "humantime_serde")]
    #[schemars(with = "String")]
    pub silence: Duration,
}

impl SftpTarget {
    /// What is wrong with it beyond its shape.
    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let why = "ssh cannot be told of this path";
        let file = |file| (!is_plain_file(file)).then_some(why);
        let silence = self.silence < Duration::from_secs(1);
        let found = [
            ("host", check_host(&self.host).err()),
            ("user", check_user(&self.user).err()),
            ("path", path_mistake(self.path.trim_matches('/'))),
            ("key_file", file(&self.key_file)),
            ("known_hosts_file", file(&self.known_hosts_file)),
            ("silence", silence.then_some("a second at least")),
        ];
        let found = found.into_iter().filter_map(|(key, why)| Some((key, why?)));
        found
            .map(|(key, why)| Fault::new(Code::InvalidValue, why).at(format!("{place}/{key}")))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_place_is_plain() {
        let check = |change: (&str, &str), expected: &[&str]| {
            let mut target = serde_json::json!({
                "host": "h", "user": "u", "path": "/srv/exports", "key_file": "/k",
                "known_hosts_file": "/h",
            });
            target[change.0] = change.1.into();
            let target: SftpTarget = serde_json::from_value(target).unwrap();
            let faults = target.mistakes("");
            let places: Vec<_> = faults.iter().filter_map(|fault| fault.place.as_deref()).collect();
            assert_eq!(places, expected, "{change:?}");
        };
        check(("host", "[::1]"), &[]);
        check(("host", "-oProxyCommand=id"), &["/host"]);
        check(("user", "-x"), &["/user"]);
        check(("path", "a\nput /etc/passwd"), &["/path"]);
        check(("path", "a\" \"b"), &["/path"]);
        check(("key_file", "/k x"), &["/key_file"]);
        check(("silence", "0s"), &["/silence"]);
    }
}
