//! `rfile` in every framing, and the content of requests as Rust types.

use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Read, Write};
use wasm_host_sdk::testing::{Conversation, Response};
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result, form, json};

const LIMIT: usize = 64;

#[derive(Serialize, Deserialize)]
struct Knight {
    name: String,
    #[serde(default)]
    quest: Vec<String>,
}

struct Bridge(Exchange);

impl BaseHttpRequestHandler for Bridge {
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
        let knight: Knight = form::query(self)?;
        json::send(self, HttpStatus::OK, &knight)
    }

    fn do_head(&mut self) -> Result<()> {
        self.do_get()
    }

    fn do_post(&mut self) -> Result<()> {
        let knight: Knight = match self.exchange().path.as_str() {
            "/form" => form::read(self, LIMIT)?,
            _ => json::read(self, LIMIT)?,
        };
        json::send(self, HttpStatus::CREATED, &knight)
    }

    fn do_put(&mut self) -> Result<()> {
        let rfile = &mut self.exchange().rfile;
        let mut two = [0; 2];
        rfile.read_exact(&mut two)?;
        let mut line = String::new();
        BufReader::new(&mut *rfile).read_line(&mut line)?;
        let shown = format!("{two:?} {line:?}");
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Length", shown.len())?;
        self.end_headers()?;
        Ok(self.exchange().wfile.write_all(shown.as_bytes())?)
    }
}

fn post(target: &str, content_type: &str, content: &str) -> Response {
    let length = content.len();
    let by_length = format!(
        "POST {target} HTTP/1.1\r\nHost: a\r\nContent-Type: {content_type}\r\n\
         Content-Length: {length}\r\n\r\n{content}"
    );
    let by_chunks = format!(
        "POST {target} HTTP/1.1\r\nHost: a\r\nContent-Type: {content_type}\r\n\
         Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{content}\r\n{}",
        if content.is_empty() { "" } else { "0\r\n\r\n" }
    );
    let response = run(&by_length);
    assert_eq!(run(&by_chunks).status, response.status, "{content}");
    response
}

fn run(request: &str) -> Response {
    Conversation::new(request.as_bytes())
        .run::<Bridge>()
        .response()
}

#[test]
fn json_is_read_and_sent() {
    for content_type in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/ld+json",
    ] {
        let response = post("/", content_type, r#"{"name":"Robin"}"#);
        assert_eq!(response.status, 201, "{content_type}");
        assert_eq!(response.text(), r#"{"name":"Robin","quest":[]}"#);
        assert_eq!(response.field("Content-Type"), Some("application/json"));
    }
}

#[test]
fn json_that_cannot_be_read_has_its_status() {
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(LIMIT));
    for (content_type, content, status) in [
        ("application/json", long.as_str(), 413),
        ("text/plain", r#"{"name":"Robin"}"#, 415),
        ("", r#"{"name":"Robin"}"#, 415),
        ("application/jsonx", r#"{"name":"Robin"}"#, 415),
        ("application/json", r#"{"name":"#, 400),
        ("application/json", r#"{"name":"Robin"} x"#, 400),
        ("application/json", "", 400),
        ("application/json", r#"{"quest":[]}"#, 422),
        ("application/json", r#"{"name":7}"#, 422),
    ] {
        assert_eq!(
            post("/", content_type, content).status,
            status,
            "{content_type} {content}"
        );
    }
}

#[test]
fn the_limit_is_the_last_length_that_is_read() {
    let fits = format!(r#"{{"name":"{}"}}"#, "x".repeat(LIMIT - 11));
    assert_eq!(fits.len(), LIMIT);
    assert_eq!(post("/", "application/json", &fits).status, 201);
    assert_eq!(
        post("/", "application/json", &format!("{fits} ")).status,
        413
    );
}

#[test]
fn content_beyond_the_limit_is_not_waited_for() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
        Content-Length: 9999999999999\r\n\r\n";
    let outcome = Conversation::new(head.as_bytes()).run::<Bridge>();
    assert_eq!(outcome.response().status, 413);
    assert!(!outcome.kept_open);
}

#[test]
fn content_that_is_cut_or_badly_framed_is_a_bad_request() {
    for framing in [
        "Content-Length: 40\r\n\r\n{\"name\":\"Robin\"}",
        "Transfer-Encoding: chunked\r\n\r\n10\r\n{\"name\":\"Robin\"}\r\n",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n{\"name\":\"Robin\"}\r\n0\r\n\r\n",
    ] {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
        assert_eq!(run(&format!("{head}{framing}")).status, 400, "{framing}");
    }
}

#[test]
fn forms_are_read() {
    let form = "application/x-www-form-urlencoded";
    let response = post("/form", form, "name=Sir+Robin%20%C3%A4&quest=a&quest=%26");
    assert_eq!(response.status, 201);
    assert_eq!(
        response.text(),
        r#"{"name":"Sir Robin ä","quest":["a","&"]}"#
    );
    for (content_type, content, status) in [
        (form, "quest=a", 422),
        (form, "", 422),
        ("multipart/form-data; boundary=x", "name=a", 415),
        (form, &"x".repeat(LIMIT + 1), 413),
    ] {
        assert_eq!(
            post("/form", content_type, content).status,
            status,
            "{content}"
        );
    }
}

#[test]
fn queries_are_forms() {
    let response = run("GET /?name=Robin&quest=grail#x HTTP/1.0\r\n\r\n");
    assert_eq!(response.text(), r#"{"name":"Robin","quest":["grail"]}"#);
    assert_eq!(run("GET / HTTP/1.0\r\n\r\n").status, 422);
}

#[test]
fn json_in_answer_to_head_is_a_head() {
    let response = run("HEAD /?name=Robin HTTP/1.0\r\n\r\n");
    assert_eq!(response.field("Content-Length"), Some("27"));
    assert_eq!(response.text(), "");
}

#[test]
fn rfile_is_a_reader_that_ends_with_the_content() {
    let next = "GET /?name=Next HTTP/1.1\r\nHost: a\r\n\r\n";
    for content in [
        "Content-Length: 9\r\n\r\nab\nsecond",
        "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n4\r\nb\nse\r\n5\r\ncond\n\r\n0\r\n\r\n",
    ] {
        let request = format!("PUT / HTTP/1.1\r\nHost: a\r\n{content}{next}");
        let outcome = Conversation::new(request.as_bytes()).run::<Bridge>();
        assert_eq!(outcome.response().text(), r#"[97, 98] "\n""#);
        // The next request is where the content ends.
        assert!(outcome.sent.ends_with(br#"{"name":"Next","quest":[]}"#));
    }
}
