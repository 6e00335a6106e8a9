//! Why there is no answer to a request.

use http::{HeaderMap, HeaderValue};
use std::fmt;
use wasmtime_wasi_http::Error;

/// The field of the sender's own answers.
const FIELD: &str = "wasm-host-send-failure";

/// Why there is no answer to a request, by the sender's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendFailure {
    /// It goes where the handler may send none.
    Denied,
    /// The host's addresses are none that the handler may reach.
    Address,
    /// The host has no address, or nobody knows.
    Name,
    /// There is no connection to be had.
    Unreachable,
    /// The host can't show that it is who it is said to be.
    Certificate,
    /// It took too long.
    TimedOut,
    /// What was answered isn't HTTP, or broke off.
    Protocol,
    /// The handler has too many requests that aren't answered.
    Busy,
}

const NAMES: [(SendFailure, &str); 8] = [
    (SendFailure::Denied, "denied"),
    (SendFailure::Address, "address"),
    (SendFailure::Name, "name"),
    (SendFailure::Unreachable, "unreachable"),
    (SendFailure::Certificate, "certificate"),
    (SendFailure::TimedOut, "timed-out"),
    (SendFailure::Protocol, "protocol"),
    (SendFailure::Busy, "busy"),
];

/// By one word.
impl fmt::Display for SendFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(failure, _)| failure == self);
        formatter.write_str(name.map_or("", |(_, name)| name))
    }
}

impl SendFailure {
    /// Says so in the fields of an answer of the sender's own, with the reason for whoever
    /// reads the handler's log.
    pub fn put(self, reason: &str, fields: &mut HeaderMap) {
        let reason: String = reason
            .chars()
            .map(|char| if char.is_control() { ' ' } else { char })
            .collect();
        if let Ok(value) = HeaderValue::try_from(format!("{self} {reason}").into_bytes()) {
            fields.insert(FIELD, value);
        }
    }

    /// Has an answer that came from elsewhere say nothing of the kind.
    pub fn leave_out(fields: &mut HeaderMap) {
        fields.remove(FIELD);
    }

    /// What an answer says of it, and the reason.
    pub(super) fn find(fields: &HeaderMap) -> Option<(Self, String)> {
        let value = String::from_utf8_lossy(fields.get(FIELD)?.as_bytes()).into_owned();
        let (name, reason) = value.split_once(' ').unwrap_or((&value, ""));
        let failure = NAMES.iter().find(|(_, known)| *known == name);
        let failure = failure.map_or(Self::Protocol, |(failure, _)| *failure);
        Some((failure, reason.to_owned()))
    }

    /// As the handler learns of it.
    pub(super) fn to_error(self) -> Error {
        match self {
            Self::Denied => Error::HttpRequestDenied,
            Self::Address => Error::DestinationIpProhibited,
            Self::Name => Error::DnsError {
                rcode: None,
                info_code: None,
            },
            Self::Unreachable => Error::DestinationUnavailable,
            Self::Certificate => Error::TlsCertificateError,
            Self::TimedOut => Error::ConnectionTimeout,
            Self::Protocol => Error::HttpProtocolError,
            Self::Busy => Error::ConnectionLimitReached,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_survive_the_way_with_their_reason() {
        for (failure, _) in NAMES {
            let mut fields = HeaderMap::new();
            failure.put("a\r\nreason: é", &mut fields);
            let found = SendFailure::find(&fields);
            assert_eq!(found, Some((failure, "a  reason: é".to_owned())));
            SendFailure::leave_out(&mut fields);
            assert_eq!(SendFailure::find(&fields), None);
        }
    }
}
