//! `RequestHandlerLoggingTestCase.request_handler`.

use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result, base};

/// What `http.server` logs of a request, and of an error.
pub struct Logging(Exchange);

impl BaseHttpRequestHandler for Logging {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    fn protocol_version(&mut self) -> &'static str {
        "HTTP/1.1"
    }

    fn default_request_version(&mut self) -> &'static str {
        "HTTP/1.1"
    }

    fn malformed_request_version(&mut self) -> &'static str {
        self.default_request_version()
    }

    fn requires_host(&mut self) -> bool {
        false
    }

    fn dispatch(&mut self) -> Result<()> {
        match self.exchange().command.as_str() {
            "ERROR" => self.send_error(HttpStatus::NOT_FOUND, Some("File not found"), None),
            _ => base::dispatch(self),
        }
    }

    fn do_get(&mut self) -> Result<()> {
        self.send_response(HttpStatus::OK)?;
        self.end_headers()
    }
}
