//! What a runner is told: a text of JSON and the compiled code, each behind its length in
//! four bytes.

use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;
use wasm_host_server::CompiledComponent;

/// The longest text, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// The most code, in bytes: as much as is made of any component.
const MAX_CODE: usize = 512 * 1024 * 1024;

/// What a runner says when it serves.
const READY: [u8; 1] = [b'r'];

/// What a runner is told.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The site's folder.
    pub(crate) tree: PathBuf,
    /// The most memory of an instance, in bytes.
    pub(crate) memory: usize,
    /// The most memory of all instances, in bytes.
    pub(crate) memory_total: usize,
    /// The longest that a request may compute.
    pub(crate) cpu_time: Duration,
    /// The most that may be logged, in bytes a second.
    pub(crate) log_rate: u64,
    #[serde(skip)]
    pub(crate) code: Vec<u8>,
}

impl Order {
    pub(crate) fn write(&self, mut runner: &UnixStream) -> io::Result<()> {
        let text = serde_json::to_vec(self)?;
        for part in [&text, &self.code] {
            let length = u32::try_from(part.len()).map_err(io::Error::other)?;
            runner.write_all(&length.to_le_bytes())?;
            runner.write_all(part)?;
        }
        Ok(())
    }

    /// Reads it, and no byte of what follows.
    pub(super) fn read(server: &UnixStream) -> io::Result<Self> {
        let text = read_part(server, MAX_TEXT)?;
        let mut order: Self = serde_json::from_slice(&text)?;
        order.code = read_part(server, MAX_CODE)?;
        Ok(order)
    }

    /// The component, which messages know by `name`: what the order has of it is taken.
    pub(super) fn take_compiled(&mut self, name: &str) -> io::Result<CompiledComponent> {
        let code = std::mem::take(&mut self.code);
        let compiled = CompiledComponent::from_bytes(name, code);
        compiled.ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

/// Tells the server that the runner serves.
pub(super) fn say_ready(mut server: &UnixStream) -> io::Result<()> {
    server.write_all(&READY)
}

/// Waits until the runner serves.
///
/// # Errors
///
/// It has ended, or takes longer than the socket's timeout.
pub(crate) fn wait_until_ready(mut runner: &UnixStream) -> io::Result<()> {
    runner.read_exact(&mut READY.clone())
}

fn read_part(mut server: &UnixStream, most: usize) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    server.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > most {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut part = vec![0; length];
    server.read_exact(&mut part)?;
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_survive_the_way_and_nothing_more_is_read() {
        let (mut server, runner) = UnixStream::pair().expect("a pair");
        let order = Order {
            tree: "/a/b".into(),
            memory: 1,
            memory_total: 2,
            cpu_time: Duration::from_millis(3),
            log_rate: 4,
            code: b"code".to_vec(),
        };
        order.write(&server).expect("it is read");
        server.write_all(b"x").expect("it is read");
        assert_eq!(Order::read(&runner).expect("an order"), order);
        let mut next = [0];
        (&runner).read_exact(&mut next).expect("a byte");
        assert_eq!(&next, b"x");
        say_ready(&runner).expect("it is read");
        wait_until_ready(&server).expect("it is ready");
        server
            .write_all(&u32::MAX.to_le_bytes())
            .expect("it is read");
        assert!(Order::read(&runner).is_err());
    }
}
