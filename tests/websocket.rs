//! Connections that leave HTTP: `guest/examples/websocket`, driven by a client of the
//! protocol and by Chromium, in clear and encrypted.

use crate::support::certificates::Certificates;
use crate::support::chromium::Browser;
use crate::support::eventually;
use crate::support::guests::example;
use crate::support::server::{Builder, Server};
use crate::support::tree::Tree;
use rustix::process::Signal;
use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use tungstenite::protocol::Role;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Bytes, Error, Message, WebSocket};

/// An example of RFC 6455 section 1.3, with what answers it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPTED: &str = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

fn builder() -> Builder {
    Server::builder().args([OsStr::new("--component"), example("websocket").as_os_str()])
}

/// The same with a room for the chat.
fn with_room(tree: &Tree) -> Builder {
    tree.directory("room");
    let mut grant = OsString::from(tree.path("room"));
    grant.push("::/room:rw");
    builder().args([OsStr::new("--dir"), &grant])
}

fn request(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: keep-alive, Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    )
}

/// A WebSocket. What `first` has is sent with the request.
#[track_caller]
fn open(server: &Server, path: &str, first: &[u8]) -> WebSocket<TcpStream> {
    let mut stream = TcpStream::connect(server.address).unwrap();
    let patience = Some(Duration::from_secs(60));
    stream.set_read_timeout(patience).unwrap();
    stream
        .write_all(&[request(path).as_bytes(), first].concat())
        .unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(head.contains(ACCEPTED), "{head}");
    assert!(!head.to_lowercase().contains("connection: close"), "{head}");
    WebSocket::from_raw_socket(stream, Role::Client, None)
}

/// What the client is told next, but whether it is there.
#[track_caller]
fn hear(socket: &mut WebSocket<TcpStream>) -> Message {
    // It is asked three times a minute.
    for _ in 0..3 {
        match socket.read().unwrap() {
            Message::Ping(_) => {}
            message => return message,
        }
    }
    panic!("it is told nothing");
}

/// How the server ends a connection.
#[track_caller]
fn close_code(socket: &mut WebSocket<TcpStream>) -> CloseCode {
    loop {
        match socket.read() {
            Ok(Message::Close(frame)) => return frame.unwrap().code,
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn messages_come_back() {
    let server = builder().start();
    let mut socket = open(&server, "/echo", &[]);
    for message in [
        Message::text("h\u{e9}llo"),
        Message::text(""),
        Message::binary(vec![0xff; 60_000]),
    ] {
        socket.send(message.clone()).unwrap();
        assert_eq!(hear(&mut socket), message);
    }
    socket
        .send(Message::Ping(Bytes::from_static(b"?")))
        .unwrap();
    assert_eq!(hear(&mut socket), Message::Pong(Bytes::from_static(b"?")));
    socket.close(None).unwrap();
    assert!(matches!(socket.read(), Ok(Message::Close(_))));
    assert!(matches!(socket.read(), Err(Error::ConnectionClosed)));
    server.wait_for_log(|line| line.contains("\"GET /echo HTTP/1.1\" 101 "));
}

/// A frame of text, masked with zeros (RFC 6455 section 5.2).
#[test]
fn what_comes_with_the_request_is_not_lost() {
    let server = builder().start();
    let mut socket = open(&server, "/echo", b"\x81\x85\0\0\0\0early");
    assert_eq!(hear(&mut socket), Message::text("early"));
}

#[test]
fn what_is_too_long_or_no_frame_is_told_so() {
    let server = builder().start();
    let mut socket = open(&server, "/echo", &[]);
    socket.send(Message::binary(vec![0; 70_000])).unwrap();
    assert_eq!(close_code(&mut socket), CloseCode::Size);
    let mut socket = open(&server, "/echo", &[]);
    // A frame of an operation that there is none of.
    socket
        .get_mut()
        .write_all(&[0x83, 0x80, 0, 0, 0, 0])
        .unwrap();
    assert_eq!(close_code(&mut socket), CloseCode::Protocol);
}

#[test]
fn a_stopping_server_says_goodbye() {
    let mut server = builder().start();
    let mut socket = open(&server, "/echo", &[]);
    socket.send(Message::text("there?")).unwrap();
    hear(&mut socket);
    server.signal(Signal::TERM);
    assert_eq!(close_code(&mut socket), CloseCode::Away);
    assert!(server.wait().success());
}

#[test]
fn who_says_nothing_is_closed() {
    let server = builder().args(["--idle-timeout", "1s"]).start();
    let mut socket = open(&server, "/echo", &[]);
    assert_eq!(close_code(&mut socket), CloseCode::Away);
}

/// Each open one keeps an instance, and gives way to a request.
#[test]
fn quiet_ones_give_way_to_others() {
    let server = builder()
        .args(["--max-instances", "1", "--max-requests-per-client", "1"])
        .start();
    let mut socket = open(&server, "/echo", &[]);
    socket.send(Message::text("there?")).unwrap();
    hear(&mut socket);
    assert_eq!(server.get("/").status, 200);
    assert_eq!(close_code(&mut socket), CloseCode::Away);
}

#[test]
fn open_ones_outlive_a_swap() {
    let server = builder().start();
    let mut socket = open(&server, "/echo", &[]);
    server.signal(Signal::HUP);
    server.wait_for_log(|line| line.contains("loaded"));
    socket.send(Message::text("still")).unwrap();
    assert_eq!(hear(&mut socket), Message::text("still"));
}

#[test]
fn what_asks_for_something_else_is_refused() {
    let server = builder().start();
    let response = server.get("/echo");
    assert_eq!(response.status, 426);
    assert_eq!(response.required("Upgrade"), "websocket");
    let old = request("/echo").replace("HTTP/1.1", "HTTP/1.0");
    assert_eq!(server.exchange(old).status, 426);
    let other = request("/echo").replace("Upgrade: websocket", "Upgrade: h2c");
    assert_eq!(server.exchange(other).status, 426);
    let older = request("/echo").replace("Version: 13", "Version: 8");
    assert_eq!(server.exchange(older).status, 400);
    let foreign = request("/echo").replace("\r\n\r\n", "\r\nOrigin: http://evil.test\r\n\r\n");
    assert_eq!(server.exchange(foreign).status, 403);
}

#[test]
fn what_one_says_all_hear() {
    let tree = Tree::empty();
    let server = with_room(&tree).start();
    let mut sockets = [open(&server, "/chat", &[]), open(&server, "/chat", &[])];
    sockets[0].send(Message::text("one")).unwrap();
    for socket in &mut sockets {
        assert_eq!(hear(socket), Message::text("one"));
    }
    sockets[1].send(Message::text("two\r\nlines")).unwrap();
    for socket in &mut sockets {
        assert_eq!(hear(socket), Message::text("twolines"));
    }
}

/// Opens the page at this address, and chats.
fn chat_in_a_browser(mut browser: Browser, url: &str) {
    browser.navigate(url);
    let said = |browser: &mut Browser, element: &str| {
        let text = browser.evaluate(&format!("document.getElementById('{element}').innerText"));
        text.as_str().unwrap_or_default().to_owned()
    };
    eventually("the page is connected", || {
        said(&mut browser, "state") == "Connected"
    });
    browser.evaluate(
        "document.querySelector('input').value = '<b>hello</b>';
         document.querySelector('button').click()",
    );
    eventually("the page shows it", || {
        said(&mut browser, "messages") == "<b>hello</b>"
    });
    let errors = browser.errors();
    assert!(
        errors.iter().all(|it| it.to_string().contains("favicon")),
        "{errors:#?}"
    );
}

#[test]
fn a_browser_chats() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let tree = Tree::empty();
    let server = with_room(&tree).start();
    chat_in_a_browser(browser, &server.url("/"));
}

#[test]
fn a_browser_chats_by_tls() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    browser.trust_any_certificate();
    let tree = Tree::empty();
    let certificates = Certificates::new();
    let pair = certificates.issue("server", &["localhost"]);
    let server = with_room(&tree).args(pair.args()).start();
    chat_in_a_browser(browser, &format!("https://localhost:{}/", server.port()));
}
