//! Content both ways, its trailers, and what comes before an answer.

use super::run;
use crate::support::guests::example;
use crate::support::server::Server;

fn echo(args: &[&str]) -> Server {
    let server = Server::builder().args(args).args(["--component"]);
    server.args([example("echo")]).start()
}

#[test]
fn content_arrives_however_it_is_sent() {
    for args in [
        &[][..],
        &["--isolation", "connection"],
        &["--max-instances", "1"],
    ] {
        run(&echo(args), CONTENT);
    }
}

const CONTENT: &str = r#"
def post(peer, stream, pieces, *fields, trailers=None):
    peer.request(stream, *fields, method="POST", path="/a?b", end=False)
    for at, piece in enumerate(pieces):
        last = at == len(pieces) - 1 and trailers is None
        peer.send(DataFrame(stream, piece, flags=["END_STREAM"] if last else []))
    if trailers is not None:
        block = peer.encoder.encode(trailers)
        peer.send(HeadersFrame(stream, block, flags=["END_HEADERS", "END_STREAM"]))
    return peer.response(stream)

peer = Peer()
answer = post(peer, 1, [b"hel", b"lo"])
head, content = answer.content.split(b"\n\n", 1)
equal("content without a length", content, b"hello")
lines = head.split(b"\n")
equal("the request line", lines[0], b"POST /a?b HTTP/1.1")
equal("the host", lines[1], b"Host: test")
assert b"transfer-encoding: chunked" in lines, lines
answer = post(peer, 3, [b"hel", b"lo"], ("content-length", "5"))
head, content = answer.content.split(b"\n\n", 1)
equal("content with a length", content, b"hello")
assert b"content-length: 5" in head and b"chunked" not in head, head
equal("the answer's length", int(answer.fields["content-length"]), len(answer.content))
answer = post(peer, 5, [b"", b"x", b"", b""])
equal("empty pieces", answer.content.split(b"\n\n", 1)[1], b"x")
answer = post(peer, 7, [b"x"], trailers=[("x-sum", "1")])
equal("content with trailers", answer.content.split(b"\n\n", 1)[1], b"x")
answer = post(peer, 9, [b"x"], ("content-length", "1"), trailers=[("x-sum", "1")])
equal("a length and trailers", answer.content.split(b"\n\n", 1)[1], b"x")

# Cookies in pieces, and what is for one connection.
peer.request(11, ("cookie", "a=1"), ("x", "1"), ("cookie", "b=2"), ("te", "trailers"), ("x", "2"))
lines = peer.response(11).content.split(b"\n")
assert b"cookie: a=1; b=2" in lines and b"x: 1" in lines and b"x: 2" in lines, lines
assert not any(line.startswith(b"te:") for line in lines), lines

# Nothing to say with POST, and HEAD.
peer.request(13, method="POST")
assert b"\ncontent-length: 0\n" in peer.response(13).content
peer.request(15, method="HEAD")
answer = peer.response(15)
equal("an answer to HEAD", answer.content, b"")
assert int(answer.fields["content-length"]) > 0

# 100 (Continue) comes before the content.
peer.request(17, ("expect", "100-continue"), ("content-length", "2"), method="POST", end=False)
while True:
    frame = peer.frame()
    if isinstance(frame, HeadersFrame) and frame.stream_id == 17:
        equal("an interim answer", dict(frame.fields)[":status"], "100")
        break
peer.send(DataFrame(17, b"ok", flags=["END_STREAM"]))
assert peer.response(17).content.endswith(b"\n\nok")

# More than all windows, and back.
size, sent, received, room, all_room = 3_000_000, 0, 0, 65535, 65535
peer = Peer(settings={4: 2**24})
peer.send(WindowUpdateFrame(0, window_increment=2**24))
peer.request(1, method="POST", end=False)
while True:
    while sent < size and min(room, all_room) > 0:
        count = min(16384, room, all_room, size - sent)
        sent, room, all_room = sent + count, room - count, all_room - count
        peer.send(DataFrame(1, bytes([sent % 251]) * count, flags=["END_STREAM"] if sent == size else []))
    frame = peer.frame()
    assert not isinstance(frame, RstStreamFrame), frame
    if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
        peer.send(SettingsFrame(0, flags=["ACK"]))
    if isinstance(frame, WindowUpdateFrame):
        if frame.stream_id: room += frame.window_increment
        else: all_room += frame.window_increment
    if isinstance(frame, DataFrame):
        received += len(frame.data)
        if "END_STREAM" in frame.flags: break
assert received > size, received

# Many at once, and one that is taken back among them.
peer = Peer()
for stream in range(1, 101, 2):
    peer.request(stream, method="POST", end=False)
peer.send(RstStreamFrame(51, error_code=CANCEL))
for stream in range(1, 101, 2):
    if stream != 51:
        peer.send(DataFrame(stream, b"%d" % stream, flags=["END_STREAM"]))
waiting = {stream for stream in range(1, 101, 2) if stream != 51}
while waiting:
    frame = peer.frame()
    assert not isinstance(frame, RstStreamFrame), frame
    if isinstance(frame, DataFrame) and "END_STREAM" in frame.flags:
        waiting.remove(frame.stream_id)
"#;
