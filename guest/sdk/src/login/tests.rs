use super::hash::matches;
use super::{Given, Login};
use crate::testing::{Conversation, FakeScript, Outcome};
use crate::{
    BaseHttpRequestHandler, CgiHttpRequestHandler, Exchange, Result, SimpleHttpRequestHandler, cgi,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// All of `secret`, by `htpasswd`.
const BCRYPT: &str = "$2y$05$tbChas9hWpmN.5ySKLJdFu9u89bxPtgbA8.VzbkrtF2y0WfLuLlSy";
const SHA_256: &str = "$5$SjCndLc4g9mvXkC1$yQIowj4Yy7G8pmyaNmDSbHrCe4VEIep9MyBeNyvpX/0";
const SHA_512: &str = "$6$CXN.t63rxjYDz1uA$voAIB63D4zWCViKJdA5GdPP1oPUKpBqjHQaOvgoPbC/91kv9DZTNNN7jrKi1jf6kE3qpfHRkJC0T3ene7qr7p0";

struct Private(Exchange, Login);

impl BaseHttpRequestHandler for Private {
    fn new(exchange: Exchange) -> Self {
        Self(exchange, Login::default())
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    crate::cgi_methods!(except dispatch, handle_expect_100);

    fn dispatch(&mut self) -> Result<()> {
        if !Login::admits(self, |it| &mut it.1)? {
            return Ok(());
        }
        cgi::dispatch(self)
    }

    fn handle_expect_100(&mut self) -> Result<bool> {
        Ok(Login::admits(self, |it| &mut it.1)? && cgi::handle_expect_100(self)?)
    }
}

impl SimpleHttpRequestHandler for Private {}
impl CgiHttpRequestHandler for Private {}

fn basic(credentials: &[u8]) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(credentials))
}

fn request(fields: &[&str]) -> String {
    let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    format!("GET /cgi-bin/s HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

fn ask(request: &str) -> Outcome {
    Conversation::new(request.as_bytes())
        .setting("auth", &format!("ada:{BCRYPT}"))
        .setting("auth", &format!("b\u{f6}b:{SHA_512}"))
        .script(
            "cgi-bin/s",
            FakeScript::printing("Content-Type: a/b\n\nhello"),
        )
        .run::<Private>()
}

#[test]
fn hashes_are_those_of_htpasswd() {
    for hash in [BCRYPT, SHA_256, SHA_512] {
        assert!(matches(b"secret", hash), "{hash}");
        for wrong in [&b"Secret"[..], b"", b"secret ", b"secret\0", b"secre"] {
            assert!(!matches(wrong, hash), "{hash}");
        }
    }
    // As crypt(3) has it: `mkpasswd -m sha-256 -R 1000 -S saltsalt secret`.
    for bad in [
        "",
        "$",
        "$2y$",
        "$5$",
        "$2y$05$x",
        "$1$a$b",
        "secret",
        &BCRYPT[..59],
    ] {
        assert!(!matches(b"secret", bad), "{bad}");
    }
}

#[test]
fn a_script_learns_who_it_is_and_not_the_password() {
    for user in ["ada", "b\u{f6}b"] {
        let field = format!(
            "Authorization: {}",
            basic(format!("{user}:secret").as_bytes())
        );
        let outcome = ask(&request(&[&field]));
        assert_eq!(outcome.response().status, 200, "{user}");
        let run = &outcome.runs[0];
        assert_eq!(run.variable("REMOTE_USER").as_deref(), Some(user));
        assert_eq!(run.variable("AUTH_TYPE").as_deref(), Some("Basic"));
        assert_eq!(run.variable("HTTP_AUTHORIZATION"), None);
    }
    let open =
        Conversation::new(request(&[&format!("Authorization: {}", basic(b"ada:x"))]).as_bytes())
            .script(
                "cgi-bin/s",
                FakeScript::printing("Content-Type: a/b\n\nhello"),
            )
            .run::<Private>();
    assert_eq!(open.runs[0].variable("REMOTE_USER"), None);
}

#[test]
fn whoever_is_wrong_gets_nothing() {
    let good = basic(b"ada:secret");
    for fields in [
        vec![],
        vec![basic(b"ada:wrong")],
        vec![basic(b"ada:")],
        vec![basic(b"ada")],
        vec![basic(b":secret")],
        vec![basic(b"eve:secret")],
        vec![basic(b"ADA:secret")],
        vec![basic(b"ada:secret\0")],
        vec![basic(b"b\xf6b:secret")],
        vec![basic(&[b"ada:", &b"x".repeat(5000)[..]].concat())],
        vec![good.replace("Basic", "Bearer")],
        vec![good.replace(' ', "")],
        vec!["Basic".to_owned()],
        vec!["Basic !".to_owned()],
        vec![good.clone(), good.clone()],
        vec![good, basic(b"ada:wrong")],
    ] {
        let fields: Vec<_> = fields
            .iter()
            .map(|it| format!("Authorization: {it}"))
            .collect();
        let fields: Vec<_> = fields.iter().map(String::as_str).collect();
        let outcome = ask(&request(&fields));
        let response = outcome.response();
        assert_eq!(response.status, 401, "{fields:?}");
        let challenge = response.field("WWW-Authenticate");
        assert_eq!(
            challenge,
            Some(r#"Basic realm="wasm-host", charset="UTF-8""#)
        );
        assert!(outcome.runs.is_empty(), "{fields:?}");
    }
}

/// What one request of a connection proves, the next one has to prove, too.
#[test]
fn each_request_says_who_it_is() {
    let right = format!("Authorization: {}", basic(b"ada:secret"));
    let wrong = format!("Authorization: {}", basic(b"ada:wrong"));
    let outcome = ask(&[
        request(&[&right]),
        request(&[]),
        request(&[&wrong]),
        request(&[&right]),
    ]
    .concat());
    let text = String::from_utf8_lossy(&outcome.sent).into_owned();
    let statuses: Vec<_> = text
        .matches("HTTP/1.1 ")
        .count()
        .to_string()
        .chars()
        .collect();
    assert_eq!(statuses, ['4'], "{text}");
    assert_eq!(text.matches("HTTP/1.1 401 ").count(), 2, "{text}");
    assert_eq!(outcome.runs.len(), 2);
}

#[test]
fn no_method_and_no_expectation_goes_around_it() {
    for method in ["HEAD", "POST", "PUT", "OPTIONS", "SPAM"] {
        for target in ["/", "/cgi-bin/s", "/cgi-bin/", "/none", "*"] {
            for expect in ["", "Expect: 100-continue\r\n"] {
                let request = format!(
                    "{method} {target} HTTP/1.1\r\nHost: a\r\n{expect}Content-Length: 2\r\n\r\n"
                );
                let outcome = ask(&request);
                assert!(outcome.sent.starts_with(b"HTTP/1.1 401 "), "{request}");
                assert!(outcome.runs.is_empty());
            }
        }
    }
}

#[test]
fn a_user_has_no_colon_and_a_password_may() {
    let field = basic(b"ada:a:b");
    let given = Given::of([field.as_bytes()].into_iter()).unwrap();
    assert_eq!((given.user(), given.password()), ("ada", &b"a:b"[..]));
}
