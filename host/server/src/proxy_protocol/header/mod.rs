//! The bytes of a PROXY header, of version 1 or 2, as HAProxy's specification
//! (`proxy-protocol.txt`) has them.
//!
//! How long a header is shows in its first bytes (version 2, section 2.2), or by the end
//! of its line (version 1, section 2.1). No byte after it is the header's.

use proxy_header::{Error, ParseConfig, ProxyHeader, Tlv};
use std::net::SocketAddr;

/// What a header of version 2 begins with (section 2.2).
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// What a header of version 1 begins with (section 2.1).
const WORD: &[u8] = b"PROXY ";

/// The part of version 2 in which its length is: the signature, the command, the family,
/// and the length of the rest.
const FIXED: usize = 16;

/// The longest line of version 1, its end included (section 2.1).
const LONGEST_LINE: usize = 107;

/// The longest header of version 2: 64 KiB could be announced, but no proxy has so much
/// to say, and nginx takes no more, either.
pub(crate) const LONGEST: usize = 4096;

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Introduction {
    /// The connection is the proxy's own, as for a check of health (`LOCAL`), or the proxy
    /// can't say whose it is (`UNKNOWN`, `AF_UNSPEC`, `AF_UNIX`).
    Proxy,
    /// The connection is a client's.
    Client(Client),
}

/// Whose connection it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    /// Its address.
    pub(crate) address: SocketAddr,
    /// The address that it has connected to.
    pub(crate) server: SocketAddr,
    /// Whether it has done so by TLS (section 2.2.6, `PP2_CLIENT_SSL`).
    pub(crate) encrypted: bool,
}

/// Why bytes are no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// They begin as no header does.
    #[error("what came is no PROXY header")]
    Signature,
    /// A line that doesn't end.
    #[error("the PROXY header's line is longer than {LONGEST_LINE} bytes")]
    Line,
    /// It announces more than anybody has to say.
    #[error("the PROXY header announces more than {LONGEST} bytes")]
    Long,
    /// Its parts contradict each other.
    #[error("the PROXY header is malformed")]
    Parts,
}

/// A header, as far as it has arrived.
#[derive(Debug, Default)]
pub(crate) struct Header(Vec<u8>);

impl Header {
    /// How many of the bytes that have come next are the header's, at least one.
    ///
    /// # Errors
    ///
    /// With these it can't be a header.
    pub(crate) fn wants(&self, next: &[u8]) -> Result<usize, Malformed> {
        let first = |bytes: &[u8]| bytes[..bytes.len().min(FIXED)].to_vec();
        let begun = [first(&self.0), first(next)].concat();
        let begins = |with: &[u8]| {
            let most = with.len().min(begun.len());
            begun[..most] == with[..most]
        };
        if begins(SIGNATURE) {
            let missing = self.missing()?;
            Ok(missing.min(next.len()))
        } else if begins(WORD) {
            self.rest_of_line(next)
        } else {
            Err(Malformed::Signature)
        }
    }

    /// Adds bytes that [`Header::wants`].
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// What the header says, once it is whole.
    ///
    /// # Errors
    ///
    /// It contradicts itself.
    pub(crate) fn finish(&self) -> Result<Option<Introduction>, Malformed> {
        let is_whole = if self.0.starts_with(SIGNATURE) {
            self.missing()? == 0
        } else {
            self.0.starts_with(WORD) && self.0.ends_with(b"\n")
        };
        is_whole.then(|| self.read()).transpose()
    }

    /// How many bytes of version 2 haven't arrived, as far as can be told.
    fn missing(&self) -> Result<usize, Malformed> {
        let Some(fixed) = self.0.first_chunk::<FIXED>() else {
            return Ok(FIXED - self.0.len());
        };
        let length = FIXED + usize::from(u16::from_be_bytes([fixed[14], fixed[15]]));
        if length > LONGEST {
            return Err(Malformed::Long);
        }
        Ok(length.saturating_sub(self.0.len()))
    }

    /// How many of these bytes are a line's.
    fn rest_of_line(&self, next: &[u8]) -> Result<usize, Malformed> {
        let room = LONGEST_LINE.saturating_sub(self.0.len());
        let next = &next[..next.len().min(room)];
        match next.iter().position(|&byte| byte == b'\n') {
            Some(end) => Ok(end + 1),
            None if next.len() == room => Err(Malformed::Line),
            None => Ok(next.len()),
        }
    }

    fn read(&self) -> Result<Introduction, Malformed> {
        self.check_line()?;
        let parsed = ProxyHeader::parse(&self.0, ParseConfig::default());
        let (header, length) = parsed.map_err(|_: Error| Malformed::Parts)?;
        if length != self.0.len() {
            return Err(Malformed::Parts);
        }
        let mut encrypted = false;
        for tlv in header.tlvs() {
            if let Tlv::Ssl(tls) = tlv.map_err(|_: Error| Malformed::Parts)? {
                encrypted = tls.client_ssl();
            }
        }
        Ok(match header.proxied_address() {
            None => Introduction::Proxy,
            Some(addresses) => Introduction::Client(Client {
                address: canonical(addresses.source),
                server: canonical(addresses.destination),
                encrypted,
            }),
        })
    }

    /// What the parser lets pass in a line of version 1: other words that begin with
    /// `UNKNOWN`, and a sign or zeros before a port.
    fn check_line(&self) -> Result<(), Malformed> {
        let Some(line) = self.0.strip_prefix(WORD) else {
            return Ok(());
        };
        let line = line.strip_suffix(b"\r\n").ok_or(Malformed::Parts)?;
        let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
        let is_port = |word: &&[u8]| {
            word.iter().all(u8::is_ascii_digit) && (!word.starts_with(b"0") || word.len() == 1)
        };
        let fits = match words[0] {
            // What follows is to be ignored.
            b"UNKNOWN" => true,
            _ => words.len() == 5 && words[3..].iter().all(is_port),
        };
        if fits { Ok(()) } else { Err(Malformed::Parts) }
    }
}

/// An IPv4 address in the clothes of an IPv6 one, as the IPv4 address that it is.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests;
