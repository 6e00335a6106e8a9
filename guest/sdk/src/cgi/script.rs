//! From a path into a CGI directory to the script that it names, as `run_cgi`
//! looks for it.

use super::CgiHttpRequestHandler;
use super::path::CgiInfo;
use crate::process::{EntryKind, ProcessError};
use crate::request_line::repr;
use crate::simple::path::is_hidden;
use crate::status::HttpStatus;
use crate::{Error, Result};

/// The most directories beneath a CGI directory that a path leads through: more
/// than there are, unless links make a circle.
const MAX_DEPTH: usize = 64;

/// A script, and what follows it in the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CgiScript {
    /// The path of its file, beneath the served directory: without a slash in
    /// front.
    pub file: Vec<u8>,
    /// PATH_INFO, decoded.
    pub path_info: Vec<u8>,
    /// Whether its output is the whole response, status line and all (RFC 3875
    /// section 5): its name begins with `nph-`.
    pub is_nph: bool,
}

impl CgiScript {
    /// SCRIPT_NAME, as messages quote it.
    pub(super) fn quoted(&self) -> String {
        quoted(&self.file)
    }
}

fn quoted(file: &[u8]) -> String {
    repr(&format!("/{}", String::from_utf8_lossy(file)))
}

/// Finds the script: the first name after the CGI directory that isn't a
/// directory itself. None if there is none, which has been answered then.
///
/// # Errors
///
/// The client has gone.
pub(super) fn find<H: CgiHttpRequestHandler>(
    handler: &mut H,
    info: &CgiInfo,
) -> Result<Option<CgiScript>> {
    for length in 1..=info.len().min(MAX_DEPTH) {
        let file = info.head(length);
        let hidden = !handler.exchange().server.simple.hidden && is_hidden(&file);
        if hidden || !info.names_plainly(length) {
            return refuse(handler, &quoted(&file), ProcessError::NotFound);
        }
        let kind = match handler.exchange().look_up(&file) {
            Ok(EntryKind::Directory) => continue,
            Ok(kind) => kind,
            Err(ProcessError::NotPermitted) => return not_plain(handler, &quoted(&file)),
            Err(error) => return refuse(handler, &quoted(&file), error),
        };
        if !handler.is_executable(&file, kind) {
            return refuse(handler, &quoted(&file), ProcessError::NotPermitted);
        }
        return Ok(Some(CgiScript {
            is_nph: info.name(length).starts_with(b"nph-"),
            path_info: info.tail(length),
            file,
        }));
    }
    if info.len() > MAX_DEPTH {
        return refuse(
            handler,
            &quoted(&info.head(MAX_DEPTH)),
            ProcessError::NotFound,
        );
    }
    let mut directory = info.head(info.len());
    if info.is_empty() || info.has_trailing_slash() {
        directory.push(b'/');
    }
    not_plain(handler, &quoted(&directory))
}

fn not_plain<T, H: CgiHttpRequestHandler>(handler: &mut H, quoted: &str) -> Result<Option<T>> {
    let message = format!("CGI script is not a plain file ({quoted})");
    handler.send_error(HttpStatus::FORBIDDEN, Some(&message), None)?;
    Ok(None)
}

/// Answers a request whose script can't be run, or gave no answer.
///
/// # Errors
///
/// The client has gone.
pub(super) fn refuse<T, H: CgiHttpRequestHandler>(
    handler: &mut H,
    quoted: &str,
    error: ProcessError,
) -> Result<Option<T>> {
    let (code, message) = match error {
        ProcessError::NotFound => (
            HttpStatus::NOT_FOUND,
            Some(format!("No such CGI script ({quoted})")),
        ),
        ProcessError::NotPermitted => (
            HttpStatus::FORBIDDEN,
            Some(format!("CGI script is not executable ({quoted})")),
        ),
        ProcessError::Busy => (HttpStatus::SERVICE_UNAVAILABLE, None),
        ProcessError::TooLarge => (HttpStatus::REQUEST_HEADER_FIELDS_TOO_LARGE, None),
        ProcessError::Failed => (HttpStatus::BAD_GATEWAY, None),
        ProcessError::TimedOut => (HttpStatus::GATEWAY_TIMEOUT, None),
        // RFC 9110 section 15.5.9
        ProcessError::ContentMissing => {
            let explain = Some("The content that was announced didn't begin to come in time");
            handler.send_error(HttpStatus::REQUEST_TIMEOUT, None, explain)?;
            return Ok(None);
        }
        ProcessError::ClientClosed => return Err(Error::Closed),
    };
    if message.is_none() {
        handler.log_error(&format!("CGI script {quoted}: {error}"));
    }
    handler.send_error(code, message.as_deref(), None)?;
    Ok(None)
}
