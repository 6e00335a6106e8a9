//! A script's output on its way to the client.

use super::{HELLO, Scripts, ask, converse};
use crate::cgi::MAX_LOCAL_REDIRECTS;
use crate::cgi::response::MAX_HEAD;
use crate::process::{self, ProcessError};
use crate::testing::{FakeScript, Outcome};

const GET: &str = "GET /cgi-bin/s HTTP/1.1\nHost: a\n\n";

fn get(output: &str) -> Outcome {
    ask(GET, FakeScript::printing(output))
}

#[test]
fn each_piece_is_a_chunk_and_an_old_client_gets_them_plain() {
    let pieces = ["Content-Ty", "pe: a/b\n\n", "one", "two"].map(|piece| piece.as_bytes().to_vec());
    let script = FakeScript {
        output: pieces.to_vec(),
        ..FakeScript::default()
    };
    let outcome = ask(GET, script.clone());
    assert!(outcome.has_line("Transfer-Encoding: chunked"));
    assert_eq!(outcome.content(), "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
    assert!(outcome.kept_open);

    let outcome = ask(
        "GET /cgi-bin/s HTTP/1.0\nConnection: keep-alive\n\n",
        script.clone(),
    );
    assert!(outcome.has_line("Content-Type: a/b"));
    assert_eq!(outcome.content(), "onetwo");
    assert!(!outcome.kept_open);

    let outcome = converse(GET)
        .setting("protocol", "HTTP/1.0")
        .script("cgi-bin/s", script.clone())
        .run::<Scripts>();
    assert_eq!(outcome.content(), "onetwo");

    let outcome = ask("GET /cgi-bin/s\n\n", script);
    assert_eq!(outcome.text(), "onetwo");
}

#[test]
fn what_is_over_is_sent_at_once_and_what_is_not_as_it_comes() {
    let output = ["Content-Type: a/b\n\n", "one", "two"].map(|piece| piece.as_bytes().to_vec());
    // The last chunk comes along, or by itself.
    for (over_after, writes) in [(3, 3), (usize::MAX, 4)] {
        let script = FakeScript {
            output: output.to_vec(),
            over_after,
            ..FakeScript::default()
        };
        let outcome = ask(GET, script);
        assert_eq!(outcome.content(), "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
        assert_eq!((outcome.writes, outcome.kept_open), (writes, true));
    }
    let hello = FakeScript {
        over_after: 1,
        ..FakeScript::printing(HELLO)
    };
    let outcome = ask(GET, hello);
    assert_eq!((outcome.writes, outcome.kept_open), (1, true));
}

#[test]
fn a_length_is_kept_to() {
    for (output, content, kept_open) in [
        ("Content-Type: a/b\nContent-Length: 3\n\none", "one", true),
        ("Content-Type: a/b\nContent-Length: 3\n\none\n", "one", true),
        ("Content-Type: a/b\nContent-Length: 3\n\non", "on", false),
        ("Content-Type: a/b\nContent-Length: 0\n\n", "", true),
    ] {
        let outcome = get(output);
        assert_eq!(outcome.content(), content, "{output:?}");
        assert_eq!(outcome.kept_open, kept_open, "{output:?}");
        assert!(!outcome.has_line("Transfer-Encoding: chunked"));
    }
    assert!(
        get("Content-Type: a/b\nContent-Length: 3\n\nonetwo")
            .logged("more than its Content-Length")
    );
}

#[test]
fn some_responses_have_no_content() {
    let head = GET.replace("GET", "HEAD");
    let outcome = ask(
        &head,
        FakeScript::printing("Content-Type: a/b\nContent-Length: 3\n\none"),
    );
    assert!(outcome.has_line("Content-Length: 3"));
    assert_eq!(outcome.content(), "");
    assert!(outcome.kept_open);
    for (status, length) in [
        ("204", None),
        ("304", Some("Content-Length: 3")),
        ("205", Some("Content-Length: 0")),
    ] {
        let outcome = get(&format!("Status: {status}\nContent-Length: 3\n\none"));
        assert_eq!(outcome.content(), "", "{status}");
        let there = outcome
            .text()
            .lines()
            .find(|line| line.starts_with("Content-Length"))
            .map(str::to_owned);
        assert_eq!(there.as_deref(), length, "{status}");
        assert!(outcome.kept_open, "{status}");
    }
}

#[test]
fn fields_are_the_scripts_and_framing_the_servers() {
    let outcome = get(
        "Set-Cookie: a=1\r\nStatus: 418 Short\r\nSet-Cookie: b=2\r\nConnection: close\r\n\
         Transfer-Encoding: gzip\r\nContent-Type: a/b\r\nX-Name: \u{2014}\r\n\r\n!",
    );
    assert!(outcome.has_line("HTTP/1.1 418 Short"));
    assert!(outcome.has_line("X-Name: \u{2014}"));
    let text = outcome.text();
    assert!(text.contains("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Type: a/b\r\n"));
    assert!(!text.contains("Status:") && !text.contains("gzip") && !text.contains("Connection"));
    assert_eq!(text.matches("Date:").count(), 1);
    assert!(outcome.kept_open);
}

#[test]
fn a_client_redirect_keeps_its_document() {
    let outcome = get("Location: http://h/x\nContent-Type: text/html\n\nmoved");
    assert!(outcome.has_line("HTTP/1.1 302 Found"));
    assert!(outcome.has_line("Location: http://h/x"));
    assert!(outcome.content().contains("moved"));
    let outcome = get("Status: 301 Gone there\nLocation: http://h/x\n\n");
    assert!(outcome.has_line("HTTP/1.1 301 Gone there"));
}

#[test]
fn a_local_redirect_is_a_get_inside_the_server() {
    let request = "POST /cgi-bin/s HTTP/1.1\nHost: a\nContent-Type: a/b\nContent-Length: 2\n\nhi";
    let outcome = converse(request)
        .script(
            "cgi-bin/s",
            FakeScript::printing("Location: //cgi-bin/t/x?y\n\n"),
        )
        .script("cgi-bin/t", FakeScript::printing(HELLO))
        .run::<Scripts>();
    assert_eq!(outcome.status(), 200);
    assert!(outcome.content().contains("hello") && outcome.kept_open);
    let run = &outcome.runs[1];
    for (name, value) in [
        ("REQUEST_METHOD", Some("GET")),
        ("REQUEST_URI", Some("/cgi-bin/s")),
        ("QUERY_STRING", Some("y")),
        ("PATH_INFO", Some("/x")),
        ("CONTENT_LENGTH", None),
        ("CONTENT_TYPE", None),
    ] {
        assert_eq!(run.variable(name).as_deref(), value, "{name}");
    }
    assert!(run.input.is_empty());
}

#[test]
fn a_local_redirect_reaches_files_and_ends() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("page"), "the page").unwrap();
    let outcome = converse(GET)
        .directory(root.path())
        .script("cgi-bin/s", FakeScript::printing("Location: /page\n\n"))
        .run::<Scripts>();
    assert_eq!(outcome.content(), "the page");

    let outcome = get("Location: /cgi-bin/s\n\n");
    assert_eq!(outcome.status(), 502);
    assert_eq!(outcome.runs.len(), usize::from(MAX_LOCAL_REDIRECTS) + 1);
}

#[test]
fn what_is_not_a_head_is_a_bad_gateway() {
    let long = format!("X: {}\n\n", "x".repeat(MAX_HEAD));
    let endless = "x".repeat(MAX_HEAD + 1);
    for (output, reason) in [
        ("", "it printed nothing"),
        ("hello\n\n", "isn't a field"),
        ("Content-Type: a/b\n", "no empty line"),
        ("Status: 101\n\n", "isn't a status"),
        ("Content-Type: a/b\nX: y\rz\n\n", "control character"),
        (&long, "longer than 65536 bytes"),
        (&endless, "longer than 65536 bytes"),
    ] {
        let outcome = get(output);
        assert!(
            outcome.has_line("HTTP/1.1 502 Bad Gateway"),
            "{}",
            outcome.text()
        );
        assert!(outcome.logged(reason), "{:?}", outcome.log);
        assert!(outcome.kept_open);
    }
}

#[test]
fn a_script_that_breaks_off_looks_broken_off() {
    for (end, status) in [(ProcessError::TimedOut, 504), (ProcessError::Failed, 502)] {
        let script = |output: &str| FakeScript {
            end: Err(end),
            ..FakeScript::printing(output)
        };
        let outcome = ask(GET, script(HELLO));
        assert_eq!(outcome.content(), "6\r\nhello\n\r\n", "no last chunk");
        assert!(outcome.logged(&end.to_string()) && !outcome.kept_open);
        for output in ["", "Content-Type: a/b\n", "Location: /\n\n"] {
            let outcome = ask(GET, script(output));
            assert_eq!(outcome.status(), status, "{output:?}");
        }
    }
    let outcome = ask(
        GET,
        FakeScript {
            end: Err(ProcessError::ClientClosed),
            ..FakeScript::printing(HELLO)
        },
    );
    assert!(!outcome.content().ends_with("0\r\n\r\n") && !outcome.kept_open);
}

#[test]
fn an_exit_code_is_logged_and_a_signal_breaks_off() {
    // Whatever the words are.
    for (outcome, whole) in [
        (process::Outcome::Failed, true),
        (process::Outcome::Killed, false),
    ] {
        let outcome = ask(
            GET,
            FakeScript {
                outcome,
                description: "exit, somehow".to_owned(),
                ..FakeScript::printing(HELLO)
            },
        );
        assert!(outcome.logged("exit, somehow"));
        assert_eq!(outcome.content().ends_with("0\r\n\r\n"), whole);
        assert_eq!(outcome.kept_open, whole);
    }
}

#[test]
fn an_nph_script_answers_by_itself() {
    let outcome = converse(&GET.replace("/s", "/nph-s"))
        .script(
            "cgi-bin/nph-s",
            FakeScript::printing("HTTP/1.1 299 Mine\r\n\r\nhello"),
        )
        .run::<Scripts>();
    assert_eq!(outcome.text(), "HTTP/1.1 299 Mine\r\n\r\nhello");
    assert!(outcome.logged("\" 299 -") && !outcome.kept_open);

    let outcome = converse(&GET.replace("/s", "/nph-s"))
        .script("cgi-bin/nph-s", FakeScript::default())
        .run::<Scripts>();
    assert_eq!(outcome.status(), 502);
}

#[test]
fn an_odd_head_is_logged_once() {
    let outcome = get("HTTP/1.1 404 Not Found\nContent-Type : a/b\nX: y\n z\nX: y\n z\n\nhello");
    assert!(outcome.has_line("HTTP/1.1 404 Not Found") && outcome.has_line("X: y z"));
    assert!(outcome.content().contains("hello") && outcome.kept_open);
    let lines: Vec<_> = outcome
        .log
        .iter()
        .filter(|it| it.contains("unusual"))
        .collect();
    assert_eq!(lines.len(), 1, "{:?}", outcome.log);
    for part in [
        "status line",
        "between Content-Type and its colon",
        "value of X",
    ] {
        assert_eq!(lines[0].matches(part).count(), 1, "{part}: {lines:?}");
    }
    assert!(!get(HELLO).logged("unusual"));
}

#[test]
fn an_interim_response_is_passed_on_to_whoever_knows_such() {
    let output = "Status: 103 Early Hints\nLink: </a>\n\nHTTP/1.1 100 Continue\n\nContent-Type: a/b\n\nhello";
    let outcome = get(output);
    assert_eq!(
        outcome.text().split("Server:").next(),
        Some(
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
        )
    );
    assert!(outcome.text().contains("hello") && outcome.kept_open);
    let outcome = ask("GET /cgi-bin/s HTTP/1.0\n\n", FakeScript::printing(output));
    assert_eq!(outcome.status(), 200);
    assert_eq!(outcome.content(), "hello");
    // Without end, they are as long as any head may be.
    let endless = FakeScript::printing("Status: 103\n\n".repeat(MAX_HEAD));
    let outcome = ask(GET, endless);
    assert!(outcome.text().contains("HTTP/1.1 502 Bad Gateway"));
    assert!(outcome.logged("longer than 65536 bytes"));
}
