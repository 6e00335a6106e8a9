//! How a connection of HTTP/2 ends, and what is said of it.

use super::state::Fault;
use super::watch::Late;
use h2::Reason;
use std::fmt;
use std::io;
use std::net::IpAddr;

/// How a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// The client has closed it, or `h2` has.
    Closed(Result<(), h2::Error>),
    /// It is broken.
    Lost(io::Error),
    /// The server ends it.
    Cut(Cut),
}

impl End {
    pub(super) fn log(&self, client: IpAddr) {
        match self {
            Self::Closed(Ok(())) => {}
            Self::Closed(Err(error)) => tracing::debug!(%client, "connection ended: {error}"),
            Self::Lost(error) => tracing::debug!(%client, "connection ended: {error}"),
            Self::Cut(Cut::Late(Late::Taking)) => tracing::warn!(
                %client,
                "response cut short: timed out, as the client took nothing"
            ),
            Self::Cut(cut) => tracing::debug!(%client, "connection ended: {cut}"),
        }
    }
}

/// Why the server ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    Late(Late),
    Fault(Fault),
    /// Others need its place.
    CalledBack,
    /// The server stops.
    Stopping,
}

impl fmt::Display for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Late(Late::Idle) => "the client asked for nothing",
            Self::Late(Late::Head) => "a frame of the client's didn't come whole in time",
            Self::Late(Late::Content) => "a frame of content didn't come whole in time",
            Self::Late(Late::Settings) => "the client didn't acknowledge the settings",
            Self::Late(Late::Taking) => "the client took nothing",
            Self::Fault(Fault::Flood) => "the client sent too much that asks for nothing",
            Self::Fault(Fault::NoSettings) => "the client didn't begin with its settings",
            Self::CalledBack => "others needed its place",
            Self::Stopping => "the server stops",
        })
    }
}

impl Cut {
    /// What the client is told (RFC 9113 section 7).
    pub(super) fn reason(self) -> Reason {
        match self {
            Self::Late(Late::Settings) => Reason::SETTINGS_TIMEOUT,
            Self::Fault(Fault::NoSettings) => Reason::PROTOCOL_ERROR,
            Self::Late(Late::Head | Late::Content) | Self::Fault(Fault::Flood) => {
                Reason::ENHANCE_YOUR_CALM
            }
            Self::Late(Late::Idle | Late::Taking) | Self::CalledBack | Self::Stopping => {
                Reason::NO_ERROR
            }
        }
    }
}
