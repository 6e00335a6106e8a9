//! A directory as one file, of all that is beneath it (`--archives`): `?download=zip` and
//! `?download=tar.gz`.
//!
//! Packing takes the handler's time, and that of who reads slowly: the host lets so many
//! be at it at once, and of one client half of them.

use super::lookup::{beneath, is_withheld};
use super::path::{DecodedPath, split_target};
use super::{SimpleHttpRequestHandler, SimpleSettings};
use crate::archive::{Format, Packing, pack};
use crate::file::Directory;
use crate::status::HttpStatus;
use crate::{BaseHttpRequestHandler, Error, Exchange, Result};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use std::io;
use std::rc::Rc;

/// What the root is called, which has no name.
const ROOT: &str = "files";

/// The format that a request asks for, if the server's owner has archives made.
pub(super) fn wanted(exchange: &Exchange) -> Option<Format> {
    if !exchange.server.simple.archives {
        return None;
    }
    let (_, query) = split_target(exchange.path.as_bytes());
    let wanted = query.strip_prefix(b"?download=")?;
    let mut formats = Format::ALL.into_iter();
    let found = formats.find(|(_, suffix, _)| suffix.as_bytes() == wanted);
    found.map(|(format, ..)| format)
}

/// Sends a directory as an archive.
///
/// # Errors
///
/// The client has gone.
#[inline(never)]
pub(super) fn send<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    directory: &Directory,
    path: &DecodedPath,
    format: Format,
) -> Result<()> {
    handler.exchange().prompt = false;
    let place = handler.exchange().link.borrow_mut().transport.take_place();
    let Some(place) = place else {
        let explain = "As many folders are being packed as may be; try again in a moment";
        return handler.send_error(HttpStatus::SERVICE_UNAVAILABLE, None, Some(explain));
    };
    let server = Rc::clone(&handler.exchange().server);
    let name = name_of(&path.relative);
    send_head(handler, &name, format)?;
    let exchange = handler.exchange();
    if exchange.command == "HEAD" {
        return Ok(());
    }
    let scripts: Vec<&str> = of_scripts(&server.settings).collect();
    let is_withheld = |inner: &[u8]| {
        let whole = beneath(&path.relative, inner);
        is_never_packed(&server.simple, &scripts, &whole)
    };
    let packing = Packing {
        directory,
        name: &name,
        is_withheld: &is_withheld,
    };
    let packed = pack(&packing, format, &mut exchange.wfile);
    drop(place);
    packed.map_err(|error: io::Error| Error::from(error).unwrapped())
}

fn send_head<H: BaseHttpRequestHandler>(handler: &mut H, name: &str, format: Format) -> Result<()> {
    let mut formats = Format::ALL.into_iter();
    let (_, suffix, media_type) = formats
        .find(|(known, ..)| *known == format)
        .unwrap_or(Format::ALL[0]);
    handler.send_response(HttpStatus::OK)?;
    handler.send_header("Content-Type", media_type)?;
    // Both are for who reads only one of them (RFC 6266 section 5).
    let plain = name.replace(
        |char: char| !char.is_ascii_alphanumeric() && !"-_.".contains(char),
        "_",
    );
    let exact = percent_encode(name.as_bytes(), NON_ALPHANUMERIC);
    let disposition =
        format!("attachment; filename=\"{plain}.{suffix}\"; filename*=UTF-8''{exact}.{suffix}");
    handler.send_header("Content-Disposition", disposition)?;
    handler.send_header("Cache-Control", "no-store")?;
    handler.end_headers()
}

/// What the archive's own folder is called.
fn name_of(path: &[u8]) -> String {
    let last = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let name = String::from_utf8_lossy(last);
    let name = name.replace(|char: char| char == '\\' || char.is_control(), "_");
    if name.is_empty() {
        ROOT.to_owned()
    } else {
        name
    }
}

/// The directories of scripts, whose names aren't told either.
fn of_scripts(settings: &[(String, String)]) -> impl Iterator<Item = &str> {
    let named = settings.iter().filter(|(name, _)| name == "cgi-directory");
    named.map(|(_, directory)| directory.trim_matches('/'))
}

fn is_never_packed(settings: &SimpleSettings, scripts: &[&str], path: &[u8]) -> bool {
    let is_script = |directory: &&str| path.eq_ignore_ascii_case(directory.as_bytes());
    is_withheld(settings, path) || scripts.iter().any(is_script)
}
