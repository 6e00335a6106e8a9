//! A script's document on its way to the client: streamed, each piece as it
//! comes, or at once, if the script is over by then.

use super::CgiHttpRequestHandler;
use super::head::speaks_1_1;
use super::response::Head;
use super::run::{Fault, Running};
use crate::status::HttpStatus;
use std::io::Write;

/// How a client learns where the content ends (RFC 9112 section 6.3).
#[derive(Clone, Copy)]
enum Framing {
    /// There is none: the method or the status says so.
    None,
    /// This many bytes are left.
    Length(u64),
    /// With the last chunk.
    Chunked,
    /// With the connection.
    Close,
}

/// Sends a head, then the output as it comes: `rest`, and what is still to be
/// read.
pub(super) fn send<H: CgiHttpRequestHandler>(
    handler: &mut H,
    running: &mut Running,
    head: &Head,
    rest: Vec<u8>,
) -> Result<(), Fault> {
    let mut framing = send_head(handler, head)?;
    if let Framing::None = framing {
        running.flush(handler)?;
        running.discard()?;
        return running.wait(handler);
    }
    let mut bytes = rest;
    let mut excess = false;
    loop {
        excess |= write_piece(handler, &mut framing, &bytes)?;
        if running.is_over() {
            break;
        }
        running.flush(handler)?;
        bytes = running.read()?;
        if bytes.is_empty() {
            break;
        }
    }
    running.wait(handler)?;
    if let Framing::Chunked = framing {
        handler.exchange().wfile.write_last_chunk();
    }
    handler.exchange().wfile.flush()?;
    match framing {
        Framing::Length(1..) => running.log(handler, "it printed less than its Content-Length"),
        _ if excess => running.log(handler, "it printed more than its Content-Length"),
        _ => {}
    }
    Ok(())
}

/// Writes a piece of the content. Returns whether some of it was too much, and
/// was left out.
fn write_piece<H: CgiHttpRequestHandler>(
    handler: &mut H,
    framing: &mut Framing,
    bytes: &[u8],
) -> Result<bool, Fault> {
    let wfile = &mut handler.exchange().wfile;
    let mut piece = bytes;
    match framing {
        Framing::Chunked => {
            wfile.write_chunk(bytes)?;
            return Ok(false);
        }
        Framing::Length(left) => {
            let fits = usize::try_from(*left)
                .unwrap_or(usize::MAX)
                .min(bytes.len());
            piece = &bytes[..fits];
            *left -= fits as u64;
        }
        Framing::Close | Framing::None => {}
    }
    wfile.write_all(piece)?;
    Ok(piece.len() < bytes.len())
}

fn send_head<H: CgiHttpRequestHandler>(handler: &mut H, head: &Head) -> Result<Framing, Fault> {
    let status = head.status();
    let framing = framing(handler, head);
    handler.send_response_with(status, head.reason.as_deref())?;
    for (name, value) in &head.fields {
        handler.send_header(name, value)?;
    }
    if let Some(location) = &head.location {
        handler.send_header("Location", location)?;
    }
    match (framing, head.content_length) {
        (Framing::Chunked, _) => handler.send_header("Transfer-Encoding", "chunked")?,
        // RFC 9110 sections 8.6 and 15.3.6: none in 204, and none left in 205.
        (_, _) if status == HttpStatus::RESET_CONTENT => {
            handler.send_header("Content-Length", 0)?;
        }
        (_, Some(length)) if status != HttpStatus::NO_CONTENT => {
            handler.send_header("Content-Length", length)?;
        }
        _ => {}
    }
    handler.end_headers()?;
    Ok(framing)
}

fn framing<H: CgiHttpRequestHandler>(handler: &mut H, head: &Head) -> Framing {
    let chunks = speaks_1_1(handler);
    let exchange = handler.exchange();
    if exchange.command == "HEAD" || !head.status().allows_body() {
        return Framing::None;
    }
    if let Some(length) = head.content_length {
        return Framing::Length(length);
    }
    if chunks {
        return Framing::Chunked;
    }
    exchange.close_connection = true;
    Framing::Close
}
