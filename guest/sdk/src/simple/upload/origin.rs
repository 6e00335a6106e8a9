//! Whose page has a browser upload something.
//!
//! A form on any site may send its reader's files here, with what the reader's browser
//! knows of a login. Browsers say where a request comes from: by `Sec-Fetch-Site` (Fetch
//! Metadata, section 2.3), and before that was there, by `Origin` (RFC 6454 section 7).
//! What isn't a browser says neither, and has nobody's login but its own.

use super::refusal::Refusal;
use crate::Exchange;
use crate::ascii::trim_ows;
use crate::base::named_host;
use crate::status::HttpStatus;

/// # Errors
///
/// It is another site's.
pub(super) fn check(exchange: &Exchange) -> Result<(), Refusal> {
    let headers = &exchange.headers;
    let host = named_host(&exchange.path, headers).unwrap_or_default();
    let origin = headers.get_joined("Origin");
    let is_own = match headers
        .get_joined("Sec-Fetch-Site")
        .as_deref()
        .map(trim_ows)
    {
        Some("same-origin" | "none") => true,
        Some(_) => false,
        None => origin.is_none_or(|origin| is_origin_of(trim_ows(&origin), &host)),
    };
    if is_own {
        return Ok(());
    }
    Err(Refusal::new(
        HttpStatus::FORBIDDEN,
        "a page of another site can't upload files here",
    ))
}

/// Whether an origin is that of a host. Behind a proxy that speaks TLS its scheme isn't
/// known here, so that it doesn't count, but for the port that it stands for.
fn is_origin_of(origin: &str, host: &[u8]) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let usual = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let plain = |text: &[u8]| {
        let text = text.to_ascii_lowercase();
        let port = text.strip_suffix(usual.as_bytes()).map(<[u8]>::to_vec);
        port.unwrap_or(text)
    };
    !host.is_empty() && plain(authority.as_bytes()) == plain(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_host_with_its_port() {
        for (origin, host) in [
            ("http://localhost:8000", "localhost:8000"),
            ("http://Example.com", "example.COM:80"),
            ("https://example.com", "example.com"),
            ("https://example.com:443", "example.com"),
            ("http://[::1]:8000", "[::1]:8000"),
        ] {
            assert!(is_origin_of(origin, host.as_bytes()), "{origin} {host}");
        }
        for (origin, host) in [
            ("null", "null"),
            ("", ""),
            ("http://", ""),
            ("http://localhost:8001", "localhost:8000"),
            ("http://evil.example", "example"),
            ("http://example.evil", "example"),
            ("file://localhost", "localhost"),
            ("https://example.com", "example.com:80"),
        ] {
            assert!(!is_origin_of(origin, host.as_bytes()), "{origin} {host}");
        }
    }
}
