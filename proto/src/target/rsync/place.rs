//! Where rsync writes to, as it is written and taken apart.

use std::path::PathBuf;

use crate::target::machine::{check_host, check_user};
use crate::target::path::path_mistake;

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

impl RsyncPlace {
    /// Takes apart what a target says, or tells what is wrong with how that is written.
    pub(super) fn parse(to: &str) -> Result<Self, &'static str> {
        if let Some(rest) = to.strip_prefix("rsync://") {
            let (authority, path) = rest.split_once('/').ok_or("name a module after the host")?;
            return daemon(authority, path);
        }
        if let Some((authority, path)) = to.split_once("::")
            && !authority.contains(['/', '['])
        {
            return daemon(authority, path);
        }
        if ["/", "./", "../"].iter().any(|start| to.starts_with(start)) {
            return local(to);
        }
        let neither = "this is neither rsync://host/module, user@host:/path, /path nor ./path";
        let (user, rest) = to.split_once('@').ok_or(neither)?;
        let (host, path) = split_host(rest).ok_or("name the folder: user@host:/path")?;
        let path = path.strip_prefix(':').ok_or("name the folder: user@host:/path")?;
        check_user(user)?;
        check_host(host)?;
        check_names(path.strip_prefix('/').unwrap_or(path))?;
        Ok(RsyncPlace::Ssh { user: user.to_owned(), host: host.to_owned(), path: path.to_owned() })
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

fn check_names(path: &str) -> Result<(), &'static str> {
    path_mistake(path.trim_end_matches('/')).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_write_a_place_is_read() {
        let (user, host) = (Some("u".to_owned()), "h.example.org".to_owned());
        let path = "m/a b".to_owned();
        let daemon =
            |user, port| RsyncPlace::Daemon { user, host: host.clone(), port, path: path.clone() };
        assert_eq!(
            RsyncPlace::parse("rsync://u@h.example.org:8730/m/a b"),
            Ok(daemon(user.clone(), Some(8730)))
        );
        assert_eq!(RsyncPlace::parse("h.example.org::m/a b/"), Ok(daemon(None, None)));
        assert_eq!(RsyncPlace::parse("u@h.example.org::m/a b"), Ok(daemon(user, None)));
        let ssh = |host: &str, path: &str| RsyncPlace::Ssh {
            user: "u".to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
        };
        assert_eq!(RsyncPlace::parse("u@h:/srv/x"), Ok(ssh("h", "/srv/x")));
        assert_eq!(RsyncPlace::parse("u@[::1]:x"), Ok(ssh("[::1]", "x")));
        assert_eq!(RsyncPlace::parse("/srv/x"), Ok(RsyncPlace::Local("/srv/x".into())));
        assert_eq!(RsyncPlace::parse("./out:1"), Ok(RsyncPlace::Local("./out:1".into())));
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
            let found = RsyncPlace::parse(to);
            assert!(found.is_err(), "{to:?} is read as {found:?}");
        }
    }
}
