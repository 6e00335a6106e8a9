//! A chat: what one says, all others read.

use crate::echo::{end, has_waited};
use crate::room::Room;
use std::time::{Duration, Instant};
use tungstenite::{Bytes, Message, WebSocket};
use wasm_host_sdk::{Result, Upgraded};

/// How often it is looked whether others have said something.
const GLANCE: Duration = Duration::from_millis(100);

/// How long a client may be quiet before it is asked whether it is there.
const QUIET: Duration = Duration::from_secs(20);

/// Takes what the client says to the room, and what is said there after the first `seen`
/// bytes to the client, until it closes, or the host does.
pub(crate) fn run(mut socket: WebSocket<Upgraded>, room: &Room, mut seen: u64) -> Result<()> {
    socket.get_mut().set_read_timeout(Some(GLANCE));
    let mut asked = Instant::now();
    loop {
        match socket.read() {
            Ok(Message::Text(text)) => room.say(&text)?,
            Ok(_) => {}
            Err(error) if has_waited(&error) => {}
            Err(error) => return end(&mut socket, &error),
        }
        for line in room.said_since(&mut seen)? {
            if let Err(error) = socket.send(Message::text(line)) {
                return end(&mut socket, &error);
            }
        }
        if asked.elapsed() > QUIET {
            asked = Instant::now();
            if let Err(error) = socket.send(Message::Ping(Bytes::new())) {
                return end(&mut socket, &error);
            }
        }
    }
}
