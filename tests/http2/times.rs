//! Each time limit of HTTP/1.1, over HTTP/2.

use super::{run, tree};
use crate::support::guests::example;
use crate::support::server::Server;
use crate::support::tree::{MEGABYTE, Tree};

/// A server with that limit, and all others far away.
fn limited(tree: &Tree, limit: &str) -> Server {
    let usual = [
        "--header-timeout=3600",
        "--idle-timeout=3600",
        "--request-timeout=3600",
    ];
    let name = limit.split('=').next().unwrap_or_default();
    let others = usual.iter().filter(|usual| !usual.starts_with(name));
    let server = Server::builder().directory(tree).args(others);
    server.args([limit, "--threads=1", "-v"]).start()
}

#[test]
fn what_comes_in_pieces_has_to_come_whole_in_time() {
    let tree = tree();
    let server = limited(&tree, "--header-timeout=1");
    run(
        &server,
        r#"
import threading
others_are_served()

def drip(what, peer, data, *codes):
    # A byte now and then, until the server has had enough.
    peer.socket.settimeout(0.05)
    for byte in data:
        try:
            peer.raw(bytes([byte]))
            while True:
                peer.frame()
        except TimeoutError:
            continue
        except Gone as gone:
            equal(what, gone.code, *codes)
            return
    raise AssertionError(f"{what}: it went on and on")

equal("nothing at all behind SETTINGS", Peer().ended(), NO_ERROR, SETTINGS_TIMEOUT)
peer = Peer(acknowledge=False)
peer.get(1)
equal("settings that aren't acknowledged", peer.ended(), SETTINGS_TIMEOUT)
peer = Peer(greet=False)
peer.raw(PREFACE)
equal("nothing behind the preface", peer.ended(), NO_ERROR, SETTINGS_TIMEOUT)

frame = HeadersFrame(1, bytes(60), flags=["END_HEADERS"]).serialize()
drip("HEADERS byte by byte", Peer(), frame, NO_ERROR, ENHANCE_YOUR_CALM, SETTINGS_TIMEOUT)
peer = Peer()
equal("a request before", peer.get(1).status, 200)
frame = HeadersFrame(3, bytes(60), flags=["END_HEADERS"]).serialize()
drip("HEADERS byte by byte, later", peer, frame, ENHANCE_YOUR_CALM)
peer = Peer()
equal("a request before", peer.get(1).status, 200)
block = hpack.Encoder().encode([(f"x-{number}", "a" * 20) for number in range(100)])
pieces = b"".join(ContinuationFrame(3, bytes([byte])).serialize() for byte in block)
drip("CONTINUATION piece by piece", peer, HeadersFrame(3, peer.block()).serialize() + pieces, ENHANCE_YOUR_CALM)
peer = Peer()
equal("a request before", peer.get(1).status, 200)
drip("a frame that nobody knows", peer, b"\0\0\x40\x63\0\0\0\0\0" + bytes(64), ENHANCE_YOUR_CALM)

# The preface itself: the end is HTTP/1.1's.
peer = Peer(greet=False)
peer.raw(PREFACE[:20])
data = peer.socket.recv(100)
assert not data or data.startswith(b"HTTP/1.1 "), data
others_are_served()
"#,
    );
}

#[test]
fn an_idle_connection_is_told_to_go() {
    let tree = tree();
    let server = limited(&tree, "--idle-timeout=0.5");
    run(
        &server,
        r#"
# The first request isn't waited for by this limit.
peer = Peer()
equal("a request", peer.get(1).status, 200)
equal("another", peer.get(3).status, 200)
equal("an idle connection", peer.ended(), NO_ERROR)
# What asks for nothing keeps nothing open.
peer = Peer()
equal("a request", peer.get(1).status, 200)
peer.socket.settimeout(0.02)
try:
    for number in range(1000):
        peer.send(PingFrame(0, b"12345678"), PriorityFrame(7, depends_on=0, stream_weight=1))
        try:
            while True:
                peer.frame()
        except TimeoutError:
            pass
    raise AssertionError("PING keeps it open")
except Gone as gone:
    equal("a connection with PING", gone.code, NO_ERROR)
others_are_served()
"#,
    );
}

#[test]
fn a_window_that_does_not_open_is_not_waited_for() {
    let tree = tree();
    let server = limited(&tree, "--request-timeout=0.5");
    run(
        &server,
        r#"
# One of two streams isn't taken; the other goes on.
peer = Peer(settings={4: 0})
peer.request(1, path="/10m.bin")
peer.request(3, path="/hello.txt")
codes = {}
while len(codes) < 2:
    frame = peer.frame()
    if isinstance(frame, RstStreamFrame):
        codes[frame.stream_id] = frame.error_code
equal("streams without a window", codes, {1: CANCEL, 3: CANCEL}, {1: INTERNAL_ERROR, 3: CANCEL})
peer.send(SettingsFrame(0, settings={4: 65535}))
equal("the connection", peer.get(5).content, b"hello, world\n")
# The connection's window is all used up, and no more is given.
peer = Peer(settings={4: 2**24})
peer.request(1, path="/10m.bin")
while not isinstance(frame := peer.frame(), RstStreamFrame):
    pass
assert frame.error_code in (CANCEL, INTERNAL_ERROR), frame
# Nothing is read from the socket.
peer = Peer(settings={4: 2**24}, receive_buffer=4096)
peer.send(WindowUpdateFrame(0, window_increment=2**24))
peer.request(1, path="/10m.bin")
for _ in range(1000):
    try:
        others_are_served()
        peer.raw(PingFrame(0, b"12345678").serialize())
    except Gone:
        break
else:
    raise AssertionError("it goes on and on")
others_are_served()
"#,
    );
    let cut = |line: &str| line.contains("timed out, as the client took nothing");
    server.wait_for_log(cut);
}

#[test]
fn who_takes_a_byte_now_and_then_is_cut_off() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 64 * MEGABYTE);
    let server = Server::builder()
        .directory(&tree)
        .args(["--request-timeout=1", "--min-rate=1000", "--threads=1"])
        .start();
    run(
        &server,
        r#"
peer = Peer(settings={4: 0})
peer.request(1, path="/big.bin")
peer.socket.settimeout(0.02)
for _ in range(1000):
    try:
        frame = peer.frame()
        if isinstance(frame, RstStreamFrame):
            break
    except TimeoutError:
        peer.send(WindowUpdateFrame(1, window_increment=1))
else:
    raise AssertionError("it goes on and on")
assert frame.error_code in (CANCEL, INTERNAL_ERROR), frame
equal("the connection", peer.goaway, None)
"#,
    );
}

#[test]
fn content_that_stops_or_drips_is_not_waited_for() {
    let server = Server::builder()
        .args(["--request-timeout=1", "--min-rate=1000", "--threads=1"])
        .args(["--component"])
        .args([example("echo")])
        .start();
    run(
        &server,
        r#"
def post(peer, stream):
    peer.request(stream, ("content-length", "100000"), method="POST", end=False)

peer = Peer()
post(peer, 1)
found = peer.response(1)
assert found.status == 408 or found.code, found
post(peer, 3)
peer.send(*[DataFrame(3, b"x" * 10000)] * 5)
found = peer.response(3)
assert found.status == 408 or found.code, found
post(peer, 5)
peer.socket.settimeout(0.02)
for _ in range(1000):
    try:
        peer.send(DataFrame(5, b"x"))
        frame = peer.frame()
        if isinstance(frame, RstStreamFrame) or "END_STREAM" in frame.flags:
            break
    except TimeoutError:
        pass
else:
    raise AssertionError("it goes on and on")
peer.socket.settimeout(PATIENCE)
peer.request(7, method="GET")
equal("another request", peer.response(7).status, 200)
# A frame of content in pieces holds up all others.
post(peer, 9)
peer.raw(DataFrame(9, b"x" * 10000).serialize()[:5000])
equal("half a frame", peer.ended(), ENHANCE_YOUR_CALM)
"#,
    );
}
