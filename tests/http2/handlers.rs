//! Handlers whose answers are none: nothing of them reaches a client unparsed.

use super::run;
use crate::support::stage::{SHORT_CPU_TIME, SHORT_REQUEST_TIMEOUT, Stage};

#[test]
fn what_is_no_answer_is_502_or_cut_short() {
    for args in [&[][..], &["--gateway"]] {
        let mut stage = Stage::with_args("raw_handler", args);
        run(&stage.server, ANSWERS);
        stage.others_are_served();
        stage.wait_for_log(&["isn't a response of HTTP/1.1"]);
    }
}

const ANSWERS: &str = r#"
ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
for what, path, said, wanted in [
    ("a whole answer", "/say/", ok, 200),
    ("one until the end", "/say-and-close/", b"HTTP/1.1 200 OK\r\n\r\nok", 200),
    ("nothing", "/close-unread", b"", 500),
    ("no HTTP", "/say-and-close/", b"<html>", 502),
    ("half a head", "/say-and-close/", b"HTTP/1.1 200 OK\r\nX: ", 502),
    ("line ends of LF", "/say/", ok.replace(b"\r\n", b"\n"), 502),
    ("a folded line", "/say/", ok.replace(b"OK\r\n", b"OK\r\nX: a\r\n b\r\n"), 502),
    ("a zero in a field", "/say/", ok.replace(b"OK\r\n", b"OK\r\nX: a\0b\r\n"), 502),
    ("a space before a colon", "/say/", ok.replace(b"OK\r\n", b"OK\r\nX : a\r\n"), 502),
    ("two lengths", "/say/", ok.replace(b"OK\r\n", b"OK\r\nContent-Length: 9\r\n"), 502),
    ("a length and chunks", "/say/", ok.replace(b"OK\r\n", b"OK\r\nTransfer-Encoding: chunked\r\n"), 502),
    ("switched protocols", "/say/", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 502),
    ("interim answers without end", "/say/", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 40 + ok, 502),
    ("interim answers, some", "/say/", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3 + ok, 200),
    ("HTTP/2.0", "/say/", ok.replace(b"1.1", b"2.0"), 502),
    ("a status of two digits", "/say/", ok.replace(b"200", b"20"), 502),
    ("two answers", "/say/", ok + ok.replace(b"ok", b"no"), 200),
    ("more than its length", "/say/", ok + b"more", 200),
    ("too little", "/say-and-close/", ok[:-1], None),
    ("half a chunk", "/say-and-close/", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok", None),
    ("a wrong chunk", "/say/", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nok\r\n0\r\n\r\n", None),
    ("an answer before the request is read", "/say-first/", ok, 200),
]:
    peer = Peer()
    stream = 1
    # Twice, as what is left of one answer would be the beginning of the next.
    for _ in range(2):
        answer = peer.get(stream, path + said.hex() if said else path)
        equal(what, answer.status, wanted)
        if wanted == 200:
            equal(what, answer.content, b"ok")
        elif wanted == 502:
            assert answer.content.startswith(b"The handler's answer isn't"), answer.content
        elif wanted is None:
            assert answer.code is not None, what
        stream += 2
    equal("another request", peer.get(stream, "/ok").content, b"ok\n")
"#;

#[test]
fn handlers_that_fail_cost_their_streams() {
    // Who takes memory until there is none takes time for that.
    let limits = [SHORT_CPU_TIME, SHORT_REQUEST_TIMEOUT];
    for (args, failures) in [(&[][..], AT_ONCE), (&limits, IN_TIME)] {
        let mut stage = Stage::with_args("hostile_handler", args);
        run(
            &stage.server,
            &format!("failures = [{failures}]\n{EACH_AND_ALL}"),
        );
        stage.others_are_served();
    }
}

/// What fails by itself.
const AT_ONCE: &str = r#"
    ("/trap", 500), ("/exit", 500), ("/silent", 500), ("/allocate", 500),
    ("/trap-midway", None), ("/short", None), ("/huge-head", 500), ("/long-unnoticed", 200),
"#;

/// What is ended by a limit of time.
const IN_TIME: &str = r#"("/loop", 504), ("/sleep", 504), ("/loop-midway", None)"#;

const EACH_AND_ALL: &str = r#"
peer = Peer()
stream = 1
for path, status in failures:
    answer = peer.get(stream, path)
    equal(path, answer.status, status)
    equal("another request", peer.get(stream + 2, "/ok").content, b"ok\n")
    stream += 4
# All at once, and one that is well among them.
for path in ["/trap", "/sleep", "/ok", "/silent", "/sleep"]:
    peer.request(stream, path=path)
    stream += 2
equal("one among failures", peer.response(stream - 6).status, 200)
"#;

#[test]
fn a_handler_whose_client_goes_is_ended() {
    let mut stage = Stage::with_args(
        "hostile_handler",
        &["--request-timeout=3600", "--max-instances=2", "-v"],
    );
    run(
        &stage.server,
        r#"
# They sleep for long, and hold both instances, until they are taken back.
peer = Peer()
for stream in (1, 3):
    peer.request(stream, path="/hold")
    while not isinstance(frame := peer.frame(), DataFrame):
        pass
peer.send(RstStreamFrame(1, error_code=CANCEL), RstStreamFrame(3, error_code=CANCEL))
equal("an instance is free", peer.get(5, "/ok").content, b"ok\n")
# So are those of a client that has gone.
for stream in (7, 9):
    peer.request(stream, path="/hold")
    while not isinstance(frame := peer.frame(), DataFrame):
        pass
peer.socket.close()
peer = Peer()
equal("an instance is free", peer.get(1, "/ok").content, b"ok\n")
"#,
    );
    stage.others_are_served();
}
