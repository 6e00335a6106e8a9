//! Requests that are none (RFC 9113 section 8.1.1): each costs its stream, and the next
//! on the same connection is answered.

use super::{run, tree};
use crate::support::server::Server;

#[test]
fn a_malformed_request_costs_its_stream_and_not_the_connection() {
    let tree = tree();
    let server = Server::serving(&tree);
    run(
        &server,
        r#"
peer = Peer()
stream = 1
ok = [(":method", "GET"), (":scheme", "http"), (":path", "/hello.txt"), (":authority", "test")]
without = lambda name: [field for field in ok if field[0] != name]
with_ = lambda name, value: [(n, value if n == name else v) for n, v in ok]
for what, fields, wanted in [
    ("no method", without(":method"), "reset"),
    ("no path", without(":path"), "reset"),
    ("no scheme", without(":scheme"), "reset"),
    ("an empty path", with_(":path", ""), "reset"),
    ("a path without a slash", with_(":path", "hello.txt"), "reset"),
    ("an asterisk", with_(":path", "*"), "refused"),
    ("a space in the path", with_(":path", "/a b"), "reset"),
    ("a line in the path", with_(":path", "/a\r\nX: y"), "reset"),
    ("a status", ok + [(":status", "200")], "reset"),
    ("two methods", [(":method", "GET")] + ok, "reset"),
    ("two paths", [(":path", "/")] + ok, "reset"),
    ("two authorities", [(":authority", "test")] + ok, "reset"),
    ("a pseudo-field behind a field", [("a", "b")] + ok, "reset"),
    ("an authority with a space", with_(":authority", "a b"), "reset"),
    ("an authority with a user", with_(":authority", "user@test"), "refused"),
    ("another Host", ok + [("host", "other")], "refused"),
    ("two Hosts", ok + [("host", "test"), ("host", "test")], "refused"),
    ("no host at all", without(":authority"), "refused"),
    ("an empty Host", without(":authority") + [("host", "")], "answered"),
    ("only Host", without(":authority") + [("host", "test")], "answered"),
    ("Host in other letters", ok + [("host", "TEST")], "answered"),
    ("Connection", ok + [("connection", "close")], "reset"),
    ("Keep-Alive", ok + [("keep-alive", "5")], "reset"),
    ("Proxy-Connection", ok + [("proxy-connection", "close")], "reset"),
    ("Transfer-Encoding", ok + [("transfer-encoding", "chunked")], "reset"),
    ("Upgrade", ok + [("upgrade", "h2c")], "reset"),
    ("TE", ok + [("te", "gzip")], "reset"),
    ("TE of trailers", ok + [("te", "trailers")], "answered"),
    ("a space before a value", ok + [("x", " a")], "refused"),
    ("a space behind a value", ok + [("x", "a ")], "refused"),
    ("a length and no content", ok + [("content-length", "5")], "reset"),
    ("a length that is none", ok + [("content-length", "+0")], "reset"),
    ("two lengths", ok + [("content-length", "0"), ("content-length", "1")], "reset"),
    ("the same length twice", ok + [("content-length", "0"), ("content-length", "0")], "answered"),
    ("a hundred fields more", ok + [(f"x-{n}", "") for n in range(101)], "too large"),
    ("a long field", ok + [("x", "a" * 70000)], "too large"),
    ("a path too long", with_(":path", "/" + "a" * 70000), "reset"),
    ("CONNECT", [(":method", "CONNECT"), (":authority", "test:80")], "not implemented"),
]:
    block = peer.encoder.encode(fields)
    parts = [block[at:at + 16384] for at in range(0, len(block), 16384)]
    last = len(parts) - 1
    for at, part in enumerate(parts):
        flags = ["END_HEADERS"] if at == last else []
        if at == 0:
            peer.send(HeadersFrame(stream, part, flags=flags + ["END_STREAM"]))
        else:
            peer.send(ContinuationFrame(stream, part, flags=flags))
    response = peer.response(stream)
    statuses = {"refused": 400, "answered": 200, "too large": 431, "not implemented": 501}
    if wanted == "reset":
        equal(what, response.code, PROTOCOL_ERROR)
    else:
        equal(what, response.status, statuses[wanted])
        assert wanted == "answered" or response.content, f"{what}: nothing says why"
    stream += 2
    equal("after " + what, peer.get(stream).status, 200)
    stream += 2
others_are_served()
"#,
    );
}

#[test]
fn what_cannot_be_read_as_fields_ends_the_connection() {
    let tree = tree();
    let server = Server::serving(&tree);
    run(
        &server,
        r#"
ok = [(":method", "GET"), (":scheme", "http"), (":path", "/hello.txt"), (":authority", "test")]
for what, fields in [
    ("upper case", [("X-Upper", "a")]),
    ("an empty name", [("", "a")]),
    ("a space in a name", [("a b", "a")]),
    ("a line end in a value", [("x", "a\r\nSet-Cookie: b")]),
    ("a zero in a value", [("x", "a\0b")]),
    ("an unknown pseudo-field", [(":other", "a")]),
]:
    peer = Peer()
    equal("before", peer.get(1).status, 200)
    # The library writes lower case only when it is asked to.
    peer.send(HeadersFrame(3, peer.encoder.encode(ok + fields), flags=["END_HEADERS", "END_STREAM"]))
    equal(what, peer.ended(), PROTOCOL_ERROR, COMPRESSION_ERROR)
    others_are_served()
peer = Peer()
peer.send(HeadersFrame(1, b"\xff\xff\xff\xff\xff", flags=["END_HEADERS", "END_STREAM"]))
equal("no HPACK at all", peer.ended(), PROTOCOL_ERROR, COMPRESSION_ERROR)
others_are_served()
"#,
    );
}
