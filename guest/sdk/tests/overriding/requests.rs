use crate::{GET, handler, run, say};
use std::io::Write;
use wasm_host_sdk::{HttpStatus, Result, base};

handler!(Counting {
    fn protocol_version(&mut self) -> &'static str { "HTTP/1.1" }
    fn handle(&mut self) -> Result<()> {
        self.log_message("hello");
        base::handle(self)?;
        self.log_message("goodbye");
        Ok(())
    }
    fn handle_one_request(&mut self) -> Result<()> {
        self.log_message("next");
        base::handle_one_request(self)
    }
    fn log_request(&mut self, _code: HttpStatus, _size: Option<u64>) {}
    fn do_get(&mut self) -> Result<()> { say(self, "ni") }
});

#[test]
fn handle_is_called_once_and_handle_one_request_for_each() {
    let two =
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let outcome = run::<Counting>(two);
    let log: Vec<_> = outcome
        .log
        .iter()
        .map(|line| line.rsplit(' ').next().unwrap())
        .collect();
    assert_eq!(log, ["hello", "next", "next", "goodbye"]);
}

/// CPython's `test_close_connection`.
#[test]
fn handle_repeats_until_the_connection_is_to_close() {
    handler!(Thrice {
        fn handle_one_request(&mut self) -> Result<()> {
            let exchange = self.exchange();
            exchange.path.push('x');
            exchange.close_connection = exchange.path.len() == 3;
            self.log_message("called");
            Ok(())
        }
    });
    assert_eq!(run::<Thrice>("").log.len(), 3);
}

handler!(Guarded {
    fn parse_request(&mut self) -> Result<bool> {
        if !base::parse_request(self)? {
            return Ok(false);
        }
        if self.exchange().headers.get("X-Key").as_deref() != Some("42") {
            self.send_error(HttpStatus::UNAUTHORIZED, None, None)?;
            return Ok(false);
        }
        self.exchange().path.insert_str(0, "/inside");
        Ok(true)
    }
    fn do_get(&mut self) -> Result<()> {
        let path = self.exchange().path.clone();
        say(self, &path)
    }
});

#[test]
fn parse_request_may_refuse_and_rewrite() {
    assert_eq!(run::<Guarded>(GET).response().status, 401);
    let response = run::<Guarded>("GET /a HTTP/1.0\r\nX-Key: 42\r\n\r\n").response();
    assert_eq!(response.text(), "/inside/a");
    assert_eq!(run::<Guarded>("GET\r\n\r\n").response().status, 400);
}

handler!(Rejecting {
    fn protocol_version(&mut self) -> &'static str { "HTTP/1.1" }
    fn handle_expect_100(&mut self) -> Result<bool> {
        self.send_error(HttpStatus::EXPECTATION_FAILED, None, None)?;
        Ok(false)
    }
    fn do_post(&mut self) -> Result<()> { say(self, "ni") }
});

#[test]
fn handle_expect_100_may_refuse() {
    let expecting =
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    let outcome = run::<Rejecting>(expecting);
    assert!(
        outcome
            .sent
            .starts_with(b"HTTP/1.1 417 Expectation Failed\r\n")
    );
    assert_eq!(outcome.response().field("Connection"), Some("close"));
    assert!(!outcome.kept_open);
    // It is asked only by those who expect it, of HTTP/1.1 and later.
    for request in [
        "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
    ] {
        assert_eq!(run::<Rejecting>(request).response().status, 200);
    }
}

handler!(Spam {
    fn dispatch(&mut self) -> Result<()> {
        match self.exchange().command.as_str() {
            "SPAM" => say(self, "spam"),
            "spam" => say(self, "small spam"),
            _ => base::dispatch(self),
        }
    }
    fn do_head(&mut self) -> Result<()> { self.send_error(HttpStatus::OK, None, None) }
    fn do_put(&mut self) -> Result<()> { say(self, "put") }
    fn do_delete(&mut self) -> Result<()> { say(self, "delete") }
    fn do_patch(&mut self) -> Result<()> { say(self, "patch") }
    fn do_options(&mut self) -> Result<()> { say(self, "options") }
});

#[test]
fn each_method_has_its_function_and_dispatch_has_all() {
    for (method, text) in [
        ("SPAM", "spam"),
        ("spam", "small spam"),
        ("PUT", "put"),
        ("DELETE", "delete"),
        ("PATCH", "patch"),
        ("OPTIONS", "options"),
    ] {
        let response = run::<Spam>(&format!("{method} / HTTP/1.0\r\n\r\n")).response();
        assert_eq!(response.text(), text);
    }
    for method in ["GET", "POST", "put", "EGGS"] {
        let response = run::<Spam>(&format!("{method} / HTTP/1.0\r\n\r\n")).response();
        assert_eq!(response.status, 501, "{method}");
        assert_eq!(response.reason, format!("Unsupported method ('{method}')"));
    }
    let head = run::<Spam>("HEAD / HTTP/1.0\r\n\r\n").response();
    assert!(
        head.field("Content-Length")
            .unwrap()
            .parse::<usize>()
            .unwrap()
            > 0
    );
    assert_eq!(head.text(), "");
}

handler!(Failing {
    fn do_get(&mut self) -> Result<()> {
        self.send_response(HttpStatus::OK)?;
        let asked = self.exchange().path.strip_prefix("/item/").map(str::to_owned);
        let item = asked.ok_or(HttpStatus::NOT_FOUND)?;
        let number = item.parse::<u32>();
        number.map_err(|error| wasm_host_sdk::Error::status(HttpStatus::BAD_REQUEST, error.to_string()))?;
        self.end_headers()?;
        self.exchange().wfile.write_all(b"cut")?;
        self.exchange().wfile.flush()?;
        Err(HttpStatus::CONFLICT.into())
    }
});

#[test]
fn an_error_with_a_status_is_answered_with_it() {
    let none = run::<Failing>(GET).response();
    assert_eq!((none.status, none.reason.as_str()), (404, "Not Found"));
    let bad = run::<Failing>("GET /item/x HTTP/1.0\r\n\r\n").response();
    assert_eq!(
        (bad.status, bad.reason.as_str()),
        (400, "invalid digit found in string")
    );
    // Too late for a status: the connection ends, and the log says why.
    let late = run::<Failing>("GET /item/7 HTTP/1.0\r\n\r\n");
    assert_eq!(late.response().text(), "cut");
    assert!(!late.kept_open);
    assert!(
        late.log.iter().any(|line| line.ends_with("409 ")),
        "{:?}",
        late.log
    );
}
