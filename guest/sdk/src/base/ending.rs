//! What a head says last: how the client learns where the content ends (RFC 9112
//! section 6.3), and whether another request may follow (section 9.3).
//!
//! 1. What has no content needs no end; what says its length, or a transfer coding
//!    that the handler does itself, has one.
//! 2. Else content is counted or sent in chunks, if the client knows chunks: see
//!    [`ResponseWriter`](crate::ResponseWriter).
//! 3. Else the connection's end is the content's.
//! 4. A connection that closes after this response says so, whatever the version
//!    (section 9.6), and one that a client of HTTP/1.0 may keep says that.

use crate::exchange::{Exchange, Said};
use crate::request_line::Version;
use crate::response::Framing;
use crate::status::HttpStatus;
use crate::{BaseHttpRequestHandler, Result};

/// The field that says that no other response follows.
const CLOSE: &[u8] = b"Connection: close\r\n";

/// Adds what a final response's head still lacks.
pub(super) fn settle<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    let exchange = handler.exchange();
    // There is no head, and the connection closes anyway.
    if exchange.version < Version::HTTP_10 {
        return Ok(());
    }
    let has_content = exchange.response_has_content();
    let says_end = exchange.head_says.says_end();
    // Of the responses without content, the one that clients wait for some of (RFC
    // 9110 section 15.3.6).
    let reset = exchange.head_says.status == Some(HttpStatus::RESET_CONTENT);
    let ending = match (has_content || reset, says_end) {
        (false, _) | (true, true) => Ending::Said,
        (true, false) if !handler.frames_responses() => Ending::Close,
        (true, false) if !has_content => Ending::Empty,
        (true, false) if takes_chunks(handler) => Ending::Framed,
        (true, false) => Ending::Close,
    };
    if ending == Ending::Empty {
        handler.send_header("Content-Length", 0)?;
    }
    let exchange = handler.exchange();
    exchange.head_says.framing = match ending {
        _ if !has_content => Framing::NoContent,
        Ending::Framed => Framing::Undecided,
        Ending::Said | Ending::Close | Ending::Empty => Framing::AsItIs,
    };
    // A client that waits to be told to go on isn't told any more, and may send its
    // content as well as not.
    exchange.close_connection |= ending == Ending::Close || exchange.expects_continue;
    say_persistence(handler)
}

/// How the client learns where the content ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// By the method, the status, or a field of the handler's.
    Said,
    /// By a field that says that there is none.
    Empty,
    /// By what is counted, or by the last chunk.
    Framed,
    /// By the connection's close.
    Close,
}

/// Whether a response can be in chunks: the client knows them (RFC 9112 section
/// 7.1), or they end here, where the host frames it anew.
fn takes_chunks<H: BaseHttpRequestHandler>(handler: &mut H) -> bool {
    let protocol = Version::parse(handler.protocol_version()).unwrap_or(Version::HTTP_10);
    let exchange = handler.exchange();
    let known = exchange.version >= Version::HTTP_11 && protocol >= Version::HTTP_11;
    known || exchange.link.borrow().transport.frames_messages()
}

fn say_persistence<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    let exchange = handler.exchange();
    if exchange.link.borrow().transport.frames_messages() {
        return Ok(());
    }
    let said = exchange.head_says.connection;
    let kept_by_default = exchange.version >= Version::HTTP_11;
    match (exchange.close_connection, said) {
        (true, Said::Close) => Ok(()),
        (true, _) => handler.send_header("Connection", "close"),
        (false, Said::Nothing) if !kept_by_default => {
            handler.send_header("Connection", "keep-alive")
        }
        (false, _) => Ok(()),
    }
}

impl Exchange {
    /// Says that the connection closes, where that has turned out after the head
    /// was written, and before it has left.
    pub(crate) fn say_close(&mut self) {
        let by_host = self.link.borrow().transport.frames_messages();
        let says_more = self.head_says.status.is_some() && self.version >= Version::HTTP_10;
        if says_more && !by_host && self.head_says.connection != Said::Close {
            self.wfile.add_field(CLOSE);
            self.head_says.connection = Said::Close;
        }
    }
}
