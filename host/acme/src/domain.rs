//! A name that a certificate is for.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The longest name, in bytes (RFC 1035 section 2.3.4), and the longest label.
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// The name of a host, in lower case, that an authority can look up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Domain(String);

/// Why a text names no [`Domain`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DomainError {
    /// All names beneath another.
    #[error(
        "a certificate for {0} is given for a proof in DNS alone, which isn't offered here; name each host"
    )]
    Wildcard(String),
    /// An address.
    #[error("{0} is an address, and certificates are for names")]
    Address(String),
    /// A name that means another machine to everybody.
    #[error("{0} is this machine's own name for itself, which nobody else can vouch for")]
    Local(String),
    /// Not as DNS has names.
    #[error("{0:?} isn't the name of a host, such as example.com; write other letters as xn--…")]
    Invalid(String),
}

impl FromStr for Domain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if name.starts_with("*.") {
            return Err(DomainError::Wildcard(name));
        }
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        if bare.parse::<IpAddr>().is_ok() {
            return Err(DomainError::Address(name));
        }
        if name == "localhost" || name.ends_with(".localhost") {
            return Err(DomainError::Local(name));
        }
        let is_name = name.len() <= MAX_NAME && name.split('.').all(is_label);
        // What ends in a number is an address to browsers.
        let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
        if !is_name || name.rsplit('.').next().is_some_and(is_number) {
            return Err(DomainError::Invalid(text.to_owned()));
        }
        Ok(Self(name))
    }
}

/// Letters, digits and hyphens (RFC 1123 section 2.1).
fn is_label(label: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=MAX_LABEL).contains(&label.len())
        && label.bytes().all(is_allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl Domain {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_hosts_are_taken() {
        for (text, name) in [
            ("example.com", "example.com"),
            ("WWW.Example.COM.", "www.example.com"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("intern", "intern"),
        ] {
            assert_eq!(text.parse::<Domain>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn others_are_not() {
        for text in ["*.example.com", "*.com"] {
            let refused = text.parse::<Domain>().unwrap_err().to_string();
            assert!(refused.contains("name each host"), "{refused}");
        }
        for text in ["127.0.0.1", "::1", "[::1]", "192.0.2.7"] {
            let refused = text.parse::<Domain>().unwrap_err().to_string();
            assert!(refused.contains("is an address"), "{refused}");
        }
        for text in ["localhost", "a.localhost", "LOCALHOST."] {
            let refused = text.parse::<Domain>().unwrap_err().to_string();
            assert!(refused.contains("this machine's own"), "{refused}");
        }
        let long = format!("{}.com", "a".repeat(64));
        let all = [
            "",
            ".",
            "a..b",
            "-a.com",
            "a-.com",
            "bücher.example",
            "a b",
            "a/b",
            "../x",
            "https://a.com",
            "a.com:443",
            "1.2",
            "a*.com",
            "a\n.com",
            &long,
        ];
        for text in all {
            assert!(text.parse::<Domain>().is_err(), "{text:?}");
        }
    }
}
