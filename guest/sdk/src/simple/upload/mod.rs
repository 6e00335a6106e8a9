//! Files that clients leave in the served directory (`--upload`): by PUT, as `curl -T`
//! does, and by a form in listings, with a script or without.
//!
//! 1. A page of another site may not have its reader's browser do that (`origin`).
//! 2. The request's target is a file's path, of names alone (`target`).
//! 3. What the server doesn't show can't be put there, either; and preconditions hold
//!    (RFC 9110 section 13).
//! 4. The host decides on all else, and takes the content ([`crate::upload`]).
//! 5. The answer says in words what wasn't taken, and why (`refusal`).
//!
//! `form` does that for each file of a form.

mod form;
mod origin;
mod refusal;
mod target;

pub use form::do_post;

use super::file_tag::FileTag;
use super::lookup::is_withheld;
use super::path::location;
use super::{SimpleHttpRequestHandler, origin_form};
use crate::conditional::{Evaluation, Preconditions, Validators};
use crate::encoding::Coding;
use crate::file::Opened;
use crate::status::HttpStatus;
use crate::upload::UploadOutcome;
use crate::{BaseHttpRequestHandler, Exchange, Result, base};
use refusal::Refusal;

/// What the server's owner says of uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadSettings {
    /// `--upload-max-size`: the most bytes of a file.
    pub max_size: u64,
    /// `--overwrite`: whether a file may take another's place.
    pub overwrite: bool,
}

/// Takes a file by PUT (RFC 9110 section 9.3.4): 201 for a new one, 204 for one that took
/// another's place. 501 where the server takes none.
///
/// A handler that takes files calls this in its own `do_put`, as the embedded one does,
/// and [`do_post`] in its `do_post`: [`simple_methods!`](crate::simple_methods) writes
/// neither.
///
/// # Errors
///
/// The client has gone.
pub fn do_put<H: SimpleHttpRequestHandler>(handler: &mut H) -> Result<()> {
    if handler.exchange().server.simple.upload.is_none() {
        return base::unsupported_method(handler);
    }
    let path = match check(handler.exchange()) {
        Ok(path) => path,
        Err(refusal) => return refusal.send(handler),
    };
    match receive(handler, &path)? {
        Ok(outcome) => confirm(handler, &path, outcome),
        Err(refusal) => refusal.send(handler),
    }
}

/// Whether a request's content is a file, or a form, for which `100 Continue` is only
/// sent once it is known that it is taken.
pub(crate) fn is_upload(exchange: &Exchange) -> bool {
    exchange.server.simple.upload.is_some() && matches!(exchange.command.as_str(), "PUT" | "POST")
}

/// Where the file is to be.
fn check(exchange: &Exchange) -> Result<Vec<u8>, Refusal> {
    origin::check(exchange)?;
    // RFC 9110 section 14.5.
    if exchange.headers.contains("Content-Range") {
        return Err(Refusal::new(
            HttpStatus::BAD_REQUEST,
            "a part of a file can't be uploaded; send all of it, without Content-Range",
        ));
    }
    let path = target::file_path(origin_form(&exchange.path))?;
    check_shown(exchange, &path)?;
    check_preconditions(exchange, &path)?;
    Ok(path)
}

/// What the server doesn't show can't be put there, either.
fn check_shown(exchange: &Exchange, path: &[u8]) -> Result<(), Refusal> {
    if is_withheld(&exchange.server.simple, path) {
        let reason = "files of this name aren't served, and can't be uploaded";
        return Err(Refusal::new(HttpStatus::FORBIDDEN, reason));
    }
    Ok(())
}

fn check_preconditions(exchange: &Exchange, path: &[u8]) -> Result<(), Refusal> {
    let headers = &exchange.headers;
    let if_match = headers.get_joined("If-Match");
    let if_none_match = headers.get_joined("If-None-Match");
    let if_unmodified_since = headers.get("If-Unmodified-Since");
    let failed = Refusal::new(
        HttpStatus::PRECONDITION_FAILED,
        "what is there isn't what the request expects",
    );
    let directory = exchange.server.directory.as_ref();
    let Some(Ok(Opened::File(_, status))) = directory.map(|root| root.open(path)) else {
        // Without a file, no tag and no date is its.
        return if if_match.is_some() {
            Err(failed)
        } else {
            Ok(())
        };
    };
    let tag = FileTag::new(&status, Coding::Identity);
    let current = Validators {
        etag: tag.as_ref().and_then(FileTag::entity_tag),
        last_modified: status.modified.map(|time| time.seconds),
    };
    let preconditions = Preconditions {
        if_match: if_match.as_deref(),
        if_none_match: if_none_match.as_deref(),
        if_unmodified_since: if_unmodified_since.as_deref(),
        ..Preconditions::default()
    };
    match preconditions.evaluate(false, &current) {
        Evaluation::Proceed => Ok(()),
        Evaluation::NotModified | Evaluation::PreconditionFailed => Err(failed),
    }
}

/// Receives the content, and makes it a file.
fn receive<H: BaseHttpRequestHandler>(
    handler: &mut H,
    path: &[u8],
) -> Result<Result<UploadOutcome, Refusal>> {
    let exchange = handler.exchange();
    // Whoever wants a new file gets no other (RFC 9110 section 13.1.2).
    let only_new = exchange.headers.contains("If-None-Match");
    let refused = |error| {
        Ok(Err(match error {
            crate::upload::UploadError::Exists if only_new => Refusal::new(
                HttpStatus::PRECONDITION_FAILED,
                "a file of this name is there already",
            ),
            error => error.into(),
        }))
    };
    let length = exchange.rfile.remaining();
    let mut upload = match exchange.begin_upload(path, length, !only_new) {
        Ok(upload) => upload,
        Err(error) => return refused(error),
    };
    tell_to_continue(handler)?;
    if let Err(error) = handler.exchange().receive_upload(&mut upload)? {
        return refused(error);
    }
    match upload.finish() {
        Ok(outcome) => Ok(Ok(outcome)),
        Err(error) => refused(error),
    }
}

/// Tells a client to send its content that waits for that.
fn tell_to_continue<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    if handler.exchange().expects_continue {
        base::handle_expect_100(handler)?;
    }
    Ok(())
}

fn confirm<H: BaseHttpRequestHandler>(
    handler: &mut H,
    path: &[u8],
    outcome: UploadOutcome,
) -> Result<()> {
    match outcome {
        UploadOutcome::Replaced => handler.send_response(HttpStatus::NO_CONTENT)?,
        UploadOutcome::Created => {
            handler.send_response(HttpStatus::CREATED)?;
            handler.send_header("Location", location(path, false, ""))?;
            handler.send_header("Content-Length", 0)?;
        }
    }
    handler.end_headers()
}

#[cfg(test)]
mod tests;
