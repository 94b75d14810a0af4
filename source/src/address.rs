//! Which addresses are fetched: public ones, and those the operator allows.
//!
//! Records name URLs, and records may come from strangers. A name is resolved once, refused where any
//! of its addresses is not public, and connected to at exactly the addresses that were checked, so
//! that a second answer of the name server changes nothing. Every redirect is judged anew.

mod public;
mod network;
mod resolver;
mod clients;

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

pub(crate) use self::clients::{Clients, not_public, told, unavailable};
pub use self::network::{Network, NoNetwork};
pub use self::public::is_public;
pub(crate) use self::resolver::Lookup;
use self::resolver::{CheckedResolver, NotPublic};

/// Ports that are fetched from without being named.
const PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// What the operator allows besides public addresses.
#[derive(Debug, Clone, Default)]
pub struct AddressRules {
    allowed: Vec<Allowed>,
}

/// An entry of the operator's list.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Allowed {
    /// A name or address, on the usual ports or on one.
    Host { host: String, port: Option<u16> },
    /// A network.
    Network(Network),
}

/// An entry that is neither a host, `host:port` nor a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{entry:?} is neither a host, a host:port nor a network such as 10.1.0.0/16")]
pub struct UnknownEntry {
    /// The entry as it was given.
    pub entry: String,
}

/// How a URL may be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passage {
    /// By whatever its name resolves to: the operator named it.
    Named,
    /// If its name resolves to public addresses only, or to ones in networks that are allowed.
    Checked,
}

impl AddressRules {
    /// Rules that allow, besides what is public, hosts (`media.internal`, on the usual ports), hosts
    /// with a port (`127.0.0.1:9000`, `[::1]:9000`), and networks (`10.1.0.0/16`).
    pub fn new(allowed: &[String]) -> Result<Self, UnknownEntry> {
        let allowed: Result<_, _> = allowed
            .iter()
            .map(|entry| parse(entry).ok_or_else(|| UnknownEntry { entry: entry.clone() }))
            .collect();
        Ok(Self { allowed: allowed? })
    }

    /// How a URL may be fetched; errs with the rule that it breaks.
    fn passage(&self, url: &Url) -> Result<Passage, String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("{} is neither http nor https", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it has a user name or a password".to_owned());
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err("it names no host".to_owned());
        };
        let (name, literal) = match host {
            Host::Domain(name) => (name.trim_end_matches('.').to_owned(), None),
            Host::Ipv4(address) => (address.to_string(), Some(IpAddr::V4(address))),
            Host::Ipv6(address) => (address.to_string(), Some(IpAddr::V6(address))),
        };
        let is_usual = PORTS.contains(&port);
        let is_named = self.allowed.iter().any(|allowed| match allowed {
            Allowed::Host { host, port: None } => is_usual && *host == name,
            Allowed::Host { host, port: Some(only) } => *only == port && *host == name,
            Allowed::Network(_) => false,
        });
        if is_named {
            return Ok(Passage::Named);
        }
        if !is_usual {
            return Err(format!("the port {port} is not one of {PORTS:?}"));
        }
        if let Some(address) = literal {
            self.admit(address)?;
        }
        Ok(Passage::Checked)
    }

    /// Whether an address may be connected to; errs with the rule that it breaks.
    fn admit(&self, address: IpAddr) -> Result<(), String> {
        let in_network = self.allowed.iter().any(|allowed| match allowed {
            Allowed::Host { .. } => false,
            Allowed::Network(network) => network.holds(address),
        });
        if in_network || is_public(address) {
            Ok(())
        } else {
            Err(format!("the address {address} is not public"))
        }
    }
}

fn parse(entry: &str) -> Option<Allowed> {
    if entry.contains('/') {
        return entry.parse().ok().map(Allowed::Network);
    }
    if let Ok(address) = entry.parse::<SocketAddr>() {
        return Some(Allowed::Host { host: address.ip().to_string(), port: Some(address.port()) });
    }
    if let Ok(address) = entry.parse::<IpAddr>() {
        return Some(Allowed::Host { host: address.to_string(), port: None });
    }
    let (host, port) = match entry.split_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (entry, None),
    };
    match Host::parse(host.trim_end_matches('.')).ok()? {
        Host::Domain(host) => Some(Allowed::Host { host, port }),
        Host::Ipv4(address) => Some(Allowed::Host { host: address.to_string(), port }),
        Host::Ipv6(address) => Some(Allowed::Host { host: address.to_string(), port }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(allowed: &[&str], url: &str, expected: Result<Passage, &str>) {
        let allowed: Vec<String> = allowed.iter().map(|entry| (*entry).to_owned()).collect();
        let rules = AddressRules::new(&allowed).unwrap();
        let passage = rules.passage(&Url::parse(url).unwrap());
        assert_eq!(
            passage.as_ref().map_err(String::as_str),
            expected.as_ref().map_err(|why| *why),
            "{url}"
        );
    }

    #[test]
    fn addresses_that_are_not_public_are_refused_in_every_spelling() {
        for (url, address) in [
            ("http://169.254.169.254/latest/meta-data/", "169.254.169.254"),
            ("http://2130706433/", "127.0.0.1"),
            ("http://0x7f.1/", "127.0.0.1"),
            ("http://0177.0.0.1/", "127.0.0.1"),
            ("http://0/", "0.0.0.0"),
            ("http://[::ffff:10.0.0.1]/", "::ffff:10.0.0.1"),
            ("http://[::1]/", "::1"),
            ("http://[fd00::1]/", "fd00::1"),
        ] {
            check(&[], url, Err(&format!("the address {address} is not public")));
        }
    }

    #[test]
    fn only_plain_web_addresses_are_fetched() {
        check(&[], "https://example.org/a.jpg", Ok(Passage::Checked));
        check(&[], "http://93.184.216.34:8080/", Ok(Passage::Checked));
        check(&[], "file:///etc/passwd", Err("file is neither http nor https"));
        check(&[], "gopher://example.org/", Err("gopher is neither http nor https"));
        check(&[], "http://u:p@example.org/", Err("it has a user name or a password"));
        check(
            &[],
            "http://example.org:6379/",
            Err("the port 6379 is not one of [80, 443, 8080, 8443]"),
        );
    }

    #[test]
    fn what_the_operator_names_is_allowed_and_nothing_near_it() {
        check(&["127.0.0.1:9000"], "http://127.0.0.1:9000/", Ok(Passage::Named));
        check(&["[::1]:9000"], "http://[::1]:9000/", Ok(Passage::Named));
        check(&["127.0.0.1:9000"], "http://127.0.0.1/", Err("the address 127.0.0.1 is not public"));
        check(&["Media.Internal."], "http://media.internal/", Ok(Passage::Named));
        check(&["media.internal"], "http://x.media.internal/", Ok(Passage::Checked));
        check(&["10.1.0.0/16"], "http://10.1.2.3/", Ok(Passage::Checked));
        check(&["10.1.0.0/16"], "http://10.2.2.3/", Err("the address 10.2.2.3 is not public"));
    }

    #[test]
    fn entries_that_mean_nothing_are_refused() {
        for entry in ["10.0.0.0/33", "a b", "host:port", ""] {
            let error = AddressRules::new(&[entry.to_owned()]).unwrap_err();
            assert_eq!(error.entry, entry);
        }
    }
}
