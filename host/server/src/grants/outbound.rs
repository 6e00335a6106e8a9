//! Where a handler may send requests to.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// The longest host name (RFC 1035 section 2.3.4), without the root's dot.
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// A host that requests may be sent to, and one port of it, or any.
///
/// The name or address is compared as it stands in a request, not what a name
/// resolves to: whoever is granted `example.com` is granted whatever machine
/// that is, and whoever is granted `127.0.0.1` isn't granted `localhost`.
///
/// ```
/// let target: wasm_host_server::OutboundTarget = "example.com:443".parse()?;
/// assert!(target.allows("Example.COM", 443));
/// assert!(!target.allows("example.com", 80));
/// assert!(!target.allows("www.example.com", 443));
/// # Ok::<(), wasm_host_server::OutboundTargetError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundTarget {
    host: Host,
    /// None is any.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    /// In lower case, without a dot at the end.
    Name(String),
    Address(IpAddr),
}

/// Why a text is no [`OutboundTarget`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutboundTargetError {
    /// The host is neither a name nor an address.
    #[error(
        "{0:?} is not a host: give a name such as example.com (no scheme, path or *), an IPv4 address, or an IPv6 address in brackets"
    )]
    Host(String),
    /// The port isn't a number of one.
    #[error("{0:?} is not a port: give a number from 1 to 65535")]
    Port(String),
}

impl OutboundTarget {
    /// Whether this is where a request goes. `host` as in a URL: a name, an
    /// IPv4 address, or an IPv6 address with brackets or without.
    #[must_use]
    pub fn allows(&self, host: &str, port: u16) -> bool {
        let unbracketed = || host.parse::<Ipv6Addr>().ok().map(Host::address);
        let same_host = Host::parse(host)
            .or_else(unbracketed)
            .is_some_and(|host| host == self.host);
        same_host && self.port.is_none_or(|allowed| allowed == port)
    }
}

impl OutboundTarget {
    /// Whether this allows all that the other one does.
    ///
    /// ```
    /// let all: wasm_host_server::OutboundTarget = "example.com".parse()?;
    /// let one: wasm_host_server::OutboundTarget = "example.com:443".parse()?;
    /// assert!(all.covers(&one) && !one.covers(&all));
    /// # Ok::<(), wasm_host_server::OutboundTargetError>(())
    /// ```
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.host == other.host && (self.port.is_none() || self.port == other.port)
    }

    /// The port. None: any.
    pub(crate) fn port(&self) -> Option<u16> {
        self.port
    }
}

impl FromStr for OutboundTarget {
    type Err = OutboundTargetError;

    /// From `HOST` or `HOST:PORT`.
    fn from_str(text: &str) -> Result<Self, OutboundTargetError> {
        let (host, port) = match text.rsplit_once(':') {
            // A colon within brackets belongs to the address, and one before a
            // slash to a URL, which is no host.
            Some((host, port)) if !port.contains([']', '/']) => (host, Some(port)),
            _ => (text, None),
        };
        let not_a_host = || OutboundTargetError::Host(text.to_owned());
        Ok(Self {
            host: Host::parse(host).ok_or_else(not_a_host)?,
            port: port.map(parse_port).transpose()?,
        })
    }
}

fn parse_port(text: &str) -> Result<u16, OutboundTargetError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(port) if port > 0 && digits => Ok(port),
        _ => Err(OutboundTargetError::Port(text.to_owned())),
    }
}

impl Host {
    fn parse(text: &str) -> Option<Self> {
        if let Some(address) = bracketed(text) {
            return address.parse::<Ipv6Addr>().ok().map(Self::address);
        }
        if let Ok(address) = text.parse::<std::net::Ipv4Addr>() {
            return Some(Self::address(address));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        is_name(name).then(|| Self::Name(name.to_ascii_lowercase()))
    }

    /// `::ffff:192.0.2.1` reaches the same machine as `192.0.2.1`.
    fn address(address: impl Into<IpAddr>) -> Self {
        Self::Address(address.into().to_canonical())
    }
}

fn bracketed(text: &str) -> Option<&str> {
    text.strip_prefix('[')?.strip_suffix(']')
}

/// Labels of letters, digits, `-` and `_` (RFC 1123 section 2.1; the underscore
/// is in use). The last one isn't a number: resolvers take `127.1` and
/// `0x7f000001` for addresses.
fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_number = |label: &str| {
        label.bytes().all(|byte| byte.is_ascii_digit())
            || label
                .get(..2)
                .is_some_and(|start| start.eq_ignore_ascii_case("0x"))
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= MAX_NAME && name.split('.').all(is_label) && !is_number(last)
}

/// As it is parsed; an IPv6 address in brackets.
impl fmt::Display for OutboundTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Name(name) => formatter.write_str(name)?,
            Host::Address(IpAddr::V4(address)) => write!(formatter, "{address}")?,
            Host::Address(IpAddr::V6(address)) => write!(formatter, "[{address}]")?,
        }
        match self.port {
            Some(port) => write!(formatter, ":{port}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> OutboundTarget {
        text.parse().expect("a target")
    }

    #[test]
    fn names_and_addresses_with_and_without_a_port() {
        for (text, shown) in [
            ("example.com", "example.com"),
            ("Example.COM.:8080", "example.com:8080"),
            ("localhost:80", "localhost:80"),
            ("a_b.xn--caf-dma.example", "a_b.xn--caf-dma.example"),
            ("127.0.0.1", "127.0.0.1"),
            ("192.0.2.1:65535", "192.0.2.1:65535"),
            ("[::1]", "[::1]"),
            ("[2001:DB8::0:1]:443", "[2001:db8::1]:443"),
            ("[::ffff:192.0.2.1]", "192.0.2.1"),
        ] {
            assert_eq!(target(text).to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            ":80",
            "*",
            "*.example.com",
            "http://example.com",
            "example.com/path",
            "user@example.com",
            "exa mple.com",
            "a..b",
            ".example.com",
            "-a.com",
            "caf\u{e9}.example",
            "::1",
            "[::1",
            "::1]",
            "[127.0.0.1]",
            "[fe80::1%eth0]",
            "[example.com]",
            "127.1",
            "2130706433",
            "0x7f.0x1",
            "0177.0.0.1",
            "256.0.0.1",
            "1.2.3.4.5",
            "a\0b",
            "a\nb",
        ] {
            let parsed = text.parse::<OutboundTarget>();
            assert!(parsed.is_err(), "{text:?}: {parsed:?}");
        }
        let long = format!("{}.example", "a".repeat(64));
        assert!(long.parse::<OutboundTarget>().is_err());
        let many = vec!["a"; 127].join(".");
        assert!(many.parse::<OutboundTarget>().is_ok());
        assert!(format!("{many}.b").parse::<OutboundTarget>().is_err());
    }

    #[test]
    fn a_url_is_told_that_it_is_no_host() {
        let parsed = "http://example.com".parse::<OutboundTarget>();
        assert!(
            matches!(parsed, Err(OutboundTargetError::Host(_))),
            "{parsed:?}"
        );
    }

    #[test]
    fn what_is_no_port_is_refused() {
        for text in [
            "a:", "a:0", "a:65536", "a:+80", "a:-1", "a:http", "a:80 ", "[::1]:x",
        ] {
            assert!(
                matches!(
                    text.parse::<OutboundTarget>(),
                    Err(OutboundTargetError::Port(_))
                ),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_name_allows_itself_only() {
        let any_port = target("example.com");
        for host in ["example.com", "EXAMPLE.com", "example.com."] {
            assert!(
                any_port.allows(host, 1) && any_port.allows(host, 443),
                "{host}"
            );
        }
        for host in [
            "",
            "com",
            "www.example.com",
            "example.com.evil.example",
            "evil-example.com",
            "example.com..",
            "example.com:443",
            "example.com@evil.example",
            "[example.com]",
            "93.184.216.34",
        ] {
            assert!(!any_port.allows(host, 443), "{host}");
        }
        assert!(target("example.com:443").allows("example.com", 443));
        assert!(!target("example.com:443").allows("example.com", 80));
    }

    #[test]
    fn an_address_allows_its_other_spellings_only() {
        let address = target("[2001:db8::1]:80");
        for host in ["[2001:db8::1]", "2001:db8::1", "[2001:DB8:0::0:1]"] {
            assert!(address.allows(host, 80), "{host}");
        }
        assert!(!address.allows("[2001:db8::2]", 80));
        let address = target("127.0.0.1");
        assert!(address.allows("127.0.0.1", 80));
        assert!(address.allows("[::ffff:127.0.0.1]", 80));
        for host in [
            "localhost",
            "127.1",
            "2130706433",
            "127.0.0.2",
            "[::1]",
            "0.0.0.0",
        ] {
            assert!(!address.allows(host, 80), "{host}");
        }
        assert!(!target("localhost").allows("127.0.0.1", 80));
    }
}
