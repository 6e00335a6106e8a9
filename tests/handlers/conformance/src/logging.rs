//! `RequestHandlerLoggingTestCase.request_handler`.

use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result, base};

/// What `http.server` logs of a request, and of an error.
pub struct Logging(Exchange);

impl BaseHttpRequestHandler for Logging {
    as_in_cpython!("HTTP/1.1");

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
