//! A client that says what a test has it say, byte by byte.

use crate::house::House;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long a test waits before it is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn connect(house: &House) -> Self {
        let stream = TcpStream::connect(house.address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        Self(BufReader::new(stream))
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0
            .get_mut()
            .write_all(bytes.as_ref())
            .expect("it takes bytes");
    }

    /// A response that says its length: all of it.
    pub(crate) fn response(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = self.0.read_line(&mut head).expect("a line of a head");
            assert!(read > 0, "the connection ends in a head: {head:?}");
        }
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse().ok())?
        });
        let mut content = vec![0; length.expect("a length")];
        self.0.read_exact(&mut content).expect("its content");
        head + &String::from_utf8_lossy(&content)
    }

    /// All until the connection ends.
    pub(crate) fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).expect("an end");
        String::from_utf8_lossy(&rest).into_owned()
    }
}

/// The response to one request, on a connection of its own.
pub(crate) fn ask(house: &House, line: &str, host: &str) -> String {
    let mut client = Client::connect(house);
    client.send(format!(
        "{line}\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    ));
    client.rest()
}
