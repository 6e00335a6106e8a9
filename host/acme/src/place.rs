//! Where an authority is: its directory (RFC 8555 section 7.1.1), and nowhere else.

use http::Uri;
use http::uri::Scheme;
use std::fmt;
use std::str::FromStr;

/// The longest address of a directory, in bytes: it names a folder, too.
const MAX_URL: usize = 200;

/// The address of an authority's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryUrl {
    text: String,
    origin: Origin,
}

/// Why a text isn't a [`DirectoryUrl`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} isn't the address of an authority's directory, such as https://acme-v02.api.letsencrypt.org/directory"
)]
pub struct DirectoryUrlError(String);

/// A host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Origin {
    /// Of an address by HTTPS.
    pub(crate) fn of(uri: &Uri) -> Option<Self> {
        let authority = uri.authority()?;
        if uri.scheme() != Some(&Scheme::HTTPS) || authority.as_str().contains('@') {
            return None;
        }
        let host = authority.host().to_ascii_lowercase();
        let port = authority.port_u16().unwrap_or(443);
        (!host.is_empty()).then_some(Self { host, port })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            443 => formatter.write_str(&self.host),
            port => write!(formatter, "{}:{port}", self.host),
        }
    }
}

impl FromStr for DirectoryUrl {
    type Err = DirectoryUrlError;

    fn from_str(text: &str) -> Result<Self, DirectoryUrlError> {
        let wrong = || DirectoryUrlError(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let origin = Origin::of(&uri).ok_or_else(wrong)?;
        if text.len() > MAX_URL || uri.query().is_some() {
            return Err(wrong());
        }
        Ok(Self {
            text: text.to_owned(),
            origin,
        })
    }
}

impl DirectoryUrl {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The port that the authority is at.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.origin.port
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The name of a folder for what is this authority's alone: no two have the same.
    pub(crate) fn folder(&self) -> String {
        let rest = self.text.strip_prefix("https://").unwrap_or(&self.text);
        rest.bytes().fold(String::new(), |name, byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'-' if !name.is_empty() => {
                name + &char::from(byte).to_string()
            }
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => name + &char::from(byte).to_string(),
            byte => name + &format!("_{byte:02x}"),
        })
    }
}

impl fmt::Display for DirectoryUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.origin.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_an_authoritys() {
        let url: DirectoryUrl = "https://CA.example:14000/dir".parse().unwrap();
        assert_eq!(
            (url.to_string().as_str(), url.port()),
            ("ca.example:14000", 14000)
        );
        assert_eq!(url.folder(), "CA.example_3a14000_2fdir");
        for text in [
            "",
            "ca.example",
            "/dir",
            "http://ca.example/dir",
            "https://",
            "https:///dir",
            "https://a@ca.example/dir",
            "https://ca.example/dir?x=/../../y",
        ] {
            assert!(text.parse::<DirectoryUrl>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_folder_is_one_name() {
        let names = [
            "https://a/b",
            "https://a/_2fb",
            "https://a/..",
            "https://a//..",
        ];
        let folders = names.map(|it| it.parse::<DirectoryUrl>().unwrap().folder());
        for (number, folder) in folders.iter().enumerate() {
            assert!(
                !folder.contains('/') && !folder.starts_with('.'),
                "{folder}"
            );
            assert!(!folders[..number].contains(folder), "{folder}");
        }
    }
}
