//! Clients that are slow, whose scripts wait for them without being cut; and clients
//! that stop.

use super::hostile::{FOREVER, assert_hello, begun, request, upload};
use crate::support::client::Client;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::Server;
use crate::support::tree::{MEGABYTE, pattern};

/// Far more than sockets hold.
const MUCH: usize = 20 * MEGABYTE;

/// How often a slow client pauses: for longer in all than scripts may take, and so seldom
/// that a busy machine may take most of a second over what happens in between.
const PAUSES: usize = 16;

/// What it takes or sends in between: so little that the script, which gets a small part
/// of a busy processor, spends hardly any time of its own on it; and so much that the
/// server notices, whatever the system keeps of what it has sent.
const LITTLE: usize = MEGABYTE / 2;

fn scripts() -> Scripts {
    let scripts = Scripts::new();
    scripts.sh("much", &format!("{PLAIN}; head -c {MUCH} /dev/zero"));
    scripts.sh("endless", &format!("{PLAIN}; cat /dev/zero"));
    scripts.sh("counts", &format!("count=$(wc -c); {PLAIN}; echo $count"));
    scripts
}

/// Lets time pass, by the clock of another server than the one that is looked at.
struct Pace {
    server: Server,
    _scripts: Scripts,
}

impl Pace {
    fn new() -> Self {
        let scripts = Scripts::new();
        scripts.sh("sleeps", &format!("exec {FOREVER}"));
        Self {
            server: scripts.serve_with(&["--cgi-timeout", "1"]),
            _scripts: scripts,
        }
    }

    fn pass(&self) {
        assert_eq!(self.server.get("/cgi-bin/sleeps").status, 504);
    }
}

/// In all, each takes longer than scripts may.
#[test]
fn a_client_that_is_slow_gets_and_sends_all() {
    let scripts = scripts();
    let pace = Pace::new();
    let server = scripts.serve_with(&["--cgi-timeout", "12"]);
    let mut download = request(&server, "/cgi-bin/much");
    let mut sending = server.connect();
    sending.send(upload("/cgi-bin/counts", PAUSES * LITTLE));
    let mut waiting = server.connect();
    waiting.send(upload("/cgi-bin/counts", PAUSES));
    for _ in 0..PAUSES {
        download.read_some(LITTLE);
        sending.send(pattern(LITTLE));
        waiting.send("x");
        pace.pass();
    }
    let uploaded = (PAUSES * LITTLE).to_string();
    assert_eq!(sending.response().text().trim(), uploaded);
    assert_eq!(waiting.response().text().trim(), PAUSES.to_string());
    // What was read before is forgotten, and what is left has its end.
    let rest = read_to_last_chunk(&mut download);
    assert!(rest > MUCH - 2 * PAUSES * LITTLE, "{rest}");
    scripts.expect_nothing_left(&server);
}

/// How much comes until there is the last chunk.
fn read_to_last_chunk(client: &mut Client) -> usize {
    client.wait_for("\r\n0\r\n\r\n");
    client.buffered().len()
}

/// It holds no script for longer than scripts may take, however that waits.
#[test]
fn a_client_that_stops_ends_its_script() {
    let scripts = scripts();
    let server = scripts.serve_with(&["--cgi-timeout", "500ms"]);
    let mut reading = begun(&server, "/cgi-bin/much", MEGABYTE);
    let mut sending = server.connect();
    sending.send(upload("/cgi-bin/counts", 10 * MEGABYTE));
    sending.send(pattern(MEGABYTE));
    assert_eq!(sending.response().status, 504);
    scripts.expect_nothing_left(&server);
    // It still holds its connection, and has no more than a part.
    let received = reading.rest();
    assert!(!received.ends_with(b"\r\n0\r\n\r\n"));
    assert_hello(&server);
}

/// A place is nobody's for longer than scripts may take, if others want it: slow
/// clients can't keep all others from scripts.
#[test]
fn a_slow_client_gives_way_to_whoever_waits_for_a_place() {
    let scripts = scripts();
    let pace = Pace::new();
    let server = scripts.serve_with(&[
        "--cgi-max",
        "1",
        "--cgi-timeout",
        "4",
        "--queue-timeout",
        "15",
    ]);
    let mut slow = request(&server, "/cgi-bin/endless");
    slow.read_some(MEGABYTE);
    // So little at once that the script has hardly any time of its own.
    let slow = std::thread::spawn(move || {
        while slow.try_read_some(2 * MEGABYTE).is_ok() {
            pace.pass();
        }
        slow.rest()
    });
    for _ in 0..2 {
        assert_eq!(server.get("/cgi-bin/hello.sh").text(), "hello\n");
    }
    let rest = slow.join().unwrap();
    assert!(!rest.ends_with(b"\r\n0\r\n\r\n"));
    scripts.expect_nothing_left(&server);
}
