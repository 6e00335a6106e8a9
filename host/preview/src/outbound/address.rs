//! Which addresses are everybody's.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::sync::LazyLock;

/// What isn't on the Internet, by the registries of IANA for special purposes (RFC 6890):
/// this machine, private networks, links, and what is set apart for other uses. A cloud's
/// server of metadata is at an address of a link.
static SPECIAL: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    ]
    .iter()
    .filter_map(|net| net.parse().ok())
    .collect()
});

/// Where addresses are that were given to networks (RFC 4291 section 2.4).
const UNICAST: u16 = 0x2000;
const UNICAST_MASK: u16 = 0xe000;

/// What an IPv4 address is in, on a network that has IPv6 alone (RFC 6052).
const TRANSLATED: [u16; 6] = [0x64, 0xff9b, 0, 0, 0, 0];

/// Whether whoever is on the Internet can reach that address, and it is none of this
/// machine's, behind whose firewall a request from here would be.
pub(super) fn is_everybodys(address: IpAddr) -> bool {
    let address = address.to_canonical();
    is_public(address) && !is_own(address)
}

fn is_public(address: IpAddr) -> bool {
    if let IpAddr::V6(six) = address {
        if let Some(four) = translated(six) {
            return is_public(four.into());
        }
        if six.segments()[0] & UNICAST_MASK != UNICAST {
            return false;
        }
    }
    !SPECIAL.iter().any(|net| net.contains(&address))
}

fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let [high, low] = [segments[6], segments[7]].map(u16::to_be_bytes);
    let is_one = segments[..6] == TRANSLATED;
    is_one.then(|| Ipv4Addr::new(high[0], high[1], low[0], low[1]))
}

/// Whether it is an address of this machine's: these alone can be bound to.
fn is_own(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_on_the_internet_is_nobodys() {
        for address in [
            "0.0.0.0",
            "10.255.255.255",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.8",
            "198.19.255.255",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2002:7f00:1::",
            "2001:db8::1",
            "3fff::1",
            "5f00::1",
        ] {
            let parsed = address.parse().expect("an address");
            assert!(!is_everybodys(parsed), "{address}");
        }
    }

    #[test]
    fn what_is_on_the_internet_is_everybodys() {
        for address in [
            "1.1.1.1",
            "172.32.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "169.253.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "2a00::1",
        ] {
            let parsed = address.parse().expect("an address");
            assert!(is_everybodys(parsed), "{address}");
        }
        assert_eq!(SPECIAL.len(), 18, "all of them are networks");
    }
}
