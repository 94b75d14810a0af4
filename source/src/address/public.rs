//! Which addresses belong to the public internet, after the registries of special-purpose
//! addresses: <https://www.iana.org/assignments/iana-ipv4-special-registry/> and
//! <https://www.iana.org/assignments/iana-ipv6-special-registry/>.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 networks that are not public, by address and length of the prefix.
const NOT_PUBLIC_V4: [(Ipv4Addr, u8); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The one IPv6 network that is public.
const PUBLIC_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Networks within it that are not: protocol assignments, documentation, and tunnels, which lead
/// to IPv4 addresses.
const NOT_PUBLIC_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Where networks without IPv4 find IPv4 addresses: in the last 32 bits.
const TRANSLATED_V4: (Ipv6Addr, u8) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether an address is public.
pub fn is_public(address: IpAddr) -> bool {
    let within = |(network, prefix): (Ipv6Addr, u8)| holds(network.into(), prefix, address);
    match address {
        IpAddr::V4(_) => !NOT_PUBLIC_V4
            .iter()
            .any(|(network, prefix)| holds((*network).into(), *prefix, address)),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(v4.into()),
            None if within(TRANSLATED_V4) => {
                let [.., a, b, c, d] = v6.octets();
                is_public(Ipv4Addr::new(a, b, c, d).into())
            }
            None => within(PUBLIC_V6) && !NOT_PUBLIC_V6.into_iter().any(within),
        },
    }
}

/// Whether a network holds an address. An IPv4 address written as an IPv6 one counts as what it is.
pub(super) fn holds(network: IpAddr, prefix: u8, address: IpAddr) -> bool {
    let (network, address, len) = match (network, address.to_canonical()) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (u128::from(network.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => (network.to_bits(), address.to_bits(), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
    };
    let ignored = 128.min(u32::from(len - prefix.min(len)));
    (network ^ address).checked_shr(ignored).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &[&str], expected: bool) {
        for address in addresses {
            assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn special_networks_are_not_public() {
        check(&["0.0.0.0", "10.255.255.255", "100.64.0.1", "127.1.2.3", "169.254.169.254"], false);
        check(&["172.16.0.1", "172.31.255.255", "192.168.1.1", "198.19.0.1", "224.0.0.1"], false);
        check(&["255.255.255.255", "::", "::1", "fe80::1", "fd00::1", "ff02::1"], false);
        check(&["2001:db8::1", "2002:7f00:1::", "2001::1", "::ffff:127.0.0.1"], false);
        check(&["64:ff9b::10.0.0.1", "::127.0.0.1", "fec0::1"], false);
    }

    #[test]
    fn the_rest_is_public() {
        check(&["1.1.1.1", "172.32.0.1", "100.128.0.1", "11.0.0.0", "223.255.255.255"], true);
        check(&["2606:4700::1111", "2a00::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"], true);
    }

    #[test]
    fn a_network_of_no_bits_holds_everything_of_its_kind() {
        assert!(holds("0.0.0.0".parse().unwrap(), 0, "1.2.3.4".parse().unwrap()));
        assert!(holds("::".parse().unwrap(), 0, "2a00::1".parse().unwrap()));
        assert!(!holds("::".parse().unwrap(), 0, "1.2.3.4".parse().unwrap()));
    }
}
