//! A handler without the SDK, which misuses the connection itself, as the path
//! asks it to. It expects each request to arrive in one piece.

#[allow(warnings, clippy::all, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "wasm-host:http/handler",
        generate_all,
    });
    export!(Raw);
    use super::Raw;
}

use bindings::exports::wasm_host::http::connection_handler::{Disposition, Guest};
use bindings::wasi::filesystem::preopens::get_directories;
use bindings::wasi::filesystem::types::Descriptor;
use bindings::wasi::random::random::get_random_bytes;
use bindings::wasm_host::http::connection::{self, FileRange, MessagePart};
use bindings::wasm_host::http::files;
use bindings::wasm_host::http::logging::{Level, log};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";

/// More than any socket's buffers hold; the length of `big.bin`.
const BIG: u64 = 64 * 1024 * 1024;

/// Nearly all that the host takes of a rest.
const LONG: usize = 1024 * 1024 - 1024;

struct Raw;

impl Guest for Raw {
    fn handle() -> Disposition {
        loop {
            let Ok(Some(request)) = connection::next_request(0, &[], None) else {
                return Disposition::KeepOpen;
            };
            if path(&request.bytes) == b"/time" {
                return answer(&request.time.to_string()).unwrap_or(Disposition::Close);
            }
            if let Some(disposition) = respond(&request.bytes) {
                return disposition;
            }
        }
    }
}

/// None if the connection goes on as it should.
fn respond(request: &[u8]) -> Option<Disposition> {
    match path(request) {
        b"/ok" => {
            connection::consume(length(request)?);
            let _ = connection::write(OK);
            None
        }
        b"/who" => {
            let (client, server) = (connection::client_address(), connection::server_address());
            let encrypted = connection::encrypted();
            let (from, to) = (format!("{}:{}", client.ip, client.port), server.port);
            answer(&format!("{from} {}:{to} {encrypted}", server.ip))
        }
        b"/keep-unread" => Some(Disposition::KeepOpen),
        b"/close-unread" => Some(Disposition::Close),
        b"/consume-too-much" => {
            connection::consume(u64::MAX);
            let _ = connection::write(OK);
            None
        }
        b"/spin-next-request" => forever(|| connection::next_request(0, &[], None).is_ok()),
        b"/spin-end-request" => forever(|| connection::end_request(0, &[], None).is_ok()),
        b"/end-and-keep" => end(request, None, Disposition::KeepOpen),
        b"/end-and-close" => end(request, None, Disposition::Close),
        b"/end-and-write" => {
            end(request, None, Disposition::KeepOpen);
            let _ = connection::write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nlater\n");
            Some(Disposition::KeepOpen)
        }
        b"/end-beyond-and-keep" => end(request, beyond(), Disposition::KeepOpen),
        b"/end-beyond-and-close" => end(request, beyond(), Disposition::Close),
        b"/spin-fill-head" => forever(|| connection::fill(MessagePart::Head).is_ok()),
        b"/spin-fill-content" => forever(|| connection::fill(MessagePart::Content).is_ok()),
        b"/spin-write-nothing" => forever(|| connection::write(&[]).is_ok()),
        b"/write-on" => {
            let block = vec![b'x'; 64 * 1024];
            let _ = connection::write(b"HTTP/1.1 200 OK\r\n\r\n");
            forever(|| connection::write(&block).is_ok())
        }
        b"/flood-log" => {
            let line = "x".repeat(100);
            forever(|| {
                log(Level::Debug, &line);
                true
            })
        }
        b"/random" => forever(|| get_random_bytes(1 << 40).is_empty()),
        b"/read-much" => {
            let hello = hello()?;
            let read = hello.read(u64::MAX, 0);
            answer(&format!("{:?}", read.map(|(bytes, _)| bytes.len())))
        }
        b"/send-file-beyond" => {
            let sent = connection::send_file(OK, &hello()?, u64::MAX - 10, 5);
            answer(&format!("{sent:?}"))
        }
        b"/send-file-far-beyond" => {
            let sent = connection::send_file(OK, &hello()?, u64::MAX - 10, u64::MAX);
            answer(&format!("{sent:?}"))
        }
        b"/send-directory" => {
            let sent = connection::send_file(OK, &root()?, 0, 5);
            answer(&format!("{sent:?}"))
        }
        b"/end-by-next-request" => {
            let _ = connection::write(OK);
            next(&[], None)
        }
        b"/answer-by-next-request" => {
            let hello = range(hello()?, 7, 5);
            next(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Some(hello))
        }
        b"/rest-behind-a-download" => {
            let big = range(open(b"big.bin")?, 0, BIG);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {BIG}\r\n\r\n");
            let _ = connection::send_file(head.as_bytes(), &big.file, 0, BIG);
            next(OK, None)
        }
        b"/rest-and-directory" => {
            let begun = connection::next_request(0, OK, Some(range(root()?, 0, 5)));
            answer(&format!("{:?}", begun.map(|_| ())))
        }
        b"/rest-and-file-beyond" => {
            let begun = connection::next_request(0, OK, Some(range(hello()?, u64::MAX - 10, 5)));
            answer(&format!("{:?}", begun.map(|_| ())))
        }
        b"/nothing-but-file-beyond" => {
            let begun = connection::next_request(length(request)?, OK, beyond());
            begun.is_err().then_some(Disposition::Close)
        }
        // Were the descriptors kept, there would soon be too many of them.
        b"/rests-and-files" => {
            for _ in 0..2000 {
                let _ = connection::next_request(0, OK, Some(range(hello()?, u64::MAX, 1)));
            }
            answer("sent")
        }
        b"/long-rest" => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LONG}\r\n\r\n");
            let content = (0..LONG).map(|place| (place % 251) as u8);
            let rest: Vec<u8> = head.bytes().chain(content).collect();
            match connection::next_request(length(request)?, &rest, None) {
                Ok(Some(request)) => respond(&request.bytes),
                _ => Some(Disposition::KeepOpen),
            }
        }
        b"/huge-rest" => {
            let rest = vec![b'x'; 2 * 1024 * 1024];
            let _ = connection::next_request(u64::MAX, &rest, None);
            Some(Disposition::Close)
        }
        path if path.starts_with(b"/say/") => {
            connection::consume(length(request)?);
            let _ = connection::write(&from_hex(&path[5..]));
            None
        }
        path if path.starts_with(b"/say-and-close/") => {
            connection::consume(length(request)?);
            let _ = connection::write(&from_hex(&path[15..]));
            Some(Disposition::Close)
        }
        // Before it has read anything of the request.
        path if path.starts_with(b"/say-first/") => {
            let _ = connection::write(&from_hex(&path[11..]));
            connection::consume(length(request)?);
            None
        }
        _ => Some(Disposition::Close),
    }
}

/// Bytes that are written as hexadecimal digits.
fn from_hex(digits: &[u8]) -> Vec<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or(0) as u8;
    let pairs = digits.chunks_exact(2);
    pairs
        .map(|pair| value(pair[0]) * 16 + value(pair[1]))
        .collect()
}

/// A request's length, with what came behind it left out.
fn length(request: &[u8]) -> Option<u64> {
    let end = request.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    Some(end as u64 + 4)
}

/// Ends the request, and handles no other.
fn end(request: &[u8], file: Option<FileRange>, then: Disposition) -> Option<Disposition> {
    match connection::end_request(length(request)?, OK, file) {
        Ok(()) => Some(then),
        Err(_) => Some(Disposition::Close),
    }
}

/// What no file has.
fn beyond() -> Option<FileRange> {
    Some(range(hello()?, u64::MAX - 10, 5))
}

/// Ends the request, and answers the next.
fn next(rest: &[u8], file: Option<FileRange>) -> Option<Disposition> {
    match connection::next_request(u64::MAX, rest, file) {
        Ok(Some(request)) => respond(&request.bytes),
        _ => Some(Disposition::KeepOpen),
    }
}

fn path(request: &[u8]) -> &[u8] {
    let mut words = request.split(|&byte| byte == b' ');
    words.nth(1).unwrap_or_default()
}

/// Whatever becomes of it, again and again.
fn forever(mut act: impl FnMut() -> bool) -> ! {
    loop {
        std::hint::black_box(act());
    }
}

fn answer(body: &str) -> Option<Disposition> {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
    let _ = connection::write(head.as_bytes());
    Some(Disposition::Close)
}

fn root() -> Option<Descriptor> {
    get_directories().into_iter().next().map(|(root, _)| root)
}

fn hello() -> Option<Descriptor> {
    open(b"hello.txt")
}

fn open(path: &[u8]) -> Option<Descriptor> {
    Some(files::open(&root()?, path).ok()?.0)
}

fn range(file: Descriptor, offset: u64, length: u64) -> FileRange {
    FileRange {
        file,
        offset,
        length,
    }
}
