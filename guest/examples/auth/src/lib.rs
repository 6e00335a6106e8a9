//! A directory's files, for those who know the password: Basic authentication
//! (RFC 7617) before the static handler.
//!
//! ```text
//! cargo build --release --target wasm32-wasip2 -p wasm-host-example-auth
//! AUTH_PASSWORD='correct horse' wasm-host serve \
//!     --component target/wasm32-wasip2/release/auth.wasm \
//!     --env AUTH_USER=ada --env AUTH_PASSWORD 8000
//! ```
//!
//! The credentials are the server's owner's, never in the source. `--env NAME`
//! without a value takes the server's own, so that no list of processes shows the
//! password. Without both, nobody is let in.
//!
//! Basic authentication sends the password with every request, readable by
//! whoever sees the bytes: serve it over TLS.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::env;
use std::io::Write;
use subtle::ConstantTimeEq;
use wasm_host_sdk::{
    BaseHttpRequestHandler, Exchange, HttpStatus, Result, SimpleHttpRequestHandler, base,
    simple_methods,
};

struct Auth(Exchange);

impl BaseHttpRequestHandler for Auth {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    simple_methods!();

    // All methods pass here, those too that the static handler may learn one day.
    fn dispatch(&mut self) -> Result<()> {
        let given = self.exchange().headers.get("Authorization");
        if is_authorized(given.as_deref(), credentials().as_deref()) {
            return base::dispatch(self);
        }
        self.ask_for_credentials()
    }
}

impl SimpleHttpRequestHandler for Auth {}

impl Auth {
    fn ask_for_credentials(&mut self) -> Result<()> {
        let page = "These files need a user name and a password.\n";
        self.send_response(HttpStatus::UNAUTHORIZED)?;
        self.send_header(
            "WWW-Authenticate",
            r#"Basic realm="files", charset="UTF-8""#,
        )?;
        self.send_header("Content-Type", "text/plain; charset=utf-8")?;
        self.send_header("Content-Length", page.len())?;
        self.end_headers()?;
        if self.exchange().command == "HEAD" {
            return Ok(());
        }
        Ok(self.exchange().wfile.write_all(page.as_bytes())?)
    }
}

/// `user:password`, as the server's owner granted them. None if one is missing
/// or empty, or the user has a colon, which ends it (RFC 7617 section 2).
fn credentials() -> Option<String> {
    let granted = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let (user, password) = (granted("AUTH_USER")?, granted("AUTH_PASSWORD")?);
    (!user.contains(':')).then(|| format!("{user}:{password}"))
}

/// Whether an Authorization field has these credentials. How long that takes
/// tells their length at most, not how much of a guess is right.
fn is_authorized(field: Option<&str>, credentials: Option<&str>) -> bool {
    let (Some(field), Some(credentials)) = (field, credentials) else {
        return false;
    };
    let Some((scheme, token)) = field.split_once(' ') else {
        return false;
    };
    let Ok(given) = BASE64_STANDARD.decode(token.trim()) else {
        return false;
    };
    scheme.eq_ignore_ascii_case("Basic") && given.ct_eq(credentials.as_bytes()).into()
}

wasm_host_sdk::export!(Auth);

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_host_sdk::testing::respond;

    fn basic(credentials: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(credentials))
    }

    #[test]
    fn only_the_granted_credentials_are_right() {
        let granted = Some("ada:correct horse:ä");
        let is_right = |field: &str| is_authorized(Some(field), granted);
        assert!(is_right(&basic("ada:correct horse:ä")));
        assert!(is_right(
            &basic("ada:correct horse:ä").replace("Basic", "bAsIc")
        ));
        for wrong in [
            basic("ada:correct horse:"),
            basic("ada:correct horse:ää"),
            basic("bob:correct horse:ä"),
            basic(""),
            basic("ada:correct horse:ä").replace("Basic", "Bearer"),
            basic("ada:correct horse:ä").replace(' ', ""),
            "Basic".to_owned(),
            "Basic ".to_owned(),
            "Basic !!!".to_owned(),
            "ada:correct horse:ä".to_owned(),
        ] {
            assert!(!is_right(&wrong), "{wrong}");
        }
    }

    #[test]
    fn nobody_is_let_in_where_nothing_was_granted() {
        assert!(!is_authorized(Some(&basic("")), None));
        assert!(!is_authorized(Some(&basic(":")), None));
        assert!(!is_authorized(None, None));
        assert!(!is_authorized(None, Some("a:b")));
    }

    #[test]
    fn every_method_asks() {
        for method in ["GET", "HEAD", "OPTIONS", "SPAM"] {
            let request = format!("{method} / HTTP/1.1\r\nHost: h\r\n\r\n");
            let response = String::from_utf8(respond::<Auth>(request.as_bytes())).unwrap();
            assert!(response.starts_with("HTTP/1.1 401 "), "{response}");
            assert!(response.contains("\r\nWWW-Authenticate: Basic realm=\"files\""));
            assert_eq!(response.ends_with("\r\n\r\n"), method == "HEAD");
        }
    }
}
