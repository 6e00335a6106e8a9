//! An echo: each message comes back.

use std::io::ErrorKind;
use std::time::Duration;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Bytes, Error, Message, WebSocket};
use wasm_host_sdk::{Result, Upgraded};

/// How long a client may be quiet before it is asked whether it is there: the host closes
/// a connection on which nothing comes for a minute.
const QUIET: Duration = Duration::from_secs(20);

/// Answers until the client closes, or the host does.
pub(crate) fn run(mut socket: WebSocket<Upgraded>) -> Result<()> {
    socket.get_mut().set_read_timeout(Some(QUIET));
    loop {
        let sent = match socket.read() {
            Ok(message) if message.is_text() || message.is_binary() => socket.send(message),
            Ok(_) => Ok(()),
            Err(error) if has_waited(&error) => socket.send(Message::Ping(Bytes::new())),
            Err(error) => return end(&mut socket, &error),
        };
        if let Err(error) = sent {
            return end(&mut socket, &error);
        }
    }
}

/// Whether nothing has come for the time that was set.
pub(crate) fn has_waited(error: &Error) -> bool {
    matches!(error, Error::Io(error) if error.kind() == ErrorKind::WouldBlock)
}

/// Says goodbye, if there is somebody to say it to.
pub(crate) fn end(socket: &mut WebSocket<Upgraded>, why: &Error) -> Result<()> {
    let code = match why {
        Error::ConnectionClosed | Error::AlreadyClosed => return Ok(()),
        Error::Io(_) => CloseCode::Away,
        Error::Capacity(_) => CloseCode::Size,
        Error::Utf8(_) => CloseCode::Invalid,
        _ => CloseCode::Protocol,
    };
    let reason = "".into();
    // The client may have gone; there is nobody left to tell.
    let _ = socket.close(Some(CloseFrame { code, reason }));
    let _ = socket.flush();
    Ok(())
}
