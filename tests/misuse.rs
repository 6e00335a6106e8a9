//! Handlers that misuse their connection and the host's functions: no such
//! handler runs for ever, and none makes the host take more than it should.

use crate::support::client::Client;
use crate::support::stage::{SHORT_CPU_TIME, SHORT_REQUEST_TIMEOUT, Stage};
use crate::support::tree::MEGABYTE;
use rustix::process::Signal;
use std::time::{SystemTime, UNIX_EPOCH};

const HANDLER: &str = "raw_handler";

/// `GET target` by a client who sends nothing more: its connection ends, by whichever
/// limit of time the handler reaches.
#[track_caller]
fn ends(target: &str) -> String {
    let limits = [SHORT_CPU_TIME, SHORT_REQUEST_TIMEOUT];
    let mut stage = Stage::with_args(HANDLER, &limits);
    stage.provoke(target)
}

/// The connection of a client who has gone, in this way, ends too.
#[track_caller]
fn ends_when_the_client_has_gone(target: &str, go: fn(Client)) {
    let limits = [SHORT_CPU_TIME, SHORT_REQUEST_TIMEOUT];
    let mut stage = Stage::with_args(HANDLER, &limits);
    let client = stage.request(target);
    stage.others_are_served();
    go(client);
    stage.all_is_closed();
}

/// What the handler says of a call that it made.
#[track_caller]
fn report(target: &str) -> String {
    let mut stage = Stage::new(HANDLER);
    let received = stage.provoke(target);
    let (head, body) = received.split_once("\r\n\r\n").expect("a response");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{received}");
    body.to_owned()
}

/// It would be called again at once, and again, with the same bytes.
#[test]
fn keeping_a_connection_open_without_reading_from_it_ends() {
    ends("/keep-unread");
}

#[test]
fn keeping_a_connection_open_without_reading_ends_when_the_client_has_gone() {
    ends_when_the_client_has_gone("/keep-unread", drop);
}

#[test]
fn closing_without_a_word_is_500() {
    let received = ends("/close-unread");
    assert!(received.starts_with("HTTP/1.1 500 "), "{received:?}");
}

#[test]
fn asking_for_the_next_request_for_ever_ends() {
    assert!(ends("/spin-next-request").starts_with("HTTP/1.1 504 "));
}

#[test]
fn ending_a_request_for_ever_ends() {
    assert!(ends("/spin-end-request").starts_with("HTTP/1.1 504 "));
}

#[test]
fn waiting_for_a_head_for_ever_ends() {
    ends("/spin-fill-head");
}

#[test]
fn waiting_for_content_for_ever_ends() {
    ends("/spin-fill-content");
}

#[test]
fn waiting_for_bytes_of_a_client_who_has_gone_ends() {
    for target in ["/spin-fill-head", "/spin-fill-content"] {
        ends_when_the_client_has_gone(target, drop);
        ends_when_the_client_has_gone(target, Client::reset);
    }
}

#[test]
fn writing_nothing_for_ever_ends() {
    assert_eq!(ends("/spin-write-nothing"), "");
}

#[test]
fn writing_to_a_client_who_has_gone_ends() {
    ends_when_the_client_has_gone("/write-on", drop);
    ends_when_the_client_has_gone("/write-on", Client::reset);
}

#[test]
fn writing_to_a_client_who_does_not_read_ends() {
    let mut stage = Stage::with_args(HANDLER, &[SHORT_REQUEST_TIMEOUT]);
    let _client = stage.request("/write-on");
    stage.wait_for_log(&["timed out, as the client took nothing"]);
    stage.all_is_closed();
}

/// The client would take what comes after the gap for the whole response.
#[test]
fn a_response_that_broke_is_never_continued() {
    let mut stage = Stage::with_args(HANDLER, &[SHORT_REQUEST_TIMEOUT]);
    let mut client = stage.request("/write-on");
    stage.wait_for_log(&["timed out, as the client took nothing"]);
    stage.others_are_served();
    // Far more than any socket's buffers hold, if it goes on.
    let more = std::iter::repeat_with(|| client.try_read_some(MEGABYTE));
    assert!(more.take(64).any(|read| read.is_err()), "it goes on");
}

#[test]
fn logging_for_ever_ends() {
    assert!(ends("/flood-log").starts_with("HTTP/1.1 504 "));
}

#[test]
fn more_random_bytes_than_there_is_memory_are_500() {
    let mut stage = Stage::new(HANDLER);
    assert!(stage.provoke("/random").starts_with("HTTP/1.1 500 "));
    stage.wait_for_log(&["exceeds limit"]);
}

#[test]
fn reading_more_of_a_file_than_there_is_gives_what_there_is() {
    assert_eq!(report("/read-much"), "Ok(13)");
}

#[test]
fn sending_a_file_from_beyond_its_end_is_an_error() {
    let report = report("/send-file-beyond");
    assert!(report.contains("file-unreadable"), "{report}");
}

/// Of a large part that is known only once the head has been sent, so nothing
/// else can be.
#[test]
fn nothing_follows_a_file_that_could_not_be_sent() {
    let received = ends("/send-file-far-beyond");
    assert_eq!(received.matches("HTTP/1.1").count(), 1, "{received}");
}

#[test]
fn sending_a_directory_is_an_error() {
    let report = report("/send-directory");
    assert!(report.contains("bad-descriptor"), "{report}");
}

#[test]
fn the_next_request_ends_the_response_before() {
    let stage = Stage::new(HANDLER);
    let mut client = stage.server.connect();
    for _ in 0..3 {
        assert_eq!(client.get("/answer-by-next-request").text(), "world");
        assert_eq!(client.get("/ok").text(), "ok\n");
    }
}

#[test]
fn what_ends_a_response_waits_for_the_one_before() {
    const BIG: usize = 64 * MEGABYTE;
    let stage = Stage::new(HANDLER);
    stage.tree.sparse_file("big.bin", BIG);
    let mut client = stage.request("/rest-behind-a-download");
    let head = client.try_response_head().unwrap();
    assert_eq!(head.required("Content-Length"), BIG.to_string());
    client.read_some(BIG);
    assert_eq!(client.response().text(), "ok\n");
    assert_eq!(client.get("/ok").text(), "ok\n");
}

/// Together they are more than any socket's buffers hold: one is sent in part
/// when its request ends, and goes on without an instance.
#[test]
fn what_ends_a_response_arrives_whole() {
    const RESPONSES: usize = 24;
    // The handler keeps each until it returns, which it needn't before the last if the
    // client is quick.
    let mut stage = Stage::with_args(HANDLER, &["--memory=64"]);
    let mut client = stage.server.connect();
    client.send("GET /long-rest HTTP/1.1\r\nHost: test\r\n\r\n".repeat(RESPONSES));
    stage.others_are_served();
    for _ in 0..RESPONSES {
        let body = client.response().body;
        assert_eq!(body.len(), MEGABYTE - 1024);
        let expected = (0..body.len()).map(|place| (place % 251) as u8);
        assert!(body.iter().copied().eq(expected));
    }
    assert_eq!(client.get("/ok").text(), "ok\n");
}

#[test]
fn a_response_that_ends_for_a_client_who_has_gone_is_no_error() {
    ends_when_the_client_has_gone("/long-rest", Client::reset);
}

#[test]
fn ending_a_response_by_a_directory_is_an_error() {
    let report = report("/rest-and-directory");
    assert!(report.contains("bad-descriptor"), "{report}");
}

#[test]
fn ending_a_response_beyond_a_files_end_is_an_error() {
    let report = report("/rest-and-file-beyond");
    assert!(report.contains("file-unreadable"), "{report}");
}

/// Also to a client who has closed its side, as it may still read.
#[test]
fn a_response_that_ends_beyond_a_files_end_is_500() {
    let mut stage = Stage::new(HANDLER);
    let received = stage.provoke("/nothing-but-file-beyond");
    assert!(received.starts_with("HTTP/1.1 500 "), "{received}");
    for _ in 0..10 {
        let mut client = stage.server.connect();
        assert_eq!(client.get("/ok").text(), "ok\n");
        // Both are there when the server looks.
        stage.server.signal(Signal::STOP);
        client.send("GET /nothing-but-file-beyond HTTP/1.1\r\nHost: test\r\n\r\n");
        client.finish_sending();
        stage.server.signal(Signal::CONT);
        let received = client.rest();
        let received = String::from_utf8_lossy(&received);
        assert!(received.starts_with("HTTP/1.1 500 "), "{received}");
    }
}

/// The handler has returned by then; but one that was slow is told, and gives no
/// other answer.
#[test]
fn a_last_response_that_ends_beyond_a_files_end_is_500() {
    for isolation in ["--isolation=connection", "--isolation=request"] {
        let mut stage = Stage::with_args(HANDLER, &[isolation]);
        for path in [
            "/end-beyond-and-keep",
            "/end-beyond-and-close",
            "/nothing-but-file-beyond",
        ] {
            let received = stage.provoke(path);
            assert!(received.starts_with("HTTP/1.1 500 "), "{path}: {received}");
        }
        stage.wait_for_log(&["(answered)"]);
    }
}

#[test]
fn a_request_can_be_ended_without_another() {
    for isolation in ["--isolation=connection", "--isolation=request"] {
        let stage = Stage::with_args(HANDLER, &[isolation]);
        let mut client = stage.server.connect();
        for _ in 0..3 {
            assert_eq!(client.get("/end-and-keep").text(), "ok\n");
            // What is written later arrives later.
            assert_eq!(client.get("/end-and-write").text(), "ok\n");
            assert_eq!(client.response().text(), "later\n");
        }
        assert_eq!(client.get("/end-and-close").text(), "ok\n");
        assert_eq!(client.rest(), b"");
    }
}

#[test]
fn files_that_end_responses_are_dropped_even_if_they_cannot_be_sent() {
    assert_eq!(report("/rests-and-files"), "sent");
}

/// The host keeps what the client doesn't take at once.
#[test]
fn a_huge_end_of_a_response_is_500() {
    let mut stage = Stage::new(HANDLER);
    assert!(stage.provoke("/huge-rest").starts_with("HTTP/1.1 500 "));
    stage.wait_for_log(&["a response's rest of"]);
}

#[test]
fn a_request_comes_with_its_time() {
    let now = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs()
    };
    let before = now();
    let time: u64 = report("/time").parse().unwrap();
    assert!((before..=now()).contains(&time), "{time}");
}

#[test]
fn the_next_request_takes_no_more_of_the_one_before_than_there_is() {
    let stage = Stage::new(HANDLER);
    let mut client = stage.server.connect();
    assert_eq!(client.get("/end-by-next-request").text(), "ok\n");
    assert_eq!(client.get("/ok").text(), "ok\n");
}

#[test]
fn consuming_more_than_there_is_takes_what_there_is() {
    let stage = Stage::new(HANDLER);
    let mut client = stage.server.connect();
    assert_eq!(client.get("/consume-too-much").text(), "ok\n");
    assert_eq!(client.get("/ok").text(), "ok\n");
}
