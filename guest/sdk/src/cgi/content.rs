//! A request's content on its way to a script, which must know the length (RFC 3875
//! section 4.2).
//!
//! What has a length goes past the sandbox, while the script runs. What is chunked is
//! read to its end first: a little of it is kept here, and more by the host. The
//! script gets it with its length, and no transfer coding, as if it had come so.

use super::CgiHttpRequestHandler;
use crate::process::{Input, Spool, SpoolError};
use crate::status::HttpStatus;
use crate::{Error, Result};
use std::io::Read;

/// The most bytes of chunked content that are kept in the sandbox.
const MAX_GATHERED: usize = 64 * 1024;

/// Why content can't be had.
enum Fault {
    Request(Error),
    Spool(SpoolError),
}

impl<E: Into<Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Request(error.into())
    }
}

/// The request's content as a script's input, and its length. None if it can't be
/// kept, which has been answered then.
///
/// # Errors
///
/// The client has gone, or sends content that can't be read.
pub(super) fn take<H: CgiHttpRequestHandler>(
    handler: &mut H,
) -> Result<Option<(Input, Option<u64>)>> {
    let exchange = handler.exchange();
    match exchange.rfile.remaining() {
        Some(0) => {
            let announced = exchange.headers.contains("Content-Length");
            return Ok(Some((Input::None, announced.then_some(0))));
        }
        Some(length) => return Ok(Some((Input::Content(length), Some(length)))),
        None => {}
    }
    match gather(handler) {
        Ok((input, length)) => Ok(Some((input, Some(length)))),
        Err(Fault::Request(error)) => Err(error),
        Err(Fault::Spool(error)) => refuse(handler, error).map(|()| None),
    }
}

/// Reads content to its end.
fn gather<H: CgiHttpRequestHandler>(handler: &mut H) -> Result<(Input, u64), Fault> {
    let exchange = handler.exchange();
    let mut piece = Vec::new();
    let mut length = read_piece(&mut exchange.rfile, &mut piece)?;
    if length < MAX_GATHERED {
        return Ok((Input::Bytes(piece), length as u64));
    }
    let mut spool = exchange.spool().map_err(Fault::Spool)?;
    let mut total = 0;
    while length > 0 {
        write(&mut spool, &piece)?;
        total += length as u64;
        length = read_piece(&mut exchange.rfile, &mut piece)?;
    }
    Ok((Input::Spooled(spool), total))
}

fn write(spool: &mut Spool, piece: &[u8]) -> Result<(), Fault> {
    spool.write(piece).map_err(Fault::Spool)
}

/// Reads the next bytes, as many as are kept here if there are so many. Returns their
/// number.
fn read_piece(rfile: &mut impl Read, piece: &mut Vec<u8>) -> Result<usize> {
    piece.clear();
    Ok(rfile.take(MAX_GATHERED as u64).read_to_end(piece)?)
}

/// Answers a request whose content can't be kept. What is left of it stays unread.
fn refuse<H: CgiHttpRequestHandler>(handler: &mut H, error: SpoolError) -> Result<()> {
    handler.exchange().close_connection = true;
    handler.log_error(&format!("chunked content for a CGI script: {error}"));
    let (code, explain) = match error {
        SpoolError::TooLong => (
            HttpStatus::CONTENT_TOO_LARGE,
            "The content has no Content-Length, and is longer than what is kept of such",
        ),
        SpoolError::Busy => (
            HttpStatus::SERVICE_UNAVAILABLE,
            "As much content is kept for others as may be",
        ),
        // RFC 4918 section 11.5.
        SpoolError::Failed => (
            HttpStatus::INSUFFICIENT_STORAGE,
            "There is no room to keep the content",
        ),
    };
    handler.send_error(code, None, Some(explain))
}
