//! The end of a request, whatever its handler did: an answer if it gave none,
//! the content that it didn't read, the log.

use crate::exchange::HeadSays;
use crate::status::HttpStatus;
use crate::transport::{AccessEntry, Level};
use crate::{BaseHttpRequestHandler, Error, Exchange, Result};

/// Brings a request to its end, whatever the handler did.
pub(super) fn conclude<H: BaseHttpRequestHandler>(
    handler: &mut H,
    answered: Result<()>,
) -> Result<()> {
    match answered.and_then(|()| end_forgotten_head(handler)) {
        Ok(()) => handler.exchange().wfile.end_content(),
        Err(error) => match error.unwrapped() {
            error @ Error::Closed => return Err(error),
            Error::Incomplete => {
                let exchange = handler.exchange();
                exchange.link.borrow_mut().rewind();
                exchange.idle = true;
                return Ok(());
            }
            error => answer_error(handler, error)?,
        },
    }
    let exchange = handler.exchange();
    exchange.close_connection |=
        !is_complete(exchange) || exchange.expects_continue || !exchange.rfile.is_soon_over();
    if exchange.close_connection {
        exchange.say_close();
    }
    // Else it leaves with the wait for the next request, or with the connection's
    // end, also where an entry is logged: what that says is known by now.
    if !exchange.close_connection && exchange.rfile.must_be_read() {
        match exchange.send_gathered() {
            Err(Error::File(_)) => exchange.close_connection = true,
            sent => sent?,
        }
    }
    if !exchange.close_connection && !exchange.rfile.drain() {
        exchange.close_connection = true;
    }
    log_entry(handler);
    Ok(())
}

/// Ends a head that the handler began.
fn end_forgotten_head<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    if handler.exchange().head.is_empty() {
        return Ok(());
    }
    handler.end_headers()
}

/// Whether the client can tell where the response ends, but by the connection's
/// close.
fn is_complete(exchange: &Exchange) -> bool {
    let wfile = &exchange.wfile;
    if wfile.is_ended() {
        return true;
    }
    let says = &exchange.head_says;
    if !exchange.response_has_content() {
        // A client waits for some content of this one (RFC 9110 section 15.3.6).
        let reset = says.status == Some(HttpStatus::RESET_CONTENT);
        return wfile.is_begun() && (!reset || says.content_length == Some(0));
    }
    if wfile.is_short() {
        let requestline = &exchange.requestline;
        let line = format!("{requestline}: the response is shorter than its Content-Length");
        exchange.link.borrow().transport.log(Level::Error, &line);
        return false;
    }
    wfile.is_begun() && says.says_end()
}

/// Answers a request whose handler gave up, if nothing has left of a response.
#[cold]
fn answer_error<H: BaseHttpRequestHandler>(handler: &mut H, error: Error) -> Result<()> {
    let status = match error {
        Error::TimedOut => HttpStatus::REQUEST_TIMEOUT,
        Error::HeadTooLarge => HttpStatus::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Error::BadContent(_) => HttpStatus::BAD_REQUEST,
        Error::Status { code, .. } => code,
        _ => HttpStatus::INTERNAL_SERVER_ERROR,
    };
    let exchange = handler.exchange();
    // What was announced and written stands.
    let can_answer = !exchange.wfile.is_whole() && exchange.wfile.take_back();
    exchange.head.clear();
    exchange.head_says = HeadSays::default();
    // What a handler says this way, it could have said by `send_error`.
    let chosen = matches!(error, Error::Status { .. }) && can_answer;
    exchange.close_connection |= !chosen;
    let message = match error {
        Error::Status { message, .. } if chosen => Some(message).filter(|text| !text.is_empty()),
        Error::BadContent(_) => Some(error.to_string()),
        Error::TimedOut | Error::HeadTooLarge => None,
        error => {
            exchange.report(&error);
            None
        }
    };
    if !can_answer {
        return Ok(());
    }
    handler.send_error(status, message.as_deref(), None)?;
    handler.exchange().close_connection |= !chosen;
    handler.exchange().wfile.end_content();
    Ok(())
}

/// Logs the request for a server whose owner chose a format that needs all of
/// it.
fn log_entry<H: BaseHttpRequestHandler>(handler: &mut H) {
    let exchange = handler.exchange();
    let Some(status) = exchange.logged else {
        return;
    };
    let referer = exchange.headers.get("Referer");
    let user_agent = exchange.headers.get("User-Agent");
    exchange.link.borrow().transport.log_access(AccessEntry {
        user: exchange.user.as_deref(),
        request_line: &exchange.requestline,
        status: status.code(),
        size: exchange.wfile.written(),
        referer: referer.as_deref(),
        user_agent: user_agent.as_deref(),
    });
}
