//! `handle`, `handle_one_request`, `parse_request`: from bytes to a method.
//!
//! 1. Wait for a request's first bytes.
//! 2. Read the request line (RFC 9112 section 3), then the header section
//!    (section 5), each within `http.server`'s limits.
//! 3. See whether the connection persists (section 9.3), and where the content
//!    ends (section 6.3).
//! 4. Check `Host` (section 3.2) and `Expect` (RFC 9110 section 10.1.1).
//! 5. Call the method.
//! 6. Answer if it failed, read what it left of the content, log
//!    (`conclude`).

use super::conclude::conclude;
use super::host::{check_host, check_target};
use crate::ascii::trim_ows;
use crate::framing::Framing;
use crate::headers::{HeaderError, MAX_FIELDS, latin1};
use crate::link::Line;
use crate::request_line::{self, MAX_LINE, Refusal, Version};
use crate::site;
use crate::status::HttpStatus;
use crate::transport::Part;
use crate::{BaseHttpRequestHandler, Error, Result};
use std::io::Write;

/// The most empty lines before a request line that are skipped (RFC 9112
/// section 2.2), as Apache has it.
const MAX_EMPTY_LINES: usize = 100;

/// What came where a request line is expected.
enum Beginning {
    /// A line that isn't empty, and is in the exchange.
    Line,
    /// A part of one, which is in the exchange, and then the end of what the
    /// client sends.
    Cut,
    /// More than a line may have.
    TooLong,
    /// More empty lines than are skipped.
    EmptyLines,
}

/// `handle()`: handles requests until the connection is to close, or is idle.
///
/// # Errors
///
/// The client has gone.
pub fn handle<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    loop {
        handler.handle_one_request()?;
        let exchange = handler.exchange();
        if exchange.close_connection || exchange.idle {
            return Ok(());
        }
    }
}

/// `handle_one_request()`.
///
/// # Errors
///
/// The client has gone.
pub fn handle_one_request<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    let exchange = handler.exchange();
    let begun = exchange.finish_and_begin();
    exchange.reset();
    if !begun? {
        exchange.idle = true;
        return Ok(());
    }
    let answered = read_and_dispatch(handler);
    conclude(handler, answered)
}

fn read_and_dispatch<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    let refusal = match read_request_line(handler)? {
        Beginning::Line => None,
        Beginning::TooLong => {
            return handler.send_error(HttpStatus::URI_TOO_LONG, None, None);
        }
        Beginning::EmptyLines => Some(Refusal::bad_request("Too many empty lines".to_owned())),
        // A request that is incomplete isn't carried out (RFC 9112 section 8).
        Beginning::Cut => Some(request_line::syntax_error(&handler.exchange().requestline)),
    };
    if let Some(refusal) = refusal {
        return refuse(handler, &refusal).map(drop);
    }
    if handler.parse_request()? {
        if has_content_to_read(handler) {
            handler.exchange().rfile.await_all()?;
        }
        handler.dispatch()?;
    }
    Ok(())
}

/// Whether the method is one whose content says what to do (RFC 9110 section 9.3): of
/// others, a client may as well send none.
fn has_content_to_read<H: BaseHttpRequestHandler>(handler: &mut H) -> bool {
    let gathers = handler.gathers_content();
    let exchange = handler.exchange();
    let method = exchange.command.as_str();
    gathers && matches!(method, "POST" | "PUT" | "PATCH") && !exchange.expects_continue
}

/// Reads the request line into the exchange, past empty ones.
fn read_request_line<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<Beginning> {
    let exchange = handler.exchange();
    // Until it is known to be less, an error is answered in full.
    exchange.version = Version::HTTP_10;
    let mut link = exchange.link.borrow_mut();
    for _ in 0..=MAX_EMPTY_LINES {
        let start = link.position();
        let end = match link.find_line(start, MAX_LINE, Part::Head)? {
            Line::EndsAt(end) => end,
            Line::TooLong => return Ok(Beginning::TooLong),
            // Nobody waits for an answer to nothing.
            Line::Cut if without_line_end(link.rest()).is_empty() => return Err(Error::Closed),
            Line::Cut => {
                exchange.requestline.push_str(&latin1(link.rest()));
                return Ok(Beginning::Cut);
            }
        };
        let line = without_line_end(link.bytes(start, end));
        exchange.requestline.push_str(&latin1(line));
        link.advance_to(end);
        if !exchange.requestline.is_empty() {
            return Ok(Beginning::Line);
        }
    }
    Ok(Beginning::EmptyLines)
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// `parse_request()`.
///
/// # Errors
///
/// The client has gone, or is too slow.
pub fn parse_request<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<bool> {
    if let Err(refusal) = parse_request_line(handler) {
        assume_version(handler);
        return refuse(handler, &refusal);
    }
    let protocol = Version::parse(handler.protocol_version()).unwrap_or(Version::HTTP_10);
    let exchange = handler.exchange();
    if exchange.version == Version::HTTP_09 {
        return site::enter(handler);
    }
    if let Err(refusal) = read_header_section(handler)? {
        return refuse(handler, &refusal);
    }
    decide_persistence(handler, protocol);
    if let Err(refusal) = check_head(handler) {
        handler.exchange().rfile.lose();
        return refuse(handler, &refusal);
    }
    Ok(site::enter(handler)? && check_expectation(handler, protocol)?)
}

#[cold]
fn refuse<H: BaseHttpRequestHandler>(handler: &mut H, refusal: &Refusal) -> Result<bool> {
    handler.exchange().close_connection = true;
    let message = Some(refusal.message.as_str());
    handler.send_error(HttpStatus::new(refusal.status), message, None)?;
    handler.exchange().close_connection = true;
    Ok(false)
}

fn parse_request_line<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<(), Refusal> {
    let default_version = handler.default_request_version();
    let only_http_1 = handler.requires_http_1();
    let exchange = handler.exchange();
    exchange.request_version.push_str(default_version);
    let line = request_line::parse(&exchange.requestline)?;
    if let (true, Some((written, version))) = (only_http_1, line.version) {
        request_line::check_http_1(written, version)?;
    }
    check_target(line.target)?;
    exchange.command.push_str(line.method);
    // Two slashes at the start could be read as a host, in a redirect
    // (gh-87389).
    if line.target.starts_with("//") {
        exchange.path.push('/');
        exchange.path.push_str(line.target.trim_start_matches('/'));
    } else {
        exchange.path.push_str(line.target);
    }
    exchange.version = match line.version {
        Some((written, version)) => {
            exchange.request_version.clear();
            exchange.request_version.push_str(written);
            version
        }
        None => Version::parse(default_version).unwrap_or(Version::HTTP_09),
    };
    Ok(())
}

/// Chooses the version that a refused request line is answered as: the one that
/// it names, or the handler's choice.
#[cold]
fn assume_version<H: BaseHttpRequestHandler>(handler: &mut H) {
    let fallback = Version::parse(handler.malformed_request_version());
    let least = if handler.requires_http_1() {
        Version::HTTP_10
    } else {
        Version::default()
    };
    let exchange = handler.exchange();
    exchange.version = match request_line::named_version(&exchange.requestline) {
        Some((written, version)) if version >= least => {
            exchange.request_version.replace_range(.., written);
            version
        }
        _ => fallback.unwrap_or(Version::HTTP_10),
    };
}

/// Reads the header section into the exchange.
fn read_header_section<H: BaseHttpRequestHandler>(
    handler: &mut H,
) -> Result<std::result::Result<(), Refusal>> {
    let refused = |status: HttpStatus, message: &str| {
        Ok(Err(Refusal {
            status: status.code(),
            message: message.to_owned(),
        }))
    };
    let exchange = handler.exchange();
    let mut link = exchange.link.borrow_mut();
    // Most are whole by now, and shorter than one line may be.
    if link.rest().len() <= MAX_LINE
        && let Some(length) = exchange.headers.replace_by_usual(link.rest())
    {
        let end = link.position() + length;
        link.advance_to(end);
        return Ok(Ok(()));
    }
    let section = link.position();
    let mut end = section;
    for fields in 0.. {
        let start = end;
        end = match link.find_line(start, MAX_LINE, Part::Head)? {
            Line::EndsAt(end) => end,
            Line::TooLong => {
                return refused(HttpStatus::REQUEST_HEADER_FIELDS_TOO_LARGE, "Line too long");
            }
            // As incomplete as a cut request line.
            Line::Cut => return refused(HttpStatus::BAD_REQUEST, "The header ends early"),
        };
        if without_line_end(link.bytes(start, end)).is_empty() {
            break;
        }
        if fields >= MAX_FIELDS {
            let message = "Too many headers";
            return refused(HttpStatus::REQUEST_HEADER_FIELDS_TOO_LARGE, message);
        }
    }
    let parsed = exchange.headers.replace(link.bytes(section, end));
    link.advance_to(end);
    match parsed {
        Ok(()) => Ok(Ok(())),
        Err(error @ HeaderError::TooMany) => refused(
            HttpStatus::REQUEST_HEADER_FIELDS_TOO_LARGE,
            &error.to_string(),
        ),
        Err(error) => refused(HttpStatus::BAD_REQUEST, &error.to_string()),
    }
}

/// Whether the connection persists, as RFC 9112 section 9.3 decides it.
fn decide_persistence<H: BaseHttpRequestHandler>(handler: &mut H, protocol: Version) {
    let exchange = handler.exchange();
    let options = exchange.headers.get_joined("Connection");
    let has = |wanted: &str| {
        options.as_deref().is_some_and(|options| {
            options
                .split(',')
                .any(|option| trim_ows(option).eq_ignore_ascii_case(wanted))
        })
    };
    let persists = !has("close") && (exchange.version >= Version::HTTP_11 || has("keep-alive"));
    let persists = persists && !exchange.link.borrow().transport.frames_messages();
    exchange.close_connection = !(persists && protocol >= Version::HTTP_11);
}

/// Checks what the header says of the request as a whole.
fn check_head<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<(), Refusal> {
    let requires_host = handler.requires_host();
    let exchange = handler.exchange();
    let mut framing = Framing::of(&exchange.headers, exchange.version)?;
    let by_host = exchange.link.borrow().transport.frames_messages();
    if by_host && !exchange.headers.contains("Content-Length") {
        framing = Framing::ByHost;
    }
    exchange.rfile.begin(framing);
    if requires_host {
        check_host(&exchange.headers, exchange.version)?;
    }
    Ok(())
}

fn check_expectation<H: BaseHttpRequestHandler>(
    handler: &mut H,
    protocol: Version,
) -> Result<bool> {
    let exchange = handler.exchange();
    if exchange.version < Version::HTTP_11 || protocol < Version::HTTP_11 {
        return Ok(true);
    }
    let Some(expectation) = exchange.headers.get_joined("Expect") else {
        return Ok(true);
    };
    let members = || {
        expectation
            .split(',')
            .map(trim_ows)
            .filter(|member| !member.is_empty())
    };
    if !members().all(|member| member.eq_ignore_ascii_case("100-continue")) {
        handler.exchange().close_connection = true;
        handler.send_error(HttpStatus::EXPECTATION_FAILED, None, None)?;
        return Ok(false);
    }
    if members().next().is_none() {
        return Ok(true);
    }
    exchange.expects_continue = !exchange.rfile.is_finished();
    handler.handle_expect_100()
}

/// `handle_expect_100()`: tells the client to go on.
///
/// # Errors
///
/// The client has gone.
pub fn handle_expect_100<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<bool> {
    handler.send_response_only(HttpStatus::CONTINUE, None)?;
    handler.end_headers()?;
    let exchange = handler.exchange();
    exchange.wfile.flush()?;
    // An interim response isn't the response.
    exchange.wfile.begin();
    exchange.head_says = Default::default();
    exchange.expects_continue = false;
    Ok(true)
}

/// What [`BaseHttpRequestHandler::dispatch`] does: the methods that have a
/// function of their own, and 501 for others.
///
/// # Errors
///
/// What the method says.
pub fn dispatch<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    match handler.exchange().command.as_str() {
        "GET" => handler.do_get(),
        "HEAD" => handler.do_head(),
        "POST" => handler.do_post(),
        "PUT" => handler.do_put(),
        "DELETE" => handler.do_delete(),
        "PATCH" => handler.do_patch(),
        "OPTIONS" => handler.do_options(),
        _ => unsupported_method(handler),
    }
}

/// Answers a method that the handler doesn't have: 501, in `http.server`'s
/// words.
///
/// # Errors
///
/// The client has gone.
#[cold]
pub fn unsupported_method<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    let method = request_line::repr(&handler.exchange().command);
    let message = format!("Unsupported method ({method})");
    handler.send_error(HttpStatus::NOT_IMPLEMENTED, Some(&message), None)
}
