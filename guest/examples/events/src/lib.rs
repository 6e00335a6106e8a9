//! Server-sent events: a response that goes on for as long as the page is open
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
//!
//! ```text
//! cargo build --release --target wasm32-wasip2 -p wasm-host-example-events
//! wasm-host serve --component target/wasm32-wasip2/release/events.wasm 8000
//! ```
//!
//! Each event has a number. A browser whose connection broke off says which one it had
//! last, and goes on from there. When the client has gone, the host ends the handler.

use std::io::Write;
use std::thread::sleep;
use std::time::Duration;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

/// The time between two events.
const PAUSE: Duration = Duration::from_secs(1);

const PAGE: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Events</title>
<h1>Events</h1>
<p>The last one: <output id=\"last\">none yet</output></p>
<script>
  new EventSource(\"events\").onmessage = ({ data }) => {
    document.getElementById(\"last\").textContent = data;
  };
</script>
";

struct Events(Exchange);

impl BaseHttpRequestHandler for Events {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    fn protocol_version(&mut self) -> &'static str {
        "HTTP/1.1"
    }

    fn do_get(&mut self) -> Result<()> {
        match self.exchange().path.as_str() {
            "/" => self.send_page(),
            "/events" => self.send_events(),
            _ => self.send_error(HttpStatus::NOT_FOUND, None, None),
        }
    }
}

impl Events {
    fn send_page(&mut self) -> Result<()> {
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Type", "text/html; charset=utf-8")?;
        self.send_header("Content-Length", PAGE.len())?;
        self.end_headers()?;
        Ok(self.exchange().wfile.write_all(PAGE.as_bytes())?)
    }

    fn send_events(&mut self) -> Result<()> {
        let last = self.exchange().headers.get("Last-Event-ID");
        let last = last.and_then(|last| last.parse().ok()).unwrap_or(0_u64);
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Type", "text/event-stream")?;
        self.send_header("Cache-Control", "no-store")?;
        // A proxy such as nginx would keep them until it has many.
        self.send_header("X-Accel-Buffering", "no")?;
        self.end_headers()?;
        for number in last.saturating_add(1).. {
            let wfile = &mut self.exchange().wfile;
            write!(wfile, "id: {number}\ndata: event {number}\n\n")?;
            wfile.flush()?;
            sleep(PAUSE);
        }
        Ok(())
    }
}

wasm_host_sdk::export!(Events);
