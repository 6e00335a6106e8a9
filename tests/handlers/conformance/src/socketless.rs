//! `SocketlessRequestHandler`, whose attributes a client can look at with ECHO.

use serde_json::json;
use std::io::Write;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result, base};

/// One page for every GET, and the request itself for ECHO.
pub struct Socketless(Exchange);

impl BaseHttpRequestHandler for Socketless {
    as_in_cpython!("HTTP/0.9");

    fn dispatch(&mut self) -> Result<()> {
        dispatch(self)
    }

    fn do_get(&mut self) -> Result<()> {
        do_get(self)
    }
}

/// ECHO, and what every handler has.
pub(crate) fn dispatch<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    match handler.exchange().command.as_str() {
        "ECHO" => do_echo(handler),
        _ => base::dispatch(handler),
    }
}

pub(crate) fn do_get<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    handler.send_response(HttpStatus::OK)?;
    handler.send_header("Content-Type", "text/html")?;
    handler.end_headers()?;
    let wfile = &mut handler.exchange().wfile;
    Ok(wfile.write_all(b"<html><body>Data</body></html>\r\n")?)
}

/// The attributes that CPython's tests read from the handler object.
fn do_echo<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<()> {
    let exchange = handler.exchange();
    let headers: Vec<_> = exchange.headers.items().collect();
    let attributes = json!({
        "requestline": exchange.requestline,
        "command": exchange.command,
        "path": exchange.path,
        "request_version": exchange.request_version,
        "headers": headers,
    });
    let body = attributes.to_string();
    handler.send_response(HttpStatus::OK)?;
    handler.send_header("Content-Type", "application/json")?;
    handler.send_header("Content-Length", body.len())?;
    handler.send_header("Connection", "close")?;
    handler.end_headers()?;
    Ok(handler.exchange().wfile.write_all(body.as_bytes())?)
}
