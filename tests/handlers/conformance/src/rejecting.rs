//! `RejectingSocketlessRequestHandler`.

use crate::socketless;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

/// As [`Socketless`](crate::Socketless), but nobody is told to go on.
pub struct Rejecting(Exchange);

impl BaseHttpRequestHandler for Rejecting {
    as_in_cpython!("HTTP/0.9");

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
