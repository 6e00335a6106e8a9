//! The smallest handler: one method, one line of text.
//!
//! ```text
//! cargo build --release --target wasm32-wasip2 -p wasm-host-example-hello
//! wasm-host serve --component target/wasm32-wasip2/release/hello.wasm 8000
//! curl http://localhost:8000/you
//! ```

use std::io::Write;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

struct Hello(Exchange);

impl BaseHttpRequestHandler for Hello {
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

wasm_host_sdk::export!(Hello);

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_host_sdk::testing::respond;

    #[test]
    fn says_hello() {
        let response = respond::<Hello>(b"GET /you HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(response.starts_with(b"HTTP/1.1 200 OK\r\n"));
        assert!(response.ends_with(b"\r\n\r\nHello from /you\n"));
    }

    #[test]
    fn has_no_other_method() {
        let response = respond::<Hello>(b"POST / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(response.starts_with(b"HTTP/1.1 501 "));
    }
}
