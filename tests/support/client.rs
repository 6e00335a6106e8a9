//! A client that sends exactly the bytes it is told to.

use super::PATIENCE;
pub(crate) use super::response::Response;
use rustix::net::sockopt::set_socket_linger;
use rustix::net::{AddressFamily, SocketType};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

/// A connection. Every read has a time limit, so that no test hangs.
pub(crate) struct Client {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Client {
    #[track_caller]
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address).unwrap_or_else(|error| panic!("connect to {address}: {error}"))
    }

    pub(crate) fn try_connect(address: SocketAddr) -> io::Result<Self> {
        Self::over(TcpStream::connect_timeout(&address, PATIENCE)?)
    }

    /// Another client, as the server sees it: one of that address.
    #[track_caller]
    pub(crate) fn connect_from(from: Ipv4Addr, address: SocketAddr) -> Self {
        let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None);
        let socket = socket.expect("there are sockets");
        rustix::net::bind(&socket, &SocketAddr::from((from, 0))).expect("all of 127/8 is here");
        rustix::net::connect(&socket, &address).expect("the server listens");
        Self::over(socket.into()).expect("its options can be set")
    }

    /// A client of a Unix socket.
    #[track_caller]
    pub(crate) fn connect_unix(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        Self::try_connect_unix(path)
            .unwrap_or_else(|error| panic!("connect to {}: {error}", path.display()))
    }

    pub(crate) fn try_connect_unix(path: impl AsRef<Path>) -> io::Result<Self> {
        // A socket is a socket: nothing that is done with this one is TCP's alone.
        let socket = OwnedFd::from(UnixStream::connect(path)?);
        Self::with_timeouts(socket.into())
    }

    fn over(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Self::with_timeouts(stream)
    }

    fn with_timeouts(stream: TcpStream) -> io::Result<Self> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            received: Vec::new(),
        })
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).expect("the server reads");
    }

    /// Like [`Client::send`], where the server may have hung up already.
    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    /// Sends from a thread of its own what is too large for all buffers, while
    /// the answer is read. The server may hang up.
    pub(crate) fn send_in_background(&self, bytes: Vec<u8>) -> JoinHandle<io::Result<()>> {
        let mut stream = self.stream.try_clone().expect("a socket can be cloned");
        std::thread::spawn(move || stream.write_all(&bytes))
    }

    /// Half-close: nothing more will be sent, answers are still read.
    pub(crate) fn finish_sending(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Whether the server has closed its side, or all of it, as the system has it:
    /// a client that doesn't read what came before can't see that (Linux).
    pub(crate) fn is_no_longer_sent_to(&self) -> bool {
        let port = |address: io::Result<SocketAddr>| address.expect("it is connected").port();
        let server = format!(":{:04X}", port(self.stream.peer_addr()));
        let client = format!(":{:04X}", port(self.stream.local_addr()));
        let sockets = std::fs::read_to_string("/proc/net/tcp").expect("the system says");
        // A number, the local address, the other, and the state, of which 01 is
        // ESTABLISHED.
        let still_sent_to = |line: &str| {
            let mut columns = line.split_whitespace().skip(1);
            let mut ends_in = |port: &str| columns.next().is_some_and(|end| end.ends_with(port));
            ends_in(&server) && ends_in(&client) && columns.next() == Some("01")
        };
        !sockets.lines().any(still_sent_to)
    }

    /// Hangs up with RST instead of FIN.
    pub(crate) fn reset(self) {
        set_socket_linger(&self.stream, Some(Duration::ZERO)).expect("SO_LINGER can be set");
    }

    /// The next response, interim or final, to anything but HEAD.
    #[track_caller]
    pub(crate) fn response(&mut self) -> Response {
        self.try_response(false)
            .unwrap_or_else(|error| panic!("no response: {error}"))
    }

    /// The next response to HEAD.
    #[track_caller]
    pub(crate) fn response_to_head(&mut self) -> Response {
        self.try_response(true)
            .unwrap_or_else(|error| panic!("no response: {error}"))
    }

    /// The next response that isn't 1xx.
    #[track_caller]
    pub(crate) fn final_response(&mut self, to_head: bool) -> Response {
        loop {
            let response = self.try_response(to_head);
            let response = response.unwrap_or_else(|error| panic!("no response: {error}"));
            if response.status >= 200 {
                return response;
            }
        }
    }

    /// The next response; `UnexpectedEof` if the connection closes short of it.
    pub(crate) fn try_response(&mut self, to_head: bool) -> io::Result<Response> {
        let mut response = self.try_response_head()?;
        if !(to_head || matches!(response.status, 100..200 | 204 | 304)) {
            response.body = self.read_body(&response)?;
        }
        Ok(response)
    }

    /// Only the head; the body stays to be read.
    pub(crate) fn try_response_head(&mut self) -> io::Result<Response> {
        let end = self.read_until(b"\r\n\r\n")?;
        let head: Vec<u8> = self.received.drain(..end + 4).take(end).collect();
        Response::parse_head(&head)
    }

    /// Everything until the server closes, and how it closed.
    pub(crate) fn read_to_close(&mut self) -> (Vec<u8>, io::Result<()>) {
        let end = loop {
            match self.receive() {
                Ok(0) => break Ok(()),
                Ok(_) => {}
                Err(error) => break Err(error),
            }
        };
        (std::mem::take(&mut self.received), end)
    }

    /// Everything until the server closes, cleanly or with a reset.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let (bytes, end) = self.read_to_close();
        if let Err(error) = end {
            let hung_up = [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
            assert!(hung_up.contains(&error.kind()), "still open: {error}");
        }
        bytes
    }

    /// The server closes, and has nothing more to say.
    #[track_caller]
    pub(crate) fn expect_closed(&mut self) {
        let rest = self.rest();
        assert!(
            rest.is_empty(),
            "more came: {:?}",
            String::from_utf8_lossy(&rest)
        );
    }

    /// Sends `request` and returns the response, the connection staying open.
    #[track_caller]
    pub(crate) fn exchange(&mut self, request: impl AsRef<[u8]>) -> Response {
        self.send(&request);
        self.final_response(request.as_ref().starts_with(b"HEAD "))
    }

    /// `GET target` as HTTP/1.1, the connection staying open.
    #[track_caller]
    pub(crate) fn get(&mut self, target: &str) -> Response {
        self.exchange(format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n"))
    }

    /// At least `length` bytes of what comes next, for a reader that then stops.
    #[track_caller]
    pub(crate) fn read_some(&mut self, length: usize) {
        self.try_read_some(length).expect("so many bytes come");
    }

    /// Like [`Client::read_some`], where the server may hang up before.
    pub(crate) fn try_read_some(&mut self, length: usize) -> io::Result<()> {
        self.read_exactly(length).map(drop)
    }

    /// Waits until `bytes` have come. They, and what came before them, stay to
    /// be read.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, bytes: impl AsRef<[u8]>) {
        self.read_until(bytes.as_ref()).expect("they come");
    }

    /// Whether the server has hung up, looking for a short while only: the
    /// pause between two bytes of a client that is slow on purpose.
    pub(crate) fn hung_up_within(&mut self, pause: Duration) -> bool {
        self.stream
            .set_read_timeout(Some(pause))
            .expect("a time above zero");
        let outcome = self.receive();
        self.stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time above zero");
        match outcome {
            Ok(count) => count == 0,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }

    /// What came and wasn't taken as a response.
    pub(crate) fn buffered(&self) -> &[u8] {
        &self.received
    }

    fn receive(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 64 * 1024];
        // A read with a timeout is interrupted when this process was stopped and goes
        // on (signal(7)).
        let count = loop {
            match self.stream.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.received.extend_from_slice(&buffer[..count]);
        Ok(count)
    }

    fn receive_more(&mut self) -> io::Result<()> {
        match self.receive()? {
            0 => Err(io::Error::new(
                ErrorKind::UnexpectedEof,
                format!(
                    "closed after {:?}",
                    String::from_utf8_lossy(&self.received[..self.received.len().min(200)])
                ),
            )),
            _ => Ok(()),
        }
    }

    fn read_until(&mut self, delimiter: &[u8]) -> io::Result<usize> {
        let mut from = 0;
        loop {
            let mut windows = self.received[from..].windows(delimiter.len());
            if let Some(position) = windows.position(|window| window == delimiter) {
                return Ok(from + position);
            }
            from = self.received.len().saturating_sub(delimiter.len() - 1);
            self.receive_more()?;
        }
    }

    fn read_exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.received.len() < length {
            self.receive_more()?;
        }
        Ok(self.received.drain(..length).collect())
    }

    /// The body that belongs to a head.
    pub(crate) fn read_body(&mut self, head: &Response) -> io::Result<Vec<u8>> {
        if head.lists("Transfer-Encoding", "chunked") {
            return self.read_chunked();
        }
        match head.field("Content-Length") {
            Some(length) => self.read_exactly(length.parse().expect("Content-Length is a number")),
            None => {
                let (body, end) = self.read_to_close();
                end.map(|()| body)
            }
        }
    }

    fn read_chunked(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = self.read_until(b"\r\n")?;
            let line = String::from_utf8_lossy(&self.read_exactly(end + 2)?).into_owned();
            let size = line.trim().split(';').next().unwrap_or_default();
            let size = usize::from_str_radix(size, 16).expect("a chunk's size is a number");
            let chunk = self.read_exactly(size + 2)?;
            body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                return Ok(body);
            }
        }
    }
}
