//! `CGIHTTPRequestHandler`: files, and scripts that answer requests (RFC 3875).
//!
//! One file a job: [`path`] tells scripts from files, `script` finds the one
//! that is meant, [`meta_variables()`] says what it learns of its request,
//! `content` takes what it reads,
//! `head` reads what its output begins with as [`response`] has it, `document`
//! passes the rest on, `nph` all of it as it is, and `run` is all of it in order.

mod content;
mod document;
mod head;
mod meta_variables;
mod nph;
pub mod path;
#[doc(hidden)]
pub mod response;
mod run;
mod script;
#[cfg(test)]
mod tests;

pub use meta_variables::meta_variables;
pub use run::{MAX_LOCAL_REDIRECTS, run_cgi};
pub use script::CgiScript;

use crate::process::{EntryKind, Environment};
use crate::simple::{answer_preflight, is_preflight, is_upload, wanted_method};
use crate::status::HttpStatus;
use crate::{Result, SimpleHttpRequestHandler, base, simple};
use path::CgiInfo;

/// `cgi_directories`, where the server's owner names none.
const DIRECTORIES: [&str; 2] = ["/cgi-bin", "/htbin"];

/// `http.server.CGIHTTPRequestHandler`: answers requests with the output of
/// scripts, and others with files.
///
/// What is in a CGI directory is run or refused, and never sent as a file.
/// [`cgi_methods!`] takes the place of [`simple_methods!`]:
///
/// ```
/// use wasm_host_sdk::testing::{Conversation, FakeScript};
/// use wasm_host_sdk::{
///     BaseHttpRequestHandler, CgiHttpRequestHandler, Exchange, SimpleHttpRequestHandler, cgi_methods,
/// };
///
/// struct Scripts(Exchange);
///
/// impl BaseHttpRequestHandler for Scripts {
///     fn new(exchange: Exchange) -> Self { Self(exchange) }
///     fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
///     cgi_methods!();
/// }
///
/// impl SimpleHttpRequestHandler for Scripts {}
///
/// impl CgiHttpRequestHandler for Scripts {
///     fn cgi_directories(&mut self) -> Vec<String> { vec!["/scripts".to_owned()] }
/// }
///
/// wasm_host_sdk::export!(Scripts);
///
/// let hello = FakeScript::printing("Content-Type: text/plain\nContent-Length: 3\n\nhi\n");
/// let outcome = Conversation::new(b"GET /scripts/hello/you HTTP/1.0\r\n\r\n")
///     .script("scripts/hello", hello)
///     .run::<Scripts>();
/// assert!(outcome.sent.ends_with(b"\r\n\r\nhi\n"));
/// assert_eq!(outcome.runs[0].variable("PATH_INFO").as_deref(), Some("/you"));
/// ```
///
/// [`cgi_methods!`]: crate::cgi_methods
/// [`simple_methods!`]: crate::simple_methods
pub trait CgiHttpRequestHandler: SimpleHttpRequestHandler {
    /// `cgi_directories`: the paths beneath which there are scripts. Default:
    /// the server's `--cgi-directory`, or `/cgi-bin` and `/htbin`. Without any,
    /// this is a handler of files.
    fn cgi_directories(&mut self) -> Vec<String> {
        cgi_directories(self)
    }

    /// `is_cgi()`: whether [`path`](crate::Exchange::path) leads into a CGI
    /// directory. What Python keeps in `cgi_info` is returned.
    fn is_cgi(&mut self) -> Option<CgiInfo> {
        is_cgi(self)
    }

    /// `is_executable(path)`: whether a file beneath the served directory may
    /// be run. `kind` is what the host says of it, which has the last word.
    fn is_executable(&mut self, _path: &[u8], kind: EntryKind) -> bool {
        kind == EntryKind::Script
    }

    /// `is_python(path)`: whether a file is a Python script, by its suffix.
    /// Nothing here asks: such a script is run as any other, by its first line.
    fn is_python(&mut self, path: &[u8]) -> bool {
        is_python(path)
    }

    /// What a script learns of its request; part of `run_cgi` in Python.
    ///
    /// A handler that knows who the client is adds `AUTH_TYPE` and
    /// `REMOTE_USER` here.
    fn meta_variables(&mut self, script: &CgiScript, content_length: Option<u64>) -> Environment {
        meta_variables(self, script, content_length)
    }

    /// `run_cgi()`: answers with a script's output.
    ///
    /// # Errors
    ///
    /// The client has gone, or sends content that can't be read.
    fn run_cgi(&mut self, info: &CgiInfo) -> Result<()> {
        run_cgi(self, info)
    }
}

/// The server's `--cgi-directory`; `/cgi-bin` and `/htbin` where it has none.
pub fn cgi_directories<H: CgiHttpRequestHandler>(handler: &mut H) -> Vec<String> {
    let settings = &handler.exchange().server.settings;
    let given: Vec<String> = settings
        .iter()
        .filter(|(name, _)| name == "cgi-directory")
        .map(|(_, value)| value.clone())
        .collect();
    if given.is_empty() {
        return DIRECTORIES.map(str::to_owned).to_vec();
    }
    given
}

/// `CGIHTTPRequestHandler.is_cgi`.
pub fn is_cgi<H: CgiHttpRequestHandler>(handler: &mut H) -> Option<CgiInfo> {
    let directories = handler.cgi_directories();
    CgiInfo::find(&handler.exchange().path, &directories)
}

/// `CGIHTTPRequestHandler.is_python`.
///
/// ```
/// assert!(wasm_host_sdk::cgi::is_python(b"cgi-bin/form.PY"));
/// assert!(!wasm_host_sdk::cgi::is_python(b"cgi-bin/form.pl"));
/// ```
#[must_use]
pub fn is_python(path: &[u8]) -> bool {
    let path = path.to_ascii_lowercase();
    path.ends_with(b".py") || path.ends_with(b".pyw")
}

/// `CGIHTTPRequestHandler.do_GET`: a script's output, or a file.
///
/// # Errors
///
/// The client has gone, or a file can't be read.
pub fn do_get<H: CgiHttpRequestHandler>(handler: &mut H) -> Result<()> {
    match handler.is_cgi() {
        Some(info) => handler.run_cgi(&info),
        None => simple::do_get(handler),
    }
}

/// `CGIHTTPRequestHandler.do_HEAD`.
///
/// # Errors
///
/// The client has gone.
pub fn do_head<H: CgiHttpRequestHandler>(handler: &mut H) -> Result<()> {
    match handler.is_cgi() {
        Some(info) => handler.run_cgi(&info),
        None => simple::do_head(handler),
    }
}

/// `CGIHTTPRequestHandler.do_POST`: 501 for what isn't a script, unless it is a form with
/// files, and clients may leave some.
///
/// # Errors
///
/// The client has gone.
pub fn do_post<H: CgiHttpRequestHandler>(handler: &mut H) -> Result<()> {
    match handler.is_cgi() {
        Some(info) => handler.run_cgi(&info),
        None if is_upload(handler.exchange()) => simple::do_post(handler),
        None => refuse_post(handler),
    }
}

fn refuse_post<H: CgiHttpRequestHandler>(handler: &mut H) -> Result<()> {
    if handler.cgi_directories().is_empty() {
        return base::unsupported_method(handler);
    }
    let message = Some("Can only POST to CGI scripts");
    handler.send_error(HttpStatus::NOT_IMPLEMENTED, message, None)
}

/// Calls the method that answers a request. A script gets any, also one that
/// files don't have, where Python gives it three; but no preflight where `--cors` is
/// the answer.
///
/// # Errors
///
/// What the method says.
pub fn dispatch<H: CgiHttpRequestHandler>(handler: &mut H) -> Result<()> {
    if matches!(handler.exchange().command.as_str(), "GET" | "HEAD" | "POST") {
        return base::dispatch(handler);
    }
    match handler.is_cgi() {
        Some(_) if is_preflight(handler.exchange()) => allow_methods(handler),
        Some(info) => handler.run_cgi(&info),
        None => base::dispatch(handler),
    }
}

/// Answers a preflight for a script, which has any method.
fn allow_methods<H: CgiHttpRequestHandler>(handler: &mut H) -> Result<()> {
    let mut methods = "GET, HEAD, POST, OPTIONS".to_owned();
    if let Some(wanted) = wanted_method(handler.exchange())
        && !methods.split(", ").any(|method| method == wanted)
    {
        methods.push_str(", ");
        methods.push_str(&wanted);
    }
    answer_preflight(handler, &methods)
}

/// Lets a client that waits for `100 Continue` wait until its script was found;
/// refuses content that nothing will read.
///
/// # Errors
///
/// The client has gone.
pub fn handle_expect_100<H: CgiHttpRequestHandler>(handler: &mut H) -> Result<bool> {
    if handler.is_cgi().is_some() {
        return Ok(true);
    }
    if handler.exchange().command != "POST" || is_upload(handler.exchange()) {
        return simple::handle_expect_100(handler);
    }
    handler.exchange().close_connection = true;
    refuse_post(handler)?;
    Ok(false)
}
