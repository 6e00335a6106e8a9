//! Where browsers reach a domain.

use crate::api::Urls;
use crate::names::Label;
use crate::sites::Domain;
use http::Uri;
use std::str::FromStr;

/// Where browsers reach a domain: by which scheme, and at which port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    scheme: &'static str,
    domain: Domain,
    port: Option<u16>,
}

/// Why a text doesn't say where browsers reach a domain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("give a URL without a path, such as https://preview.example.com")]
pub struct DoorError;

impl Door {
    /// Where a domain is reached over HTTP, or over HTTPS. A port that is the scheme's
    /// own isn't said.
    #[must_use]
    pub fn new(is_encrypted: bool, domain: &Domain, port: Option<u16>) -> Self {
        let (scheme, usual) = if is_encrypted {
            ("https", 443)
        } else {
            ("http", 80)
        };
        Self {
            scheme,
            domain: domain.clone(),
            port: port.filter(|port| *port != usual),
        }
    }
}

impl Door {
    /// Whether browsers come by HTTPS.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.scheme == "https"
    }

    /// The URL of the domain itself, without a slash at its end.
    #[must_use]
    pub fn own_url(&self) -> String {
        let Self {
            scheme,
            domain,
            port,
        } = self;
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}://{domain}{port}")
    }
}

impl FromStr for Door {
    type Err = DoorError;

    fn from_str(text: &str) -> Result<Self, DoorError> {
        let url: Uri = text.parse().map_err(|_| DoorError)?;
        let is_encrypted = match url.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(DoorError),
        };
        let has_user = url
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'));
        if has_user || !matches!(url.path(), "" | "/") || url.query().is_some() {
            return Err(DoorError);
        }
        let domain = url.host().ok_or(DoorError)?;
        let domain = domain.parse::<Domain>().map_err(|_| DoorError)?;
        Ok(Self::new(is_encrypted, &domain, url.port_u16()))
    }
}

impl Urls for Door {
    fn url(&self, label: &Label) -> String {
        let own = self.own_url();
        let (scheme, authority) = own.split_once("://").unwrap_or_default();
        format!("{scheme}://{label}.{authority}/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_all_of_it() {
        let label = "pr-42".parse().expect("a label");
        for (text, url) in [
            (
                "https://preview.example.com",
                "https://pr-42.preview.example.com/",
            ),
            (
                "https://preview.example.com:443/",
                "https://pr-42.preview.example.com/",
            ),
            ("http://localhost:8000", "http://pr-42.localhost:8000/"),
        ] {
            assert_eq!(text.parse::<Door>().expect(text).url(&label), url);
        }
        for text in [
            "",
            "localhost",
            "ftp://a",
            "https://a/b",
            "https://127.0.0.1",
            "https://a@b",
        ] {
            assert!(text.parse::<Door>().is_err(), "{text:?}");
        }
    }
}
