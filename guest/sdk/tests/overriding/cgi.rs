use crate::handler;
use std::rc::Rc;
use wasm_host_sdk::cgi::path::CgiInfo;
use wasm_host_sdk::cgi::{self, CgiScript};
use wasm_host_sdk::process::{EntryKind, Environment};
use wasm_host_sdk::testing::{Conversation, FakeScript, Outcome};
use wasm_host_sdk::{
    BaseHttpRequestHandler, CgiHttpRequestHandler, HttpStatus, Result, SimpleHttpRequestHandler,
    cgi_methods, simple,
};

/// A handler of scripts that overrides what the braces say.
macro_rules! scripts {
    ($name:ident { $($methods:tt)* }) => {
        handler!($name { cgi_methods!(); });
        impl SimpleHttpRequestHandler for $name {}
        impl CgiHttpRequestHandler for $name { $($methods)* }
    };
}

fn get<H: BaseHttpRequestHandler>(target: &str) -> Outcome {
    ask::<H>("GET", target)
}

fn ask<H: BaseHttpRequestHandler>(method: &str, target: &str) -> Outcome {
    let script = || FakeScript::printing("Content-Type: text/plain\n\nhello\n");
    Conversation::new(format!("{method} {target} HTTP/1.0\r\n\r\n").as_bytes())
        .script("cgi-bin/s.py", script())
        .script("bin/s", script())
        .run::<H>()
}

scripts!(Directories {
    fn cgi_directories(&mut self) -> Vec<String> { vec!["/bin".to_owned()] }
});

#[test]
fn cgi_directories_say_where_scripts_are() {
    assert_eq!(get::<Directories>("/bin/s").response().text(), "hello\n");
    assert_eq!(get::<Directories>("/cgi-bin/s.py").response().status, 404);
}

scripts!(Aliased {
    fn is_cgi(&mut self) -> Option<CgiInfo> {
        if self.exchange().path == "/alias" {
            self.exchange().path = "/cgi-bin/s.py?by=alias".to_owned();
        }
        cgi::is_cgi(self)
    }
});

#[test]
fn is_cgi_decides_for_every_method() {
    for method in ["GET", "POST", "PUT"] {
        let outcome = ask::<Aliased>(method, "/alias");
        assert_eq!(outcome.response().text(), "hello\n", "{method}");
        assert_eq!(
            outcome.runs[0].variable("QUERY_STRING").as_deref(),
            Some("by=alias")
        );
    }
}

scripts!(Executable {
    fn is_executable(&mut self, path: &[u8], kind: EntryKind) -> bool {
        kind == EntryKind::Script && !self.is_python(path)
    }
    fn is_python(&mut self, path: &[u8]) -> bool {
        self.log_message("is it?");
        cgi::is_python(path)
    }
});

#[test]
fn is_executable_and_is_python_may_refuse() {
    let refused = get::<Executable>("/cgi-bin/s.py");
    assert_eq!(refused.response().status, 403);
    assert_eq!(
        refused.response().reason,
        "CGI script is not executable ('/cgi-bin/s.py')"
    );
    assert!(refused.log[0].ends_with("is it?"));
    assert!(refused.runs.is_empty());
}

scripts!(Hooked {
    fn run_cgi(&mut self, info: &CgiInfo) -> Result<()> {
        if info.head(info.len()) == b"cgi-bin/off" {
            return self.send_error(HttpStatus::SERVICE_UNAVAILABLE, Some("Closed"), None);
        }
        cgi::run_cgi(self, info)
    }
    fn meta_variables(&mut self, script: &CgiScript, length: Option<u64>) -> Environment {
        let mut variables = cgi::meta_variables(self, script, length);
        variables.push((b"REMOTE_USER".to_vec(), b"patsy".to_vec()));
        variables
    }
});

#[test]
fn run_cgi_and_its_variables() {
    assert_eq!(get::<Hooked>("/cgi-bin/off").response().reason, "Closed");
    let outcome = get::<Hooked>("/cgi-bin/s.py");
    assert_eq!(
        outcome.runs[0].variable("REMOTE_USER").as_deref(),
        Some("patsy")
    );
}

handler!(Inherited {
    cgi_methods!(
        except protocol_version, closes_on_error, handle_expect_100, end_headers, dispatch, do_get,
        do_head, do_post, do_options
    );
    fn version_string(&mut self) -> Rc<str> { "Ni/1".into() }
    fn protocol_version(&mut self) -> &'static str { simple::protocol_version(self) }
    fn closes_on_error(&mut self, _code: HttpStatus) -> bool { true }
    fn handle_expect_100(&mut self) -> Result<bool> { cgi::handle_expect_100(self) }
    fn end_headers(&mut self) -> Result<()> {
        self.send_header("X-Own", "end_headers")?;
        simple::end_headers(self)
    }
    fn dispatch(&mut self) -> Result<()> { cgi::dispatch(self) }
    fn do_get(&mut self) -> Result<()> { cgi::do_get(self) }
    fn do_head(&mut self) -> Result<()> { cgi::do_head(self) }
    fn do_post(&mut self) -> Result<()> { cgi::do_post(self) }
    fn do_options(&mut self) -> Result<()> { simple::do_options(self) }
});
impl SimpleHttpRequestHandler for Inherited {}
impl CgiHttpRequestHandler for Inherited {}

#[test]
fn what_the_macro_writes_can_be_overridden() {
    for (method, target, status) in [
        ("GET", "/cgi-bin/s.py", 200),
        ("POST", "/cgi-bin/s.py", 200),
        ("POST", "/file", 501),
        ("GET", "/file", 404),
        ("OPTIONS", "/", 204),
    ] {
        let response = ask::<Inherited>(method, target).response();
        assert_eq!(response.status, status, "{method} {target}");
        assert_eq!(
            response.field("X-Own"),
            Some("end_headers"),
            "{method} {target}"
        );
        assert_eq!(response.field("Server"), Some("Ni/1"));
    }
    let outcome = get::<Inherited>("/cgi-bin/s.py");
    assert_eq!(
        outcome.runs[0].variable("SERVER_SOFTWARE").as_deref(),
        Some("Ni/1")
    );
}

scripts!(Plain {});

/// A script's output is no way around `send_header`.
#[test]
fn a_scripts_field_or_reason_with_a_line_end_is_refused() {
    for output in [
        "Content-Type: text/plain\nX-Bad: a\rSet-Cookie: b\n\nhello\n",
        "Content-Type: text/plain\nX-Bad: a\0b\n\nhello\n",
        "Content-Type: text/plain\nX\rBad: a\n\nhello\n",
        "Status: 200 a\rSet-Cookie: b\nContent-Type: text/plain\n\nhello\n",
        "Status: 200 a\0b\nContent-Type: text/plain\n\nhello\n",
    ] {
        let outcome = Conversation::new(b"GET /cgi-bin/s HTTP/1.0\r\n\r\n")
            .script("cgi-bin/s", FakeScript::printing(output))
            .run::<Plain>();
        let head = outcome.sent.split(|&byte| byte == b'<').next().unwrap();
        assert_eq!(outcome.response().status, 502, "{output:?}");
        assert!(!head.windows(3).any(|three| three == b"Set"), "{output:?}");
    }
}
