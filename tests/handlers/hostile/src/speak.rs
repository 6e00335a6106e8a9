//! What could steer a terminal, or forge a line of the log.

use crate::Hostile;
use wasm_host_sdk::bindings::wasm_host::http::logging::{Level, log};
use wasm_host_sdk::{BaseHttpRequestHandler, Result};

/// A line end and a line that looks like another client's; colours, a bell, a
/// clear screen; the C1 form of ESC [.
const FORGERY: &str = "\r\n10.0.0.1 - - [x] forged\x1b[2J\x07\u{9b}31m";

impl Hostile {
    pub(crate) fn forge_log(&mut self) -> Result<()> {
        self.log_message(&format!("by message {FORGERY}"));
        log(Level::Error, &format!("by host {FORGERY}"));
        // A newline ends a line here, as it should; nothing else may pass.
        let printable = FORGERY.trim_start();
        println!("by stdout {printable}");
        eprintln!("by stderr {printable}");
        eprint!("by stderr, unfinished {printable}");
        self.answer("logged\n")
    }
}
