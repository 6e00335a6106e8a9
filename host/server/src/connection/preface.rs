//! Recognising a client that speaks HTTP/2 without having asked whether we do: by "prior
//! knowledge" (RFC 9113 section 3.3).

use super::receive::receive_kept;
use super::{Connection, Timeouts, Wait};
use crate::presence::{Presence, Standing};
use crate::recall::Recall;
use crate::stream::Stream;
use std::sync::Arc;
use tokio::time::{Instant, timeout, timeout_at};

/// What such a client sends first (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How much is read to know.
const GREETING: usize = 4 * 1024;

/// Whether these can be the first bytes of a preface.
fn may_begin(bytes: &[u8]) -> bool {
    let length = bytes.len().min(PREFACE.len());
    bytes[..length] == PREFACE[..length]
}

impl Connection {
    /// Whether the first bytes of a connection can be those of HTTP/2.
    pub(super) fn may_speak_http2(&self) -> bool {
        may_begin(self.buffer.bytes())
    }

    /// Waits for as many bytes as it takes to know which HTTP the client speaks: no
    /// longer than a head may take.
    pub(super) async fn recognise(&mut self) -> Wait {
        let deadline = Instant::now() + self.terms.timeouts.header;
        while self.may_speak_http2() {
            if self.buffer.len() >= PREFACE.len() {
                return Wait::Http2;
            }
            let _waiting = self.presence.wait(Standing::Head);
            let more = receive_kept(&self.socket, &mut self.buffer, &mut self.kept);
            tokio::select! {
                biased;
                // What comes no more, the handler sees as it does with any head.
                more = timeout_at(deadline, more) => match more {
                    Ok(Ok(1..)) => {}
                    _ => return Wait::Request,
                },
                () = self.presence.called_back() => return Wait::End,
                () = self.terms.recall.stopped() => return Wait::End,
            }
        }
        Wait::Request
    }

    /// Leaves the request at hand, of which nothing was consumed, to the server's own
    /// host. Returns whether that can be.
    pub(crate) fn hand_over(&mut self) -> bool {
        self.stages.hand_over()
    }

    /// Whether the request at hand is the server's own host's.
    pub(crate) fn is_handed_over(&self) -> bool {
        self.stages.is_handed_over()
    }

    /// The stream, and what was read of it and isn't consumed: of a connection that owes
    /// its client nothing. None: something else holds it.
    pub(crate) fn into_stream(mut self) -> Option<(Stream, Vec<u8>)> {
        let begun = self.buffer.take(usize::MAX);
        let Self {
            socket, activity, ..
        } = self;
        drop(activity);
        let socket = Arc::into_inner(socket)?;
        Some((socket.into_stream(), begun))
    }
}

/// What a client's first bytes show, and these bytes.
pub(crate) enum Greeting {
    Http1(Vec<u8>),
    Http2(Vec<u8>),
}

/// Waits for a client's first bytes, as many as it takes to know which HTTP it speaks.
/// None: they don't come in time, or others need its place.
pub(crate) async fn greet(
    stream: &Stream,
    timeouts: &Timeouts,
    recall: &Recall,
    presence: &Presence,
) -> Option<Greeting> {
    let mut bytes = Vec::new();
    let greeted = async {
        while may_begin(&bytes) {
            if bytes.len() >= PREFACE.len() {
                return Greeting::Http2(bytes);
            }
            if stream.readable().await.is_err() {
                break;
            }
            bytes.reserve(GREETING);
            match stream.try_receive(&mut bytes) {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Ok(1..) => presence.enter(Standing::Head),
                // What has ended, or is broken, whoever reads it sees.
                Ok(0) | Err(_) => break,
            }
        }
        Greeting::Http1(bytes)
    };
    tokio::select! {
        biased;
        greeted = timeout(timeouts.header, greeted) => greeted.ok(),
        () = presence.called_back() => None,
        () = recall.stopped() => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preface_is_known_by_its_beginning() {
        for bytes in [
            "",
            "P",
            "PRI",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore",
        ] {
            assert!(may_begin(bytes.as_bytes()), "{bytes}");
        }
        for bytes in [
            "GET / HTTP/1.1\r\n",
            "POST",
            "PRI /",
            "PRI * HTTP/1.1",
            "PRI * HTTP/2.0\r\nHost: a\r\n\r\n",
        ] {
            assert!(!may_begin(bytes.as_bytes()), "{bytes}");
        }
    }
}
