//! `BaseHTTPServerTestCase.request_handler`.

use std::io::Write;
use wasm_host_sdk::{BaseHttpRequestHandler, Error, Exchange, HttpStatus, Result, base};

/// A status code that isn't in `http.HTTPStatus`.
const NO_SUCH_STATUS: HttpStatus = HttpStatus::new(999);

/// Statuses and fields as the path or the method asks for them; no `do_GET`.
pub struct Base(Exchange);

impl BaseHttpRequestHandler for Base {
    as_in_cpython!("HTTP/1.1");

    fn dispatch(&mut self) -> Result<()> {
        match self.exchange().command.as_str() {
            "TEST" => self.send_empty(HttpStatus::NO_CONTENT, "close"),
            "KEEP" => self.send_empty(HttpStatus::NO_CONTENT, "keep-alive"),
            "KEYERROR" => self.send_error(NO_SUCH_STATUS, None, None),
            "NOTFOUND" => self.send_error(HttpStatus::NOT_FOUND, None, None),
            "EXPLAINERROR" => {
                let (message, explain) = ("Short Message", "This is a long \n explanation");
                self.send_error(NO_SUCH_STATUS, Some(message), Some(explain))
            }
            "CUSTOM" => self.send_empty(NO_SUCH_STATUS, "close"),
            "LATINONEHEADER" => self.do_latinoneheader(),
            "SEND_ERROR" => self.send_error_of_path(),
            _ => base::dispatch(self),
        }
    }

    fn do_head(&mut self) -> Result<()> {
        self.send_error_of_path()
    }
}

impl Base {
    fn send_empty(&mut self, code: HttpStatus, connection: &str) -> Result<()> {
        self.send_response(code)?;
        self.send_header("Content-Type", "text/html")?;
        self.send_header("Connection", connection)?;
        self.end_headers()
    }

    fn do_latinoneheader(&mut self) -> Result<()> {
        self.send_response(NO_SUCH_STATUS)?;
        self.send_header("X-Special", "Dängerous Mind")?;
        self.send_header("Connection", "close")?;
        self.end_headers()?;
        let exchange = self.exchange();
        let incoming = exchange.headers.get("x-special-incoming");
        let body = incoming.unwrap_or_default();
        Ok(exchange.wfile.write_all(body.as_bytes())?)
    }

    /// `self.send_error(int(self.path[1:]))`
    fn send_error_of_path(&mut self) -> Result<()> {
        let number = self.exchange().path[1..].parse::<u16>();
        let code = number.map_err(|error| Error::Io(std::io::Error::other(error)))?;
        self.send_error(HttpStatus::new(code), None, None)
    }
}
