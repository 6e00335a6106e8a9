//! `send_response`, `send_header`, `send_error`: the head of a response.

use crate::ascii::{is_plain, is_usual_name};
use crate::decimal::{self, Decimal};
use crate::error_page;
use crate::exchange::{Exchange, HeadSays};
use crate::field_value::FieldValue;
use crate::html::escape_text;
use crate::request_line::{Version, is_token};
use crate::status::HttpStatus;
use crate::{BaseHttpRequestHandler, Error, Result};
use std::io::Write;

/// When a client that met a busy server may try again, in seconds (RFC 9110
/// section 10.2.3).
const RETRY_AFTER: u32 = 1;

/// `send_error(code, message, explain)`.
///
/// # Errors
///
/// The client has gone.
#[cold]
pub fn send_error<H: BaseHttpRequestHandler>(
    handler: &mut H,
    code: HttpStatus,
    message: Option<&str>,
    explain: Option<&str>,
) -> Result<()> {
    let (short, long) = handler.responses(code).unwrap_or(("???", "???"));
    let message = message.unwrap_or(short);
    let explain = explain.unwrap_or(long);
    handler.log_error(&format!("code {code}, message {message}"));
    // A message that quotes the client's text belongs on the page, where it is
    // escaped, and not in the status line, where it can't be.
    let phrase = if message.contains(['<', '>']) || !may_be_phrase(message) {
        short
    } else {
        message
    };
    handler.send_response_with(code, Some(phrase))?;
    if code == HttpStatus::SERVICE_UNAVAILABLE {
        handler.send_header("Retry-After", RETRY_AFTER)?;
    }
    if handler.closes_on_error(code) {
        handler.send_header("Connection", "close")?;
    }
    if !code.allows_body() {
        return handler.end_headers();
    }
    let page = error_page::render(
        &handler.error_message_format(),
        code.code(),
        &escape_text(message),
        &escape_text(explain),
    );
    let content_type = handler.error_content_type();
    handler.send_header("Content-Type", content_type)?;
    handler.send_header("Content-Length", page.len())?;
    handler.end_headers()?;
    let exchange = handler.exchange();
    if exchange.command != "HEAD" {
        exchange.wfile.write_all(page.as_bytes())?;
    }
    Ok(())
}

/// `send_response(code, message)`: logs the request, and begins the response
/// with the status line, `Server` and `Date`.
///
/// # Errors
///
/// The message or the server's version can't be sent.
pub fn send_response_with<H: BaseHttpRequestHandler>(
    handler: &mut H,
    code: HttpStatus,
    message: Option<&str>,
) -> Result<()> {
    handler.log_request(code, None);
    handler.send_response_only(code, message)?;
    let server = handler.version_string();
    handler.send_header("Server", server)?;
    let date = handler.date_time_string(None);
    handler.send_header("Date", date)
}

/// `send_response_only(code, message)`: the status line.
///
/// # Errors
///
/// The message has a control character other than tab (RFC 9112 section 4).
pub fn send_response_only<H: BaseHttpRequestHandler>(
    handler: &mut H,
    code: HttpStatus,
    message: Option<&str>,
) -> Result<()> {
    let phrase = match message {
        Some(message) => message,
        None => handler.responses(code).map_or("", |(short, _)| short),
    };
    let plain = is_plain(phrase.as_bytes());
    if !plain && !may_be_phrase(phrase) {
        return Err(Error::InvalidReason(phrase.to_owned()));
    }
    let protocol = handler.protocol_version();
    let exchange = handler.exchange();
    exchange.head_says = HeadSays {
        status: Some(code),
        ..HeadSays::default()
    };
    if exchange.is_simple_response() {
        return Ok(());
    }
    exchange.head.extend_from_slice(protocol.as_bytes());
    exchange.head.push(b' ');
    let digits = Decimal::new(u64::from(code.code()));
    exchange.head.extend_from_slice(digits.as_bytes());
    exchange.head.push(b' ');
    if plain {
        exchange.head.extend_from_slice(phrase.as_bytes());
    } else {
        exchange.head.extend(phrase.chars().map(latin1_byte));
    }
    exchange.head.extend_from_slice(b"\r\n");
    Ok(())
}

/// Whether a text has nothing that could end a status line, or be mistaken for
/// its end.
fn may_be_phrase(text: &str) -> bool {
    let allowed = |byte: u8| byte == b'\t' || !byte.is_ascii_control();
    text.bytes().all(allowed)
}

/// Whether a field can have this name, if it isn't empty.
fn is_name(keyword: &str) -> bool {
    is_usual_name(keyword.as_bytes()) || keyword.bytes().all(is_token)
}

/// A character's Latin-1 byte, or `?`.
fn latin1_byte(character: char) -> u8 {
    u8::try_from(u32::from(character)).unwrap_or(b'?')
}

/// `send_header(keyword, value)`.
///
/// # Errors
///
/// The name isn't a token, or the value has a control character other than tab,
/// or one beyond Latin-1.
pub fn send_header<H: BaseHttpRequestHandler>(
    handler: &mut H,
    keyword: &str,
    value: impl FieldValue,
) -> Result<()> {
    let exchange = handler.exchange();
    let start = exchange.begin_field(keyword)?;
    let valid = value.write_to(&mut exchange.head);
    exchange.end_field(keyword, start, valid)
}

/// `end_headers()`: adds what the server's owner wants in every response, and
/// the empty line.
///
/// # Errors
///
/// The client has gone.
pub fn end_headers<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    let exchange = handler.exchange();
    if !exchange.is_simple_response() {
        let interim = exchange
            .head_says
            .status
            .is_some_and(HttpStatus::is_informational);
        if !interim {
            exchange
                .head
                .extend_from_slice(&exchange.server.extra_fields);
        }
        exchange.head.extend_from_slice(b"\r\n");
    }
    handler.flush_headers()
}

/// `flush_headers()`: hands the head to `wfile`.
///
/// # Errors
///
/// None of its own.
pub fn flush_headers<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    let exchange = handler.exchange();
    let announced = exchange.head_says.content_length;
    exchange.wfile.announce(announced);
    exchange.wfile.push_head(&mut exchange.head);
    Ok(())
}

/// `version_string()`: `server_version` and `sys_version`.
pub fn version_string<H: BaseHttpRequestHandler>(handler: &mut H) -> String {
    let mut version = handler.server_version();
    let system = handler.sys_version();
    if !system.is_empty() {
        version.push(' ');
        version.push_str(&system);
    }
    version
}

/// The parts of `send_header` that don't depend on the value's type: a head has
/// several fields, which should share most of the code.
impl Exchange {
    /// Writes a field's name and the colon. Returns where the head ended before.
    #[inline(never)]
    fn begin_field(&mut self, keyword: &str) -> Result<usize> {
        if keyword.is_empty() || !is_name(keyword) {
            return Err(Error::InvalidFieldName(keyword.to_owned()));
        }
        let start = self.head.len();
        self.head.extend_from_slice(keyword.as_bytes());
        self.head.extend_from_slice(b": ");
        Ok(start)
    }

    /// Ends the field that was begun at `start`, or takes it back.
    #[inline(never)]
    fn end_field(&mut self, keyword: &str, start: usize, valid: bool) -> Result<()> {
        if !valid {
            self.head.truncate(start);
            return Err(Error::InvalidFieldValue(keyword.to_owned()));
        }
        self.note_field(keyword, start + keyword.len() + ": ".len());
        self.head.extend_from_slice(b"\r\n");
        if self.is_simple_response() {
            self.head.truncate(start);
        }
        Ok(())
    }

    /// Whether the client understands no head: HTTP/0.9.
    fn is_simple_response(&self) -> bool {
        self.version == Version::HTTP_09
    }

    /// Takes note of a field that says something of the connection or of where
    /// the response ends. Its value begins at `start` of the head.
    fn note_field(&mut self, keyword: &str, start: usize) {
        // Few names are as long as those, and a comparison of lengths is cheap.
        let lengths = ["Connection", "Content-Length", "Transfer-Encoding"].map(str::len);
        if lengths.contains(&keyword.len()) {
            self.note_framing_field(keyword, start);
        }
    }

    #[inline(never)]
    fn note_framing_field(&mut self, keyword: &str, start: usize) {
        if keyword.eq_ignore_ascii_case("Connection") {
            let value = self.head[start..].trim_ascii();
            self.head_says.connection = true;
            if value.eq_ignore_ascii_case(b"close") {
                self.close_connection = true;
            } else if value.eq_ignore_ascii_case(b"keep-alive") {
                self.close_connection = false;
            }
        } else if keyword.eq_ignore_ascii_case("Content-Length") {
            self.head_says.content_length = decimal::parse(self.head[start..].trim_ascii());
        } else if keyword.eq_ignore_ascii_case("Transfer-Encoding") {
            self.head_says.transfer_encoding = true;
        }
    }
}
