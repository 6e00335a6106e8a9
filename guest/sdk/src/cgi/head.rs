//! A script's head, as it arrives: interim ones first, which are passed on, then the
//! one that its document follows.

use super::CgiHttpRequestHandler;
use super::response::{Head, HeadError, MAX_HEAD, Oddity, head_length};
use super::run::{Fault, Running};
use crate::request_line::Version;
use std::io::Write;

/// The most kinds of oddity that one line of the log has.
const MAX_REPORTED: usize = 4;

/// Reads a script's head, and what of its output came along. What is unusual about
/// it is logged, in one line.
pub(super) fn read<H: CgiHttpRequestHandler>(
    handler: &mut H,
    running: &mut Running,
) -> Result<(Head, Vec<u8>), Fault> {
    let mut output = Vec::new();
    let mut oddities = Vec::new();
    let mut room = MAX_HEAD;
    loop {
        let length = read_to_end(handler, running, &mut output, room)?;
        room -= length;
        let rest = output.split_off(length);
        let head = Head::parse(&output)?;
        oddities.extend_from_slice(&head.oddities);
        if !head.is_interim() {
            report(handler, running, &oddities);
            return Ok((head, rest));
        }
        send_interim(handler, &head)?;
        output = rest;
    }
}

/// Reads until a head's end is there, at most so many bytes on. Returns its length.
fn read_to_end<H: CgiHttpRequestHandler>(
    handler: &mut H,
    running: &mut Running,
    output: &mut Vec<u8>,
    most: usize,
) -> Result<usize, Fault> {
    let mut seen = 0;
    loop {
        let end = head_length(output, seen);
        if end.unwrap_or(output.len()) > most {
            return Err(HeadError::TooLong.into());
        }
        if let Some(end) = end {
            return Ok(end);
        }
        seen = output.len();
        let bytes = running.read()?;
        if bytes.is_empty() {
            running.wait(handler)?;
            let error = match seen {
                0 => HeadError::Empty,
                _ => HeadError::Cut,
            };
            return Err(error.into());
        }
        output.extend_from_slice(&bytes);
    }
}

/// Passes an interim response on, at once: to hint early is what it is for (RFC
/// 8297). A client of HTTP/1.0 knows none (RFC 9110 section 15.2).
fn send_interim<H: CgiHttpRequestHandler>(handler: &mut H, head: &Head) -> Result<(), Fault> {
    let Some(status) = head.code.filter(|_| speaks_1_1(handler)) else {
        return Ok(());
    };
    handler.send_response_only(status, head.reason.as_deref())?;
    for (name, value) in &head.fields {
        handler.send_header(name, value)?;
    }
    handler.end_headers()?;
    let exchange = handler.exchange();
    exchange.wfile.flush()?;
    // An interim response isn't the response.
    exchange.wfile.begin();
    exchange.head_says = Default::default();
    Ok(())
}

/// Whether the response is one of HTTP/1.1.
pub(super) fn speaks_1_1<H: CgiHttpRequestHandler>(handler: &mut H) -> bool {
    let protocol = Version::parse(handler.protocol_version()).unwrap_or(Version::HTTP_10);
    protocol.min(handler.exchange().version) >= Version::HTTP_11
}

fn report<H: CgiHttpRequestHandler>(handler: &mut H, running: &Running, oddities: &[Oddity]) {
    let mut said: Vec<String> = Vec::new();
    for oddity in oddities {
        let text = oddity.to_string();
        if !said.contains(&text) {
            said.push(text);
        }
        if said.len() == MAX_REPORTED {
            break;
        }
    }
    if !said.is_empty() {
        running.log(
            handler,
            &format!("its head is unusual: {}", said.join("; ")),
        );
    }
}
