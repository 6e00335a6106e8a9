//! Crowds of clients that keep a server waiting, and others who must not notice: what
//! waits for its client is taken back when somebody else needs it.

use crate::support::client::Client;
use crate::support::eventually;
use crate::support::guests::{component, example};
use crate::support::server::{Builder, Server};
use crate::support::tree::{MEGABYTE, Tree};
use std::net::Ipv4Addr;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// How many the crowd is: several times what there are places.
const CROWD: usize = 24;

/// How many requests others make meanwhile, each on a connection of its own.
const OTHERS: usize = 10;

/// Few places, and a request waits for one for less than the crowd is waited for.
const ARGS: &[&str] = &["--threads=1", "--max-instances=4", "--queue-timeout=20"];

/// An address that isn't the crowd's.
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

fn serve(directory: &Tree, args: &[&str]) -> Server {
    started(Server::builder().directory(directory), args)
}

fn started(builder: Builder, args: &[&str]) -> Server {
    builder
        .args(ARGS)
        .args(["--header-timeout=60", "--request-timeout=60"])
        .args(args)
        .start()
}

/// A crowd, each of which does the same, and the others.
#[track_caller]
fn others_are_served(server: &Server, ok: &str, attack: impl Fn(&mut Client)) -> Vec<Client> {
    others_are_served_beside(CROWD, server, ok, attack)
}

/// The same, with a crowd of so many.
#[track_caller]
fn others_are_served_beside(
    crowd: usize,
    server: &Server,
    ok: &str,
    attack: impl Fn(&mut Client),
) -> Vec<Client> {
    let crowd: Vec<Client> = (0..crowd)
        .map(|_| {
            let mut client = server.connect();
            attack(&mut client);
            client
        })
        .collect();
    for _ in 0..OTHERS {
        assert_eq!(server.get(ok).status, 200);
        let mut elsewhere = server.connect_from(ELSEWHERE);
        assert_eq!(elsewhere.get(ok).status, 200);
    }
    crowd
}

/// A client that has read only the head of a file too large for any buffer.
fn stuck_download(server: &Server) -> Client {
    let mut client = server.connect();
    client.send("GET /big.bin HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(client.try_response_head().unwrap().status, 200);
    client
}

/// Each is told, or cut off, but not left without a place for ever.
#[track_caller]
fn others_are_served_while_all_send(server: &Server, ok: &str, request: &str) {
    drop(others_are_served(server, ok, |client| client.send(request)));
}

#[test]
fn content_that_nobody_reads_and_that_never_comes() {
    let tree = Tree::simple();
    for isolation in ["connection", "request"] {
        let server = serve(&tree, &["--isolation", isolation]);
        for framing in ["Content-Length: 1000", "Transfer-Encoding: chunked"] {
            let request = format!("GET /hello.txt HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n");
            others_are_served_while_all_send(&server, "/hello.txt", &request);
        }
    }
}

/// A connection whose content comes in time goes on.
#[test]
fn content_that_nobody_reads_and_that_comes_later() {
    let tree = Tree::simple();
    let server = serve(&tree, &[]);
    let request = "GET /hello.txt HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n";
    let crowd = others_are_served(&server, "/hello.txt", |client| client.send(request));
    for mut client in crowd {
        assert_eq!(client.response().status, 200);
        client.send("01234");
        client.send("56789GET /missing HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_eq!(client.response().status, 404);
    }
}

/// It is dropped for as long as a head may take, and no longer.
#[test]
fn content_that_drips_for_ever_is_cut_off() {
    let tree = Tree::simple();
    let server = Server::builder()
        .directory(&tree)
        .args(["--header-timeout=0.5"])
        .start();
    let request = "GET /hello.txt HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n";
    let mut client = server.connect_and_send(request);
    assert_eq!(client.response().status, 200);
    eventually("the server hangs up", || {
        client.try_send("x").is_err() || client.hung_up_within(Duration::from_millis(50))
    });
}

#[test]
fn ranges_that_nobody_takes() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 256 * MEGABYTE);
    let server = serve(&tree, &[]);
    let request =
        "GET /big.bin HTTP/1.1\r\nHost: h\r\nRange: bytes=0-99999999,100000001-199999999\r\n\r\n";
    let crowd = others_are_served(&server, "/hello.txt", |client| client.send(request));
    for mut client in crowd {
        let head = client.try_response_head().unwrap();
        assert_eq!(head.status, 206, "nobody was cut off for it");
    }
}

#[test]
fn listings_that_nobody_takes() {
    let tree = Tree::simple();
    tree.directory("many");
    for number in 0..2_000 {
        tree.file(format!("many/{}{number}", "n".repeat(200)), "");
    }
    let server = serve(&tree, &[]);
    let request = "GET /many/ HTTP/1.1\r\nHost: h\r\n\r\n".repeat(20);
    // Each of them has several made before its buffers are full, which takes time: so
    // there are just more than places.
    let crowd = others_are_served_beside(CROWD / 3, &server, "/hello.txt", |client| {
        client.send(&request);
    });
    drop(crowd);
}

#[test]
fn heads_that_drip() {
    let tree = Tree::simple();
    let server = serve(&tree, &[]);
    let (over, is_over) = mpsc::channel::<()>();
    let mut crowd: Vec<Client> = (0..CROWD).map(|_| server.connect()).collect();
    for client in &mut crowd {
        client.send("GET /hello.txt HTTP/1.1\r\nHost: h\r\nX: ");
    }
    std::thread::scope(|scope| {
        let dripping = scope.spawn(move || {
            let pause = Duration::from_millis(50);
            while is_over.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                for client in &mut crowd {
                    let _ = client.try_send("y");
                }
            }
            crowd
        });
        for _ in 0..OTHERS {
            assert_eq!(server.get("/hello.txt").status, 200);
        }
        drop(over);
        // Who ends its head is answered.
        for mut client in dripping.join().unwrap() {
            client.send("\r\n\r\n");
            assert_eq!(client.response().status, 200);
        }
    });
}

#[test]
fn forms_that_never_come() {
    let server = started(
        Server::builder().args(["--component".as_ref(), example("echo").as_os_str()]),
        &[],
    );
    for framing in ["Content-Length: 1000", "Transfer-Encoding: chunked"] {
        let request = format!("POST / HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n");
        let crowd = others_are_served(&server, "/", |client| client.send(&request));
        drop(crowd);
    }
}

/// Nor is anybody cut off for it whose content comes after a while.
#[test]
fn forms_that_come_later() {
    let echo = example("echo");
    let server = started(
        Server::builder().args(["--component".as_ref(), echo.as_os_str()]),
        &[],
    );
    let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n";
    let crowd = others_are_served(&server, "/", |client| client.send(head));
    for mut client in crowd {
        client.send("01234");
        assert!(!client.hung_up_within(Duration::from_millis(1)));
        client.send("56789GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assert!(client.response().text().ends_with("\n\n0123456789"));
        assert_eq!(client.response().status, 200);
    }
}

/// Sending a little now and then isn't enough; neither is taking a little.
#[test]
fn who_is_slower_than_allowed_is_cut_off() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 256 * MEGABYTE);
    let echo = example("echo");
    let standard = component("proxy_handler");
    let args = ["--request-timeout=1", "--min-rate=1000000000"];
    for (component, target, says) in [(&echo, "/", " 408 "), (&standard, "/echo", " 200 ")] {
        let server = Server::builder()
            .args(["--component".as_ref(), component.as_os_str()])
            .args(args)
            .start();
        let mut client = server.connect();
        client.send(format!(
            "POST {target} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"
        ));
        eventually("the server hangs up", || {
            let _ = client.try_send("x");
            client.hung_up_within(Duration::from_millis(20))
        });
        let answer = String::from_utf8_lossy(client.buffered()).into_owned();
        assert!(
            answer.contains(says) && !answer.contains("0\r\n\r\n"),
            "{answer:?}"
        );
    }
    let server = Server::builder().directory(&tree).args(args).start();
    let mut client = server.connect();
    client.send("GET /big.bin HTTP/1.1\r\nHost: h\r\n\r\n");
    eventually("the server hangs up", || {
        client.try_read_some(MEGABYTE / 4).is_err()
            || client.hung_up_within(Duration::from_millis(20))
    });
}

#[test]
fn content_that_never_comes_to_a_standard_component() {
    for name in ["proxy_handler", "service_handler"] {
        let component = component(name);
        let server = started(
            Server::builder().args(["--component".as_ref(), component.as_os_str()]),
            &[],
        );
        let request = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nx";
        others_are_served_while_all_send(&server, "/ok", request);
    }
}

/// Places among the connections, too.
#[test]
fn connections_that_say_nothing() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 256 * MEGABYTE);
    let proxy = component("proxy_handler");
    let args = ["--max-connections=8", "--idle-timeout=60"];
    let files = serve(&tree, &args);
    let standard = started(
        Server::builder().args(["--component".as_ref(), proxy.as_os_str()]),
        &args,
    );
    for (server, ok) in [(&files, "/hello.txt"), (&standard, "/ok")] {
        let silent = others_are_served(server, ok, |_| {});
        let half = others_are_served(server, ok, |client| {
            let _ = client.try_send("GET / HTTP/1.1\r\nHo");
        });
        let idle = others_are_served(server, ok, |client| {
            let _ = client.try_send(format!("GET {ok} HTTP/1.1\r\nHost: h\r\n\r\n"));
        });
        drop((silent, half, idle));
    }
}

/// Others may have as many as that, too.
#[test]
fn a_client_has_so_many_connections_and_no_more() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 256 * MEGABYTE);
    let server = serve(&tree, &["--max-connections-per-client=2"]);
    let ok = "GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n";
    let mut downloads: Vec<Client> = (0..2).map(|_| stuck_download(&server)).collect();
    // What goes on isn't cut off for a new one.
    let mut third = server.connect();
    let _ = third.try_send(ok);
    assert!(third.try_response(false).is_err());
    let mut elsewhere = server.connect_from(ELSEWHERE);
    assert_eq!(elsewhere.get("/hello.txt").status, 200);
    let mut last = downloads.pop().unwrap();
    last.read_some(MEGABYTE);
    drop(last);
    eventually("its place is free", || {
        let mut client = server.connect();
        let _ = client.try_send(ok);
        client
            .try_response(false)
            .is_ok_and(|response| response.status == 200)
    });
}

/// Who has most makes room for others, whatever it does.
#[test]
fn downloads_of_one_client_make_room_for_another() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 256 * MEGABYTE);
    let server = serve(&tree, &["--max-connections=4"]);
    let mut downloads: Vec<Client> = (0..4).map(|_| stuck_download(&server)).collect();
    for _ in 0..3 {
        let mut elsewhere = server.connect_from(ELSEWHERE);
        assert_eq!(elsewhere.get("/hello.txt").status, 200);
    }
    // And its own go on, as far as there is room.
    let goes_on = |client: &mut Client| client.try_read_some(MEGABYTE).is_ok();
    assert!(downloads.iter_mut().any(goes_on));
}

/// A client whose handlers sleep leaves some to others.
#[test]
fn handlers_that_sleep_leave_places_to_other_clients() {
    for (name, sleep) in [("hostile_handler", "/sleep"), ("proxy_handler", "/never")] {
        let component = component(name);
        let server = started(
            Server::builder().args(["--component".as_ref(), component.as_os_str()]),
            &[],
        );
        let request = format!("GET {sleep} HTTP/1.1\r\nHost: h\r\n\r\n");
        let crowd: Vec<Client> = (0..CROWD)
            .map(|_| {
                let mut client = server.connect();
                client.send(&request);
                client
            })
            .collect();
        for _ in 0..OTHERS {
            let mut elsewhere = server.connect_from(ELSEWHERE);
            assert_eq!(elsewhere.get("/ok").status, 200, "{name}");
        }
        drop(crowd);
    }
}

/// Nor does it hold a place for long that nobody waits for any more.
#[test]
fn a_handler_that_sleeps_ends_with_its_client() {
    for (name, sleep) in [("hostile_handler", "/sleep"), ("proxy_handler", "/never")] {
        let component = component(name);
        for leave in [drop::<Client>, Client::reset] {
            let server = Server::builder()
                .args(["--component".as_ref(), component.as_os_str()])
                .args(["--max-instances=1", "--queue-timeout=0.1"])
                .start();
            let mut client = server.connect();
            client.send(format!("GET {sleep} HTTP/1.1\r\nHost: h\r\n\r\n"));
            eventually("it has the place", || server.get("/ok").status == 503);
            // It sleeps for a while, so that its client doesn't go right behind the request,
            // as one may that still wants the answer.
            assert!(!client.hung_up_within(Duration::from_millis(300)));
            leave(client);
            eventually("the place is free", || server.get("/ok").status == 200);
        }
    }
}

/// What is kept for clients is bounded for all of them together.
#[test]
fn large_heads_make_room_for_each_other() {
    let tree = Tree::simple();
    let server = serve(&tree, &["--buffer-memory=1"]);
    let head = format!(
        "GET /hello.txt HTTP/1.1\r\nHost: h\r\n{}",
        "X: y\r\n".repeat(2)
    );
    let field = format!("Y: {}", "z".repeat(60_000));
    let mut crowd: Vec<Client> = (0..40)
        .map(|_| {
            let mut client = server.connect();
            let _ = client.try_send(format!("{head}{field}"));
            client
        })
        .collect();
    for _ in 0..3 {
        let response = server.exchange(format!("{head}{field}\r\n\r\n"));
        assert_eq!(response.status, 200);
    }
    crowd.clear();
}
