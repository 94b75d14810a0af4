//! Where requests come from: whoever connects, or whom a proxy of the operator's asks for.
//!
//! Anybody can write any `X-Forwarded-For`. Only what a proxy that the operator names has added to it counts.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use source::address::{Network, NoNetwork, is_public};

/// The header to which each proxy adds who asked it.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies in front of the API.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<Network>);

impl Proxies {
    /// Those at these addresses (`10.1.2.3`), and in these networks (`10.1.0.0/16`).
    pub fn new(entries: &[String]) -> Result<Self, NoNetwork> {
        let networks = entries.iter().map(|entry| entry.parse::<Network>());
        Ok(Self(networks.collect::<Result<_, _>>()?))
    }

    /// Where a request comes from; nothing where it cannot be told apart from those of others.
    pub(super) fn origin(&self, parts: &Parts) -> Option<IpAddr> {
        let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
        let peer = peer.ip().to_canonical();
        if self.0.is_empty() {
            // Nobody says whether it is a proxy: what is near may be one, and ask for everybody.
            return is_public(peer).then_some(peer);
        }
        if !self.has(peer) {
            return Some(peer);
        }
        // What stands before the last entry that no proxy of ours added may be anybody's invention.
        for value in parts.headers.get_all(FORWARDED_FOR).iter().rev() {
            // Each by itself: what a proxy adds stands behind whatever bytes somebody sent.
            for entry in value.as_bytes().rsplit(|byte| *byte == b',') {
                let address = address(str::from_utf8(entry).ok()?.trim())?;
                if !self.has(address) {
                    return Some(address);
                }
            }
        }
        None
    }

    fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }
}

/// The address of an entry, with a port or without.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|entry| entry.strip_suffix(']')).unwrap_or(entry);
    let with_port = || Some(entry.parse::<SocketAddr>().ok()?.ip());
    Some(bare.parse().ok().or_else(with_port)?.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, Request};

    use super::*;

    fn check(proxies: &[&str], peer: &str, forwarded: &[&str], expected: Option<&str>) {
        let forwarded: Vec<&[u8]> = forwarded.iter().map(|value| value.as_bytes()).collect();
        check_bytes(proxies, peer, &forwarded, expected);
    }

    fn check_bytes(proxies: &[&str], peer: &str, forwarded: &[&[u8]], expected: Option<&str>) {
        let proxies: Vec<String> = proxies.iter().map(|entry| (*entry).to_owned()).collect();
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        let mut request = Request::builder().extension(ConnectInfo(peer));
        for value in forwarded {
            let value = HeaderValue::from_bytes(value).unwrap();
            request = request.header(FORWARDED_FOR, value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let origin = Proxies::new(&proxies).unwrap().origin(&parts);
        assert_eq!(origin, expected.map(|text| text.parse().unwrap()), "{peer} {forwarded:?}");
    }

    #[test]
    fn without_a_word_of_the_operator_only_strangers_from_afar_are_told_apart() {
        check(&[], "93.184.216.34", &[], Some("93.184.216.34"));
        check(&[], "93.184.216.34", &["1.1.1.1"], Some("93.184.216.34"));
        for near in ["127.0.0.1", "10.1.2.3", "192.168.0.7", "::1", "fd00::1", "::ffff:10.0.0.1"] {
            check(&[], near, &["1.1.1.1"], None);
        }
    }

    #[test]
    fn a_proxy_tells_who_asks_and_nobody_else_does() {
        let proxies = &["127.0.0.1", "10.1.0.0/16"];
        check(proxies, "127.0.0.1", &["93.184.216.34"], Some("93.184.216.34"));
        check(proxies, "10.1.2.3", &["1.1.1.1, 93.184.216.34"], Some("93.184.216.34"));
        check(proxies, "10.1.2.3", &["1.1.1.1", "93.184.216.34"], Some("93.184.216.34"));
        check(proxies, "::ffff:10.1.2.3", &["192.168.0.7:5123"], Some("192.168.0.7"));
        check(proxies, "10.1.2.3", &["[2001:db8::1]:80"], Some("2001:db8::1"));
        check(proxies, "10.1.2.3", &["[2001:db8::1]"], Some("2001:db8::1"));
        // One that asked another.
        check(proxies, "127.0.0.1", &["1.1.1.1, 93.184.216.34, 10.1.9.9"], Some("93.184.216.34"));
        check(proxies, "10.2.0.1", &["1.1.1.1"], Some("10.2.0.1"));
        for unsaid in ["unknown", "1.1.1.1, _hidden", "", "10.1.0.7"] {
            check(proxies, "127.0.0.1", &[unsaid], None);
        }
        check(proxies, "127.0.0.1", &[], None);
    }

    #[test]
    fn no_bytes_that_somebody_sends_hide_where_they_come_from() {
        let proxies = &["127.0.0.1", "10.1.0.0/16"];
        let from = Some("93.184.216.34");
        check_bytes(proxies, "127.0.0.1", &[b"\xff, 93.184.216.34"], from);
        check_bytes(proxies, "127.0.0.1", &[b"\xff, 93.184.216.34, 10.1.9.9"], from);
        check_bytes(proxies, "127.0.0.1", &["\u{e4}".as_bytes(), b"93.184.216.34"], from);
        check_bytes(proxies, "127.0.0.1", &[b"93.184.216.34, \xff"], None);
    }
}
