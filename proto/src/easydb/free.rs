//! Hosts that transports of documents may lead to though no target covers them: the operator lists the hosts, and
//! documents say where there, and how to get in.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::transport::{PASSWORD, Way, WayKind};
use crate::target::{TargetSpec, check_host};

/// Hosts, each as it is or as all below a domain: `ftp.example.org`, `*.example.org`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FreeHosts(Vec<String>);

/// A place at one of them, as a transport of a document names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreePlace {
    /// What stands for the name of a target: its address with the user, and without the password.
    pub name: String,
    /// How it is reached. No file has the password.
    pub target: TargetSpec,
    /// The folder below it.
    pub path: String,
    /// Which of the transport's secrets the password is.
    pub secret: String,
}

/// Why a transport does not lead to a host that is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotFree {
    /// The option that is wrong, or missing.
    pub(super) key: &'static str,
    /// Why.
    pub(super) why: String,
}

impl FreeHosts {
    /// These hosts, or which one is none and why.
    pub fn new(hosts: &[String]) -> Result<Self, String> {
        let wrong = |host: &String| {
            let domain = host.strip_prefix("*.");
            let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
            let last = |domain: &str| domain.rsplit('.').next().is_some_and(is_number);
            if domain.is_some_and(last) {
                return Some(format!(
                    "{host:?}: `*.` stands before a domain, and not in an address"
                ));
            }
            let why = check_host(domain.unwrap_or(host)).err()?;
            Some(format!("{host:?}: {why}"))
        };
        match hosts.iter().find_map(wrong) {
            Some(why) => Err(why),
            None => Ok(Self(hosts.iter().map(|host| host.to_ascii_lowercase()).collect())),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.0.iter().any(|known| match known.strip_prefix('*') {
            // `.example.org`, before which there is a name.
            Some(domain) => host.len() > domain.len() && host.ends_with(domain),
            None => *known == host,
        })
    }
}

impl Way {
    /// The place that it leads to, where it names no target and its host is one of these.
    pub fn free_place(&self, hosts: &FreeHosts) -> Option<FreePlace> {
        self.free(hosts).ok().flatten()
    }

    /// The same, or what is wrong with it.
    pub(super) fn free(&self, hosts: &FreeHosts) -> Result<Option<FreePlace>, NotFree> {
        let text = |key: &str| {
            self.options.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
        };
        let address = text("server").map(|address| ("server", address));
        let address = address.or_else(|| Some(("url", text("url")?)));
        let Some((key, address)) = address.filter(|_| text("target").is_none()) else {
            return Ok(None);
        };
        let Ok(url) = Url::parse(address) else { return Ok(None) };
        let Some(host) = url.host_str().filter(|host| hosts.has(host)) else { return Ok(None) };
        let scheme = url.scheme();
        let refused = |why: &str| Err(NotFree { key, why: why.to_owned() });
        match (self.kind, scheme) {
            (WayKind::Ftp, "ftp" | "ftps" | "ftpes") | (WayKind::Webdav, "https") => {}
            (WayKind::Webdav, "http") => {
                return refused("a password goes there by https:// alone");
            }
            (WayKind::Sftp, _) => {
                return refused(
                    "SFTP lets in by keys that the operator has: ask for a target of kind sftp",
                );
            }
            (
                WayKind::Download
                | WayKind::Email
                | WayKind::Rsync
                | WayKind::Ftp
                | WayKind::Webdav,
                _,
            ) => return Ok(None),
        }
        let user = text("login").map_or_else(|| unescaped(url.username()), str::to_owned);
        if user.is_empty() || user.contains(':') || user.chars().any(char::is_control) {
            let why = "who logs in there is missing, or is nobody's name".to_owned();
            return Err(NotFree { key: "login", why });
        }
        let Some(secret) = self.password_key() else {
            let why = "the password for it is missing".to_owned();
            return Err(NotFree { key: PASSWORD, why });
        };
        let directory = text("directory").unwrap_or_default();
        let folder = unescaped(url.path());
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let target = if self.kind == WayKind::Ftp {
            let security = match (scheme, url.port()) {
                ("ftp", _) => "none",
                ("ftps", Some(990)) => "implicit",
                _ => "tls",
            };
            // Below where the user lands, unless two slashes say otherwise, or the directory does.
            let below = folder.trim_matches('/');
            let is_rooted =
                folder.starts_with("//") || below.is_empty() && directory.starts_with('/');
            let path = if is_rooted { format!("/{below}") } else { below.to_owned() };
            json!({"kind": "ftp", "host": host, "port": url.port(), "user": user,
                "password_file": "", "path": path, "security": security})
        } else {
            let path = url.path();
            json!({"kind": "webdav", "url": format!("{scheme}://{host}{port}{path}"),
                "user": user, "password_file": ""})
        };
        let wrong = |why: String| NotFree { key, why };
        let target: TargetSpec =
            serde_json::from_value(target).map_err(|error| wrong(error.to_string()))?;
        if let Some(fault) = target.mistakes("").into_iter().next() {
            return Err(wrong(fault.message));
        }
        let name = format!("{scheme}://{user}@{host}{port}{}", folder.trim_end_matches('/'));
        if name.chars().any(char::is_control) {
            return refused("an address has no control characters");
        }
        let path = directory.trim_matches('/').to_owned();
        Ok(Some(FreePlace { name, target, path, secret }))
    }

    /// Which of its secrets is the password: the one that is called so, or the only one.
    fn password_key(&self) -> Option<String> {
        let keys: BTreeSet<&String> = self.given.keys().chain(self.sealed.keys()).collect();
        let named = keys.iter().find(|key| is_password(key));
        let only = keys.first().filter(|_| keys.len() == 1);
        named.or(only).map(|key| (*key).clone())
    }
}

/// Whether a secret is the password by its name.
pub(super) fn is_password(key: &str) -> bool {
    let key = key.strip_prefix("pw:").unwrap_or(key);
    ["password", "pass"].contains(&key.strip_suffix(":secret").unwrap_or(key))
}

/// A part of an address without its escapes.
pub(super) fn unescaped(text: &str) -> String {
    // What only forms escape stands for itself here.
    let text = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    let mut found = form_urlencoded::parse(text.as_bytes());
    found.next().map(|(text, _)| text.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::reading::Reading;
    use super::super::transport::ways;
    use super::*;

    fn hosts() -> FreeHosts {
        let hosts = ["ftp.example", "*.museum.example", "127.0.0.1"].map(str::to_owned);
        FreeHosts::new(&hosts).unwrap()
    }

    fn free(kind: &str, options: &Value) -> Result<Option<FreePlace>, NotFree> {
        let way = json!([{"type": kind, "options": options}]);
        let mut reading = Reading::default();
        let ways = ways("_transports", &way, &mut reading);
        assert_eq!(reading.mistakes, []);
        ways[0].free(&hosts())
    }

    fn check(kind: &str, options: &Value, name: &str, path: &str, target: &Value) {
        let found = free(kind, options).unwrap().unwrap();
        assert_eq!((found.name.as_str(), found.path.as_str()), (name, path), "{options}");
        let found = json!(found.target);
        for (key, value) in target.as_object().unwrap() {
            assert_eq!(found[key], *value, "{options}: {key}");
        }
        assert!(!found.to_string().contains("hidden"), "{found}");
    }

    #[test]
    fn a_host_is_listed_as_it_is_or_by_a_domain_above_it() {
        for (host, expected) in [
            ("ftp.example", true),
            ("FTP.example", true),
            ("a.ftp.example", false),
            ("xftp.example", false),
            ("a.museum.example", true),
            ("a.b.museum.example", true),
            ("museum.example", false),
            (".museum.example", false),
            ("xmuseum.example", false),
            ("127.0.0.1", true),
        ] {
            assert_eq!(hosts().has(host), expected, "{host}");
        }
        for wrong in ["", "*", "*.", "a b", "*.0.0.1", "ftp://a.example", "a.example:21", "a.*"] {
            assert!(FreeHosts::new(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_place_at_a_listed_host_is_what_the_document_says() {
        check(
            "ftp",
            &json!({"server": "ftp://ftp.example/in", "login": "ed", "password": "hidden",
                "directory": "/a/b"}),
            "ftp://ed@ftp.example/in",
            "a/b",
            &json!({"host": "ftp.example", "user": "ed", "path": "in", "security": "none"}),
        );
        check(
            "ftp",
            &json!({"server": "ftps://e%40d:hidden@a.museum.example", "directory": "/srv"}),
            "ftps://e@d@a.museum.example",
            "srv",
            &json!({"user": "e@d", "path": "/", "security": "tls"}),
        );
        check(
            "ftp",
            &json!({"server": "ftps://ed@ftp.example:990", "pw:key:secret": "hidden"}),
            "ftps://ed@ftp.example:990",
            "",
            &json!({"port": 990, "security": "implicit"}),
        );
        check(
            "webdav",
            &json!({"url": "https://127.0.0.1:8443/dav/x%20y/", "login": "ed",
                "password:secret": "hidden", "token:secret": "more", "directory": "a"}),
            "https://ed@127.0.0.1:8443/dav/x y",
            "a",
            &json!({"url": "https://127.0.0.1:8443/dav/x%20y/", "user": "ed"}),
        );
    }

    #[test]
    fn what_leads_elsewhere_is_no_place_and_what_lets_nobody_in_is_told() {
        let there = |server: &str| json!({"server": server, "login": "ed", "password": "hidden"});
        for options in [
            there("ftp://other.example"),
            there("ftp.example"),
            json!({"target": "x", "server": "ftp://ftp.example", "login": "e", "password": "p"}),
        ] {
            assert_eq!(free("ftp", &options), Ok(None), "{options}");
        }
        for (kind, options, key) in [
            ("ftp", json!({"server": "ftp://ftp.example", "password": "hidden"}), "login"),
            ("ftp", json!({"server": "ftp://ed@ftp.example"}), "password"),
            (
                "ftp",
                json!({"server": "ftp://ed@ftp.example", "a:secret": "1", "b:secret": "2"}),
                "password",
            ),
            ("sftp", there("sftp://ftp.example"), "server"),
            ("webdav", there("http://ftp.example"), "server"),
            ("ftp", there("ftp://ftp.example/a%0Ab"), "server"),
        ] {
            let wrong = free(kind, &options).unwrap_err();
            assert_eq!(wrong.key, key, "{options}: {}", wrong.why);
        }
    }
}
