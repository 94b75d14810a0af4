//! A place that rsync writes to: a daemon's module, a folder behind ssh, or a folder of this machine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::path::{name_mistake, path_mistake};
use crate::fault::{Code, Fault};

/// Longest host name, in bytes (RFC 1035).
const MAX_HOST_BYTES: usize = 253;

/// Longest user name, in bytes.
const MAX_USER_BYTES: usize = 64;

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

pub(super) fn default_silence() -> Duration {
    Duration::from_mins(1)
}

/// Where rsync writes to, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RsyncPlace {
    /// A module of an rsync daemon.
    Daemon {
        /// Who logs in; nothing where the module asks for no one.
        user: Option<String>,
        /// A name or an address; IPv6 in brackets.
        host: String,
        /// The port, where it is not 873.
        port: Option<u16>,
        /// The module, and a path in it.
        path: String,
    },
    /// A folder behind ssh.
    Ssh {
        /// Who logs in.
        user: String,
        /// A name or an address; IPv6 in brackets.
        host: String,
        /// The folder: absolute, or below the user's home.
        path: String,
    },
    /// A folder of the agent's machine.
    Local(PathBuf),
}

impl RsyncTarget {
    /// Where it is, or what is wrong with how that is written.
    pub fn place(&self) -> Result<RsyncPlace, &'static str> {
        if let Some(rest) = self.to.strip_prefix("rsync://") {
            let (authority, path) = rest.split_once('/').ok_or("name a module after the host")?;
            return daemon(authority, path);
        }
        if let Some((authority, path)) = self.to.split_once("::")
            && !authority.contains(['/', '['])
        {
            return daemon(authority, path);
        }
        if ["/", "./", "../"].iter().any(|start| self.to.starts_with(start)) {
            return local(&self.to);
        }
        let neither = "this is neither rsync://host/module, user@host:/path, /path nor ./path";
        let (user, rest) = self.to.split_once('@').ok_or(neither)?;
        let (host, path) = split_host(rest).ok_or("name the folder: user@host:/path")?;
        let path = path.strip_prefix(':').ok_or("name the folder: user@host:/path")?;
        check_user(user)?;
        check_host(host)?;
        check_names(path.strip_prefix('/').unwrap_or(path))?;
        Ok(RsyncPlace::Ssh { user: user.to_owned(), host: host.to_owned(), path: path.to_owned() })
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

fn daemon(authority: &str, path: &str) -> Result<RsyncPlace, &'static str> {
    let (user, rest) = match authority.split_once('@') {
        Some((user, rest)) => (Some(user), rest),
        None => (None, authority),
    };
    let (host, port) = split_host(rest).ok_or("this is no host")?;
    let port = match port.strip_prefix(':') {
        Some(port) => Some(port.parse().map_err(|_| "the port is a number up to 65535")?),
        None => None,
    };
    if let Some(user) = user {
        check_user(user)?;
    }
    check_host(host)?;
    let path = path.trim_end_matches('/');
    check_names(path)?;
    if path.is_empty() {
        return Err("name a module after the host");
    }
    let user = user.map(str::to_owned);
    Ok(RsyncPlace::Daemon { user, host: host.to_owned(), port, path: path.to_owned() })
}

fn local(path: &str) -> Result<RsyncPlace, &'static str> {
    if path.chars().any(char::is_control) {
        return Err("a folder has no control characters");
    }
    Ok(RsyncPlace::Local(PathBuf::from(path)))
}

/// Splits a host from what follows its name or, of IPv6, its closing bracket.
fn split_host(text: &str) -> Option<(&str, &str)> {
    if text.starts_with('[') {
        return text.find(']').map(|end| text.split_at(end + 1));
    }
    Some(text.split_at(text.find(':').unwrap_or(text.len())))
}

pub(super) fn check_user(user: &str) -> Result<(), &'static str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_good = user.len() <= MAX_USER_BYTES
        && user.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && user.chars().all(is_plain);
    if is_good { Ok(()) } else { Err("a user has letters, digits and `._-`, no `-` first") }
}

pub(super) fn check_host(host: &str) -> Result<(), &'static str> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let is_address = address.parse::<std::net::Ipv6Addr>().is_ok();
        return if is_address { Ok(()) } else { Err("what is in brackets is no IPv6 address") };
    }
    let is_label = |label: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        !label.is_empty() && !label.starts_with('-') && label.chars().all(is_plain)
    };
    let is_good = host.len() <= MAX_HOST_BYTES && host.split('.').all(is_label);
    if is_good { Ok(()) } else { Err("a host has letters, digits, `-` and dots, no `-` first") }
}

fn check_names(path: &str) -> Result<(), &'static str> {
    path_mistake(path.trim_end_matches('/')).map_or(Ok(()), Err)
}

/// Whether a file can be named in an option of ssh, which splits and expands what it reads.
pub(super) fn is_plain_file(file: &Path) -> bool {
    let Some(text) = file.to_str() else { return false };
    let is_plain = |name: &str| !name.contains([' ', '%']) && name_mistake(name).is_none();
    text.strip_prefix('/').unwrap_or(text).split('/').all(|name| name == ".." || is_plain(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(to: &str) -> Result<RsyncPlace, &'static str> {
        let target = format!(r#"{{"to": {}}}"#, serde_json::to_string(to).unwrap());
        serde_json::from_str::<RsyncTarget>(&target).unwrap().place()
    }

    #[test]
    fn each_way_to_write_a_place_is_read() {
        let (user, host) = (Some("u".to_owned()), "h.example.org".to_owned());
        let path = "m/a b".to_owned();
        let daemon =
            |user, port| RsyncPlace::Daemon { user, host: host.clone(), port, path: path.clone() };
        assert_eq!(
            place("rsync://u@h.example.org:8730/m/a b"),
            Ok(daemon(user.clone(), Some(8730)))
        );
        assert_eq!(place("h.example.org::m/a b/"), Ok(daemon(None, None)));
        assert_eq!(place("u@h.example.org::m/a b"), Ok(daemon(user, None)));
        let ssh = |host: &str, path: &str| RsyncPlace::Ssh {
            user: "u".to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
        };
        assert_eq!(place("u@h:/srv/x"), Ok(ssh("h", "/srv/x")));
        assert_eq!(place("u@[::1]:x"), Ok(ssh("[::1]", "x")));
        assert_eq!(place("/srv/x"), Ok(RsyncPlace::Local("/srv/x".into())));
        assert_eq!(place("./out:1"), Ok(RsyncPlace::Local("./out:1".into())));
    }

    #[test]
    fn what_a_shell_or_an_option_parser_would_read_otherwise_is_no_place() {
        let bad = [
            "",
            "-x",
            "--rsh=id",
            "u@-oProxyCommand=id:/x",
            "u@h;id:/x",
            "u@h$(id):/x",
            "-x@h:/x",
            "u@h`id`:/x",
            "u@h:-e sh",
            "u@h:/a/-e sh",
            "u@h:/a\nb",
            "u@h:/a;id",
            "u@h:/../x",
            "h:/x",
            "u@h",
            "a\nb",
            "rsync://h",
            "rsync://h/",
            "rsync://-h/m",
            "rsync://u@h:x/m",
            "rsync://h/m;id",
            "rsync://h/-m",
            "h::",
            "h::../m",
            "h::m/../..",
            "u@[::1;id]:/x",
            "u@[::1:/x",
            "u x@h:/x",
            "u@h h:/x",
            "rsync://h:1:2/m",
        ];
        for to in bad {
            let found = place(to);
            assert!(found.is_err(), "{to:?} is read as {found:?}");
        }
    }

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
