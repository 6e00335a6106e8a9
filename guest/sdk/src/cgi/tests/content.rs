//! A request's content on its way to a script.

use super::{HELLO, Scripts, ask, converse};
use crate::process::{EntryKind, ProcessError};
use crate::testing::FakeScript;

const NEXT: &str = "GET /cgi-bin/s?next HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn the_host_moves_content_and_the_next_request_follows() {
    let request = format!("POST /cgi-bin/s HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello{NEXT}");
    let outcome = ask(&request, FakeScript::printing(HELLO));
    assert_eq!(outcome.runs[0].input, b"hello");
    assert_eq!(
        outcome.runs[1].variable("QUERY_STRING").as_deref(),
        Some("next")
    );
    assert!(outcome.kept_open);
}

#[test]
fn content_that_a_script_leaves_is_dropped() {
    let request = format!("POST /cgi-bin/s HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello{NEXT}");
    let script = FakeScript {
        reads: 2,
        ..FakeScript::printing(HELLO)
    };
    let outcome = ask(&request, script);
    assert_eq!(outcome.runs[0].input, b"he");
    assert_eq!(outcome.runs.len(), 2);
    assert!(outcome.kept_open && !outcome.has_line("Connection: close"));
}

/// A head that has left without saying so is kept to.
#[test]
fn more_content_than_is_dropped_ends_the_connection_if_the_head_can_say_so() {
    let content = "x".repeat(300_000);
    let head = "POST /cgi-bin/s HTTP/1.1\nHost: a\nContent-Length: 300000";
    let request = format!("{head}\n\n{content}{NEXT}");
    for (over_after, runs) in [(1, 1), (usize::MAX, 2)] {
        let script = FakeScript {
            reads: 2,
            over_after,
            ..FakeScript::printing(HELLO)
        };
        let outcome = ask(&request, script);
        assert_eq!(outcome.runs.len(), runs);
        assert_eq!(outcome.has_line("Connection: close"), runs == 1);
        assert_eq!(outcome.kept_open, runs == 2);
        assert!(
            outcome.content().contains("0\r\n\r\n"),
            "the answer is whole"
        );
    }
}

/// How much is left is known when the head leaves, and whether it will be read isn't.
#[test]
fn a_head_that_leaves_before_much_content_is_read_says_that_the_connection_closes() {
    for (reads, closes) in [
        (0, true),
        (1_000_000, true),
        (1_100_000, false),
        (2_100_000, false),
    ] {
        let content = "x".repeat(2_100_000);
        let head = "POST /cgi-bin/s HTTP/1.1\nHost: a\nContent-Length: 2100000";
        let script = FakeScript {
            reads,
            ..FakeScript::printing(HELLO)
        };
        let outcome = ask(&format!("{head}\n\n{content}{NEXT}"), script);
        assert_eq!(outcome.has_line("Connection: close"), closes, "{reads}");
        assert_eq!(outcome.kept_open, !closes, "{reads}");
        assert_eq!(outcome.runs.len(), if closes { 1 } else { 2 }, "{reads}");
    }
}

/// Content that nothing reads must not be taken for a request.
#[test]
fn a_script_that_fails_with_content_ends_the_connection() {
    let request = format!(
        "POST /cgi-bin/s HTTP/1.1\nHost: a\nContent-Length: {}\n\n{NEXT}",
        NEXT.len()
    );
    let busy = FakeScript {
        start: Err(ProcessError::Busy),
        ..FakeScript::default()
    };
    let late = FakeScript {
        end: Err(ProcessError::TimedOut),
        reads: 0,
        ..FakeScript::default()
    };
    for (script, status) in [(busy, 503), (late, 504)] {
        let outcome = ask(&request, script);
        assert_eq!(outcome.status(), status);
        assert!(outcome.has_line("Connection: close"), "{}", outcome.text());
        assert!(!outcome.kept_open);
        assert_eq!(outcome.text().matches("HTTP/1.1").count(), 1);
    }
}

#[test]
fn a_missing_script_leaves_the_connection_usable() {
    let request = format!("POST /cgi-bin/x HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello{NEXT}");
    let outcome = ask(&request, FakeScript::printing(HELLO));
    assert_eq!(outcome.status(), 404);
    assert_eq!(outcome.runs.len(), 1);
}

#[test]
fn chunks_are_gathered_and_counted() {
    let request = format!(
        "POST /cgi-bin/s HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n{NEXT}"
    );
    let outcome = ask(&request, FakeScript::printing(HELLO));
    assert_eq!(outcome.runs[0].input, b"hello");
    assert_eq!(
        outcome.runs[0].variable("CONTENT_LENGTH").as_deref(),
        Some("5")
    );
    assert_eq!(outcome.runs[0].variable("HTTP_TRANSFER_ENCODING"), None);
    assert_eq!(outcome.runs.len(), 2);
}

#[test]
fn chunks_are_kept_outside_and_have_a_limit() {
    const KEPT: usize = 1024 * 1024;
    for (length, status) in [(65_535, 200), (65_536, 200), (KEPT, 200), (KEPT + 1, 413)] {
        let content = "x".repeat(length);
        let request = format!(
            "POST /cgi-bin/s HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n{length:x}\r\n{content}\r\n0\r\n\r\n"
        );
        let outcome = ask(&request, FakeScript::printing(HELLO));
        assert_eq!(outcome.status(), status, "{length}");
        assert_eq!(outcome.kept_open, status == 200, "{length}");
        let Some(run) = outcome.runs.first() else {
            assert!(outcome.logged("--cgi-max-chunked"), "{:?}", outcome.log);
            continue;
        };
        assert_eq!(run.input.len(), length);
        let told = run.variable("CONTENT_LENGTH");
        assert_eq!(told, Some(length.to_string()));
    }
}

#[test]
fn broken_chunks_run_nothing() {
    let request = "POST /cgi-bin/s HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\nx\r\n";
    let outcome = ask(request, FakeScript::printing(HELLO));
    assert_eq!(outcome.status(), 400);
    assert!(outcome.runs.is_empty() && !outcome.kept_open);
}

#[test]
fn a_waiting_client_is_told_to_go_on_once_its_script_is_found() {
    let request =
        "POST /cgi-bin/s HTTP/1.1\nHost: a\nExpect: 100-continue\nContent-Length: 2\n\nhi";
    let outcome = ask(request, FakeScript::printing(HELLO));
    assert!(
        outcome
            .text()
            .starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    );
    assert_eq!(outcome.runs[0].input, b"hi");
    assert!(outcome.kept_open);

    let outcome = ask(request, FakeScript::entry(Ok(EntryKind::NotExecutable)));
    assert_eq!(outcome.status(), 403);
    assert!(!outcome.kept_open);

    let outcome = converse(&request.replace("/cgi-bin/s", "/file")).run::<Scripts>();
    assert!(outcome.has_line("HTTP/1.1 501 Can only POST to CGI scripts"));
    assert!(!outcome.kept_open);
}
