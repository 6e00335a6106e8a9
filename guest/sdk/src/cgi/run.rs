//! `run_cgi`: a request through a script.
//!
//! 1. Find the script ([`script`]).
//! 2. Take the request's content ([`content`]).
//! 3. Start the script, with the meta-variables.
//! 4. Read its head ([`head`], [`response`](super::response)), and see which of the
//!    answers of RFC 3875 section 6.2 it is.
//! 5. Pass its output on as it comes ([`document`]), or go where it says.
//! 6. Wait for its end, and log it if it isn't a success.

use super::path::CgiInfo;
use super::response::HeadError;
use super::script::{self, CgiScript};
use super::{CgiHttpRequestHandler, content, document, head, nph};
use crate::process::{Child, Input, Outcome, ProcessError};
use crate::status::HttpStatus;
use crate::{Error, RequestBody, Result, base};
use std::io::Write;

/// How often a request may be sent elsewhere in the server.
pub const MAX_LOCAL_REDIRECTS: u8 = 10;

/// Why a script's output doesn't go on.
pub(super) enum Fault {
    /// The script gave up, or was made to.
    Process(ProcessError),
    /// It began with something else than a head.
    Head(HeadError),
    /// Something that ends the request.
    Request(Error),
}

impl From<ProcessError> for Fault {
    fn from(error: ProcessError) -> Self {
        match error {
            ProcessError::ClientClosed => Self::Request(Error::Closed),
            error => Self::Process(error),
        }
    }
}

impl From<HeadError> for Fault {
    fn from(error: HeadError) -> Self {
        Self::Head(error)
    }
}

impl<E: Into<Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Request(error.into())
    }
}

/// A script that runs for a request.
pub(super) struct Running {
    child: Child,
    script: CgiScript,
    /// How much of the content the script may have left on the connection.
    content_left: u64,
}

impl Running {
    pub(super) fn read(&mut self) -> Result<Vec<u8>, Fault> {
        Ok(self.child.read()?)
    }

    /// Whether there is nothing more to read, or to wait for.
    pub(super) fn is_over(&mut self) -> bool {
        self.child.is_over()
    }

    /// Sends what there is of the answer while the script goes on. A head that leaves
    /// by this says that the connection closes, if the script has more of the content
    /// before it than the host drops: nobody knows yet how much of it it will read.
    pub(super) fn flush<H: CgiHttpRequestHandler>(&self, handler: &mut H) -> Result<()> {
        let exchange = handler.exchange();
        if !exchange.wfile.has_left() && self.may_leave_too_much() {
            exchange.close_connection = true;
            exchange.say_close();
        }
        Ok(exchange.wfile.flush()?)
    }

    fn may_leave_too_much(&self) -> bool {
        !RequestBody::can_be_promised(self.content_left)
            && !RequestBody::can_be_promised(self.child.content_left())
    }

    /// Reads what is left of the output, and forgets it.
    pub(super) fn discard(&mut self) -> Result<(), Fault> {
        while !self.child.read()?.is_empty() {}
        Ok(())
    }

    /// Waits for the end, after the output's, and logs it as `http.server`
    /// does. One that it didn't choose is an error.
    pub(super) fn wait<H: CgiHttpRequestHandler>(&mut self, handler: &mut H) -> Result<(), Fault> {
        let exit = self.child.wait()?;
        self.content_left = 0;
        give_up_content(handler, exit.content_left);
        if exit.outcome != Outcome::Succeeded {
            self.log(handler, &exit.description);
        }
        match exit.outcome {
            Outcome::Succeeded | Outcome::Failed => Ok(()),
            Outcome::Killed => Err(ProcessError::Failed.into()),
        }
    }

    /// Logs what went wrong.
    pub(super) fn log<H: CgiHttpRequestHandler>(&self, handler: &mut H, what: &str) {
        handler.log_error(&format!("CGI script {}: {what}", self.script.quoted()));
    }
}

/// What becomes of content that a script hasn't read: a little is dropped, and the
/// connection closes after more. The head says so; if it has left without that, as much
/// is dropped as the host does.
fn give_up_content<H: CgiHttpRequestHandler>(handler: &mut H, left: u64) {
    let exchange = handler.exchange();
    exchange.rfile.give_up(left);
    if RequestBody::is_droppable(left) {
        return;
    }
    if !exchange.wfile.has_left() || !exchange.rfile.promise_end() {
        exchange.close_connection = true;
        exchange.say_close();
    }
}

/// `run_cgi()`.
///
/// # Errors
///
/// The client has gone, or sends content that can't be read.
pub fn run_cgi<H: CgiHttpRequestHandler>(handler: &mut H, info: &CgiInfo) -> Result<()> {
    let Some(script) = script::find(handler, info)? else {
        return Ok(());
    };
    if handler.exchange().expects_continue && !base::handle_expect_100(handler)? {
        return Ok(());
    }
    let Some((input, length)) = content::take(handler)? else {
        return Ok(());
    };
    let environment = handler.meta_variables(&script, length);
    let content_left = match input {
        Input::Content(length) => length,
        _ => 0,
    };
    let child = match handler.exchange().spawn(&script.file, &environment, input) {
        Ok(child) => child,
        Err(error) => {
            return script::refuse(handler, &script.quoted(), error).map(|_: Option<()>| ());
        }
    };
    let mut running = Running {
        child,
        script,
        content_left,
    };
    match answer(handler, &mut running) {
        Ok(None) => Ok(()),
        Ok(Some(path)) => {
            drop(running);
            go_to(handler, &path)
        }
        Err(fault) => fail(handler, &running, fault),
    }
}

/// Answers with a script's output. Returns the path to go to instead, if that
/// is what it says.
fn answer<H: CgiHttpRequestHandler>(
    handler: &mut H,
    running: &mut Running,
) -> Result<Option<String>, Fault> {
    if running.script.is_nph {
        return nph::pass_through(handler, running).map(|()| None);
    }
    let (head, rest) = head::read(handler, running)?;
    if let Some(path) = head.local_redirect() {
        running.discard()?;
        running.wait(handler)?;
        return Ok(Some(path.to_owned()));
    }
    document::send(handler, running, &head, rest).map(|()| None)
}

/// A local redirect: the request is answered as if it had been a GET of that
/// path, without content.
fn go_to<H: CgiHttpRequestHandler>(handler: &mut H, path: &str) -> Result<()> {
    let exchange = handler.exchange();
    if exchange.local_redirects >= MAX_LOCAL_REDIRECTS {
        let line = format!("CGI scripts redirect more than {MAX_LOCAL_REDIRECTS} times");
        handler.log_error(&line);
        return handler.send_error(HttpStatus::BAD_GATEWAY, None, None);
    }
    exchange.local_redirects += 1;
    exchange.path = format!("/{}", path.trim_start_matches('/'));
    if exchange.command != "HEAD" {
        exchange.command.replace_range(.., "GET");
    }
    for name in ["Content-Length", "Content-Type", "Transfer-Encoding"] {
        exchange.headers.remove(name);
    }
    handler.dispatch()
}

/// Ends a request whose script failed: with an error reply, or, once an answer
/// has begun, with the connection, so that it can't be taken for whole.
fn fail<H: CgiHttpRequestHandler>(handler: &mut H, running: &Running, fault: Fault) -> Result<()> {
    let (code, reason) = match fault {
        Fault::Request(error) => return Err(error),
        Fault::Process(ProcessError::TimedOut) => (
            HttpStatus::GATEWAY_TIMEOUT,
            ProcessError::TimedOut.to_string(),
        ),
        Fault::Process(error) => (HttpStatus::BAD_GATEWAY, error.to_string()),
        Fault::Head(error) => (HttpStatus::BAD_GATEWAY, error.to_string()),
    };
    running.log(handler, &reason);
    let exchange = handler.exchange();
    exchange.close_connection |= running.content_left > 0;
    if exchange.wfile.is_begun() {
        exchange.close_connection = true;
        return Ok(());
    }
    handler.send_error(code, None, None)
}
