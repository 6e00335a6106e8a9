//! Every type of frame where it mustn't be, by RFC 9113's sections.

use super::{run, tree};
use crate::support::server::Server;

/// What becomes of it: the stream is reset, the connection ends, or nothing happens.
const TABLE: &str = r#"
def raw(kind, flags, stream, payload):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload

# What is open is sent together with what follows: so it isn't answered before.
def open_stream(peer):
    block = peer.block(("content-length", "9"), method="POST")
    return HeadersFrame(1, block, flags=["END_HEADERS"]).serialize()

def in_block(peer):
    return HeadersFrame(1, peer.block()[:3], flags=["END_STREAM"]).serialize()

def closed_stream(peer):
    equal("a request before", peer.get(1).status, 200)
    return b""

def higher_stream(peer):
    equal("a request before", peer.get(5).status, 200)
    return b""

def nothing(peer):
    return b""

ANY_END = (PROTOCOL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR, FLOW_CONTROL_ERROR, COMPRESSION_ERROR)
ends, resets, ignored = "ends", "resets", "ignored"
block = hpack.Encoder().encode([(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a")])
big = bytes(20000)
failures = []
for section, what, before, data, outcome in [
    ("3.4", "another frame before SETTINGS", None, raw(6, 0, 0, bytes(8)), ends),
    ("4.2", "a frame larger than allowed", nothing, raw(0, 0, 1, big), ends),
    ("4.2", "HEADERS larger than allowed", nothing, raw(1, 5, 1, big), ends),
    ("4.3", "a block that isn't HPACK", nothing, raw(1, 5, 1, b"\xbf\xff\xff"), ends),
    ("5.1", "DATA on an idle stream", nothing, raw(0, 0, 1, b"x"), ends),
    ("5.1", "RST_STREAM on an idle stream", nothing, raw(3, 0, 1, bytes(4)), ends),
    ("5.1", "WINDOW_UPDATE on an idle stream", nothing, raw(8, 0, 1, b"\0\0\0\1"), ends),
    ("5.1", "CONTINUATION on an idle stream", nothing, raw(9, 4, 1, block), ends),
    ("5.1", "DATA behind the end", closed_stream, raw(0, 0, 1, b"x"), resets),
    ("5.1", "HEADERS behind the end", closed_stream, raw(1, 5, 1, block), ends),
    ("5.1", "WINDOW_UPDATE behind the end", closed_stream, raw(8, 0, 1, b"\0\0\0\1"), ignored),
    ("5.1", "RST_STREAM behind the end", closed_stream, raw(3, 0, 1, bytes(4)), ignored),
    ("5.1", "PRIORITY behind the end", closed_stream, raw(2, 0, 1, bytes(5)), ignored),
    ("5.1.1", "an even stream", nothing, raw(1, 5, 2, block), ends),
    ("5.1.1", "a lower stream", higher_stream, raw(1, 5, 3, block), ends),
    ("5.5", "a frame of a type that nobody knows", nothing, raw(99, 255, 1, b"x"), ignored),
    ("5.5", "the same in mid block", in_block, raw(99, 255, 1, b"x"), ends),
    ("6.1", "DATA on stream 0", nothing, raw(0, 0, 0, b"x"), ends),
    ("6.1", "DATA with more padding than it has", open_stream, raw(0, 8, 1, b"\x09x"), ends),
    ("6.2", "HEADERS on stream 0", nothing, raw(1, 5, 0, block), ends),
    ("6.2", "HEADERS with more padding than they have", nothing, raw(1, 13, 1, b"\xff" + block), ends),
    ("6.2", "other HEADERS in mid block", in_block, raw(1, 5, 3, block), ends),
    ("6.2", "HEADERS that depend on themselves", nothing, raw(1, 37, 1, b"\0\0\0\1\0" + block), resets),
    ("6.3", "PRIORITY on stream 0", nothing, raw(2, 0, 0, bytes(5)), ends),
    ("6.3", "PRIORITY of a wrong length", nothing, raw(2, 0, 1, bytes(4)), ends),
    ("6.3", "PRIORITY of a stream to come", nothing, raw(2, 0, 7, bytes(5)), ignored),
    ("6.4", "RST_STREAM on stream 0", nothing, raw(3, 0, 0, bytes(4)), ends),
    ("6.4", "RST_STREAM of a wrong length", open_stream, raw(3, 0, 1, bytes(3)), ends),
    ("6.5", "SETTINGS on a stream", nothing, raw(4, 0, 1, b""), ends),
    ("6.5", "SETTINGS of a wrong length", nothing, raw(4, 0, 0, bytes(5)), ends),
    ("6.5", "an ACK with a payload", nothing, raw(4, 1, 0, bytes(6)), ends),
    ("6.5.2", "ENABLE_PUSH of 2", nothing, raw(4, 0, 0, b"\0\2\0\0\0\2"), ends),
    ("6.5.2", "a window beyond 2^31-1", nothing, raw(4, 0, 0, b"\0\4\xff\xff\xff\xff"), ends),
    ("6.5.2", "frames of less than 2^14", nothing, raw(4, 0, 0, b"\0\5\0\0\0\1"), ends),
    ("6.5.2", "frames of 2^24", nothing, raw(4, 0, 0, b"\0\5\1\0\0\0"), ends),
    ("6.5.2", "a setting that nobody knows", nothing, raw(4, 0, 0, b"\xaa\xaa\0\0\0\1"), ignored),
    ("6.6", "PUSH_PROMISE by a client", nothing, raw(5, 4, 1, b"\0\0\0\2" + block), ends),
    ("6.7", "PING on a stream", nothing, raw(6, 0, 1, bytes(8)), ends),
    ("6.7", "PING of a wrong length", nothing, raw(6, 0, 0, bytes(7)), ends),
    ("6.7", "an answer to no PING", nothing, raw(6, 1, 0, bytes(8)), ignored),
    ("6.8", "GOAWAY on a stream", nothing, raw(7, 0, 1, bytes(8)), ends),
    ("6.9", "WINDOW_UPDATE of a wrong length", nothing, raw(8, 0, 0, bytes(3)), ends),
    ("6.9", "WINDOW_UPDATE of 0", nothing, raw(8, 0, 0, bytes(4)), ends),
    ("6.9.1", "a window beyond 2^31-1", nothing, raw(8, 0, 0, b"\x7f\xff\xff\xff"), ends),
    ("6.9.1", "a stream's window beyond 2^31-1", open_stream, raw(8, 0, 1, b"\x7f\xff\xff\xff"), resets),
    ("6.10", "CONTINUATION of nothing", open_stream, raw(9, 4, 1, block), ends),
    ("6.10", "CONTINUATION on another stream", in_block, raw(9, 4, 3, block), ends),
    ("6.10", "DATA in mid block", in_block, raw(0, 0, 1, b"x"), ends),
    ("6.10", "PING in mid block", in_block, raw(6, 0, 0, bytes(8)), ends),
    ("8.1", "content that is too long", open_stream, raw(0, 1, 1, b"0123456789"), resets),
    ("8.1", "content that is too short", open_stream, raw(0, 1, 1, b"01234567"), resets),
    ("8.1", "trailers without an end", open_stream, raw(1, 4, 1, b""), resets),
]:
    what = f"RFC 9113 section {section}: {what}"
    peer = Peer(greet=before is not None)
    first = before(peer) if before else PREFACE
    try:
        peer.raw(first + data)
        if outcome == ignored:
            equal(what, peer.get(9).status, 200)
        elif outcome == resets:
            found = peer.response(1)
            assert found.code, f"{what}: {found}"
            equal(what, peer.get(9).status, 200)
        else:
            code = peer.ended()
            assert code in ANY_END, f"{what}: ended with {code}"
    except Gone as gone:
        if outcome != ends or gone.code not in ANY_END:
            failures.append(f"{what}: ended with {gone.code}")
    except TimeoutError:
        failures.append(f"{what}: nothing happened")
    except AssertionError as failure:
        failures.append(str(failure))
    others_are_served()
assert not failures, "\n".join(failures)
"#;

#[test]
fn frames_out_of_place_are_refused_and_others_are_served() {
    let tree = tree();
    let server = Server::serving(&tree);
    run(&server, TABLE);
}
