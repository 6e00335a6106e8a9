//! Servers that aren't there, or aren't ours.

use super::scene::{folder, of, order, server, try_deploy};
use crate::api::tests::stage::Stage;
use crate::client::Failure;
use crate::token::Token;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

/// Answers each connection so, and notes what it was asked.
fn stranger(answer: &'static str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let note = asked.clone();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut piece = [0; 64 * 1024];
            let length = client.read(&mut piece).unwrap_or(0);
            note.lock()
                .unwrap()
                .push(String::from_utf8_lossy(&piece[..length]).into_owned());
            let _ = client.write_all(answer.as_bytes());
        }
    });
    (address, asked)
}

fn failure(address: SocketAddr) -> String {
    let token = Token::generate().unwrap();
    let site = folder(&[("a", b"a")]);
    let failure = try_deploy(
        &server(address, &token),
        &order(site.path()),
        &Arc::default(),
    );
    failure.unwrap_err().to_string()
}

#[test]
fn a_server_that_is_not_there_is_told_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = failure(address);
    assert!(
        error.starts_with(&format!("cannot reach http://{address}: ")),
        "{error}"
    );
    assert!(
        error.contains("start it there by `wasm-host preview`"),
        "{error}"
    );
}

#[test]
fn a_wrong_token_says_how_to_give_the_right_one() {
    let stage = Stage::new();
    let wrong = Token::generate().unwrap();
    let site = folder(&[("a", b"a")]);
    let error = try_deploy(
        &server(stage.address, &wrong),
        &order(site.path()),
        &Arc::default(),
    )
    .unwrap_err();
    assert!(matches!(error, Failure::Token { .. }));
    let error = error.to_string();
    assert!(
        error.contains("--token-file") && error.contains("WASM_HOST_TOKEN"),
        "{error}"
    );
    assert!(try_deploy(&of(&stage), &order(site.path()), &Arc::default()).is_ok());
}

#[test]
fn another_servers_page_is_no_answer() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>",
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\u{1b}[2J\r\nContent-Length: 3\r\n\r\n<p>",
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>",
    ] {
        let error = failure(stranger(answer).0);
        assert!(
            !error.contains('\u{1b}') && error.lines().count() == 1,
            "{error:?}"
        );
    }
    let error = failure(stranger("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").0);
    assert!(
        error.contains("doesn't answer as a wasm-host preview server does: 404 Not Found"),
        "{error}"
    );
}

/// Whoever stands between could have the token sent elsewhere.
#[test]
fn a_redirect_is_not_followed() {
    let (elsewhere, asked) = stranger("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let to = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{elsewhere}/api/v1/\r\nContent-Length: 0\r\n\r\n"
    );
    let error = failure(stranger(to.leak()).0);
    assert!(
        error.contains("307 Temporary Redirect to http://"),
        "{error}"
    );
    assert!(asked.lock().unwrap().is_empty());
}

#[test]
fn what_a_server_says_can_not_move_the_cursor() {
    let said = "{\"error\":\"no\\u001b[2J\\nmore\"}";
    let answer = format!(
        "HTTP/1.1 422 No\r\nContent-Length: {}\r\n\r\n{said}",
        said.len()
    );
    let error = failure(stranger(answer.leak()).0);
    assert_eq!(error, "the server refuses it: no\\u{1b}[2J\\nmore");
}

#[test]
fn an_endless_answer_ends() {
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", " ".repeat(70_000_000));
    let error = failure(stranger(endless.leak()).0);
    assert!(error.contains("length limit exceeded"), "{error}");
}
