//! What a file's response says: conditions, ranges, encodings.
//!
//! 1. Find the file, or answer otherwise (`lookup`).
//! 2. Choose a compressed one, if there is one that the client accepts (RFC 9110
//!    section 12.5.3).
//! 3. Evaluate the request's preconditions (section 13.2.2): 304, 412.
//! 4. Resolve the range (section 14.2): 206, 416.
//! 5. Send the head; the caller sends the content.

use super::accept::NAVIGATION_VARY;
use super::charset;
use super::coded::{Coded, choose};
use super::file_tag::FileTag;
use super::instead::find_instead;
use super::lookup::{Found, Role, find};
use super::representation::Representation;
use super::{Content, SimpleHttpRequestHandler};
use crate::base::current_time;
use crate::clock::now;
use crate::conditional::Evaluation;
use crate::encoding::Coding;
use crate::file::File;
use crate::range::{ByteRange, RangeRequest, content_range, unsatisfied_range};
use crate::status::HttpStatus;
use crate::{Exchange, Result};

/// `send_head()`: sends the head for the file that the request names.
///
/// # Errors
///
/// The client has gone.
pub fn send_head<H: SimpleHttpRequestHandler>(handler: &mut H) -> Result<Option<Content>> {
    // What follows are a few system calls, but for listings.
    handler.exchange().prompt = true;
    let found = find(handler)?;
    send_found(handler, found)
}

/// `send_head()` for another file than the request names: that of a target, which is a
/// path, percent-encoded. With a status that is no success, it is no file that was asked
/// for: it has no conditions and no parts.
///
/// # Errors
///
/// The client has gone.
pub fn send_instead<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    target: &str,
    status: HttpStatus,
) -> Result<Option<Content>> {
    handler.exchange().prompt = true;
    let found = find_instead(handler, target, status)?;
    send_found(handler, found)
}

fn send_found<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    found: Found,
) -> Result<Option<Content>> {
    let (file, status, path, role, alone) = match found {
        Found::Answered(content) => return Ok(content),
        Found::File {
            file,
            status,
            path,
            role,
            alone,
        } => (file, status, path, role, alone),
    };
    let Coded {
        file,
        status,
        coding,
        plain,
        suffix,
    } = choose(handler.exchange(), &path, file, status, alone);
    let name = &path[..path.len() - suffix];
    let content_type = handler.guess_type(name);
    let mut representation = Representation {
        status,
        content_type,
        coding,
        tag: FileTag::new(&status, coding),
        role,
        file,
    };
    // A page in the place of what doesn't exist is no file that was asked for.
    let evaluation = match role {
        Role::Missing(_) => Evaluation::Proceed,
        _ => representation.evaluate(handler.exchange()),
    };
    match evaluation {
        Evaluation::Proceed => {
            let exchange = handler.exchange();
            representation.declare_charset(exchange, name, plain.as_ref());
            send_range_or_whole(handler, representation)
        }
        Evaluation::NotModified => send_not_modified(handler, &representation),
        Evaluation::PreconditionFailed => {
            handler.send_error(HttpStatus::PRECONDITION_FAILED, None, None)?;
            Ok(None)
        }
    }
}

impl Representation {
    /// `plain` is what the file was compressed from.
    fn declare_charset(&mut self, exchange: &Exchange, name: &[u8], plain: Option<&(File, u64)>) {
        let text = match self.coding {
            Coding::Identity => Some((&self.file, self.status.size)),
            _ => plain.map(|(file, length)| (file, *length)),
        };
        charset::declare(exchange, &mut self.content_type, name, text);
    }

    /// The fields that 200, 206 and 304 have in common (RFC 9110 section
    /// 15.4.5).
    fn send_validators<H: SimpleHttpRequestHandler>(&self, handler: &mut H) -> Result<()> {
        if let Some(time) = self.last_modified() {
            // A file may have been changed tomorrow, a response may not say so
            // (RFC 9110 section 8.8.2.1).
            let time = time.min(current_time(handler.exchange()));
            let date = handler.date_time_string(Some(time));
            handler.send_header("Last-Modified", date)?;
        }
        if let Some(tag) = &self.tag {
            handler.send_header("ETag", tag)?;
        }
        self.send_vary(handler)
    }

    /// What the representation was chosen by (RFC 9110 section 12.5.5).
    fn send_vary<H: SimpleHttpRequestHandler>(&self, handler: &mut H) -> Result<()> {
        if handler.exchange().server.simple.precompressed {
            handler.send_header("Vary", "Accept-Encoding")?;
        }
        // Of what doesn't exist, somebody else gets the application's page.
        let spa = handler.exchange().server.simple.spa;
        if self.role == Role::Application || (spa && matches!(self.role, Role::Missing(_))) {
            handler.send_header("Vary", NAVIGATION_VARY)?;
        }
        Ok(())
    }

    fn send_coding<H: SimpleHttpRequestHandler>(&self, handler: &mut H) -> Result<()> {
        match self.coding {
            Coding::Identity => Ok(()),
            coding => handler.send_header("Content-Encoding", coding.token()),
        }
    }
}

#[inline(never)]
fn send_not_modified<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    representation: &Representation,
) -> Result<Option<Content>> {
    handler.send_response(HttpStatus::NOT_MODIFIED)?;
    representation.send_validators(handler)?;
    handler.end_headers()?;
    Ok(None)
}

fn send_range_or_whole<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    representation: Representation,
) -> Result<Option<Content>> {
    match representation.requested_range(handler.exchange()) {
        RangeRequest::Whole => send_whole(handler, representation),
        RangeRequest::Unsatisfiable => send_unsatisfiable(handler, representation.size()),
        RangeRequest::Partial(ranges) => match ranges.as_slice() {
            &[range] => send_one_range(handler, representation, range),
            _ => send_ranges(handler, representation, ranges),
        },
    }
}

fn send_whole<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    representation: Representation,
) -> Result<Option<Content>> {
    let (status, is_asked_for) = match representation.role {
        Role::Missing(status) => (status, false),
        Role::Itself | Role::Application => (HttpStatus::OK, true),
    };
    handler.send_response(status)?;
    handler.send_header("Content-Type", &representation.content_type)?;
    handler.send_header("Content-Length", representation.size())?;
    if is_asked_for {
        representation.send_validators(handler)?;
        handler.send_header("Accept-Ranges", "bytes")?;
    } else {
        representation.send_vary(handler)?;
    }
    representation.send_coding(handler)?;
    handler.end_headers()?;
    let size = representation.size();
    Ok(Some(Content::file(representation.file, 0, size)))
}

#[inline(never)]
fn send_one_range<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    representation: Representation,
    range: ByteRange,
) -> Result<Option<Content>> {
    let of = content_range(range, representation.size());
    handler.send_response(HttpStatus::PARTIAL_CONTENT)?;
    handler.send_header("Content-Type", &representation.content_type)?;
    handler.send_header("Content-Length", range.len())?;
    handler.send_header("Content-Range", of)?;
    representation.send_validators(handler)?;
    representation.send_coding(handler)?;
    handler.end_headers()?;
    Ok(Some(Content::file(
        representation.file,
        range.start,
        range.len(),
    )))
}

/// Several ranges, as `multipart/byteranges` (RFC 9110 section 14.6).
#[cold]
fn send_ranges<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    representation: Representation,
    ranges: Vec<ByteRange>,
) -> Result<Option<Content>> {
    let boundary = boundary(&representation);
    let parts = ranges
        .into_iter()
        .map(|range| {
            let head = format!(
                "\r\n--{boundary}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n",
                representation.content_type,
                content_range(range, representation.size())
            );
            (head.into_bytes(), range)
        })
        .collect();
    let end = format!("\r\n--{boundary}--\r\n").into_bytes();
    handler.send_response(HttpStatus::PARTIAL_CONTENT)?;
    let content_type = format!("multipart/byteranges; boundary={boundary}");
    handler.send_header("Content-Type", content_type)?;
    representation.send_validators(handler)?;
    representation.send_coding(handler)?;
    let content = Content::parts(representation.file, parts, end);
    handler.send_header("Content-Length", content.length())?;
    handler.end_headers()?;
    Ok(Some(content))
}

/// A boundary that the file's author can't foresee when writing the file: it
/// depends on when it was last changed and on the moment of the request.
fn boundary(representation: &Representation) -> String {
    let tag = representation.tag.as_ref();
    let tag = tag.map_or("", FileTag::as_str).replace('.', "-");
    format!("wasm-host-{:x}-{tag}", now())
}

#[cold]
fn send_unsatisfiable<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    size: u64,
) -> Result<Option<Content>> {
    let texts = handler.responses(HttpStatus::RANGE_NOT_SATISFIABLE);
    let (message, explain) = texts.unwrap_or_default();
    let page = format!("{message}: {explain}\n");
    handler.send_response(HttpStatus::RANGE_NOT_SATISFIABLE)?;
    handler.send_header("Content-Range", unsatisfied_range(size))?;
    handler.send_header("Content-Type", "text/plain; charset=utf-8")?;
    handler.send_header("Content-Length", page.len())?;
    handler.end_headers()?;
    Ok(Some(Content::bytes(page.into_bytes())))
}
