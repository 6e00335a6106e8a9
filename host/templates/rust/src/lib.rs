//! A request handler: cargo makes a component of it, which `wasm-host` serves.

use std::io::Write;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

struct Handler(Exchange);

impl BaseHttpRequestHandler for Handler {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    // Connections are kept for further requests.
    fn protocol_version(&mut self) -> &'static str {
        "HTTP/1.1"
    }

    fn do_get(&mut self) -> Result<()> {
        let body = format!("Hello from {}\n", self.exchange().path);
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Type", "text/plain; charset=utf-8")?;
        self.send_header("Content-Length", body.len())?;
        self.end_headers()?;
        Ok(self.exchange().wfile.write_all(body.as_bytes())?)
    }
}

wasm_host_sdk::export!(Handler);

#[cfg(test)]
mod tests {
    use super::Handler;
    use wasm_host_sdk::testing;

    #[test]
    fn greets_from_the_path() {
        let response = testing::respond::<Handler>(b"GET /you HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(response.starts_with(b"HTTP/1.1 200 OK\r\n"));
        assert!(response.ends_with(b"\r\n\r\nHello from /you\n"));
    }
}
