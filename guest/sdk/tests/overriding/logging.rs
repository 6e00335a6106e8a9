use crate::{GET, handler, run, say};
use wasm_host_sdk::Level;
use wasm_host_sdk::date::{HttpDate, http_date};
use wasm_host_sdk::testing::Conversation;
use wasm_host_sdk::{HttpStatus, Result, base};

handler!(Quiet {
    fn log_message(&mut self, message: &str) {
        let shouted = message.to_uppercase();
        if !message.contains("code 404") {
            base::log_message(self, &shouted);
        }
    }
    fn do_get(&mut self) -> Result<()> {
        self.send_error(HttpStatus::NOT_FOUND, None, None)
    }
});

/// What follows the time of each line.
fn messages(log: &[String]) -> Vec<&str> {
    log.iter()
        .map(|line| line.split_once("] ").unwrap().1)
        .collect()
}

#[test]
fn log_message_gets_the_lines_of_log_request_and_log_error() {
    // `code 404, message Not Found` is dropped, the request's own is changed.
    assert_eq!(
        messages(&run::<Quiet>(GET).log),
        ["\"GET / HTTP/1.0\" 404 -"]
    );
    let log = run::<Quiet>("SPAM / HTTP/1.0\r\n\r\n").log;
    assert_eq!(
        messages(&log),
        [
            "CODE 501, MESSAGE UNSUPPORTED METHOD ('SPAM')",
            "\"SPAM / HTTP/1.0\" 501 -"
        ]
    );
}

handler!(Errors {
    fn log_error(&mut self, message: &str) {
        self.log_message(&format!("ERROR {message}"));
    }
    fn log_request(&mut self, code: HttpStatus, size: Option<u64>) {
        let path = self.exchange().path.clone();
        self.log_message(&format!("{path} {code} {size:?}"));
    }
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
});

#[test]
fn log_request_and_log_error_make_their_lines() {
    assert_eq!(messages(&run::<Errors>(GET).log), ["/ 200 None"]);
    assert_eq!(
        messages(&run::<Errors>("SPAM /x HTTP/1.0\r\n\r\n").log),
        [
            "ERROR code 501, message Unsupported method ('SPAM')",
            "/x 501 None"
        ]
    );
}

handler!(Sized {
    fn do_get(&mut self) -> Result<()> {
        self.log_request(HttpStatus::OK, Some(2));
        self.send_response_only(HttpStatus::OK, None)?;
        self.end_headers()
    }
});

#[test]
fn log_request_may_be_called_with_a_size() {
    assert_eq!(
        messages(&run::<Sized>(GET).log),
        ["\"GET / HTTP/1.0\" 200 2"]
    );
}

handler!(Anonymous {
    fn address_string(&mut self) -> String { "somebody".to_owned() }
    fn log_date_time_string(&mut self) -> String { "once upon a time".to_owned() }
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
});

#[test]
fn address_string_and_log_date_time_string_begin_each_line() {
    let log = run::<Anonymous>("SPAM / HTTP/1.0\r\n\r\n").log;
    assert_eq!(log.len(), 2);
    for line in log {
        assert!(
            line.starts_with("somebody - - [once upon a time] "),
            "{line}"
        );
    }
}

handler!(Timeless {
    fn date_time_string(&mut self, timestamp: Option<i64>) -> HttpDate {
        assert_eq!(timestamp, None);
        http_date(0)
    }
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
});

#[test]
fn date_time_string_is_the_date_of_every_response() {
    for request in [GET, "SPAM / HTTP/1.0\r\n\r\n"] {
        let response = run::<Timeless>(request).response();
        assert_eq!(
            response.field("Date"),
            Some("Thu, 01 Jan 1970 00:00:00 GMT")
        );
    }
}

handler!(Plain {
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
    fn do_post(&mut self) -> Result<()> {
        // As CPython's test_unprintable_not_logged.
        for message in ["/foo", "/\x1bbar\0\x1b", "\x1b\x7f\u{9f}\u{a0}beans", "\"GET /foo\\b\"ar\x07"] {
            self.log_message(message);
        }
        say(self, "ni")
    }
});

#[test]
fn control_characters_are_escaped_as_python_does() {
    let log = run::<Plain>("POST / HTTP/1.0\r\n\r\n").log;
    assert_eq!(
        messages(&log)[..4],
        [
            "/foo",
            r"/\x1bbar\x00\x1b",
            "\\x1b\\x7f\\x9f\u{a0}beans",
            r#""GET /foo\\b"ar\x07"#
        ]
    );
}

#[test]
fn the_client_and_the_level_are_the_conversations() {
    let conversation = || Conversation::new(GET.as_bytes()).client_address("2001:db8::7", 9);
    let log = conversation().run::<Plain>().log;
    assert!(log[0].starts_with("2001:db8::7 - - ["), "{log:?}");
    assert!(
        conversation()
            .log_level(Level::Warn)
            .run::<Plain>()
            .log
            .is_empty()
    );
}
