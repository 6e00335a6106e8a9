//! Where a server is: the URL that `--server` has.

use http::Uri;
use http::uri::{Authority, Scheme};
use std::fmt::{self, Display, Formatter};
use std::net::IpAddr;
use std::str::FromStr;

/// Where `wasm-host preview` listens if nothing is said.
pub const DEFAULT_SERVER: &str = "http://127.0.0.1:8000";

/// A server's address: `http` or `https`, a host, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    encrypted: bool,
    authority: Authority,
}

/// Why a text is no server's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}; give it as http://HOST:PORT or https://HOST")]
pub struct AddressError(&'static str);

impl FromStr for ServerAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let uri: Uri = text
            .trim()
            .parse()
            .map_err(|_| AddressError("a server's address is a URL"))?;
        let encrypted = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => {
                return Err(AddressError(
                    "a server's address begins with http:// or https://",
                ));
            }
        };
        let authority = uri
            .authority()
            .cloned()
            .ok_or(AddressError("there is no host in it"))?;
        if authority.as_str().contains('@') {
            return Err(AddressError(
                "a server's address has no user in it: what counts is the token",
            ));
        }
        if uri.path() != "/" || uri.query().is_some() {
            return Err(AddressError("a server's address ends after its port"));
        }
        Ok(Self {
            encrypted,
            authority,
        })
    }
}

impl ServerAddress {
    /// Whether it is asked by TLS.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// Whether it is on this machine by its name alone, whatever a resolver says.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let host = self.host();
        match host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => is_localhost(host),
        }
    }

    /// The host, without the brackets of an IPv6 address.
    #[must_use]
    pub fn host(&self) -> &str {
        self.authority.host().trim_matches(['[', ']'])
    }

    /// The host to connect to: `*.localhost` is this machine (RFC 6761 section 6.3),
    /// which not every resolver knows.
    pub(super) fn reached_at(&self) -> &str {
        let host = self.host();
        if is_localhost(host) {
            "localhost"
        } else {
            host
        }
    }

    /// The port, or that of the scheme.
    #[must_use]
    pub fn port(&self) -> u16 {
        let usual = if self.encrypted { 443 } else { 80 };
        self.authority.port_u16().unwrap_or(usual)
    }

    /// The value of the field `Host`.
    pub(super) fn authority(&self) -> &str {
        self.authority.as_str()
    }
}

fn is_localhost(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

impl Display for ServerAddress {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let scheme = if self.encrypted { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_url_of_a_host() {
        let address: ServerAddress = "https://Previews.example".parse().unwrap();
        assert_eq!((address.host(), address.port()), ("Previews.example", 443));
        let address: ServerAddress = "http://[::1]:8080/".parse().unwrap();
        assert_eq!((address.host(), address.port()), ("::1", 8080));
        assert_eq!(address.to_string(), "http://[::1]:8080");
        for bad in [
            "",
            "localhost:8000",
            "ftp://a.example",
            "http://",
            "http://a.example/x",
            "http://a.example/?q",
            "http://user:pass@a.example",
            "/x",
            "http://a b",
        ] {
            assert!(bad.parse::<ServerAddress>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_local_is_known_by_its_name() {
        let local = |text: &str| text.parse::<ServerAddress>().unwrap().is_local();
        for address in [
            "http://127.0.0.1:8000",
            "http://127.9.9.9",
            "http://[::1]:1",
            "http://LOCALHOST",
            "http://a.localhost:8000",
        ] {
            assert!(local(address), "{address}");
        }
        for address in [
            "http://localhost.example",
            "http://192.168.0.1",
            "https://127.0.0.1.example",
            "http://notlocalhost",
        ] {
            assert!(!local(address), "{address}");
        }
    }
}
