//! `send_response`, `send_header`, `send_error`: the head of a response.

use super::ending::settle;
use crate::ascii::{is_plain, is_usual_name};
use crate::decimal;
use crate::error_page;
use crate::exchange::{Exchange, HeadSays, Said};
use crate::field_value::FieldValue;
use crate::html::escape_text;
use crate::request_line::{Version, is_token};
use crate::response::Framing;
use crate::status::HttpStatus;
use crate::{BaseHttpRequestHandler, Error, Result};
use memchr::memchr2;
use std::io::{self, Write};
use std::rc::Rc;

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
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(code.code());
    handler.log_error(&["code ", digits, ", message ", message].concat());
    // A message that quotes the client's text belongs on the page, where it is
    // escaped, and not in the status line, where it can't be.
    let phrase = if memchr2(b'<', b'>', message.as_bytes()).is_some() || !may_be_phrase(message) {
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
    if exchange.is_interim() {
        exchange.wfile.pass_interim();
    }
    // A head that was begun and not ended gives way to this one.
    exchange.head.clear();
    exchange.head_says = HeadSays {
        status: Some(code),
        ..HeadSays::default()
    };
    exchange.head.extend_from_slice(protocol.as_bytes());
    exchange.head.push(b' ');
    let mut digits = itoa::Buffer::new();
    exchange
        .head
        .extend_from_slice(digits.format(code.code()).as_bytes());
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
    is_plain(text.as_bytes()) || text.bytes().all(allowed)
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
#[inline(always)]
pub fn send_header<H: BaseHttpRequestHandler>(
    handler: &mut H,
    keyword: &str,
    value: impl FieldValue,
) -> Result<()> {
    let exchange = handler.exchange();
    // In place where it is called: what is asked of a name that is known when
    // this is compiled, is answered then.
    if keyword.is_empty() || !is_name(keyword) {
        return Err(invalid_name(keyword));
    }
    let start = exchange.head.len();
    exchange.head.extend_from_slice(keyword.as_bytes());
    exchange.head.extend_from_slice(b": ");
    let value_start = exchange.head.len();
    if !value.write_to(&mut exchange.head) {
        return Err(exchange.take_back(keyword, start));
    }
    match (FramingField::named(keyword), value.as_number()) {
        (None, _) => {}
        (Some(FramingField::ContentLength), Some(length)) => {
            exchange.head_says.content_length = Some(length);
        }
        (Some(field), _) => exchange.note_framing_field(field, value_start),
    }
    exchange.head.extend_from_slice(b"\r\n");
    Ok(())
}

/// `end_headers()`: says where the content ends and whether the connection
/// closes, if the handler hasn't, adds what the server's owner wants in every
/// response, and ends the head.
///
/// # Errors
///
/// The client has gone, or content was written before the head: a client would
/// take it for one.
pub fn end_headers<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    let exchange = handler.exchange();
    if exchange.head_says.status.is_some() && !exchange.is_interim() {
        if exchange.wfile.written() > 0 {
            return Err(content_before_head());
        }
        settle(handler)?;
    }
    let exchange = handler.exchange();
    if !exchange.is_interim() {
        let fields = &exchange.server.extra_fields;
        exchange.head.extend_from_slice(fields);
    }
    if exchange.head_says.framing != Framing::Undecided {
        exchange.head.extend_from_slice(b"\r\n");
    }
    handler.flush_headers()
}

#[cold]
fn content_before_head() -> Error {
    Error::Io(io::Error::other("content was written before end_headers"))
}

/// `flush_headers()`: hands the head to `wfile`.
///
/// # Errors
///
/// What was sent before can't be.
pub fn flush_headers<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    let exchange = handler.exchange();
    if exchange.is_simple_response() {
        exchange.head.clear();
    }
    let HeadSays {
        content_length,
        framing,
        ..
    } = exchange.head_says;
    exchange.wfile.announce(content_length, framing);
    exchange.wfile.push_head(&mut exchange.head)
}

/// `version_string()`: `server_version` and `sys_version`.
pub fn version_string<H: BaseHttpRequestHandler>(handler: &mut H) -> Rc<str> {
    let version = handler.server_version();
    let system = handler.sys_version();
    if system.is_empty() {
        return version;
    }
    format!("{version} {system}").into()
}

/// A field that says something of the connection, or of where the response ends.
#[derive(Clone, Copy)]
enum FramingField {
    Connection,
    ContentLength,
    TransferEncoding,
}

impl FramingField {
    #[inline(always)]
    fn named(keyword: &str) -> Option<Self> {
        // The first comparison is what can be made when this is compiled.
        let is = |name: &str| keyword == name || keyword.eq_ignore_ascii_case(name);
        match keyword.len() {
            10 if is("Connection") => Some(Self::Connection),
            14 if is("Content-Length") => Some(Self::ContentLength),
            17 if is("Transfer-Encoding") => Some(Self::TransferEncoding),
            _ => None,
        }
    }
}

#[cold]
fn invalid_name(keyword: &str) -> Error {
    Error::InvalidFieldName(keyword.to_owned())
}

/// What few fields and responses need, apart from what all of them pass.
impl Exchange {
    /// Removes a field that can't be sent.
    #[cold]
    fn take_back(&mut self, keyword: &str, start: usize) -> Error {
        self.head.truncate(start);
        Error::InvalidFieldValue(keyword.to_owned())
    }

    /// Whether the head at hand is an interim response's.
    fn is_interim(&self) -> bool {
        let status = self.head_says.status;
        status.is_some_and(HttpStatus::is_informational)
    }

    /// Whether the client understands no head: HTTP/0.9.
    fn is_simple_response(&self) -> bool {
        self.version == Version::HTTP_09
    }

    /// Takes note of a field whose value begins at `start` of the head.
    #[inline(never)]
    fn note_framing_field(&mut self, field: FramingField, start: usize) {
        let value = self.head[start..].trim_ascii();
        match field {
            FramingField::Connection => {
                let options = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
                let has = |wanted: &[u8]| {
                    let mut options = options.clone();
                    options.any(|option| option.eq_ignore_ascii_case(wanted))
                };
                if has(b"close") {
                    self.head_says.connection = Said::Close;
                    self.close_connection = true;
                } else if has(b"keep-alive") {
                    self.head_says.connection = Said::KeepAlive;
                    self.close_connection = false;
                } else if self.head_says.connection == Said::Nothing {
                    self.head_says.connection = Said::Other;
                }
            }
            FramingField::ContentLength => self.head_says.content_length = decimal::parse(value),
            FramingField::TransferEncoding => self.head_says.transfer_encoding = true,
        }
    }
}
