//! A login before everything: Basic authentication (RFC 7617) by the server's
//! `--auth`.
//!
//! 1. Take user and password from the request (`given`).
//! 2. Find the user's hash; for one that isn't there, another user's, so that both
//!    take the same time.
//! 3. Compare the password with it (`hash`), which is slow on purpose. What was right
//!    on this connection before isn't compared again; no other client's instance
//!    knows of it.
//! 4. Who is wrong waits, then gets 401.
//!
//! Behind the feature `login`.

mod given;
mod hash;
#[cfg(test)]
mod tests;

use crate::error_page;
use crate::html::escape_text;
use crate::status::HttpStatus;
use crate::{BaseHttpRequestHandler, Result};
use given::Given;
use std::io::Write;
use subtle::ConstantTimeEq;

/// The challenge (RFC 7617 section 2.1).
const CHALLENGE: &str = r#"Basic realm="wasm-host", charset="UTF-8""#;

/// How long a client waits that was wrong, in milliseconds.
const DELAY: u32 = 1000;

/// What a handler remembers of its connection's client.
///
/// ```
/// use wasm_host_sdk::login::Login;
/// use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, Result, simple, simple_methods, testing};
/// use wasm_host_sdk::{SimpleHttpRequestHandler, base};
///
/// struct Files(Exchange, Login);
///
/// impl BaseHttpRequestHandler for Files {
///     fn new(exchange: Exchange) -> Self { Self(exchange, Login::default()) }
///     fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
///     simple_methods!(except handle_expect_100);
///
///     fn dispatch(&mut self) -> Result<()> {
///         if Login::admits(self, |it| &mut it.1)? { base::dispatch(self) } else { Ok(()) }
///     }
///
///     fn handle_expect_100(&mut self) -> Result<bool> {
///         Ok(Login::admits(self, |it| &mut it.1)? && simple::handle_expect_100(self)?)
///     }
/// }
///
/// impl SimpleHttpRequestHandler for Files {}
///
/// let hash = "$2y$05$tbChas9hWpmN.5ySKLJdFu9u89bxPtgbA8.VzbkrtF2y0WfLuLlSy";
/// let outcome = testing::Conversation::new(b"GET / HTTP/1.0\r\n\r\n")
///     .setting("auth", &format!("user:{hash}"))
///     .run::<Files>();
/// assert_eq!(outcome.response().status, 401);
/// ```
#[derive(Default)]
pub struct Login {
    /// What was right: user and password.
    proved: Option<Given>,
}

impl Login {
    /// Whether the request at hand may be answered; else it has been, with 401.
    /// Everybody may where the server has no `--auth`. Otherwise
    /// [`Exchange::user`](crate::Exchange::user) says who it is from here on.
    ///
    /// `login` is where the handler keeps this.
    ///
    /// # Errors
    ///
    /// The client has gone.
    pub fn admits<H: BaseHttpRequestHandler>(
        handler: &mut H,
        login: fn(&mut H) -> &mut Self,
    ) -> Result<bool> {
        let exchange = handler.exchange();
        if exchange.server.setting("auth").is_none() || exchange.user.is_some() {
            return Ok(true);
        }
        let fields = exchange.headers.get_all_bytes("Authorization");
        let Some(given) = Given::of(fields) else {
            return refuse(handler).map(|()| false);
        };
        let known = login(handler).proved.as_ref();
        if !known.is_some_and(|known| known.is(&given)) && !is_right(handler, &given) {
            let text = format!("wrong password for {:?}", given.user());
            handler.log_error(&text);
            let mut link = handler.exchange().link.borrow_mut();
            link.transport.delay(DELAY);
            drop(link);
            return refuse(handler).map(|()| false);
        }
        handler.exchange().user = Some(given.user().to_owned());
        login(handler).proved = Some(given);
        Ok(true)
    }
}

/// Whether a password is that of its user.
fn is_right<H: BaseHttpRequestHandler>(handler: &mut H, given: &Given) -> bool {
    let settings = &handler.exchange().server.settings;
    let users = settings.iter().filter(|(name, _)| name == "auth");
    let users: Vec<_> = users
        .filter_map(|(_, value)| value.split_once(':'))
        .collect();
    let named = users.iter().find(|(user, _)| *user == given.user());
    // Which one stands in for nobody depends on the name, as it does for users.
    let name = given.user().bytes().map(usize::from).sum::<usize>();
    let stand_in = users.get(name % users.len().max(1));
    let Some((_, hash)) = named.or(stand_in) else {
        return false;
    };
    hash::matches(given.password(), hash) & named.is_some()
}

fn refuse<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    let code = HttpStatus::UNAUTHORIZED;
    let page = error_page::render(
        &handler.error_message_format(),
        code.code(),
        code.phrase(),
        &escape_text("A user name and a password are needed here"),
    );
    handler.send_response(code)?;
    handler.send_header("WWW-Authenticate", CHALLENGE)?;
    if handler.closes_on_error(code) {
        handler.send_header("Connection", "close")?;
    }
    let content_type = handler.error_content_type();
    handler.send_header("Content-Type", content_type)?;
    handler.send_header("Content-Length", page.len())?;
    handler.end_headers()?;
    let exchange = handler.exchange();
    if exchange.command != "HEAD" {
        exchange.wfile.write_all(page.as_bytes())?;
    }
    Ok(())
}

/// Whether two are the same, in a time that tells only their lengths.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}
