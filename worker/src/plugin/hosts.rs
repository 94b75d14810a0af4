//! Which hosts a plugin may reach: a list of the operator's, by names and addresses as they are written, without
//! a look at where names lead.

use std::fmt;

use url::Host;

/// The ports of a host that is allowed without one: those of HTTP and HTTPS.
const PORTS: [u16; 2] = [80, 443];

/// Hosts that a plugin may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedHosts(Vec<Allowed>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Allowed {
    host: Host,
    port: Option<u16>,
}

/// Where a plugin wants to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    host: Host,
    port: u16,
}

impl AllowedHosts {
    /// The hosts of a list, `host` or `host:port`. What is none is the error.
    pub fn new(texts: &[String]) -> Result<Self, String> {
        let allowed = texts.iter().map(|text| -> Result<Allowed, String> {
            let (host, port) = split(text).ok_or_else(|| format!("{text:?} is no host"))?;
            Ok(Allowed { host, port })
        });
        allowed.collect::<Result<_, String>>().map(Self)
    }

    pub(super) fn permit(&self, wanted: &Destination) -> bool {
        let is_port = |port: Option<u16>| {
            port.map_or_else(|| PORTS.contains(&wanted.port), |port| port == wanted.port)
        };
        self.0.iter().any(|allowed| allowed.host == wanted.host && is_port(allowed.port))
    }
}

impl Destination {
    /// A text such as `api.example.org:443`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (host, port) = split(text)?;
        Some(Self { host, port: port? })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// A host, and its port where there is one. A name is the same with a dot at its end, and in capitals.
fn split(text: &str) -> Option<(Host, Option<u16>)> {
    let (host, port) = match text.rsplit_once(':') {
        // The last colon of an address in brackets may be within them.
        Some((host, port)) if !port.contains(']') => (host, Some(port.parse().ok()?)),
        Some(_) | None => (text, None),
    };
    if host.contains('*') || port == Some(0) {
        return None;
    }
    Some((Host::parse(host.trim_end_matches('.')).ok()?, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(allowed: &str, wanted: &str, expected: bool) {
        let hosts = AllowedHosts::new(&[allowed.to_owned()]).unwrap();
        let destination = Destination::read(wanted).unwrap();
        assert_eq!(hosts.permit(&destination), expected, "{wanted} by {allowed}");
    }

    #[test]
    fn a_host_is_let_through_with_its_ports_alone() {
        check("api.example.org", "api.example.org:443", true);
        check("api.example.org", "API.example.org.:80", true);
        check("api.example.org", "api.example.org:8080", false);
        check("api.example.org", "example.org:443", false);
        check("api.example.org", "api.example.org.evil.test:443", false);
        check("api.example.org:8443", "api.example.org:8443", true);
        check("api.example.org:8443", "api.example.org:443", false);
        check("[::1]:8080", "[::1]:8080", true);
        check("10.1.0.1", "10.1.0.1:80", true);
        check("10.1.0.1", "10.1.0.2:80", false);
    }

    #[test]
    fn what_is_no_host_is_told() {
        for wrong in ["https://example.org", "*", "*.example.org", "a b", "::1", "a:x", "a:0", ""] {
            let error = AllowedHosts::new(&[wrong.to_owned()]).unwrap_err();
            assert_eq!(error, format!("{wrong:?} is no host"));
        }
        assert_eq!(Destination::read("example.org"), None);
    }
}
