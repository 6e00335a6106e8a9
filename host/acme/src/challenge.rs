//! What an authority asks to be shown, to see that a name leads to this server.

use crate::domain::Domain;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

/// The longest token, in bytes: it has at least 128 bits of chance (RFC 8555 section
/// 8.1), and authorities have twice as many.
const MAX_TOKEN: usize = 256;

/// What the server is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    /// A certificate of its own making, in a handshake by the protocol `acme-tls/1` for
    /// that name (TLS-ALPN-01, RFC 8737).
    Handshake {
        /// The name that is asked for.
        domain: Domain,
        /// What the certificate has to have in it: a hash of the key authorization.
        digest: [u8; 32],
    },
    /// A text, at a path of the plain port (HTTP-01, RFC 8555 section 8.3).
    Path {
        /// The last part of the path.
        token: String,
        /// The text.
        authorization: String,
    },
}

/// In which way a server shows that a name leads to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Handshake,
    Path,
}

impl Method {
    /// Its name in the protocol.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Handshake => "tls-alpn-01",
            Self::Path => "http-01",
        }
    }

    /// Where the authority comes to look.
    pub(crate) fn port(self) -> u16 {
        match self {
            Self::Handshake => 443,
            Self::Path => 80,
        }
    }

    /// What to show for a token, by an account whose key has that thumbprint. None: the
    /// token isn't one, and could be part of a path or a response.
    pub(crate) fn challenge(
        self,
        domain: &Domain,
        token: &str,
        thumbprint: &str,
    ) -> Option<Challenge> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if token.is_empty() || token.len() > MAX_TOKEN || !token.bytes().all(is_allowed) {
            return None;
        }
        let authorization = format!("{token}.{thumbprint}");
        match self {
            Self::Handshake => {
                let hash = digest(&SHA256, authorization.as_bytes());
                Some(Challenge::Handshake {
                    domain: domain.clone(),
                    digest: hash.as_ref().try_into().ok()?,
                })
            }
            Self::Path => Some(Challenge::Path {
                token: token.to_owned(),
                authorization,
            }),
        }
    }
}

/// As the protocol has all bytes.
pub(crate) fn base64_url(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever is the authority could have put lines or other paths in there.
    #[test]
    fn a_token_is_part_of_nothing_else() {
        let domain: Domain = "a.example".parse().unwrap();
        let shown = |token: &str| Method::Path.challenge(&domain, token, "print");
        assert!(shown("evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr_oA").is_some());
        let long = "a".repeat(257);
        for token in ["", "../x", "a/b", "a b", "a\r\nX: y", "ä", "a.b", &long] {
            assert!(shown(token).is_none(), "{token:?}");
        }
    }
}
