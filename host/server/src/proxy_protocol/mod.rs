//! The PROXY protocol: a proxy says whose a connection is that it makes, in a header that
//! comes before all else (HAProxy's `proxy-protocol.txt`).
//!
//! 1. Who isn't believed is refused as soon as it has connected ([`trusted`]): it could say
//!    that it is anybody. Who may connect to a Unix socket is believed: its permissions say
//!    who that is.
//! 2. The header has to come, within the time that a request's head has. Whoever sends
//!    something else, or nothing, is no proxy, and isn't answered: what it speaks is
//!    unknown.
//! 3. It is read to its last byte and no further ([`header`]): what follows is the client's.
//!
//! Until then the connection is a stranger's to [`Admission`](crate::admission::Admission),
//! and after that the client's: a proxy isn't held to what a client may have.

mod arrival;
mod header;
mod trusted;

pub(crate) use arrival::report_crowd;
pub use trusted::{TrustedProxy, TrustedProxyError};

use crate::stream::KernelStream;
use header::{Header, Introduction, LONGEST, Malformed};
use std::io;
use std::net::IpAddr;

/// The proxies that say whose their connections are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ProxyProtocol {
    pub(crate) trusted: Vec<TrustedProxy>,
}

/// Why a connection's header didn't come.
#[derive(Debug, thiserror::Error)]
enum NoHeader {
    /// Other bytes came.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The proxy has closed.
    #[error("it closed before its PROXY header was whole")]
    Closed,
    /// The connection is broken.
    #[error(transparent)]
    Broken(#[from] io::Error),
}

impl ProxyProtocol {
    /// Whether somebody with that address is believed.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|proxy| proxy.is_at(address))
    }
}

/// Waits for a connection's header, and takes it.
///
/// # Errors
///
/// None comes.
async fn read_header(stream: &KernelStream) -> Result<Introduction, NoHeader> {
    let mut header = Header::default();
    let mut buffer = vec![0; LONGEST];
    loop {
        let wanted = |arrived: &[u8]| Ok::<_, NoHeader>(header.wants(arrived)?);
        let taken = stream.take_wanted(&mut buffer, wanted).await?;
        if taken == 0 {
            return Err(NoHeader::Closed);
        }
        header.add(&buffer[..taken]);
        if let Some(introduction) = header.finish()? {
            return Ok(introduction);
        }
    }
}
