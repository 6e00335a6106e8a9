//! Sends a request back: its line, its fields, and its content as it arrives,
//! with a length or in chunks. Any method will do.
//!
//! ```text
//! cargo build --release --target wasm32-wasip2 -p wasm-host-example-echo
//! wasm-host serve --component target/wasm32-wasip2/release/echo.wasm 8000
//! curl --data-binary @Cargo.toml http://localhost:8000/
//! ```

use std::io::{self, Write};
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

struct Echo(Exchange);

impl BaseHttpRequestHandler for Echo {
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

    // What a method is called for is decided here: the same for all.
    fn dispatch(&mut self) -> Result<()> {
        let head = self.request_head();
        self.send_response(HttpStatus::OK)?;
        // As text, even to a browser that would rather see a page in it.
        self.send_header("Content-Type", "text/plain; charset=utf-8")?;
        self.send_header("X-Content-Type-Options", "nosniff")?;
        // Of chunks, how many bytes there are is known when they have arrived; the
        // response is sent in chunks then, too.
        if let Some(content) = self.exchange().rfile.remaining() {
            self.send_header("Content-Length", head.len() as u64 + content)?;
        }
        self.end_headers()?;
        // To HEAD, nothing of it is sent.
        let Exchange { rfile, wfile, .. } = self.exchange();
        wfile.write_all(head.as_bytes())?;
        io::copy(rfile, wfile)?;
        Ok(())
    }
}

impl Echo {
    /// The request line and the fields, as they were understood.
    fn request_head(&mut self) -> String {
        let exchange = self.exchange();
        let mut head = format!("{}\n", exchange.requestline);
        for (name, value) in exchange.headers.items() {
            head.push_str(&format!("{name}: {value}\n"));
        }
        head.push('\n');
        head
    }
}

wasm_host_sdk::export!(Echo);

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_host_sdk::testing::respond;

    #[track_caller]
    fn echoed(request: &str) -> String {
        let response = String::from_utf8(respond::<Echo>(request.as_bytes())).unwrap();
        let (_, body) = response.split_once("\r\n\r\n").unwrap();
        body.to_owned()
    }

    #[test]
    fn line_fields_and_content() {
        let request = "SPAM /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(
            echoed(request),
            "SPAM /a?b HTTP/1.1\nHost: h\nContent-Length: 5\n\nhello"
        );
    }

    #[test]
    fn chunks_without_their_framing() {
        let request = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
                       3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
        assert!(echoed(request).ends_with("\n\nhello"));
    }

    #[test]
    fn a_head_alone() {
        assert_eq!(echoed("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"), "");
    }
}
