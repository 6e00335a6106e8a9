//! Hosts: which of them are sites, and which is the server's own.

use crate::names::Label;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// The longest name of a host, in bytes (RFC 1035 section 2.3.4), and room for a label in
/// front of a domain's.
const MAX_DOMAIN: usize = 253 - 64;

/// A domain whose subdomains are sites: each `<label>.<domain>` is one, and the domain
/// itself is the server's own host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain(String);

/// Why a text is no domain for sites.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no domain for sites; give a name such as localhost or preview.example.com")]
pub struct DomainError(String);

impl FromStr for Domain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let is_label = |label: &str| {
            let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=63).contains(&label.len())
                && label.bytes().all(may_stand)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        // A name that ends in digits is an address, to browsers.
        let is_address = name
            .rsplit('.')
            .next()
            .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        if name.len() > MAX_DOMAIN || is_address || !name.split('.').all(is_label) {
            return Err(DomainError(text.to_owned()));
        }
        Ok(Self(name))
    }
}

impl Domain {
    /// The domain's name, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Domain {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Where a host leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// To a site of this label, if there is one.
    Site(Label),
    /// To the server's own host.
    Own,
    /// To none.
    Nowhere,
}

/// Where a host leads, which is in lower case and without a port. The server is its own
/// host by address, too: who has no name for it has that.
pub(super) fn place(domains: &[Domain], host: &[u8]) -> Place {
    let Ok(host) = std::str::from_utf8(host) else {
        return Place::Nowhere;
    };
    if domains.iter().any(|domain| domain.0 == host) || is_address(host) {
        return Place::Own;
    }
    let label_of = |domain: &Domain| host.strip_suffix(&domain.0)?.strip_suffix('.');
    let label = domains.iter().find_map(label_of);
    match label.map(Label::new) {
        Some(Ok(label)) => Place::Site(label),
        Some(Err(_)) | None => Place::Nowhere,
    }
}

/// Whether a host is an IP address, as it stands in an authority.
fn is_address(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    match bare {
        Some(bare) => bare.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.parse::<std::net::Ipv4Addr>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_in_front_of_a_domain_is_a_site() {
        let domains = ["localhost", "preview.example.com"].map(|name| name.parse().expect("one"));
        let label = |label| Place::Site(Label::new(label).expect("a label"));
        for (host, leads) in [
            ("localhost", Place::Own),
            ("preview.example.com", Place::Own),
            ("127.0.0.1", Place::Own),
            ("[::1]", Place::Own),
            ("pr-42.localhost", label("pr-42")),
            ("pr-42--shop.localhost", label("pr-42--shop")),
            ("pr-42.preview.example.com", label("pr-42")),
            ("a.b.localhost", Place::Nowhere),
            ("example.com", Place::Nowhere),
            ("xlocalhost", Place::Nowhere),
            ("preview.example.com.localhost", Place::Nowhere),
            (".localhost", Place::Nowhere),
            ("-.localhost", Place::Nowhere),
            ("pr_42.localhost", Place::Nowhere),
            ("", Place::Nowhere),
            ("[::1", Place::Nowhere),
        ] {
            assert_eq!(place(&domains, host.as_bytes()), leads, "{host:?}");
        }
        assert_eq!(place(&domains, b"\xff.localhost"), Place::Nowhere);
    }

    #[test]
    fn a_domain_is_a_name() {
        for (text, name) in [
            ("localhost", "localhost"),
            ("Preview.Example.COM.", "preview.example.com"),
            ("test", "test"),
        ] {
            assert_eq!(text.parse::<Domain>().expect(text).as_str(), name);
        }
        for text in [
            "",
            ".",
            "a..b",
            "-a",
            "127.0.0.1",
            "a b",
            "é",
            "a:80",
            "*.a",
        ] {
            assert!(text.parse::<Domain>().is_err(), "{text:?}");
        }
    }
}
