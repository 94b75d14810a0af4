//! Where transports of the dialect may lead: the configured targets, found by the addresses that
//! documents give.
//!
//! Documents of easydb say where a result goes and how to get in. Here only the operator does: an address
//! in a document must be one that is configured, or lie below it, and the target's own credentials count.

use std::collections::BTreeMap;

use url::Url;

use super::transport::{WayKind, without_user};
use crate::target::TargetSpec;

/// The configured targets, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<String, Place>);

/// Where a target is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Rsync(String),
    Ftp(Login),
    Sftp(Login),
    Webdav(String),
}

/// A folder of a server that somebody logs in to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Login {
    host: String,
    port: u16,
    user: String,
    path: String,
}

/// A server as a document names it.
pub(super) struct Asked<'a> {
    /// The name of a target, or an address.
    pub(super) server: &'a str,
    pub(super) login: Option<&'a str>,
    pub(super) directory: &'a str,
}

/// The schemes that a protocol's addresses have, and the ports that each may mean without naming one.
type Schemes = &'static [(&'static str, &'static [u16])];

/// `ftps` is written for both ways to encrypt.
const FTP: Schemes = &[("ftp", &[21]), ("ftps", &[21, 990]), ("ftpes", &[21])];

const SFTP: Schemes = &[("sftp", &[22])];

/// A target, and a path below it.
pub(super) type Found = (String, String);

impl Places {
    /// The places of these targets, as far as the dialect knows their kind.
    pub fn of<'t>(targets: impl IntoIterator<Item = (&'t String, &'t TargetSpec)>) -> Self {
        let places = targets.into_iter().filter_map(|(name, spec)| {
            let place = match spec {
                TargetSpec::Rsync(target) => Place::Rsync(target.to.clone()),
                TargetSpec::Ftp(target) => Place::Ftp(Login {
                    host: target.host.clone(),
                    port: target.port(),
                    user: target.user.clone(),
                    path: target.path.clone(),
                }),
                TargetSpec::Sftp(target) => Place::Sftp(Login {
                    host: target.host.clone(),
                    port: target.port.unwrap_or(22),
                    user: target.user.clone(),
                    path: target.path.clone(),
                }),
                TargetSpec::Webdav(target) => Place::Webdav(target.url.clone()),
                TargetSpec::Http(_) | TargetSpec::S3(_) => return None,
            };
            Some((name.clone(), place))
        });
        Self(places.collect())
    }

    /// The names of those that a transport may lead to.
    pub(super) fn names(&self, kind: WayKind) -> Vec<String> {
        let is_it = |place: &Place| match place {
            Place::Rsync(_) => kind == WayKind::Rsync,
            Place::Ftp(_) => kind == WayKind::Ftp,
            Place::Sftp(_) => kind == WayKind::Sftp,
            Place::Webdav(_) => kind == WayKind::Webdav,
        };
        self.0.iter().filter(|(_, place)| is_it(place)).map(|(name, _)| name.clone()).collect()
    }

    /// The target that an rsync destination means: its name, or its address with a path below it; that of
    /// another user only where there is none of the one that is named.
    pub(super) fn rsync(&self, destination: &str) -> Option<Found> {
        let exact = self.find(|name, place| match place {
            Place::Rsync(_) if name == destination => Some(String::new()),
            Place::Rsync(to) => below(to, destination),
            Place::Ftp(_) | Place::Sftp(_) | Place::Webdav(_) => None,
        });
        let asked = without_user(destination);
        exact.or_else(|| {
            self.find(|_, place| match place {
                Place::Rsync(to) => below(&without_user(to), &asked),
                Place::Ftp(_) | Place::Sftp(_) | Place::Webdav(_) => None,
            })
        })
    }

    /// The target that an FTP server and a directory of it mean, however it is encrypted.
    pub(super) fn ftp(&self, asked: &Asked<'_>) -> Option<Found> {
        self.find(|name, place| match place {
            Place::Ftp(known) => known.found(name, asked, FTP),
            Place::Rsync(_) | Place::Sftp(_) | Place::Webdav(_) => None,
        })
    }

    /// The target that an SFTP server and a directory of it mean.
    pub(super) fn sftp(&self, asked: &Asked<'_>) -> Option<Found> {
        self.find(|name, place| match place {
            Place::Sftp(known) => known.found(name, asked, SFTP),
            Place::Rsync(_) | Place::Ftp(_) | Place::Webdav(_) => None,
        })
    }

    /// The target that the URL of a WebDAV folder and a directory below it mean.
    pub(super) fn webdav(&self, url: &str, directory: &str) -> Option<Found> {
        let asked = without_user(url);
        let whole = format!("{}/{}", asked.trim_end_matches('/'), directory.trim_matches('/'));
        self.find(|name, place| match place {
            Place::Webdav(_) if name == url => Some(trimmed(directory)),
            Place::Webdav(known) => below(known, &whole),
            Place::Rsync(_) | Place::Ftp(_) | Place::Sftp(_) => None,
        })
    }

    fn find(&self, path: impl Fn(&str, &Place) -> Option<String>) -> Option<Found> {
        let found =
            self.0.iter().filter_map(|(name, place)| Some((name.clone(), path(name, place)?)));
        // Of several the one that is nearest.
        found.min_by_key(|(_, path)| path.len())
    }
}

impl Login {
    /// The path below it that is asked for; nothing where another place is.
    fn found(&self, name: &str, asked: &Asked<'_>, schemes: Schemes) -> Option<String> {
        let (path, &Asked { server, directory, .. }) = (self.path.as_str(), asked);
        if name == server {
            return below(path, directory)
                .or_else(|| (!directory.starts_with('/')).then(|| trimmed(directory)));
        }
        let url = Url::parse(server).ok()?;
        let (_, usual) = schemes.iter().find(|(scheme, _)| *scheme == url.scheme())?;
        let is_it = url.host_str().is_some_and(|asked| asked.eq_ignore_ascii_case(&self.host))
            && url.port().map_or(usual.contains(&self.port), |port| port == self.port)
            && self.is_login(asked.login, &url);
        if !is_it {
            return None;
        }
        let directory = format!("{}/{}", url.path().trim_end_matches('/'), directory);
        below(path.trim_start_matches('/'), directory.trim_start_matches('/'))
    }

    /// Whether it is its user that is asked for, or nobody is.
    fn is_login(&self, login: Option<&str>, url: &Url) -> bool {
        match login.filter(|login| !login.is_empty()) {
            Some(login) => login == self.user,
            None if url.username().is_empty() => true,
            None => {
                // As an address has it, escaped.
                let mut own = url.clone();
                own.set_username(&self.user).is_ok() && own.username() == url.username()
            }
        }
    }
}

/// What is left of a path below a folder; nothing where it lies elsewhere.
fn below(folder: &str, path: &str) -> Option<String> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/') || folder.is_empty()).then(|| trimmed(rest))
}

fn trimmed(path: &str) -> String {
    path.trim_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn places() -> Places {
        let targets: BTreeMap<String, TargetSpec> = serde_json::from_value(json!({
            "backup": {"kind": "rsync", "to": "rsync://store.example/exports"},
            "press": {"kind": "sftp", "host": "files.example", "user": "ed", "path": "/srv/in",
                      "key_file": "/k", "known_hosts_file": "/h"},
            "cloud": {"kind": "webdav", "url": "https://dav.example/remote/ed/"},
            "old": {"kind": "ftp", "host": "ftp.example", "user": "ed", "password_file": "/p"},
            "older": {"kind": "ftp", "host": "old.example", "user": "ed@x", "password_file": "/p",
                      "security": "implicit"},
        }))
        .unwrap();
        Places::of(&targets)
    }

    fn asked<'a>(server: &'a str, login: Option<&'a str>, directory: &'a str) -> Asked<'a> {
        Asked { server, login, directory }
    }

    #[expect(clippy::needless_pass_by_value, reason = "it is what was just found")]
    fn check(found: Option<Found>, expected: Option<(&str, &str)>) {
        let found = found.as_ref().map(|(name, path)| (name.as_str(), path.as_str()));
        assert_eq!(found, expected);
    }

    #[test]
    fn an_address_below_a_target_is_the_target_and_a_path() {
        let at = places();
        check(at.rsync("backup"), Some(("backup", "")));
        check(at.rsync("rsync://store.example/exports/a/b/"), Some(("backup", "a/b")));
        check(at.rsync("rsync://ed@store.example/exports/a"), Some(("backup", "a")));
        check(
            at.sftp(&asked("sftp://files.example", Some("ed"), "/srv/in/x")),
            Some(("press", "x")),
        );
        check(at.sftp(&asked("sftp://ed@FILES.example:22/srv/in", None, "")), Some(("press", "")));
        check(at.sftp(&asked("press", None, "x")), Some(("press", "x")));
        check(at.webdav("https://dav.example/remote/ed", "x"), Some(("cloud", "x")));
        check(at.webdav("https://ed@dav.example/remote/ed", ""), Some(("cloud", "")));
        check(at.ftp(&asked("ftps://ftp.example", Some("ed"), "a/b")), Some(("old", "a/b")));
        check(at.ftp(&asked("ftp://ftp.example:21/a", None, "b")), Some(("old", "a/b")));
        check(at.ftp(&asked("ftps://ed%40x@old.example/a", None, "")), Some(("older", "a")));
        check(at.ftp(&asked("ftps://old.example:990", Some("ed@x"), "b")), Some(("older", "b")));
    }

    #[test]
    fn of_rsync_targets_that_differ_in_user_the_one_that_is_named_is_meant() {
        let targets: BTreeMap<String, TargetSpec> = serde_json::from_value(json!({
            "anyone": {"kind": "rsync", "to": "rsync://store.example/exports/a"},
            "ed": {"kind": "rsync", "to": "rsync://ed@store.example/exports"},
            "eve": {"kind": "rsync", "to": "rsync://eve@store.example/exports"},
        }))
        .unwrap();
        let at = Places::of(&targets);
        check(at.rsync("rsync://eve@store.example/exports/b"), Some(("eve", "b")));
        check(at.rsync("rsync://ed@store.example/exports/a/b"), Some(("ed", "a/b")));
        check(at.rsync("rsync://store.example/exports/a/b"), Some(("anyone", "b")));
        check(at.rsync("rsync://zoe@store.example/exports/a/b"), Some(("anyone", "b")));
    }

    #[test]
    fn an_address_elsewhere_is_none() {
        let at = places();
        check(at.rsync("rsync://store.example/exports2"), None);
        check(at.rsync("rsync://other.example/exports"), None);
        check(at.sftp(&asked("sftp://files.example:23", Some("ed"), "/srv/in")), None);
        check(at.sftp(&asked("sftp://files.example", Some("eve"), "/srv/in")), None);
        check(at.sftp(&asked("sftp://files.example", Some("ed"), "/etc")), None);
        check(at.sftp(&asked("ftp://files.example", Some("ed"), "/srv/in")), None);
        check(at.webdav("https://dav.example/remote/eve", ""), None);
        check(at.ftp(&asked("ftps://ftp.example:990", Some("ed"), "")), None);
        check(at.ftp(&asked("sftp://ftp.example:21", Some("ed"), "")), None);
        check(at.ftp(&asked("ftp://old.example", Some("ed@x"), "")), None);
        check(at.ftp(&asked("ftps://ed@old.example", None, "")), None);
    }
}
