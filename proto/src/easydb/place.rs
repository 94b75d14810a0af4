//! Where transports of the dialect may lead: the configured targets, found by the addresses that
//! documents give.
//!
//! Documents of easydb say where a result goes and how to get in. Here only the operator does: an address
//! in a document must be one that is configured, or lie below it, and the target's own credentials count.

use std::collections::BTreeMap;

use url::Url;

use crate::target::TargetSpec;

/// The configured targets, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<String, Place>);

/// Where a target is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Rsync(String),
    Sftp { host: String, port: u16, user: String, path: String },
    Webdav(String),
}

/// A target, and a path below it.
pub(super) type Found = (String, String);

impl Places {
    /// The places of these targets, as far as the dialect knows their kind.
    pub fn of<'t>(targets: impl IntoIterator<Item = (&'t String, &'t TargetSpec)>) -> Self {
        let places = targets.into_iter().filter_map(|(name, spec)| {
            let place = match spec {
                TargetSpec::Rsync(target) => Place::Rsync(target.to.clone()),
                TargetSpec::Sftp(target) => Place::Sftp {
                    host: target.host.clone(),
                    port: target.port.unwrap_or(22),
                    user: target.user.clone(),
                    path: target.path.clone(),
                },
                TargetSpec::Webdav(target) => Place::Webdav(target.url.clone()),
                TargetSpec::Http(_) | TargetSpec::S3(_) => return None,
            };
            Some((name.clone(), place))
        });
        Self(places.collect())
    }

    /// The target that an rsync destination means: its name, or its address with a path below it.
    pub(super) fn rsync(&self, destination: &str) -> Option<Found> {
        self.find(|name, place| match place {
            Place::Rsync(_) if name == destination => Some(String::new()),
            Place::Rsync(to) => below(to, destination),
            Place::Sftp { .. } | Place::Webdav(_) => None,
        })
    }

    /// The target that an SFTP server and a directory of it mean.
    pub(super) fn sftp(&self, server: &str, login: Option<&str>, directory: &str) -> Option<Found> {
        let url = Url::parse(server).ok();
        self.find(|name, place| match place {
            Place::Sftp { path, .. } if name == server => below(path, directory)
                .or_else(|| (!directory.starts_with('/')).then(|| trimmed(directory))),
            Place::Sftp { host, port, user, path } => {
                let url = url.as_ref().filter(|url| url.scheme() == "sftp")?;
                let login = login.or(Some(url.username())).filter(|login| !login.is_empty());
                let is_it = url.host_str().is_some_and(|asked| asked.eq_ignore_ascii_case(host))
                    && url.port().unwrap_or(22) == *port
                    && login.is_none_or(|login| login == user);
                if !is_it {
                    return None;
                }
                let directory = format!("{}/{}", url.path().trim_end_matches('/'), directory);
                let directory = directory.trim_start_matches('/');
                below(path.trim_start_matches('/'), directory)
            }
            Place::Rsync(_) | Place::Webdav(_) => None,
        })
    }

    /// The target that the URL of a WebDAV folder and a directory below it mean.
    pub(super) fn webdav(&self, url: &str, directory: &str) -> Option<Found> {
        let whole = format!("{}/{}", url.trim_end_matches('/'), directory.trim_matches('/'));
        self.find(|name, place| match place {
            Place::Webdav(_) if name == url => Some(trimmed(directory)),
            Place::Webdav(known) => below(known, &whole),
            Place::Rsync(_) | Place::Sftp { .. } => None,
        })
    }

    fn find(&self, path: impl Fn(&str, &Place) -> Option<String>) -> Option<Found> {
        let found =
            self.0.iter().filter_map(|(name, place)| Some((name.clone(), path(name, place)?)));
        // Of several the one that is nearest.
        found.min_by_key(|(_, path)| path.len())
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
        }))
        .unwrap();
        Places::of(&targets)
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
        check(at.sftp("sftp://files.example", Some("ed"), "/srv/in/x"), Some(("press", "x")));
        check(at.sftp("sftp://ed@FILES.example:22/srv/in", None, ""), Some(("press", "")));
        check(at.sftp("press", None, "x"), Some(("press", "x")));
        check(at.webdav("https://dav.example/remote/ed", "x"), Some(("cloud", "x")));
    }

    #[test]
    fn an_address_elsewhere_is_none() {
        let at = places();
        check(at.rsync("rsync://store.example/exports2"), None);
        check(at.rsync("rsync://other.example/exports"), None);
        check(at.sftp("sftp://files.example:23", Some("ed"), "/srv/in"), None);
        check(at.sftp("sftp://files.example", Some("eve"), "/srv/in"), None);
        check(at.sftp("sftp://files.example", Some("ed"), "/etc"), None);
        check(at.sftp("ftp://files.example", Some("ed"), "/srv/in"), None);
        check(at.webdav("https://dav.example/remote/eve", ""), None);
    }
}
