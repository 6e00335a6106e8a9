//! What a runner is told: a text of JSON and the compiled code, each behind its length in
//! four bytes.

use crate::length_prefix::{read_part, write_part};
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
    /// Variables beside those that the site names itself.
    pub(crate) environment: Vec<(String, String)>,
    /// Where its code may send requests to. If it may, what sends them is handed over
    /// behind the order, as a connection.
    pub(crate) outbound: Vec<String>,
    /// Whether its code keeps values. Who keeps them is handed over after that.
    pub(crate) keeps_values: bool,
    #[serde(skip)]
    pub(crate) code: Vec<u8>,
}

impl Order {
    pub(crate) fn write(&self, runner: &UnixStream) -> io::Result<()> {
        write_part(runner, &serde_json::to_vec(self)?)?;
        write_part(runner, &self.code)
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
            environment: vec![("KEY".to_owned(), "value".to_owned())],
            outbound: vec!["example.com:443".to_owned()],
            keeps_values: true,
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
