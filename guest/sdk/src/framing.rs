//! Where a request's content ends, by its header (RFC 9112 section 6.3).

use crate::ascii::trim_ows;
use crate::decimal;
use crate::headers::Headers;
use crate::request_line::{Refusal, Version};

/// How a request's content ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// After this many bytes.
    Length(u64),
    /// With the last chunk.
    Chunked,
    /// Where the host says so, as it has undone the framing.
    ByHost,
}

impl Framing {
    /// Reads it from a request's header (RFC 9112 section 6.3), refusing all
    /// that two servers could read in two ways.
    pub(crate) fn of(headers: &Headers, version: Version) -> std::result::Result<Self, Refusal> {
        let bad = |message: &str| Refusal {
            status: 400,
            message: message.to_owned(),
        };
        // Most requests have no content.
        if !headers.contains("Content-Length") && !headers.contains("Transfer-Encoding") {
            return Ok(Self::Length(0));
        }
        let length = content_length(headers).map_err(bad)?;
        let Some(codings) = headers.get_joined("Transfer-Encoding") else {
            return Ok(Self::Length(length.unwrap_or(0)));
        };
        if length.is_some() {
            return Err(bad("Both Content-Length and Transfer-Encoding"));
        }
        if version < Version::HTTP_11 {
            return Err(bad("Transfer-Encoding in a request before HTTP/1.1"));
        }
        if codings.eq_ignore_ascii_case("chunked") {
            return Ok(Self::Chunked);
        }
        let mut codings = codings.split(',').map(trim_ows);
        let known = |coding: &str| coding.is_empty() || coding.eq_ignore_ascii_case("chunked");
        if codings.all(known) {
            return Err(bad("Bad Transfer-Encoding"));
        }
        Err(Refusal {
            status: 501,
            message: "Unsupported Transfer-Encoding".to_owned(),
        })
    }
}

/// The length that all Content-Length fields agree on (RFC 9110 section 8.6).
fn content_length(headers: &Headers) -> std::result::Result<Option<u64>, &'static str> {
    let mut agreed = None;
    for value in headers.get_all("Content-Length") {
        for number in value.split(',').map(trim_ows) {
            let number = decimal::parse(number.as_bytes()).ok_or("Bad Content-Length")?;
            if agreed.is_some_and(|agreed| agreed != number) {
                return Err("Conflicting Content-Length");
            }
            agreed = Some(number);
        }
    }
    Ok(agreed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(section: impl AsRef<[u8]>) -> std::result::Result<Framing, Refusal> {
        let section = [section.as_ref(), b"\r\n"].concat();
        Framing::of(&Headers::parse(section).unwrap(), Version::HTTP_11)
    }

    #[test]
    fn one_length_or_chunked_and_nothing_else() {
        assert_eq!(framing(""), Ok(Framing::Length(0)));
        assert_eq!(framing("Content-Length: 5\r\n"), Ok(Framing::Length(5)));
        assert_eq!(
            framing("Content-Length: 5, 5\r\nContent-Length: 5\r\n"),
            Ok(Framing::Length(5))
        );
        assert_eq!(
            framing("Transfer-Encoding: Chunked\r\n"),
            Ok(Framing::Chunked)
        );
        for (section, status) in [
            ("Content-Length: -1\r\n", 400),
            ("Content-Length: +1\r\n", 400),
            ("Content-Length: 0x5\r\n", 400),
            ("Content-Length: \r\n", 400),
            ("Content-Length: 5, 6\r\n", 400),
            ("Content-Length: 5\r\nContent-Length: 6\r\n", 400),
            ("Content-Length: 18446744073709551616\r\n", 400),
            ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Transfer-Encoding: gzip\r\n", 501),
            ("Transfer-Encoding: chunked, gzip\r\n", 501),
            ("Transfer-Encoding: chunked, chunked\r\n", 400),
            ("Transfer-Encoding: gzip, chunked\r\n", 501),
            ("Transfer-Encoding: \r\n", 400),
        ] {
            assert_eq!(framing(section).unwrap_err().status, status, "{section:?}");
        }
        // White space in Latin-1, but not in HTTP.
        for section in [b"Content-Length: 5\xa0\r\n", b"Content-Length: \x855\r\n"] {
            assert_eq!(framing(section).unwrap_err().status, 400, "{section:?}");
        }
    }
}
