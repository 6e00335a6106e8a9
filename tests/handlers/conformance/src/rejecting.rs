//! `RejectingSocketlessRequestHandler`.

use crate::socketless;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

/// As [`Socketless`](crate::Socketless), but nobody is told to go on.
pub struct Rejecting(Exchange);

impl BaseHttpRequestHandler for Rejecting {
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
        "HTTP/0.9"
    }

    fn malformed_request_version(&mut self) -> &'static str {
        self.default_request_version()
    }

    fn requires_host(&mut self) -> bool {
        false
    }

    fn handle_expect_100(&mut self) -> Result<bool> {
        self.send_error(HttpStatus::EXPECTATION_FAILED, None, None)?;
        Ok(false)
    }

    fn dispatch(&mut self) -> Result<()> {
        socketless::dispatch(self)
    }

    fn do_get(&mut self) -> Result<()> {
        socketless::do_get(self)
    }
}
