//! A small client, to look at answers before their speed is measured.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Turns a hang into a failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// A response with its body as the server meant it.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Whether the server takes another request on this connection.
    pub(crate) persists: bool,
    fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// A field's value; names are compared without regard to case.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(written, _)| written.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// A connection that persists.
#[derive(Debug)]
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        // As small as a head is: thousands of these are held at once.
        let stream = BufReader::with_capacity(1024, stream);
        Ok(Self { stream })
    }

    /// `GET target` with extra field lines, and its response.
    pub(crate) fn get(&mut self, target: &str, fields: &[String]) -> io::Result<Response> {
        let mut request = format!("GET {target} HTTP/1.1\r\nHost: bench\r\n");
        for field in fields {
            request.push_str(field);
            request.push_str("\r\n");
        }
        request.push_str("\r\n");
        self.stream.get_ref().write_all(request.as_bytes())?;
        let mut response = self.response()?;
        // Some servers do as they are asked without saying so.
        let close = |field: &String| field.eq_ignore_ascii_case("Connection: close");
        response.persists &= !fields.iter().any(close);
        Ok(response)
    }

    fn response(&mut self) -> io::Result<Response> {
        let line = self.line()?;
        let mut words = line.split(' ');
        let status = words.nth(1).and_then(|word| word.parse().ok());
        let status = status.ok_or_else(|| wrong(format!("status line {line:?}")))?;
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let field = line.split_once(':');
            let (name, value) = field.ok_or_else(|| wrong(format!("field line {line:?}")))?;
            fields.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut response = Response {
            status,
            persists: line.starts_with("HTTP/1.1 "),
            fields,
            body: Vec::new(),
        };
        if let Some(option) = response.field("Connection") {
            response.persists = option.eq_ignore_ascii_case("keep-alive");
        }
        response.body = self.body(&response)?;
        Ok(response)
    }

    /// RFC 9112 section 6.3, for responses to GET.
    fn body(&mut self, head: &Response) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if matches!(head.status, 204 | 304) {
            return Ok(body);
        }
        if head.field("Transfer-Encoding").is_some() {
            while self.chunk(&mut body)? {}
        } else if let Some(length) = head.field("Content-Length") {
            let length = length.parse().map_err(|_| wrong("Content-Length"))?;
            self.exactly(length, &mut body)?;
        } else {
            self.stream.read_to_end(&mut body)?;
        }
        Ok(body)
    }

    fn chunk(&mut self, body: &mut Vec<u8>) -> io::Result<bool> {
        let line = self.line()?;
        let size = u64::from_str_radix(line.trim(), 16).map_err(|_| wrong("chunk size"))?;
        self.exactly(size, body)?;
        self.line()?;
        Ok(size > 0)
    }

    fn exactly(&mut self, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
        let read = self.stream.by_ref().take(length).read_to_end(body)?;
        if read as u64 == length {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}

fn wrong(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

#[cfg(test)]
mod tests {
    /// static-web-server closes as it was asked to, without a word.
    #[test]
    fn what_was_asked_to_close_does_not_persist() {
        use super::Client;
        use std::io::Write;
        use std::net::TcpListener;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        for (fields, persists) in [
            (vec![], true),
            (vec!["Connection: close".to_owned()], false),
        ] {
            let mut client = Client::connect(address).unwrap();
            let (mut server, _) = listener.accept().unwrap();
            server
                .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
                .unwrap();
            assert_eq!(client.get("/", &fields).unwrap().persists, persists);
        }
    }
}
