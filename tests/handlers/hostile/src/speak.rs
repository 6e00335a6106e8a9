//! What could steer a terminal, or forge a line of the log.

use crate::Hostile;
use wasm_host_sdk::bindings::wasm_host::http::logging::{AccessEntry, Level, log, log_access};
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

    /// Far more than anybody reads, in every way there is.
    pub(crate) fn flood_log(&mut self) -> Result<()> {
        let line = "flood ".repeat(1000);
        for _ in 0..300 {
            log(Level::Error, &line);
            println!("{line}");
            eprintln!("{line}");
        }
        // One that is longer than all the others together.
        log(Level::Error, &"flood ".repeat(200_000));
        self.answer("logged\n")
    }

    /// As if others had asked for something: by entries and by lines.
    pub(crate) fn forge_entries(&mut self) -> Result<()> {
        let user = "a - b [01/Jan/2026:00:00:00 +0000] \"GET /forged HTTP/1.1\" 200 1";
        let entry = AccessEntry {
            request_line: "GET /of-its-own HTTP/1.1\" 200 1\n10.0.0.1 - - [x] \"forged".to_owned(),
            status: 299,
            size: 1,
            user: Some(user.to_owned()),
            referer: Some("\n10.0.0.1 - - [x] \"forged\"".to_owned()),
            user_agent: Some("\" 10.0.0.1 \"forged".to_owned()),
        };
        for _ in 0..100 {
            log_access(&entry);
        }
        let forged = "10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] \"GET /forged HTTP/1.1\" 200 1";
        log(Level::Error, forged);
        println!("{forged}");
        eprintln!("{forged}");
        self.answer("logged\n")
    }
}
