//! Networks, as operators write them.

use std::net::IpAddr;
use std::str::FromStr;

use super::public::holds;

/// A network, by its address and the length of its prefix. A single address is one as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is neither an address nor a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is neither an address nor a network such as 10.1.0.0/16")]
pub struct NoNetwork {
    /// The text as it was given.
    pub text: String,
}

impl Network {
    /// Whether an address is in it. An IPv4 address written as an IPv6 one counts as what it is.
    pub fn holds(&self, address: IpAddr) -> bool {
        holds(self.address, self.prefix, address)
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let parsed = || {
            let (address, prefix) = match text.split_once('/') {
                Some((address, prefix)) => (address, Some(prefix)),
                None => (text, None),
            };
            let address: IpAddr = address.parse().ok()?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            let prefix = prefix.map_or(Some(most), |prefix| prefix.parse().ok())?;
            (prefix <= most).then_some(Self { address, prefix })
        };
        parsed().ok_or_else(|| NoNetwork { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(network: &str, address: &str, expected: bool) {
        let network: Network = network.parse().unwrap();
        assert_eq!(network.holds(address.parse().unwrap()), expected, "{network:?} {address}");
    }

    #[test]
    fn a_network_holds_what_begins_as_it_does() {
        check("10.1.0.0/16", "10.1.255.3", true);
        check("10.1.0.0/16", "10.2.0.3", false);
        check("10.1.0.0/16", "::ffff:10.1.0.3", true);
        check("127.0.0.1", "127.0.0.1", true);
        check("127.0.0.1", "127.0.0.2", false);
        check("fd00::/8", "fd12::1", true);
        check("::1", "::1", true);
    }

    #[test]
    fn what_is_no_network_is_told() {
        for text in ["10.0.0.0/33", "proxy.internal", "10.0.0.1:80", "", "10.0.0.0/x"] {
            assert_eq!(text.parse::<Network>(), Err(NoNetwork { text: text.to_owned() }));
        }
    }
}
