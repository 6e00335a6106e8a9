//! Paths with parameters, and what a router answers where no route leads: 404,
//! and 405 with `Allow` for a path that has other methods.
//!
//! ```text
//! cargo build --release --target wasm32-wasip2 -p wasm-host-example-router
//! wasm-host serve --component target/wasm32-wasip2/release/router.wasm 8000
//! curl http://localhost:8000/greet/Ada
//! ```

mod route;

use route::{Found, Parameters, Route, find};
use std::io::Write;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

/// What answers what. HEAD is answered as GET without its content, OPTIONS with
/// the methods of its path.
const ROUTES: &[Route<Action>] = &[
    Route::new("GET", "/", Router::index),
    Route::new("GET", "/greet/{name}", Router::greet),
    Route::new("GET", "/sum/{a}/{b}", Router::sum),
    Route::new("POST", "/greet/{name}", Router::greet_loudly),
];

type Action = fn(&mut Router, &Parameters) -> Result<()>;

struct Router(Exchange);

impl BaseHttpRequestHandler for Router {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    fn protocol_version(&mut self) -> &'static str {
        "HTTP/1.1"
    }

    fn dispatch(&mut self) -> Result<()> {
        let Exchange { command, path, .. } = self.exchange();
        match find(ROUTES, command, path) {
            Found::Route(action, parameters) => action(self, &parameters),
            Found::OtherMethods(allow) if command == "OPTIONS" => {
                self.send_response(HttpStatus::NO_CONTENT)?;
                self.send_header("Allow", allow)?;
                self.end_headers()
            }
            Found::OtherMethods(allow) => {
                let code = HttpStatus::METHOD_NOT_ALLOWED;
                self.send_response(code)?;
                self.send_header("Allow", allow)?;
                self.send_text("Not that method.\n")
            }
            Found::Nothing => self.send_error(HttpStatus::NOT_FOUND, None, None),
        }
    }
}

/// The pages.
impl Router {
    fn index(&mut self, _: &Parameters) -> Result<()> {
        self.reply("/greet/{name} and /sum/{a}/{b}\n")
    }

    fn greet(&mut self, parameters: &Parameters) -> Result<()> {
        self.reply(&format!("Hello, {}!\n", parameters.get("name")))
    }

    fn greet_loudly(&mut self, parameters: &Parameters) -> Result<()> {
        let name = parameters.get("name").to_uppercase();
        self.reply(&format!("HELLO, {name}!\n"))
    }

    fn sum(&mut self, parameters: &Parameters) -> Result<()> {
        let number = |name| parameters.get(name).parse::<i64>().ok();
        let sum = number("a").zip(number("b"));
        match sum.and_then(|(a, b)| a.checked_add(b)) {
            Some(sum) => self.reply(&format!("{sum}\n")),
            None => {
                let message = Some("Not two numbers");
                self.send_error(HttpStatus::BAD_REQUEST, message, None)
            }
        }
    }

    fn reply(&mut self, text: &str) -> Result<()> {
        self.send_response(HttpStatus::OK)?;
        self.send_text(text)
    }

    /// The rest of a response that was begun. It is text: what a parameter
    /// holds needs no escaping in it.
    fn send_text(&mut self, text: &str) -> Result<()> {
        self.send_header("Content-Type", "text/plain; charset=utf-8")?;
        self.send_header("X-Content-Type-Options", "nosniff")?;
        self.send_header("Content-Length", text.len())?;
        self.end_headers()?;
        if self.exchange().command == "HEAD" {
            return Ok(());
        }
        Ok(self.exchange().wfile.write_all(text.as_bytes())?)
    }
}

wasm_host_sdk::export!(Router);

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_host_sdk::testing::respond;

    #[track_caller]
    fn expect(request: &str, status: u16, part: &str) {
        let request = format!("{request} HTTP/1.1\r\nHost: h\r\n\r\n");
        let response = String::from_utf8(respond::<Router>(request.as_bytes())).unwrap();
        let starts = response.starts_with(&format!("HTTP/1.1 {status} "));
        assert!(starts && response.contains(part), "{response}");
    }

    #[test]
    fn routes_lead_to_their_pages() {
        expect("GET /", 200, "\r\n\r\n/greet/");
        expect("GET /greet/Ada?x=y", 200, "\r\n\r\nHello, Ada!\n");
        expect("GET /greet/%3CAda%3E%2f", 200, "\r\n\r\nHello, <Ada>/!\n");
        expect("POST /greet/Ada", 200, "\r\n\r\nHELLO, ADA!\n");
        expect("GET /sum/2/-5", 200, "\r\n\r\n-3\n");
        expect("GET /sum/2/x", 400, "Not two numbers");
        expect("GET /sum/9223372036854775807/1", 400, "Not two numbers");
    }

    #[test]
    fn other_paths_and_methods() {
        expect("GET /greet", 404, "");
        expect("GET /greet/", 404, "");
        expect("GET /greet/a/b", 404, "");
        expect("OPTIONS /nowhere", 404, "");
        expect(
            "DELETE /greet/a",
            405,
            "\r\nAllow: GET, HEAD, POST, OPTIONS\r\n",
        );
        expect("POST /", 405, "\r\nAllow: GET, HEAD, OPTIONS\r\n");
        expect(
            "OPTIONS /greet/a",
            204,
            "\r\nAllow: GET, HEAD, POST, OPTIONS\r\n",
        );
    }

    #[test]
    fn head_is_get_without_content() {
        let response = respond::<Router>(b"HEAD /greet/Ada HTTP/1.1\r\nHost: h\r\n\r\n");
        let response = String::from_utf8(response).unwrap();
        assert!(response.contains("\r\nContent-Length: 12\r\n"));
        assert!(response.ends_with("\r\n\r\n"));
    }
}
