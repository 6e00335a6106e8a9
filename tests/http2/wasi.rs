//! Components of `wasi:http`, 0.2 and 0.3, over HTTP/2.

use super::run;
use crate::support::stage::{SHORT_CPU_TIME, SHORT_REQUEST_TIMEOUT, Stage};

const BOTH: &[&str] = &["proxy_handler", "service_handler"];

#[test]
fn requests_are_answered_with_trailers_both_ways() {
    for component in BOTH {
        let mut stage = Stage::new(component);
        run(
            &stage.server,
            r#"
peer = Peer()
answer = peer.get(1, "/ok")
equal("an answer", (answer.status, answer.content), (200, b"ok\n"))
equal("its length", answer.fields["content-length"], "3")
assert "date" in answer.fields and "server" in answer.fields, answer.fields
peer.request(3, path="/ok", method="HEAD")
answer = peer.response(3)
equal("an answer to HEAD", (answer.status, answer.content), (200, b""))
peer.request(5, method="POST", path="/echo", end=False)
peer.send(*[DataFrame(5, bytes([n]) * 10000) for n in range(6)], DataFrame(5, b"", flags=["END_STREAM"]))
equal("content both ways", peer.response(5).content, b"".join(bytes([n]) * 10000 for n in range(6)))
peer.request(7, ("te", "trailers"), method="POST", path="/trailers", end=False)
peer.send(DataFrame(7, b"sum"))
trailers = peer.encoder.encode([("x-sum", "10")])
peer.send(HeadersFrame(7, trailers, flags=["END_HEADERS", "END_STREAM"]))
answer = peer.response(7)
equal("trailers of the answer", answer.trailers.get("x-sum"), "10")
equal("no such path", peer.get(9, "/x").status, 404)
# What is malformed never gets there.
peer.request(11, ("host", "other"), path="/ok")
equal("another Host", peer.response(11).status, 400)
peer.request(13, path="/ok", authority=None)
equal("no host", peer.response(13).status, 400)
peer.send(HeadersFrame(15, peer.encoder.encode([(":method", "CONNECT"), (":authority", "a:1")]), flags=["END_HEADERS", "END_STREAM"]))
equal("CONNECT", peer.response(15).status, 501)
# Many at once.
for stream in range(17, 117, 2):
    peer.request(stream, path="/ok")
open = set(range(17, 117, 2))
while open:
    frame = peer.frame()
    assert not isinstance(frame, RstStreamFrame), frame
    if frame.stream_id in open and "END_STREAM" in frame.flags:
        open.remove(frame.stream_id)
"#,
        );
        stage.others_are_served();
        stage.wait_for_log(&["GET /ok HTTP/2.0", "200"]);
    }
}

#[test]
fn components_that_fail_cost_their_streams() {
    for component in BOTH {
        // By itself.
        let mut stage = Stage::new(component);
        let failures = r#"("/trap", 500), ("/trap-late", None), ("/hoard-fields", 500)"#;
        run(&stage.server, &format!("failures = [{failures}]\n{EACH}"));
        stage.others_are_served();
        // Or by a limit of time.
        let limits = [SHORT_CPU_TIME, SHORT_REQUEST_TIMEOUT];
        let mut stage = Stage::with_args(component, &limits);
        let failures = r#"("/never", 504), ("/loop", 504)"#;
        let rest = r#"
# Content that stops.
peer.request(stream, ("content-length", "9"), method="POST", path="/echo", end=False)
peer.send(DataFrame(stream, b"x"))
answer = peer.response(stream)
assert answer.status in (408, 504) or answer.code, answer
# A window that doesn't open.
peer = Peer(settings={4: 0})
peer.request(1, path="/ok")
while not isinstance(frame := peer.frame(), RstStreamFrame):
    pass
equal("a window that doesn't open", frame.error_code, CANCEL)
"#;
        let script = format!("failures = [{failures}]\n{EACH}{rest}");
        run(&stage.server, &script);
        stage.others_are_served();
    }
}

const EACH: &str = r#"
peer = Peer()
stream = 1
for path, status in failures:
    answer = peer.get(stream, path)
    equal(path, answer.status, status)
    equal("another request", peer.get(stream + 2, "/ok").content, b"ok\n")
    stream += 4
"#;

#[test]
fn what_is_taken_back_gives_its_instance_back() {
    let mut stage = Stage::with_args(
        "proxy_handler",
        &[
            "--request-timeout=3600",
            "--max-instances=2",
            "--queue-timeout=3600",
        ],
    );
    run(
        &stage.server,
        r#"
peer = Peer()
# Both instances sleep, until their requests are taken back.
for stream in (1, 3):
    peer.request(stream, path="/never")
peer.send(RstStreamFrame(1, error_code=CANCEL), RstStreamFrame(3, error_code=CANCEL))
equal("an instance is free", peer.get(5, "/ok").content, b"ok\n")
for stream in (7, 9):
    peer.request(stream, path="/never")
peer.socket.close()
equal("an instance is free", Peer().get(1, "/ok").content, b"ok\n")
"#,
    );
    stage.others_are_served();
}
