//! The handshake (RFC 6455 section 4.2): a request that asks for WebSocket is answered
//! 101, and the connection is WebSocket's from there on.

use crate::WebSockets;
use data_encoding::BASE64;
use sha1_smol::Sha1;
use tungstenite::WebSocket;
use tungstenite::protocol::{Role, WebSocketConfig};
use wasm_host_sdk::{BaseHttpRequestHandler, HttpStatus, Result, Upgraded};

/// The most bytes of a message.
const MAX_MESSAGE: usize = 64 * 1024;

/// Answers the request. None: it was refused, and that is its answer.
pub(crate) fn accept(handler: &mut WebSockets) -> Result<Option<WebSocket<Upgraded>>> {
    let exchange = handler.exchange();
    if !exchange.asks_to_upgrade("websocket") {
        handler.send_response(HttpStatus::UPGRADE_REQUIRED)?;
        handler.send_header("Connection", "upgrade")?;
        handler.send_header("Upgrade", "websocket")?;
        handler.send_header("Content-Length", 0)?;
        handler.end_headers()?;
        return Ok(None);
    }
    if !is_of_this_site(handler) {
        let why = "A page of another site may not talk to this one in its visitor's name.";
        handler.send_error(HttpStatus::FORBIDDEN, None, Some(why))?;
        return Ok(None);
    }
    let headers = &handler.exchange().headers;
    let known = headers
        .get("Sec-WebSocket-Version")
        .is_some_and(|it| it == "13");
    let key = headers.get("Sec-WebSocket-Key").filter(|_| known);
    let Some(accepted) = key.map(|key| accept_value(key.trim())) else {
        let why = "WebSocket's version is 13, and a key comes with it.";
        handler.send_error(HttpStatus::BAD_REQUEST, None, Some(why))?;
        return Ok(None);
    };
    handler.send_response(HttpStatus::SWITCHING_PROTOCOLS)?;
    handler.send_header("Connection", "upgrade")?;
    handler.send_header("Upgrade", "websocket")?;
    handler.send_header("Sec-WebSocket-Accept", accepted)?;
    handler.end_headers()?;
    let connection = handler.exchange().upgrade()?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    let socket = WebSocket::from_raw_socket(connection, Role::Server, Some(config));
    Ok(Some(socket))
}

/// The answer to a key, which proves that this server has understood it (RFC 6455 section
/// 4.2.2).
fn accept_value(key: &str) -> String {
    let mut hash = Sha1::from(key);
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    BASE64.encode(&hash.digest().bytes())
}

/// Whether the page that asks is this server's own: a browser lets any page connect
/// anywhere, and says which one it was (RFC 6455 section 10.2). Programs say nothing.
fn is_of_this_site(handler: &mut WebSockets) -> bool {
    let headers = &handler.exchange().headers;
    let Some(origin) = headers.get("Origin") else {
        return true;
    };
    let origin = origin.split_once("://").map(|(_, host)| host);
    origin.is_some() && origin == headers.get("Host").as_deref()
}

#[cfg(test)]
mod tests {
    use super::accept_value;

    /// The example of RFC 6455 section 1.3.
    #[test]
    fn a_key_is_answered_as_in_the_rfc() {
        let accepted = accept_value("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accepted, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
