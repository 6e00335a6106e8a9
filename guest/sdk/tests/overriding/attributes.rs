use crate::{GET, handler, run, say};
use std::borrow::Cow;
use std::rc::Rc;
use wasm_host_sdk::{HttpStatus, Result};

handler!(Versions {
    fn server_version(&mut self) -> Rc<str> { "Ministry/1.0".into() }
    fn sys_version(&mut self) -> String { "Walks/2".to_owned() }
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
});

#[test]
fn server_version_and_sys_version_are_in_every_response() {
    for request in [GET, "SPAM / HTTP/1.0\r\n\r\n", "nonsense\r\n\r\n"] {
        let response = run::<Versions>(request).response();
        assert_eq!(
            response.field("Server"),
            Some("Ministry/1.0 Walks/2"),
            "{request}"
        );
    }
}

handler!(VersionString {
    fn version_string(&mut self) -> Rc<str> { "none of your business".into() }
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
});

#[test]
fn version_string_is_the_server_field() {
    let response = run::<VersionString>(GET).response();
    assert_eq!(response.field("Server"), Some("none of your business"));
}

handler!(ErrorPage {
    fn error_message_format(&mut self) -> Cow<'static, str> { "%(code)d|%(message)s|%(explain)s".into() }
    fn error_content_type(&mut self) -> Cow<'static, str> { "text/plain".into() }
    fn do_get(&mut self) -> Result<()> {
        self.send_error(HttpStatus::NOT_FOUND, None, Some("a & b"))
    }
});

#[test]
fn error_message_format_and_error_content_type_make_the_page() {
    let response = run::<ErrorPage>(GET).response();
    assert_eq!(response.text(), "404|Not Found|a &amp; b");
    assert_eq!(response.field("Content-Type"), Some("text/plain"));
    assert_eq!(response.field("Content-Length"), Some("23"));
    let unsupported = run::<ErrorPage>("SPAM / HTTP/1.0\r\n\r\n").response();
    assert!(
        unsupported
            .text()
            .starts_with("501|Unsupported method ('SPAM')|")
    );
}

handler!(Modern {
    fn protocol_version(&mut self) -> &'static str { "HTTP/1.1" }
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
});
handler!(Old {
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
});

#[test]
fn protocol_version_is_answered_in_and_keeps_connections() {
    let two = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2);
    let modern = run::<Modern>(&two);
    let sent = String::from_utf8(modern.sent.clone()).unwrap();
    assert_eq!(sent.matches("HTTP/1.1 200 OK\r\n").count(), 2);
    assert!(modern.kept_open);
    let old = run::<Old>(&two);
    let sent = String::from_utf8(old.sent.clone()).unwrap();
    assert_eq!(sent.matches("HTTP/1.0 200 OK\r\n").count(), 1);
    assert!(!old.kept_open);
}

handler!(NamesNone {
    fn default_request_version(&mut self) -> &'static str { "HTTP/1.1" }
    fn requires_host(&mut self) -> bool { false }
    fn do_get(&mut self) -> Result<()> {
        let version = self.exchange().request_version.clone();
        say(self, &version)
    }
});

#[test]
fn default_request_version_is_that_of_requests_which_name_none() {
    let response = run::<NamesNone>("GET /\r\nX-Field: read\r\n\r\n").response();
    assert_eq!(response.status, 200);
    assert_eq!(response.text(), "HTTP/1.1");
    // Without the override, it is HTTP/0.9: content alone.
    assert_eq!(run::<Old>("GET /\r\n").sent, b"ni");
}

handler!(Pythonic {
    fn malformed_request_version(&mut self) -> &'static str { self.default_request_version() }
    fn error_message_format(&mut self) -> Cow<'static, str> { "page".into() }
});

#[test]
fn malformed_request_version_is_what_a_bad_line_is_answered_as() {
    for (line, full) in [
        ("GET / FUBAR", false),
        ("SPAM /", false),
        ("GET / HTTP/9.9", false),
        ("GET /spaced out HTTP/1.1", true),
        ("G@T / HTTP/1.0", true),
    ] {
        let outcome = run::<Pythonic>(&format!("{line}\r\n\r\n"));
        assert_eq!(outcome.sent != b"page", full, "{line}");
        assert_eq!(outcome.sent.starts_with(b"HTTP/1.0 400 "), full, "{line}");
        let old = run::<Old>(&format!("{line}\r\n\r\n"));
        assert!(old.response().status >= 400, "{line}");
    }
}

handler!(Responses {
    fn responses(&mut self, code: HttpStatus) -> Option<(&'static str, &'static str)> {
        match code.code() {
            404 => Some(("Gone for a Walk", "The ministry isn't here")),
            999 => Some(("Number of the Beast", "Upside down")),
            _ => None,
        }
    }
    fn do_get(&mut self) -> Result<()> {
        let code = self.exchange().path[1..].parse().unwrap_or(0);
        self.send_response(HttpStatus::new(code))?;
        self.end_headers()
    }
    fn do_head(&mut self) -> Result<()> {
        let code = self.exchange().path[1..].parse().unwrap_or(0);
        self.send_error(HttpStatus::new(code), None, None)
    }
});

#[test]
fn responses_names_statuses() {
    for (code, get, head) in [
        (404, "Gone for a Walk", "Gone for a Walk"),
        (999, "Number of the Beast", "Number of the Beast"),
        // As for a code that isn't in Python's dictionary.
        (500, "", "???"),
    ] {
        let response = run::<Responses>(&format!("GET /{code} HTTP/1.0\r\n\r\n")).response();
        assert_eq!(response.reason, get);
        let response = run::<Responses>(&format!("HEAD /{code} HTTP/1.0\r\n\r\n")).response();
        assert_eq!(response.reason, head);
    }
}

handler!(KeepsOnErrors {
    fn protocol_version(&mut self) -> &'static str { "HTTP/1.1" }
    fn closes_on_error(&mut self, code: HttpStatus) -> bool { code != HttpStatus::NOT_IMPLEMENTED }
    fn do_get(&mut self) -> Result<()> { self.send_error(HttpStatus::FORBIDDEN, None, None) }
});

#[test]
fn closes_on_error_decides_by_status() {
    let outcome = run::<KeepsOnErrors>("SPAM / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(outcome.response().field("Connection"), None);
    assert!(outcome.kept_open);
    let outcome = run::<KeepsOnErrors>("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(outcome.response().field("Connection"), Some("close"));
    assert!(!outcome.kept_open);
}

handler!(NeedsNoHost {
    fn requires_host(&mut self) -> bool { false }
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
});

#[test]
fn requires_host_decides_about_http_1_1() {
    let bare = "GET / HTTP/1.1\r\n\r\n";
    assert_eq!(run::<NeedsNoHost>(bare).response().status, 200);
    assert_eq!(run::<Old>(bare).response().status, 400);
}
