//! `BaseHTTPRequestHandler`, as a trait.

use crate::Result;
use crate::base;
use crate::date::HttpDate;
use crate::error_page::{DEFAULT_ERROR_CONTENT_TYPE, DEFAULT_ERROR_MESSAGE};
use crate::exchange::Exchange;
use crate::field_value::FieldValue;
use crate::status::HttpStatus;
use std::borrow::Cow;
use std::rc::Rc;

/// `http.server.BaseHTTPRequestHandler`: reads a request, and calls the method
/// that answers it.
///
/// Two methods are required, and both are one line. All others are provided,
/// with the meaning that they have in Python, and each can be overridden; every
/// call goes through `self`, so that an `end_headers` of one's own also
/// changes error replies. What `super()` calls in Python is a function of the
/// same name in [`base`].
///
/// ```
/// use std::io::Write;
/// use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result, testing};
///
/// struct Hello(Exchange);
///
/// impl BaseHttpRequestHandler for Hello {
///     fn new(exchange: Exchange) -> Self { Self(exchange) }
///     fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
///
///     fn do_get(&mut self) -> Result<()> {
///         let body = format!("Hello from {}\n", self.exchange().path);
///         self.send_response(HttpStatus::OK)?;
///         self.send_header("Content-Type", "text/plain; charset=utf-8")?;
///         self.send_header("Content-Length", body.len())?;
///         self.end_headers()?;
///         Ok(self.exchange().wfile.write_all(body.as_bytes())?)
///     }
/// }
///
/// wasm_host_sdk::export!(Hello);
///
/// let response = testing::respond::<Hello>(b"GET /you HTTP/1.0\r\n\r\n");
/// assert!(response.ends_with(b"\r\n\r\nHello from /you\n"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a request handler",
    note = "implement `BaseHttpRequestHandler` for it: `new` and `exchange` are required, then override `do_get` and so on"
)]
pub trait BaseHttpRequestHandler: Sized {
    /// Makes a handler for a connection: keep the exchange.
    fn new(exchange: Exchange) -> Self;

    /// The exchange that [`new`](Self::new) was given.
    fn exchange(&mut self) -> &mut Exchange;

    /// `server_version`: the software, as the `Server` field names it.
    /// Default: the host's name and version.
    fn server_version(&mut self) -> Rc<str> {
        Rc::clone(&self.exchange().server.software)
    }

    /// `sys_version`: what the software runs on. Default: nothing, where
    /// Python tells its version to everyone.
    fn sys_version(&mut self) -> String {
        String::new()
    }

    /// `error_message_format`: the page that [`send_error`](Self::send_error)
    /// sends, with `%(code)d`, `%(message)s` and `%(explain)s` to be filled in.
    fn error_message_format(&mut self) -> Cow<'static, str> {
        Cow::Borrowed(DEFAULT_ERROR_MESSAGE)
    }

    /// `error_content_type`: the type of that page.
    fn error_content_type(&mut self) -> Cow<'static, str> {
        Cow::Borrowed(DEFAULT_ERROR_CONTENT_TYPE)
    }

    /// `protocol_version`: the version that responses are in. From `HTTP/1.1`
    /// on, connections are kept open for further requests, which is several times
    /// as fast. Default: `HTTP/1.0`, as in Python.
    fn protocol_version(&mut self) -> &'static str {
        "HTTP/1.0"
    }

    /// `default_request_version`: that of requests which name none. Default:
    /// `HTTP/0.9`.
    fn default_request_version(&mut self) -> &'static str {
        "HTTP/0.9"
    }

    /// The version that a request line is answered as which can't be read and
    /// names no version that can. Default: `HTTP/1.0`, so that the client sees
    /// a status; Python takes `default_request_version`, and answers with a
    /// page alone.
    fn malformed_request_version(&mut self) -> &'static str {
        "HTTP/1.0"
    }

    /// `responses.get(code)`: a status code's short and long message. None for
    /// a code without: a status line then has no phrase, and an error page says
    /// `???`, as in Python.
    fn responses(&mut self, code: HttpStatus) -> Option<(&'static str, &'static str)> {
        match code.phrase() {
            "" => None,
            phrase => Some((phrase, code.description())),
        }
    }

    /// Whether an HTTP/1.1 request must have exactly one `Host` field, as RFC
    /// 9112 section 3.2 demands. Default: yes, where Python never looks.
    fn requires_host(&mut self) -> bool {
        true
    }

    /// Whether a version that is written must be one of HTTP/1, spelt as RFC
    /// 9112 section 2.3 has it. Default: yes, where Python takes `HTTP/01.1` and
    /// `HTTP/1.10`, and answers `HTTP/0.9` without a head.
    fn requires_http_1(&mut self) -> bool {
        true
    }

    /// Whether a response under HTTP/1.1 that says neither its length nor a
    /// transfer coding is counted or sent in chunks, as
    /// [`wfile`](crate::ResponseWriter) has it, so that the connection can be kept.
    /// Default: yes, where Python's ends with the connection.
    fn frames_responses(&mut self) -> bool {
        true
    }

    /// Whether the content of POST, PUT and PATCH, up to 128 KiB of a known length, is
    /// waited for before the method is called: without an instance, so that a client
    /// which sends slowly, or nothing, holds none; for at most `--header-timeout`.
    /// Default: yes, where Python calls the method at once. A handler that answers
    /// before it has read all says no.
    fn gathers_content(&mut self) -> bool {
        true
    }

    /// Whether the connection closes after an error reply. Default: yes, as in
    /// Python.
    fn closes_on_error(&mut self, _code: HttpStatus) -> bool {
        true
    }

    /// `handle()`: handles the requests of a connection.
    ///
    /// # Errors
    ///
    /// The client has gone.
    fn handle(&mut self) -> Result<()> {
        base::handle(self)
    }

    /// `handle_one_request()`: reads a request and answers it.
    ///
    /// # Errors
    ///
    /// The client has gone.
    fn handle_one_request(&mut self) -> Result<()> {
        base::handle_one_request(self)
    }

    /// `parse_request()`: reads what follows the request line in
    /// [`Exchange::requestline`]. False if the request was refused, and
    /// answered.
    ///
    /// # Errors
    ///
    /// The client has gone, or is too slow.
    fn parse_request(&mut self) -> Result<bool> {
        base::parse_request(self)
    }

    /// `handle_expect_100()`: answers `Expect: 100-continue`, here with 100.
    /// False to refuse the request; then answer it.
    ///
    /// # Errors
    ///
    /// The client has gone.
    fn handle_expect_100(&mut self) -> Result<bool> {
        base::handle_expect_100(self)
    }

    /// Calls the method that answers this request: `do_GET` for GET and so on.
    ///
    /// Python looks for a method named `do_` and the command. Rust can't, so a
    /// method of one's own is named here:
    ///
    /// ```
    /// # use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result, base};
    /// # struct Spam(Exchange);
    /// # impl Spam { fn do_spam(&mut self) -> Result<()> { self.send_error(HttpStatus::IM_A_TEAPOT, None, None) } }
    /// # impl BaseHttpRequestHandler for Spam {
    /// # fn new(exchange: Exchange) -> Self { Self(exchange) }
    /// # fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
    /// fn dispatch(&mut self) -> Result<()> {
    ///     match self.exchange().command.as_str() {
    ///         "SPAM" => self.do_spam(),
    ///         _ => base::dispatch(self),
    ///     }
    /// }
    /// # }
    /// # let response = wasm_host_sdk::testing::respond::<Spam>(b"SPAM / HTTP/1.0\r\n\r\n");
    /// # assert!(response.starts_with(b"HTTP/1.0 418 "));
    /// ```
    ///
    /// # Errors
    ///
    /// What the method says.
    fn dispatch(&mut self) -> Result<()> {
        base::dispatch(self)
    }

    /// `do_GET()`. Default: 501, as for all methods that follow.
    ///
    /// # Errors
    ///
    /// Whatever keeps the request from being answered.
    fn do_get(&mut self) -> Result<()> {
        base::unsupported_method(self)
    }

    /// `do_HEAD()`.
    ///
    /// # Errors
    ///
    /// As [`do_get`](Self::do_get).
    fn do_head(&mut self) -> Result<()> {
        base::unsupported_method(self)
    }

    /// `do_POST()`.
    ///
    /// # Errors
    ///
    /// As [`do_get`](Self::do_get).
    fn do_post(&mut self) -> Result<()> {
        base::unsupported_method(self)
    }

    /// `do_PUT()`.
    ///
    /// # Errors
    ///
    /// As [`do_get`](Self::do_get).
    fn do_put(&mut self) -> Result<()> {
        base::unsupported_method(self)
    }

    /// `do_DELETE()`.
    ///
    /// # Errors
    ///
    /// As [`do_get`](Self::do_get).
    fn do_delete(&mut self) -> Result<()> {
        base::unsupported_method(self)
    }

    /// `do_PATCH()`.
    ///
    /// # Errors
    ///
    /// As [`do_get`](Self::do_get).
    fn do_patch(&mut self) -> Result<()> {
        base::unsupported_method(self)
    }

    /// `do_OPTIONS()`.
    ///
    /// # Errors
    ///
    /// As [`do_get`](Self::do_get).
    fn do_options(&mut self) -> Result<()> {
        base::unsupported_method(self)
    }

    /// `send_error(code, message, explain)`: logs an error and answers with a
    /// page about it. Without a message and an explanation, those of
    /// [`responses`](Self::responses). What can't stand in a status line is
    /// only on the page, where it is escaped.
    ///
    /// # Errors
    ///
    /// The client has gone.
    fn send_error(
        &mut self,
        code: HttpStatus,
        message: Option<&str>,
        explain: Option<&str>,
    ) -> Result<()> {
        base::send_error(self, code, message, explain)
    }

    /// `send_response(code)`: begins a response, with `Server` and `Date`. To
    /// override it, override [`send_response_with`](Self::send_response_with),
    /// which this calls, and [`send_error`](Self::send_error) too.
    ///
    /// # Errors
    ///
    /// See [`send_header`](Self::send_header).
    fn send_response(&mut self, code: HttpStatus) -> Result<()> {
        self.send_response_with(code, None)
    }

    /// `send_response(code, message)`: the same, with a reason phrase.
    ///
    /// # Errors
    ///
    /// See [`send_response_only`](Self::send_response_only) and
    /// [`send_header`](Self::send_header).
    fn send_response_with(&mut self, code: HttpStatus, message: Option<&str>) -> Result<()> {
        base::send_response_with(self, code, message)
    }

    /// `send_response_only(code, message)`: begins a response with the status
    /// line alone.
    ///
    /// # Errors
    ///
    /// The message has a control character other than tab. Nothing is added
    /// then.
    fn send_response_only(&mut self, code: HttpStatus, message: Option<&str>) -> Result<()> {
        base::send_response_only(self, code, message)
    }

    /// `send_header(keyword, value)`: adds a field to the response's head.
    /// `Connection: close` and `keep-alive` also set
    /// [`Exchange::close_connection`].
    ///
    /// # Errors
    ///
    /// The name isn't a token, or the value has a control character or one
    /// beyond Latin-1. Nothing is added then.
    #[inline(always)]
    fn send_header(&mut self, keyword: &str, value: impl FieldValue) -> Result<()> {
        base::send_header(self, keyword, value)
    }

    /// `end_headers()`: ends the response's head, and says in it where the content
    /// ends and whether the connection closes, if no field does. Content may
    /// follow, and only follow.
    ///
    /// # Errors
    ///
    /// The client has gone, or content was written before.
    fn end_headers(&mut self) -> Result<()> {
        base::end_headers(self)
    }

    /// `flush_headers()`: hands the head on, to leave with the content.
    ///
    /// # Errors
    ///
    /// The client has gone.
    fn flush_headers(&mut self) -> Result<()> {
        base::flush_headers(self)
    }

    /// `log_request(code, size)`: logs an answered request.
    /// [`send_response`](Self::send_response) calls it. Where the server's owner
    /// chose another format than `http.server`'s, this keeps the request for an
    /// entry of that format, and [`log_message`](Self::log_message) isn't called.
    fn log_request(&mut self, code: HttpStatus, size: Option<u64>) {
        base::log_request(self, code, size);
    }

    /// `log_error()`: logs a request that can't be answered.
    fn log_error(&mut self, message: &str) {
        self.log_message(message);
    }

    /// `log_message()`: logs a line, with the client's address and the time.
    /// Python's format and arguments are `format!`'s here.
    fn log_message(&mut self, message: &str) {
        base::log_message(self, message);
    }

    /// `version_string()`: the value of `Server`.
    fn version_string(&mut self) -> Rc<str> {
        base::version_string(self)
    }

    /// `date_time_string(timestamp)`: a time, or now, as HTTP writes it.
    fn date_time_string(&mut self, timestamp: Option<i64>) -> HttpDate {
        match timestamp {
            Some(_) => base::date_time_string(timestamp),
            None => base::current_date(self),
        }
    }

    /// `log_date_time_string()`: now, as the log writes it.
    fn log_date_time_string(&mut self) -> String {
        base::log_date_time_string(self)
    }

    /// `address_string()`: the client's IP address.
    fn address_string(&mut self) -> String {
        self.exchange().client_address().ip
    }
}
