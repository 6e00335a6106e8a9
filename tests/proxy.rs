//! Standard components: `wasi:http/proxy@0.2` and `wasi:http/service@0.3`,
//! served through hyper.

use crate::support::client::Client;
use crate::support::server::Server;
use crate::support::stage::{SHORT_CPU_TIME, SHORT_REQUEST_TIMEOUT, Stage};
use crate::support::tree::{Tree, pattern};
use crate::support::{eventually, guests};
use rustix::process::Signal;
use std::net::TcpListener;

const PROXY: &str = "proxy_handler";
const SERVICE: &str = "service_handler";
const BOTH: [&str; 2] = [PROXY, SERVICE];

/// A server of one of the components, with the defaults and `args`.
#[track_caller]
fn serve(component: &str, tree: &Tree, args: &[&str]) -> Server {
    Server::builder()
        .directory(tree)
        .args(args)
        .args([
            "--component".as_ref(),
            guests::component(component).as_os_str(),
        ])
        .start()
}

#[track_caller]
fn assert_apology(received: &str, status: &str) {
    assert!(
        received.starts_with(&format!("HTTP/1.1 {status}\r\n")),
        "{received}"
    );
    assert!(received.ends_with(" this request.\n"), "{received}");
}

/// A chunked response that was begun and has no end.
#[track_caller]
fn assert_cut_short(received: &str) {
    assert!(received.starts_with("HTTP/1.1 200 OK\r\n"), "{received}");
    assert!(received.ends_with("a beginning\r\n"), "{received}");
}

#[test]
fn a_request_is_answered() {
    for component in BOTH {
        let server = serve(component, &Tree::empty(), &[]);
        let response = server.get("/ok");
        assert_eq!((response.status, response.text().as_str()), (200, "ok\n"));
        assert_eq!(response.required("content-length"), "3");
        assert!(response.required("server").starts_with("wasm-host/"));
        response.required("date");
        let head = server.head("/ok");
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(server.get("/none").status, 404);
    }
}

#[test]
fn the_handler_sees_the_request() {
    let server = serve(PROXY, &Tree::empty(), &[]);
    let request = "SPAM /describe?a=%20b HTTP/1.1\r\nHost: site.test:81\r\nX-Two: 1\r\nX-Two: 2\r\nConnection: close\r\n\r\n";
    let text = server.exchange(request).text();
    let first = text.lines().next().unwrap_or_default();
    for part in [
        "Other(\"SPAM\")",
        "/describe?a=%20b",
        "Http",
        "site.test:81",
    ] {
        assert!(first.contains(part), "{text}");
    }
    assert!(text.contains("x-two: 1\nx-two: 2\n"), "{text}");
}

#[test]
fn a_connection_has_many_requests_pipelined_too() {
    for component in BOTH {
        let server = serve(component, &Tree::empty(), &[]);
        let mut client = server.connect();
        client.send("GET /ok HTTP/1.1\r\nHost: test\r\n\r\n".repeat(5));
        for _ in 0..5 {
            assert_eq!(client.response().text(), "ok\n");
        }
        assert_eq!(client.get("/ok").text(), "ok\n");
        client.send("GET /ok HTTP/1.0\r\n\r\n");
        assert_eq!(client.response().text(), "ok\n");
        client.expect_closed();
    }
}

#[test]
fn content_flows_both_ways_at_once() {
    for component in BOTH {
        let server = serve(component, &Tree::empty(), &[]);
        let mut client = server.connect();
        client.send("POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
        client.send("5\r\nfirst\r\n");
        // The first piece is back before the second is sent.
        let head = client.try_response_head().unwrap();
        assert_eq!(head.status, 200);
        client.wait_for("first");
        client.send("6\r\nsecond\r\n0\r\n\r\n");
        client.wait_for("second");
        client.wait_for("\r\n0\r\n\r\n");
    }
}

/// As `framing.rs` has it for the other world.
#[test]
fn content_that_comes_late_does_not_reset_the_connection() {
    for component in BOTH {
        let server = serve(component, &Tree::empty(), &[]);
        for head in [
            "1.1\r\nConnection: close\r\nContent-Length: 10",
            "1.0\r\nContent-Length: 10",
            "1.1\r\nContent-Length: 400000",
            "1.1\r\nTransfer-Encoding: chunked",
        ] {
            let mut client = server.connect();
            client.send(format!("GET /ok HTTP/{head}\r\nHost: test\r\n\r\n"));
            assert_eq!(client.response().text(), "ok\n", "{head}");
            eventually("the server has sent all that it will", || {
                client.is_no_longer_sent_to()
            });
            client.send("5\r\nhe");
            // A reset would have come by now.
            assert!(client.try_send("llo").is_ok(), "{component}: {head}");
            client.finish_sending();
            client.expect_closed();
        }
    }
}

#[test]
fn much_content_needs_little_memory() {
    const LENGTH: usize = 64 << 20;
    for component in BOTH {
        let server = serve(component, &Tree::empty(), &[]);
        assert_eq!(server.get("/ok").status, 200);
        server.forget_peak();
        let before = server.resident_kib();
        let mut client = server.connect();
        client.send(format!(
            "POST /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {LENGTH}\r\n\r\n"
        ));
        let sent = pattern(LENGTH);
        let sending = client.send_in_background(sent.clone());
        let response = client.final_response(false);
        sending.join().unwrap().unwrap();
        assert!(response.body == sent, "{component}: other bytes came back");
        let grown = server.peak_kib().saturating_sub(before);
        assert!(grown < 32 << 10, "{component}: {grown} KiB more");
    }
}

#[test]
fn pieces_are_sent_as_they_are_written() {
    let server = serve(PROXY, &Tree::empty(), &[]);
    let mut client = server.connect();
    client.send("GET /drip HTTP/1.1\r\nHost: test\r\n\r\n");
    client.wait_for("one\n");
    let so_far = String::from_utf8_lossy(client.buffered()).into_owned();
    assert!(!so_far.contains("three"), "{so_far}");
    client.wait_for("three\n");
}

#[test]
fn trailers_go_both_ways() {
    for component in BOTH {
        let server = serve(component, &Tree::empty(), &[]);
        let mut client = server.connect();
        client.send(
            "POST /trailers HTTP/1.1\r\nHost: test\r\nTE: trailers\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nsum\r\n0\r\nX-Sum: 10\r\n\r\n",
        );
        let received = String::from_utf8(client.rest()).unwrap();
        assert!(
            received.to_lowercase().ends_with("0\r\nx-sum: 10\r\n\r\n"),
            "{component}: {received}"
        );
    }
}

#[test]
fn an_instance_answers_one_request() {
    for component in BOTH {
        let server = serve(component, &Tree::empty(), &["--threads=1"]);
        let mut client = server.connect();
        for _ in 0..3 {
            assert_eq!(client.get("/count").text(), "1", "{component}");
        }
    }
}

#[test]
fn an_instance_is_used_again_where_that_is_wanted() {
    for component in BOTH {
        let args = ["--threads=1", "--instance-reuse=3"];
        let server = serve(component, &Tree::empty(), &args);
        let mut client = server.connect();
        // Its answer may be here before it takes another request, which a new one gets
        // then.
        let mut last = 0;
        eventually("three have answered all that they may", || {
            let count = client.get("/count").text();
            assert!(["1", "2", "3"].contains(&count.as_str()), "{count}");
            last += usize::from(count == "3");
            last == 3
        });
    }
}

#[test]
fn as_many_instances_as_may_and_no_more() {
    for component in BOTH {
        let args = ["--max-instances=1", "--queue-timeout=0.1"];
        let server = serve(component, &Tree::empty(), &args);
        let mut busy = server.connect();
        busy.send("GET /never HTTP/1.1\r\nHost: test\r\n\r\n");
        eventually("the only instance is busy", || {
            server.get("/ok").status == 503
        });
        let response = server.get("/ok");
        assert_eq!(response.required("retry-after"), "1");
        // It goes with its client.
        busy.reset();
        eventually("the instance has gone", || server.get("/ok").status == 200);
    }
}

#[test]
fn a_trap_is_500_and_its_backtrace_is_logged() {
    for component in BOTH {
        let mut stage = Stage::new(component);
        let mut client = stage.request("/trap");
        let response = client.response();
        assert_eq!(response.status, 500);
        // It wasn't the connection's fault.
        assert_eq!(client.get("/ok").text(), "ok\n");
        stage.wait_for_log(&["127.0.0.1 - - [", "handler trapped"]);
        stage.wait_for_log(&[component, "wasm!"]);
        stage.wait_for_log(&["trapped as asked"]);
        stage.others_are_served();
    }
}

#[test]
fn a_trap_in_mid_response_cuts_it_short() {
    for component in BOTH {
        let mut stage = Stage::new(component);
        assert_cut_short(&stage.provoke("/trap-late"));
        stage.wait_for_log(&["handler trapped"]);
        stage.wait_for_log(&["(closed without a whole answer)"]);
    }
}

/// A chunked response ends with a chunk of no bytes only if the handler said so.
#[test]
fn content_that_is_left_unfinished_does_not_look_whole() {
    let mut stage = Stage::new(PROXY);
    for path in ["/dropped", "/forgotten"] {
        let received = stage.provoke(path);
        // How far it has come by then depends on when the handler ran.
        if received.starts_with("HTTP/1.1 500 ") {
            assert_apology(&received, "500 Internal Server Error");
        } else {
            let (head, content) = received.split_once("\r\n\r\n").expect("a head");
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{received}");
            assert!(head.contains("transfer-encoding: chunked"), "{received}");
            assert!(
                ["", "B\r\na beginning\r\n"].contains(&content),
                "{received}"
            );
        }
    }
    stage.wait_for_log(&["left its answer's content without finishing it"]);
}

#[test]
fn an_interim_status_is_no_answer() {
    let stage = Stage::new(PROXY);
    for status in [100, 101, 103] {
        let response = stage.request(&format!("/status?{status}")).response();
        assert_eq!(response.status, 500, "{status}");
    }
    stage.wait_for_log(&["interim status 103"]);
}

#[test]
fn a_reset_has_no_content() {
    let stage = Stage::new(PROXY);
    let mut client = stage.request("/status?205");
    let response = client.response();
    assert_eq!((response.status, response.body.len()), (205, 0));
    assert_eq!(response.required("content-length"), "0");
}

#[test]
fn a_date_that_is_none_is_the_servers() {
    let server = serve(PROXY, &Tree::empty(), &[]);
    let date = server.get("/field?date=x").required("date").to_owned();
    assert!(date.ends_with(" GMT"), "{date}");
}

#[test]
fn fields_that_are_for_one_connection_are_not_forwarded() {
    let server = serve(PROXY, &Tree::empty(), &[]);
    let fields = [
        "Connection: x-private, close",
        "X-Private: secret",
        "X-Other: seen",
    ];
    let seen = server.get_with("/describe", &fields).text();
    assert!(seen.contains("x-other: seen"), "{seen}");
    assert!(!seen.contains("x-private: secret"), "{seen}");
}

#[test]
fn an_absolute_target_keeps_its_scheme() {
    let server = serve(PROXY, &Tree::empty(), &[]);
    for (target, scheme) in [
        ("/describe", "Scheme::Http"),
        ("http://test/describe", "Scheme::Http"),
        ("https://test/describe", "Scheme::Https"),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        let seen = server.exchange(request).text();
        assert!(
            seen.contains(&format!("Some({scheme})")),
            "{target}: {seen}"
        );
    }
}

/// The content ends before its announced length: a client that has got nothing yet is
/// told, any other sees that something is missing.
#[test]
fn content_that_ends_early_is_never_a_close_without_an_answer() {
    let mut stage = Stage::new(PROXY);
    let received = stage.provoke("/short");
    if received.starts_with("HTTP/1.1 500 ") {
        assert_apology(&received, "500 Internal Server Error");
    } else {
        assert!(received.contains("content-length: 100\r\n"), "{received}");
    }
}

#[test]
fn a_handler_that_never_answers_is_504() {
    for component in BOTH {
        let mut stage = Stage::with_args(component, &[SHORT_REQUEST_TIMEOUT]);
        assert_apology(&stage.provoke("/never"), "504 Gateway Timeout");
        stage.wait_for_log(&["no progress within the request timeout"]);
    }
}

#[test]
fn a_handler_that_never_ends_is_cut_short() {
    let mut stage = Stage::with_args(PROXY, &[SHORT_REQUEST_TIMEOUT]);
    assert_cut_short(&stage.provoke("/never-ends"));
    stage.wait_for_log(&["no progress within the request timeout"]);
}

#[test]
fn a_handler_that_computes_for_ever_is_504() {
    for component in BOTH {
        let mut stage = Stage::with_args(component, &[SHORT_CPU_TIME]);
        let mut client = stage.request("/loop");
        stage.others_are_served();
        assert_eq!(client.response().status, 504, "{component}");
        stage.wait_for_log(&["computed for more than 200ms"]);
    }
}

#[test]
fn a_handler_that_hoards_memory_is_500() {
    let stage = Stage::new(PROXY);
    assert_eq!(stage.request("/hoard").response().status, 500);
    stage.wait_for_log(&["when growing memory"]);
}

#[test]
fn a_handler_that_gives_no_answer_is_500() {
    let stage = Stage::new(PROXY);
    assert_eq!(stage.request("/silent").response().status, 500);
    stage.wait_for_log(&["handler failed", "response-outparam"]);
    let stage = Stage::new(SERVICE);
    assert_eq!(stage.request("/error").response().status, 500);
    stage.wait_for_log(&["handler failed", "as asked"]);
}

#[test]
fn content_shorter_than_announced_is_seen() {
    let mut stage = Stage::new(PROXY);
    let received = stage.provoke("/short");
    assert!(!received.contains("four\r\n0\r\n"), "{received}");
    assert!(received.len() < 400, "{received}");
    stage.wait_for_log(&["(closed without a whole answer)"]);
    assert_eq!(stage.request("/long").response().body.len(), 1);
}

#[test]
fn work_after_the_answer_is_bounded() {
    let args = [
        "--max-instances=1",
        "--request-timeout=0.5",
        "--queue-timeout=20",
    ];
    let server = serve(PROXY, &Tree::empty(), &args);
    assert_eq!(server.get("/work-on").text(), "that is all\n");
    // The only place is free again.
    assert_eq!(server.get("/ok").status, 200);
}

#[test]
fn requests_are_sent_where_they_may_go() {
    for component in BOTH {
        let target = serve(PROXY, &Tree::empty(), &[]);
        let query = format!("/fetch?{}/ok", target.address);
        let server = serve(component, &Tree::empty(), &[]);
        let denied = server.get(&query).text();
        assert!(denied.contains("HttpRequestDenied"), "{denied}");
        server.wait_for_log(|line| line.contains("--allow-outbound"));

        let port = target.port();
        for (grant, allowed) in [
            (format!("127.0.0.1:{port}"), true),
            ("127.0.0.1".to_owned(), true),
            (format!("127.0.0.2:{port}"), false),
            ("127.0.0.1:1".to_owned(), false),
            (format!("localhost:{port}"), false),
        ] {
            let server = serve(component, &Tree::empty(), &["--allow-outbound", &grant]);
            let text = server.get(&query).text();
            let sent = text.contains("ok\n") || text.contains("status 200");
            assert_eq!(sent, allowed, "{component} {grant}: {text}");
        }
    }
}

#[test]
fn nothing_is_reached_that_was_not_granted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let tree = Tree::simple();
    let server = serve(PROXY, &tree, &[]);
    let connected = server.get(&format!("/socket?{address}")).text();
    assert!(connected.contains("cannot connect"), "{connected}");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());

    assert!(server.get("/file?/hello.txt").text().starts_with("hello"));
    for path in ["/../secret", "/etc/passwd", "../../../../etc/passwd"] {
        let text = server.get(&format!("/file?{path}")).text();
        assert!(text.starts_with("cannot read"), "{text}");
    }
    let text = server.get("/write?/new.txt").text();
    assert!(text.starts_with("cannot write"), "{text}");
    let environment = server.get("/environment").text();
    assert_eq!(environment, "proxy_handler.wasm\n");
}

#[test]
fn what_was_granted_is_there() {
    let tree = Tree::simple();
    let data = Tree::empty();
    let dir = format!("{}::/data:rw", data.path("").display());
    let args = ["--dir", &dir, "--env", "GREETING=hello", "--arg", "one"];
    let server = serve(PROXY, &tree, &args);
    assert_eq!(server.get("/write?/data/new.txt").text(), "written\n");
    assert_eq!(std::fs::read(data.path("new.txt")).unwrap(), b"written");
    let environment = server.get("/environment").text();
    assert_eq!(environment, "GREETING=hello\nproxy_handler.wasm\none\n");
}

#[test]
fn what_a_handler_prints_is_logged() {
    let server = serve(PROXY, &Tree::empty(), &[]);
    server.get("/print");
    server.wait_for_log(|line| line.contains("a line of output"));
    server.wait_for_log(|line| line.contains("an error\\x1b[2Jforged"));
}

#[test]
fn answers_are_logged_in_each_format() {
    let request = "\"GET /ok HTTP/1.1\" 200";
    for (format, wanted) in [
        ("python", format!("] {request} -")),
        ("common", format!("] {request} 3")),
        ("combined", format!("] {request} 3 \"-\" \"spider\"")),
        ("json", "\"status\":200".to_owned()),
    ] {
        let server = serve(PROXY, &Tree::empty(), &["--log-format", format]);
        server.get_with("/ok", &["User-Agent: spider"]);
        server.wait_for_log(|line| line.contains(&wanted));
    }
    let server = serve(PROXY, &Tree::empty(), &["-q"]);
    server.get("/ok");
    server.get("/trap");
    server.wait_for_log(|line| line.contains("handler trapped"));
    assert!(
        !server
            .log_lines()
            .iter()
            .any(|line| line.contains("GET /ok"))
    );
}

#[test]
fn what_is_no_request_is_refused() {
    let server = serve(PROXY, &Tree::empty(), &[]);
    for (request, status) in [
        ("GET /ok HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (
            "GET /ok HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
            400,
        ),
        (
            "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nConnection: close\r\n\r\n",
            501,
        ),
        ("garbage\r\n\r\n", 400),
        (
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
            400,
        ),
    ] {
        let mut client = server.connect();
        client.send(request);
        assert_eq!(client.response().status, status, "{request:?}");
        client.rest();
        assert_eq!(server.get("/ok").status, 200);
    }
}

#[test]
fn a_slow_head_is_408() {
    let args = ["--header-timeout=0.3", "--idle-timeout=20"];
    let server = serve(PROXY, &Tree::empty(), &args);
    let mut client = server.connect_and_send("GET /ok HTTP/1.1\r\nHo");
    let received = String::from_utf8(client.rest()).unwrap();
    assert!(received.starts_with("HTTP/1.1 408 "), "{received}");
    // One that says nothing at all is let go without a word.
    server.connect().expect_closed();
}

#[test]
fn an_idle_connection_is_closed() {
    let server = serve(PROXY, &Tree::empty(), &["--idle-timeout=0.3"]);
    let mut client = server.connect();
    assert_eq!(client.get("/ok").status, 200);
    client.expect_closed();
}

#[test]
fn an_idle_connection_makes_room() {
    let server = serve(PROXY, &Tree::empty(), &["--max-connections=1"]);
    let mut idle = server.connect();
    assert_eq!(idle.get("/ok").status, 200);
    assert_eq!(server.get("/ok").status, 200);
    idle.expect_closed();
}

#[test]
fn a_reader_that_stops_is_cut_off() {
    let server = serve(PROXY, &Tree::empty(), &["--request-timeout=2"]);
    let mut client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = format!("100000\r\n{}\r\n", "x".repeat(1 << 20));
    let sending = client.send_in_background(chunk.repeat(64).into_bytes());
    server.wait_for_log(|line| line.contains("the client took nothing"));
    client.rest();
    assert!(sending.join().unwrap().is_err());
}

#[test]
fn a_client_that_vanishes_takes_its_instance_along() {
    let args = ["--max-instances=1", "--queue-timeout=20"];
    let server = serve(PROXY, &Tree::empty(), &args);
    for _ in 0..5 {
        let mut client: Client = server.connect();
        client.send("GET /never-ends HTTP/1.1\r\nHost: test\r\n\r\n");
        client.wait_for("a beginning");
        client.reset();
    }
    assert_eq!(server.get("/ok").status, 200);
}

#[test]
fn a_stop_waits_for_what_is_in_flight() {
    for component in BOTH {
        let mut server = serve(component, &Tree::empty(), &[]);
        let mut idle = server.connect();
        assert_eq!(idle.get("/ok").status, 200);
        let mut busy = server.connect();
        busy.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 8\r\n\r\nhalf");
        busy.wait_for("half");
        server.signal(Signal::TERM);
        idle.expect_closed();
        busy.send("more");
        busy.wait_for("more");
        busy.rest();
        assert!(server.wait().success());
    }
}

#[test]
fn nothing_stays_open() {
    for component in BOTH {
        let mut stage = Stage::new(component);
        for target in ["/ok", "/trap", "/trap-late", "/none"] {
            for _ in 0..10 {
                let mut client = stage.request(target);
                client.finish_sending();
                client.rest();
            }
        }
        stage.all_is_closed();
    }
}

#[test]
fn another_component_takes_over() {
    let tree = Tree::empty();
    let file = tree.path("handler.wasm");
    let put = |component: &str| std::fs::copy(guests::component(component), &file).unwrap();
    put(PROXY);
    let server = Server::builder()
        .directory(&tree)
        .args(["--component".as_ref(), file.as_os_str()])
        .args(["--instance-reuse=1000", "--threads=1"])
        .start();
    let mut client = server.connect();
    assert_eq!(client.get("/describe").status, 200);
    // The other one has no such path, and is of another version of WASI.
    put(SERVICE);
    server.signal(Signal::HUP);
    server.wait_for_log(|line| line.contains("component reloaded"));
    assert_eq!(client.get("/describe").status, 404);
    assert_eq!(client.get("/ok").status, 200);

    put("hostile_handler");
    server.signal(Signal::HUP);
    server.wait_for_log(|line| line.contains("of another world"));
    assert_eq!(client.get("/ok").text(), "ok\n");
}
