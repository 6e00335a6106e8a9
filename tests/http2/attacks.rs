//! What attackers of HTTP/2 send. Each time others are served before, during and after,
//! by the one thread that there is.

use super::{run, tree};
use crate::support::eventually;
use crate::support::guests::component;
use crate::support::server::Server;
use crate::support::tree::{MEGABYTE, Tree};

fn server(tree: &Tree, args: &[&str]) -> Server {
    let server = Server::builder().directory(tree);
    server.args(["--threads=1"]).args(args).start()
}

/// Sends what `attack` makes of a peer and a number, again and again, until the server
/// ends the connection with that code.
fn floods(server: &Server, attack: &str, code: &str) {
    let script = format!(
        r#"
import os
others_are_served()
def attack(peer, number):
{attack}
peer = Peer()
equal("a request before", peer.get(1).status, 200)
peer.socket.settimeout(0)
def drain():
    try:
        while True:
            peer.frame()
    except BlockingIOError:
        pass
try:
    for turn in range(300):
        data = b"".join(attack(peer, turn * 200 + number) for number in range(200))
        while data:
            try:
                data = data[peer.socket.send(data):]
            except BlockingIOError:
                drain()
            except (BrokenPipeError, ConnectionResetError):
                raise Gone(peer.last_words()) from None
        drain()
        if turn % 10 == 0:
            others_are_served()
    raise AssertionError("it goes on and on")
except Gone as gone:
    # Who sends on and on may not be left with the last words.
    equal("the end", gone.code, {code}, None)
others_are_served()
"#
    );
    run(server, &script);
}

#[test]
fn floods_of_what_asks_for_nothing_end_the_connection() {
    let tree = tree();
    let server = server(&tree, &[]);
    for attack in [
        r#"    return PingFrame(0, b"12345678").serialize()"#,
        r#"    return SettingsFrame(0, settings={4: 65535 + number % 2}).serialize()"#,
        r#"    return PriorityFrame(7, depends_on=0, stream_weight=1).serialize()"#,
        r#"    return WindowUpdateFrame(0, window_increment=1).serialize()"#,
        r#"    return b"\0\0\0\x63\0\0\0\0\0""#,
        r#"    return DataFrame(3, b"").serialize() if number else HeadersFrame(3, peer.block(method="POST"), flags=["END_HEADERS"]).serialize()"#,
        r#"    return ContinuationFrame(3, b"").serialize() if number else HeadersFrame(3, peer.block()[:2]).serialize()"#,
    ] {
        floods(&server, attack, "ENHANCE_YOUR_CALM");
    }
}

/// CVE-2023-44487: requests are begun, and taken back at once.
#[test]
fn rapid_reset_ends_the_connection() {
    let tree = tree();
    let server = server(&tree, &[]);
    let attack = r#"
    request = HeadersFrame(3 + 2 * number, peer.block(path="/"), flags=["END_HEADERS", "END_STREAM"])
    return request.serialize() + RstStreamFrame(3 + 2 * number, error_code=CANCEL).serialize()"#;
    floods(&server, attack, "ENHANCE_YOUR_CALM");
    // The same slowly enough that each is begun.
    run(
        &server,
        r#"
peer = Peer()
try:
    for number in range(2000):
        stream = 1 + 2 * number
        peer.request(stream, path="/10m.bin")
        while (frame := peer.frame()).stream_id != stream or not isinstance(frame, HeadersFrame):
            pass
        peer.send(RstStreamFrame(stream, error_code=CANCEL))
    raise AssertionError("it goes on and on")
except Gone as gone:
    equal("the end", gone.code, ENHANCE_YOUR_CALM, None)
others_are_served()
"#,
    );
}

/// CVE-2025-8671: the server is made to reset streams itself.
#[test]
fn streams_that_the_server_is_made_to_reset_end_the_connection() {
    let tree = tree();
    let server = server(&tree, &[]);
    let attack = r#"
    stream = 3 + 2 * number
    request = HeadersFrame(stream, peer.block(path="/"), flags=["END_HEADERS"])
    return request.serialize() + WindowUpdateFrame(stream, window_increment=2**31 - 1).serialize()"#;
    floods(&server, attack, "ENHANCE_YOUR_CALM");
    let attack = r#"
    block = peer.block(("connection", "close"))
    return HeadersFrame(3 + 2 * number, block, flags=["END_HEADERS", "END_STREAM"]).serialize()"#;
    floods(&server, attack, "ENHANCE_YOUR_CALM");
}

/// A browser's user leaves a page: that is no attack.
#[test]
fn a_hundred_requests_may_be_taken_back_at_once() {
    let tree = tree();
    let server = server(&tree, &[]);
    run(
        &server,
        r#"
peer = Peer()
for stream in range(1, 201, 2):
    peer.request(stream, path="/10m.bin")
seen = set()
while len(seen) < 100:
    frame = peer.frame()
    if isinstance(frame, HeadersFrame):
        seen.add(frame.stream_id)
for stream in range(1, 201, 2):
    peer.send(RstStreamFrame(stream, error_code=CANCEL))
peer.send(WindowUpdateFrame(0, window_increment=65535))
equal("another request", peer.get(201).content, b"hello, world\n")
"#,
    );
}

#[test]
fn more_streams_than_allowed_are_refused() {
    let tree = tree();
    let server = server(&tree, &[]);
    run(
        &server,
        r#"
peer = Peer(settings={4: 0})
for stream in range(1, 241, 2):
    peer.request(stream, path="/1k.bin")
refused = set()
while len(refused) < 20:
    frame = peer.frame()
    if isinstance(frame, RstStreamFrame):
        equal("a stream too many", frame.error_code, REFUSED_STREAM)
        refused.add(frame.stream_id)
equal("those refused", refused, set(range(201, 241, 2)))
peer.send(SettingsFrame(0, settings={4: 65535}))
done = set()
while len(done) < 100:
    frame = peer.frame()
    if isinstance(frame, DataFrame) and "END_STREAM" in frame.flags:
        done.add(frame.stream_id)
        peer.send(WindowUpdateFrame(0, window_increment=1024))
"#,
    );
}

/// What a few bytes of HPACK stand for can be large.
#[test]
fn bombs_of_hpack_cost_no_memory() {
    let tree = tree();
    let server = server(&tree, &[]);
    run(&server, "others_are_served()");
    let before = server.peak_kib();
    for acknowledge in ["True", "False"] {
        run(
            &server,
            &format!(
                r#"
for value in (b"a" * 3900, b""):
    peer = Peer(acknowledge={acknowledge})
    equal("a request before", peer.get(1).status, 200)
    # An entry of the dynamic table, and thousands of references to it.
    name = b"x-bomb"
    entry = b"\x40" + bytes([len(name)]) + name + hpack.hpack.encode_integer(len(value), 7) + value
    try:
        for stream in range(3, 203, 2):
            block = peer.block() + entry + b"\xbe" * 100_000
            parts = [block[at:at + 16384] for at in range(0, len(block), 16384)]
            peer.send(HeadersFrame(stream, parts[0], flags=["END_STREAM"]))
            for part in parts[1:-1]:
                peer.send(ContinuationFrame(stream, part))
            peer.send(ContinuationFrame(stream, parts[-1], flags=["END_HEADERS"]))
            others_are_served()
    except Gone:
        pass
    others_are_served()
"#
            ),
        );
    }
    let grown = server.peak_kib().saturating_sub(before);
    assert!(grown < 96 * 1024, "{grown} KiB more");
}

/// A thousand streams that nobody reads, on ten connections.
#[test]
fn streams_that_nobody_reads_cost_little_and_hold_no_instance() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 64 * MEGABYTE);
    let limits = [
        "--max-instances=4",
        "--request-timeout=3600",
        "--queue-timeout=20",
    ];
    let server = server(&tree, &limits);
    run(&server, "others_are_served()");
    let before = server.resident_kib();
    for window in ["0", "2**24"] {
        run(
            &server,
            &format!(
                r#"
peers = []
for _ in range(10):
    peer = Peer(settings={{4: {window}}})
    peers.append(peer)
    for stream in range(1, 201, 2):
        peer.request(stream, path="/big.bin")
for peer in peers:
    heads = set()
    while len(heads) < 100:
        frame = peer.frame()
        if isinstance(frame, HeadersFrame):
            equal("status", dict(frame.fields)[":status"], "200")
            heads.add(frame.stream_id)
# All four instances are free for others.
for _ in range(8):
    others_are_served()
"#
            ),
        );
    }
    let grown = server.peak_kib().saturating_sub(before);
    assert!(grown < 64 * 1024, "{grown} KiB more");
    eventually("all is closed", || server.open_files() < 40);
}

/// Of what is kept for all clients, one that has many requests waits for its part.
#[test]
fn many_requests_wait_for_room_and_are_all_answered() {
    let tree = tree();
    let server = server(&tree, &["--buffer-memory=1", "--queue-timeout=20"]);
    run(
        &server,
        r#"
def all_are_answered():
    peer = Peer()
    for stream in range(1, 81, 2):
        peer.request(stream, path="/100k.bin")
    done, received = set(), 0
    while len(done) < 40:
        frame = peer.frame()
        if isinstance(frame, GoAwayFrame):
            raise Gone(frame.error_code)
        if isinstance(frame, RstStreamFrame):
            raise Gone(None)
        if isinstance(frame, DataFrame):
            received += len(frame.data)
            if frame.data:
                more = [WindowUpdateFrame(at, window_increment=len(frame.data)) for at in (0, frame.stream_id)]
                peer.send(*more[:1] if "END_STREAM" in frame.flags else more)
            if "END_STREAM" in frame.flags:
                done.add(frame.stream_id)
    equal("all of it", received, 40 * 100 * 1024)

# Who takes nothing for a while gives way, as on a machine that is busy elsewhere.
for attempt in range(20):
    try:
        all_are_answered()
        break
    except Gone as gone:
        equal("a client that was too slow", gone.code, NO_ERROR, None)
else:
    raise AssertionError("none was ever fast enough")
others_are_served()
"#,
    );
}

/// Handlers at work for one client leave some for others, however few its connections.
#[test]
fn one_connection_does_not_take_all_instances() {
    let server = Server::builder()
        .args([
            "--threads=1",
            "--max-instances=8",
            "--max-requests-per-client=4",
        ])
        .args([
            "--request-timeout=3600",
            "--queue-timeout=0.2",
            "--component",
        ])
        .args([component("hostile_handler")])
        .start();
    run(
        &server,
        r#"
peer = Peer()
for stream in range(1, 41, 2):
    peer.request(stream, path="/hold")
busy = 0
while busy < 16:
    frame = peer.frame()
    if isinstance(frame, HeadersFrame):
        busy += dict(frame.fields)[":status"] == "503"
other = socket.create_connection(("127.0.0.1", PORT), timeout=PATIENCE, source_address=("127.0.0.2", 0))
other.sendall(b"GET /ok HTTP/1.1\r\nHost: a\r\n\r\n")
assert other.recv(1000).startswith(b"HTTP/1.1 200"), "another client"
"#,
    );
}
