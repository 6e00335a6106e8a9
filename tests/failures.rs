//! Handlers that fail: what their client gets, what the log says, and that
//! nobody else notices. Everybody is served by one thread here.

use crate::support::guests;
use crate::support::stage::{SHORT_CPU_TIME, SHORT_REQUEST_TIMEOUT, Stage};
use std::io::ErrorKind;

const HANDLER: &str = "hostile_handler";

/// A whole response by the host, after which it closed.
#[track_caller]
fn assert_apology(received: &str, status: &str) {
    assert!(
        received.starts_with(&format!("HTTP/1.1 {status}\r\n")),
        "{received}"
    );
    assert!(received.contains("\r\nConnection: close\r\n"), "{received}");
    assert!(received.ends_with(" this request.\n"), "{received}");
}

/// What `send_half` of the handler sent, and no more.
#[track_caller]
fn assert_cut_short(received: &str) {
    assert!(received.starts_with("HTTP/1.1 200 OK\r\n"), "{received}");
    assert!(
        received.ends_with("\r\nContent-Length: 8\r\n\r\nhalf"),
        "{received}"
    );
}

#[test]
fn a_trap_is_500_and_its_backtrace_is_logged() {
    for (target, frame, cause) in [
        ("/trap", "do_get", "`unreachable` instruction executed"),
        ("/recurse", "hoard::stack", "out of bounds memory access"),
        ("/allocate", "hoard::memory", "when growing memory to"),
        ("/resources", "hoard::files_of_std", "256 files and streams"),
        (
            "/resources-of-sdk",
            "hoard::files_of_sdk",
            "256 files and streams",
        ),
        ("/exit", "process::exit", "exit status 1"),
        ("/exit-well", "process::exit", "exit status 0"),
    ] {
        let mut stage = Stage::new(HANDLER);
        assert_apology(&stage.provoke(target), "500 Internal Server Error");
        stage.wait_for_log(&["127.0.0.1 - - [", "handler trapped"]);
        stage.wait_for_log(&["hostile_handler.wasm!", frame]);
        stage.wait_for_log(&[cause]);
    }
}

#[test]
fn a_panic_is_logged_with_its_message() {
    // The one in the binary is built as the second is, whose standard library
    // has no place to log to.
    for component in [guests::component(HANDLER), guests::bare_component(HANDLER)] {
        let mut stage = Stage::of(&component, &[]);
        stage.provoke("/trap");
        stage.wait_for_log(&["panicked at", "hostile/src/lib.rs"]);
        stage.wait_for_log(&["on purpose"]);
    }
}

#[test]
fn a_trap_in_mid_response_closes_short_of_its_length() {
    let mut stage = Stage::new(HANDLER);
    assert_cut_short(&stage.provoke("/trap-midway"));
    stage.wait_for_log(&["handler trapped"]);
    stage.wait_for_log(&["hostile_handler.wasm!", "do_get"]);
    stage.wait_for_log(&["closed without a whole answer"]);
}

#[test]
fn a_request_that_traps_closes_its_connection_only() {
    let mut stage = Stage::new(HANDLER);
    let mut client = stage.server.connect();
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n");
    client.send([get("/ok"), get("/trap"), get("/ok")].concat());
    assert_eq!(client.response().text(), "ok\n");
    let apology = client.response();
    assert_eq!(apology.status, 500);
    assert_eq!(apology.required("Connection"), "close");
    client.expect_closed();
    stage.others_are_served();
}

#[test]
fn an_endless_computation_is_504() {
    // The second fills memory, MiBs by an instruction (RUSTSEC-2026 has such faults):
    // what that takes counts as well.
    for target in ["/loop", "/bulk"] {
        let mut stage = Stage::with_args(HANDLER, &[SHORT_CPU_TIME]);
        assert_apology(&stage.provoke(target), "504 Gateway Timeout");
        stage.wait_for_log(&["127.0.0.1 - - [", "computed for more than 200ms"]);
    }
}

#[test]
fn an_endless_computation_in_mid_response_closes_short_of_its_length() {
    let mut stage = Stage::with_args(HANDLER, &[SHORT_CPU_TIME]);
    assert_cut_short(&stage.provoke("/loop-midway"));
    stage.wait_for_log(&["computed for more than 200ms", "closed without"]);
}

#[test]
fn a_handler_that_sleeps_is_504() {
    let mut stage = Stage::with_args(HANDLER, &[SHORT_REQUEST_TIMEOUT]);
    assert_apology(&stage.provoke("/sleep"), "504 Gateway Timeout");
    stage.wait_for_log(&["127.0.0.1 - - [", "no progress"]);
}

#[test]
fn a_handler_that_answers_nothing_is_500() {
    let mut stage = Stage::new(HANDLER);
    let received = stage.provoke("/silent");
    assert!(received.starts_with("HTTP/1.1 500 "), "{received:?}");
}

#[test]
fn a_response_shorter_than_announced_closes_the_connection() {
    let mut stage = Stage::new(HANDLER);
    assert_cut_short(&stage.provoke("/short"));
    let mut client = stage.request("/short");
    let error = client.try_response(false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn a_response_shorter_than_announced_is_logged() {
    let mut stage = Stage::new(HANDLER);
    stage.provoke("/short");
    stage.wait_for_log(&["GET /short HTTP/1.1: ", "Content-Length"]);
}

#[test]
fn a_response_longer_than_announced_is_cut_to_its_length() {
    let mut stage = Stage::new(HANDLER);
    for target in ["/long", "/close-then-write"] {
        let received = stage.provoke(target);
        assert!(received.starts_with("HTTP/1.1 200 "), "{received}");
        assert_eq!(received.matches("HTTP/1.1").count(), 1, "{received}");
        let (_, content) = received.split_once("\r\n\r\n").unwrap();
        assert_eq!(content.len(), 4, "{received}");
        let line = format!("GET {target} HTTP/1.1: more content was written");
        stage.wait_for_log(&[&line]);
    }
}

/// The surplus would be read as the answer to the next request.
#[test]
fn a_response_longer_than_announced_does_not_spoil_the_next() {
    let stage = Stage::new(HANDLER);
    let mut client = stage.server.connect();
    assert_eq!(client.get("/long-unnoticed").text(), "four");
    assert_eq!(client.get("/ok").text(), "ok\n");
}

#[test]
fn a_field_value_with_a_line_end_is_500() {
    let mut stage = Stage::new(HANDLER);
    let received = stage.provoke("/split-head");
    assert!(received.starts_with("HTTP/1.1 500 "), "{received}");
    assert!(!received.contains("forged"), "{received}");
    stage.wait_for_log(&["GET /split-head HTTP/1.1: ", "X-Split"]);
}

#[test]
fn a_huge_head_is_its_handlers_business_until_memory_ends() {
    let mut stage = Stage::new(HANDLER);
    let received = stage.provoke("/huge-head");
    assert_apology(&received, "500 Internal Server Error");
    stage.wait_for_log(&["when growing memory to"]);

    let mut stage = Stage::with_args(HANDLER, &["--memory=64"]);
    let mut client = stage.request("/huge-head");
    let response = client.response();
    assert_eq!((response.status, response.text().as_str()), (200, "body"));
    assert!(response.fields.len() > 10_000);
    stage.others_are_served();
}

/// The host keeps what goes in front of a file, so it takes no more than 1 MiB.
#[test]
fn a_huge_head_in_front_of_a_file_is_500() {
    let mut stage = Stage::with_args(HANDLER, &["--memory=64"]);
    let received = stage.provoke("/huge-head-of-file");
    assert_apology(&received, "500 Internal Server Error");
    stage.wait_for_log(&["send-file: a head of"]);
}

#[test]
fn nothing_is_kept_of_instances_that_failed() {
    let args = ["--max-instances=3", "--queue-timeout=20"];
    let mut stage = Stage::with_args(HANDLER, &args);
    for target in ["/trap", "/resources", "/allocate", "/trap-midway", "/exit"] {
        let mut clients: Vec<_> = (0..8).map(|_| stage.request(target)).collect();
        for client in &mut clients {
            let received = client.rest();
            assert!(received.starts_with(b"HTTP/1.1 "), "{target}");
            assert!(!received.starts_with(b"HTTP/1.1 503 "), "{target}");
        }
    }
    stage.all_is_closed();
}
