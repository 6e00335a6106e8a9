use crate::{GET, handler, run, say};
use std::rc::Rc;
use wasm_host_sdk::{Error, FieldValue, HttpStatus, Result, base};

handler!(Stamped {
    fn end_headers(&mut self) -> Result<()> {
        self.send_header("X-Stamp", "ni")?;
        base::end_headers(self)
    }
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
    fn do_put(&mut self) -> Result<()> { Err(std::io::Error::other("out of shrubberies").into()) }
});

#[test]
fn end_headers_is_in_every_response() {
    let requests = [
        GET,
        "PUT / HTTP/1.0\r\n\r\n",
        "SPAM / HTTP/1.0\r\n\r\n",
        "nonsense\r\n\r\n",
    ];
    for (request, status) in requests.into_iter().zip([200, 500, 501, 400]) {
        let response = run::<Stamped>(request).response();
        assert_eq!(response.status, status, "{request}");
        assert_eq!(response.field("X-Stamp"), Some("ni"), "{request}");
    }
}

handler!(OwnErrors {
    fn send_error(&mut self, code: HttpStatus, message: Option<&str>, explain: Option<&str>) -> Result<()> {
        let text = format!("{code} {message:?} {explain:?}");
        say(self, &text)
    }
});

#[test]
fn send_error_is_asked_for_every_error() {
    for (request, text) in [
        (GET, "501 Some(\"Unsupported method ('GET')\") None"),
        (
            "nonsense\r\n\r\n",
            "400 Some(\"Bad request syntax ('nonsense')\") None",
        ),
        (
            "GET / HTTP/1.1\r\n\r\n",
            "400 Some(\"Host is missing\") None",
        ),
    ] {
        assert_eq!(run::<OwnErrors>(request).response().text(), text);
    }
}

handler!(OwnResponse {
    fn send_response_with(&mut self, code: HttpStatus, message: Option<&str>) -> Result<()> {
        base::send_response_with(self, code, message)?;
        self.send_header("X-Code", code.code())
    }
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
});

#[test]
fn send_response_is_in_every_response() {
    for (request, code) in [(GET, "200"), ("SPAM / HTTP/1.0\r\n\r\n", "501")] {
        assert_eq!(
            run::<OwnResponse>(request).response().field("X-Code"),
            Some(code)
        );
    }
}

handler!(OwnStatusLine {
    fn protocol_version(&mut self) -> &'static str { "HTTP/1.1" }
    fn send_response_only(&mut self, code: HttpStatus, _message: Option<&str>) -> Result<()> {
        base::send_response_only(self, code, Some("Ni"))
    }
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
});

#[test]
fn send_response_only_begins_interim_and_final_responses() {
    let outcome = run::<OwnStatusLine>("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");
    assert!(
        outcome
            .sent
            .starts_with(b"HTTP/1.1 100 Ni\r\n\r\nHTTP/1.1 200 Ni\r\n")
    );
}

handler!(Loud {
    fn send_header(&mut self, keyword: &str, value: impl FieldValue) -> Result<()> {
        base::send_header(self, &keyword.to_uppercase(), value)
    }
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
});

#[test]
fn send_header_gets_every_field() {
    for request in [GET, "SPAM / HTTP/1.0\r\n\r\n"] {
        let response = run::<Loud>(request).response();
        assert!(response.headers.len() >= 3);
        for (name, _) in response.headers.items() {
            assert_eq!(name, name.to_uppercase());
        }
    }
}

handler!(Counted {
    fn flush_headers(&mut self) -> Result<()> {
        self.log_message("flushed");
        base::flush_headers(self)
    }
    fn log_request(&mut self, _code: HttpStatus, _size: Option<u64>) {}
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
    fn do_put(&mut self) -> Result<()> {
        // Fields are gathered: nothing leaves without flush_headers.
        self.send_response_only(HttpStatus::OK, None)?;
        self.send_header("Foo", "foo")?;
        assert!(!self.exchange().wfile.is_begun());
        self.send_header("bar", "bar")?;
        self.end_headers()?;
        assert!(self.exchange().wfile.is_begun());
        Ok(())
    }
});

#[test]
fn flush_headers_hands_on_each_head_once() {
    assert_eq!(run::<Counted>(GET).log.len(), 1);
    let outcome = run::<Counted>("PUT / HTTP/1.0\r\n\r\n");
    assert_eq!(outcome.log.len(), 1);
    assert_eq!(
        outcome.sent,
        b"HTTP/1.0 200 OK\r\nFoo: foo\r\nbar: bar\r\nConnection: close\r\n\r\n"
    );
}

/// What ends a line, or is taken for its end somewhere.
const ENDS: [&str; 5] = ["a\rb", "a\nb", "a\r\nSet-Cookie: b", "a\0b", "\x0b"];

handler!(Injecting {
    fn do_get(&mut self) -> Result<()> {
        self.send_response(HttpStatus::OK)?;
        for bad in ENDS {
            let name = self.send_header(bad, "x");
            assert!(matches!(name, Err(Error::InvalidFieldName(_))), "{bad:?}");
            for value in [self.send_header("X-Bad", bad), self.send_header("X-Bad", bad.to_owned())] {
                assert!(matches!(value, Err(Error::InvalidFieldValue(_))), "{bad:?}");
            }
            let formatted = self.send_header("X-Bad", format_args!("x{bad}"));
            assert!(matches!(formatted, Err(Error::InvalidFieldValue(_))), "{bad:?}");
        }
        self.send_header("X-Good", "still here")?;
        self.end_headers()
    }
    fn do_put(&mut self) -> Result<()> {
        for bad in ENDS {
            let refused = self.send_response_with(HttpStatus::OK, Some(bad));
            assert!(matches!(refused, Err(Error::InvalidReason(_))), "{bad:?}");
            let refused = self.send_response_only(HttpStatus::OK, Some(bad));
            assert!(matches!(refused, Err(Error::InvalidReason(_))), "{bad:?}");
        }
        self.send_response_only(HttpStatus::OK, Some("tab\tand D\u{e4}sh"))?;
        self.end_headers()
    }
    fn do_post(&mut self) -> Result<()> { self.send_header("X-Bad", "a\r\nb") }
    fn do_patch(&mut self) -> Result<()> { self.send_response_with(HttpStatus::OK, Some("a\r\nb: c")) }
    fn do_delete(&mut self) -> Result<()> {
        self.send_error(HttpStatus::GONE, Some("a\r\nSet-Cookie: <b>"), Some("c\r\n\r\nd"))
    }
});

#[test]
fn a_field_with_a_line_end_is_refused_and_leaves_no_trace() {
    let outcome = run::<Injecting>(GET);
    let names: Vec<_> = outcome
        .response()
        .headers
        .items()
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(names, ["Server", "Date", "X-Good", "Connection"]);
}

#[test]
fn a_reason_with_a_line_end_is_refused_and_leaves_no_trace() {
    let outcome = run::<Injecting>("PUT / HTTP/1.0\r\n\r\n");
    assert_eq!(
        outcome.sent,
        b"HTTP/1.0 200 tab\tand D\xe4sh\r\nConnection: close\r\n\r\n"
    );
}

#[test]
fn a_handler_that_passes_the_refusal_on_answers_500() {
    for method in ["POST", "PATCH"] {
        let outcome = run::<Injecting>(&format!("{method} / HTTP/1.0\r\n\r\n"));
        let response = outcome.response();
        assert_eq!((response.status, response.field("b")), (500, None));
        assert!(
            outcome
                .log
                .iter()
                .any(|line| line.contains(" / HTTP/1.0: ")),
            "{:?}",
            outcome.log
        );
    }
}

#[test]
fn an_error_message_with_a_line_end_is_on_the_page_alone() {
    let outcome = run::<Injecting>("DELETE / HTTP/1.0\r\n\r\n");
    let response = outcome.response();
    assert_eq!((response.status, response.reason.as_str()), (410, "Gone"));
    assert_eq!(response.field("Set-Cookie"), None);
    assert!(response.text().contains("a\r\nSet-Cookie: &lt;b&gt;"));
    assert!(outcome.log[0].ends_with(r"code 410, message a\x0d\x0aSet-Cookie: <b>"));
}

#[test]
fn a_server_version_that_cannot_be_sent_is_not() {
    handler!(Broken {
        fn server_version(&mut self) -> Rc<str> { "a\r\nb: c".into() }
        fn do_get(&mut self) -> Result<()> { say(self, "ni") }
    });
    let outcome = run::<Broken>(GET);
    assert!(outcome.sent.is_empty() && !outcome.kept_open);
    assert!(
        outcome.log.iter().any(|line| line.contains("Server")),
        "{:?}",
        outcome.log
    );
}
