//! The port that sends every request on to HTTPS.
//!
//! 1. A connection gets its place as any other (`admission`), and may be asked to give
//!    it to somebody else for as long as it has no answer.
//! 2. It has the time of a head to send one, of at most [`MAX_HEAD`] bytes.
//! 3. It is answered, and closes.

use super::answer;
use super::request::{Head, read};
use crate::admission::Admission;
use crate::connection::close_gently;
use crate::logging::{Answered, access};
use crate::presence::{Presence, Standing};
use crate::stream::{Stream, Then};
use crate::tls::Tls;
use http::StatusCode;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// The most bytes of a head.
const MAX_HEAD: usize = 16 * 1024;

/// How much of it is read at once.
const PIECE: usize = 2 * 1024;

/// Where requests are sent on to, and on which terms.
#[derive(Clone)]
pub(crate) struct Redirect {
    pub(crate) admission: Arc<Admission>,
    /// Knows what an authority is to be shown.
    pub(crate) tls: Option<Arc<Tls>>,
    /// The port of HTTPS; 0 is the usual one's, where there is no port.
    pub(crate) port: u16,
    /// The longest that a head may take.
    pub(crate) header_timeout: Duration,
}

/// Serves a connection that has its place, until it closes.
pub(crate) async fn serve(redirect: &Redirect, stream: &Stream, presence: &Arc<Presence>) {
    let begun = Instant::now();
    let mut bytes = Vec::new();
    let head = tokio::select! {
        biased;
        head = timeout(redirect.header_timeout, receive(stream, presence, &mut bytes)) => head,
        () = presence.called_back() => return,
        () = redirect.admission.recall().stopped() => return,
    };
    let answer = match head {
        Ok(Ok(())) => answer_to(redirect, stream, &bytes, begun),
        // The client has gone.
        Ok(Err(_)) => return,
        Err(_) if bytes.is_empty() => return,
        Err(_) => {
            let status = StatusCode::REQUEST_TIMEOUT;
            Answer::refusal(status, "The request took too long to arrive.")
        }
    };
    // It is shorter than what a new connection has room for.
    let _: io::Result<usize> = stream.try_send(&answer.bytes, Then::Nothing);
    presence.enter(Standing::Closing);
    tokio::select! {
        biased;
        () = close_gently(stream, u64::from(answer.expects_more)) => {}
        () = presence.called_back() => {}
        () = redirect.admission.recall().stopped() => {}
    }
}

/// Tells a client that speaks HTTP where TLS is expected where to go, and closes.
///
/// # Errors
///
/// The client has gone.
pub(crate) async fn turn_away(stream: &Stream, presence: &Presence) -> io::Result<()> {
    let mut bytes = Vec::new();
    receive(stream, presence, &mut bytes).await?;
    stream.try_send(&answer::in_clear(&bytes), Then::Nothing)?;
    close_gently(stream, 1).await;
    Ok(())
}

/// Receives a head, or as much as shows that it is none.
///
/// # Errors
///
/// The client has gone, or has sent nothing but a part of one.
async fn receive(stream: &Stream, presence: &Presence, bytes: &mut Vec<u8>) -> io::Result<()> {
    loop {
        stream.readable().await?;
        bytes.reserve_exact(PIECE);
        let before = bytes.len();
        match stream.try_receive(bytes) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => presence.enter(Standing::Head),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        }
        if bytes.len() > MAX_HEAD {
            return Ok(());
        }
        // Only a line's end can be the head's. Who sends one byte at a time would have
        // all of it read again for each.
        let is_worth_a_look = before == 0 || bytes[before..].contains(&b'\n');
        if is_worth_a_look && !matches!(read(bytes), Head::Part) {
            return Ok(());
        }
    }
}

/// An answer, and whether the client may be sending more than its head.
struct Answer {
    bytes: Vec<u8>,
    expects_more: bool,
}

impl Answer {
    fn refusal(status: StatusCode, reason: &str) -> Self {
        Self {
            bytes: answer::refuse(status, reason),
            expects_more: true,
        }
    }
}

fn answer_to(redirect: &Redirect, stream: &Stream, bytes: &[u8], begun: Instant) -> Answer {
    let request = match read(bytes) {
        Head::Whole(request) if bytes.len() <= MAX_HEAD => request,
        Head::Whole(_) | Head::Part => {
            let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return Answer::refusal(status, "The request's head is too long.");
        }
        Head::Wrong(status, reason) => return Answer::refusal(status, reason),
    };
    let tls = redirect.tls.as_ref().filter(|_| request.method == "GET");
    let (status, bytes) = match tls.and_then(|tls| tls.authorization(request.target)) {
        Some(text) => answer::show(&text),
        None => answer::redirect(&request, redirect.port),
    };
    access(&Answered {
        client: stream.client().ip(),
        request_line: &format!("{} {} HTTP/1.1", request.method, request.target),
        status: status.as_u16(),
        size: 0,
        age: begun.elapsed(),
        user: None,
        referer: None,
        user_agent: None,
    });
    Answer {
        bytes,
        expects_more: request.has_content,
    }
}
