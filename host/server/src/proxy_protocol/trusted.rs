//! The proxies that are believed.

use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A proxy, or a network of them, whose word is taken for whose a connection is.
///
/// ```
/// use wasm_host_server::TrustedProxy;
///
/// let network: TrustedProxy = "10.0.0.0/8".parse()?;
/// let proxy: TrustedProxy = "2001:db8::7".parse()?;
/// # assert_eq!(network.to_string(), "10.0.0.0/8");
/// # assert_eq!(proxy.to_string(), "2001:db8::7/128");
/// # Ok::<(), wasm_host_server::TrustedProxyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedProxy(IpNet);

/// Why a text names no [`TrustedProxy`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no IP address or network; give one such as 127.0.0.1, 10.0.0.0/8 or fd00::/8")]
pub struct TrustedProxyError(String);

impl FromStr for TrustedProxy {
    type Err = TrustedProxyError;

    /// From an IPv4 or IPv6 address, or a network as `ADDRESS/BITS`.
    fn from_str(text: &str) -> Result<Self, TrustedProxyError> {
        let network = match text.parse::<IpAddr>() {
            Ok(address) => Ok(IpNet::from(address.to_canonical())),
            Err(_) => text.parse(),
        };
        let network = network.map_err(|_| TrustedProxyError(text.to_owned()))?;
        Ok(Self(network.trunc()))
    }
}

impl fmt::Display for TrustedProxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl TrustedProxy {
    /// Whether that is its address, or one of its network's.
    pub(crate) fn is_at(self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusts(network: &str, address: &str) -> bool {
        let network: TrustedProxy = network.parse().unwrap();
        network.is_at(address.parse().unwrap())
    }

    #[test]
    fn a_network_is_all_of_its_addresses() {
        assert!(trusts("10.0.0.0/8", "10.255.0.1"));
        assert!(!trusts("10.0.0.0/8", "11.0.0.1"));
        assert!(trusts("10.1.2.3/8", "10.9.9.9"), "bits past the prefix");
        assert!(trusts("192.0.2.7", "192.0.2.7"));
        assert!(!trusts("192.0.2.7", "192.0.2.8"));
        assert!(trusts("fd00::/8", "fd12::1"));
        assert!(trusts("0.0.0.0/0", "192.0.2.7"));
        assert!(!trusts("::/0", "192.0.2.7"), "of the other family");
    }

    #[test]
    fn an_address_of_a_dual_stack_socket_is_the_one_of_ipv4() {
        assert!(trusts("127.0.0.0/8", "::ffff:127.0.0.1"));
        assert!(trusts("::ffff:127.0.0.1", "127.0.0.1"));
    }

    #[test]
    fn what_is_neither_address_nor_network_is_named() {
        for bad in [
            "",
            "localhost",
            "10.0.0.0/33",
            "10.0.0/8",
            "::1/129",
            "*",
            "10.0.0.1:80",
        ] {
            let error = bad.parse::<TrustedProxy>().unwrap_err().to_string();
            assert!(
                error.contains(bad) && error.contains("10.0.0.0/8"),
                "{error}"
            );
        }
    }
}
