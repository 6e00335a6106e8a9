//! The end of a request, whatever its handler did: an answer if it gave none,
//! the content that it didn't read, the log.

use crate::status::HttpStatus;
use crate::transport::{AccessEntry, Level};
use crate::{BaseHttpRequestHandler, Error, Exchange, Result};

/// The most content that is read and forgotten, so that a connection can be
/// kept whose handler didn't read it.
const MAX_DRAINED: u64 = 256 * 1024;

/// Brings a request to its end, whatever the handler did.
pub(super) fn conclude<H: BaseHttpRequestHandler>(
    handler: &mut H,
    answered: Result<()>,
) -> Result<()> {
    if let Err(error) = answered {
        let error = error.unwrapped();
        let begun = handler.exchange().wfile.is_begun();
        // What a handler says this way, it could have said by `send_error`.
        let chosen = matches!(error, Error::Status { .. }) && !begun;
        handler.exchange().close_connection |= !chosen;
        match error {
            Error::Closed => return Err(error),
            Error::Status { code, message } if chosen => {
                handler.exchange().head.clear();
                let message = Some(message.as_str()).filter(|message| !message.is_empty());
                handler.send_error(code, message, None)?;
            }
            Error::Incomplete => {
                let exchange = handler.exchange();
                exchange.link.borrow_mut().rewind();
                exchange.idle = true;
                return Ok(());
            }
            _ => answer_error(handler, &error)?,
        }
    }
    if !handler.exchange().head.is_empty() {
        handler.flush_headers()?;
    }
    let exchange = handler.exchange();
    if !is_complete(exchange) || exchange.expects_continue {
        exchange.close_connection = true;
    }
    // Else it leaves with the wait for the next request, or with the connection's
    // end.
    let drains = !exchange.close_connection && !exchange.rfile.is_finished();
    if exchange.logged.is_some() || drains {
        match exchange.send_gathered() {
            Err(Error::File(_)) => exchange.close_connection = true,
            sent => sent?,
        }
    }
    if !exchange.close_connection && !exchange.rfile.drain(MAX_DRAINED) {
        exchange.close_connection = true;
    }
    log_entry(handler);
    Ok(())
}

/// Whether the client can tell where the response ends, but by the connection's
/// close.
fn is_complete(exchange: &Exchange) -> bool {
    if !exchange.response_has_content() {
        return exchange.wfile.is_begun();
    }
    if exchange.wfile.is_short() {
        let requestline = &exchange.requestline;
        let line = format!("{requestline}: the response is shorter than its Content-Length");
        exchange.link.borrow().transport.log(Level::Error, &line);
        return false;
    }
    let says = &exchange.head_says;
    exchange.wfile.is_begun() && (says.transfer_encoding || says.content_length.is_some())
}

/// Answers a request whose handler gave up, if nothing was sent of a response.
#[cold]
fn answer_error<H: BaseHttpRequestHandler>(handler: &mut H, error: &Error) -> Result<()> {
    let status = match error {
        Error::TimedOut => HttpStatus::REQUEST_TIMEOUT,
        Error::HeadTooLarge => HttpStatus::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Error::BadContent(_) => HttpStatus::BAD_REQUEST,
        _ => HttpStatus::INTERNAL_SERVER_ERROR,
    };
    let exchange = handler.exchange();
    let begun = exchange.wfile.is_begun();
    exchange.head.clear();
    if status == HttpStatus::INTERNAL_SERVER_ERROR {
        exchange.report(error);
    }
    if begun {
        return Ok(());
    }
    let message = (status == HttpStatus::BAD_REQUEST).then(|| error.to_string());
    handler.send_error(status, message.as_deref(), None)?;
    handler.exchange().close_connection = true;
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
