//! `--admin`: what operators' programs are told, and who else isn't.

use crate::support::admin::{ADMIN, admin_of, ask, number};
use crate::support::client::Client;
use crate::support::command_line::{run, stderr};
use crate::support::eventually;
use crate::support::guests;
use crate::support::previews::Previews;
use crate::support::server::Server;
use crate::support::tree::{MEGABYTE, Tree};
use rustix::process::Signal;
use std::net::SocketAddr;

#[test]
fn requests_are_counted_by_what_they_were_answered() {
    let tree = Tree::simple();
    let server = Server::builder().directory(&tree).args(ADMIN).start();
    let admin = admin_of(&server);
    assert_eq!(server.get("/hello.txt").status, 200);
    assert_eq!(server.get("/hello.txt").status, 200);
    assert_eq!(server.get("/nothing").status, 404);
    let ready = ask(admin, "/readyz");
    assert_eq!((ready.status, ask(admin, "/healthz").status), (200, 200));
    eventually("all are counted", || {
        number(admin, "wasm_host_responses_total{code=\"200\"}") == 2
            && number(admin, "wasm_host_responses_total{code=\"404\"}") == 1
            && number(admin, "wasm_host_request_duration_seconds_count") == 3
            && number(admin, "wasm_host_connections_open") == 0
            && number(admin, "wasm_host_instances_in_use") == 0
    });
    assert_eq!(number(admin, "wasm_host_connections_accepted_total"), 3);
    assert!(number(admin, "wasm_host_received_bytes_total") > 100);
    assert!(number(admin, "wasm_host_sent_bytes_total") > 100);
    let made = number(admin, "wasm_host_instances_made_total");
    assert!((1..=3).contains(&made), "{made}");
    if cfg!(target_os = "linux") {
        assert!(number(admin, "process_resident_memory_bytes") > 1_000_000);
    }
    let metrics = ask(admin, "/metrics");
    let kind = metrics.required("Content-Type");
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
}

/// As with `--quiet`, which has nobody log a request.
#[test]
fn what_is_not_logged_is_counted() {
    let tree = Tree::simple();
    let args = [&ADMIN[..], &["--quiet"]].concat();
    let server = Server::builder().directory(&tree).args(args).start();
    let admin = admin_of(&server);
    assert_eq!(server.get("/hello.txt").status, 200);
    eventually("it is counted", || {
        number(admin, "wasm_host_responses_total{code=\"200\"}") == 1
    });
}

/// The log's lines stay as they are without it.
#[test]
fn requests_are_logged_as_ever() {
    let tree = Tree::simple();
    let server = Server::builder().directory(&tree).args(ADMIN).start();
    assert_eq!(server.get("/hello.txt").status, 200);
    let line = server.wait_for_log(|line| line.contains("GET /hello.txt"));
    assert!(line.starts_with("127.0.0.1 - - ["), "{line}");
    assert!(
        line.ends_with("] \"GET /hello.txt HTTP/1.1\" 200 -"),
        "{line}"
    );
}

/// Whose file is removed at the end, as what keeps strangers away is its permissions.
#[test]
fn a_unix_socket_is_for_its_user_and_group() {
    use std::os::unix::fs::PermissionsExt;
    let tree = Tree::simple();
    let path = tree.outside("admin.sock");
    let place = format!("unix:{}", path.display());
    let mut server = Server::builder()
        .directory(&tree)
        .args(["--admin", &place])
        .start();
    let line = server.wait_for_message(|line| line.starts_with("Operators see "));
    let curl = format!(
        "curl --unix-socket {} http://localhost/metrics",
        path.display()
    );
    assert_eq!(line, format!("Operators see {place} ({curl})"));
    let mode = path.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let get = |target: &str, host: &str| {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        Client::connect_unix(&path).exchange(request)
    };
    assert_eq!(get("/healthz", "localhost").status, 200);
    assert!(get("/config", "localhost").text().contains(&place));
    assert_eq!(get("/healthz", "evil.example").status, 421);
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(0));
    eventually("it is gone", || !path.exists());
}

/// Another server has it, or it is no socket at all: neither is removed.
#[test]
fn a_unix_socket_of_others_is_left_alone() {
    let tree = Tree::simple();
    let taken = tree.outside("admin.sock");
    let _other = std::os::unix::net::UnixListener::bind(&taken).unwrap();
    let file = tree.path("hello.txt");
    let root = tree.path("");
    for path in [&taken, &file] {
        let place = format!("unix:{}", path.display());
        let root = root.to_str().unwrap();
        let output = run([
            "serve",
            "--bind=127.0.0.1",
            "-d",
            root,
            "--admin",
            &place,
            "0",
        ]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.starts_with(&format!("error: cannot listen on {place}")),
            "{said}"
        );
        assert!(path.exists());
    }
}

#[test]
fn a_server_that_stops_is_not_ready() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 64 * MEGABYTE);
    let mut server = Server::builder()
        .directory(&tree)
        .args(ADMIN)
        .args(["--shutdown-timeout", "3600"])
        .start();
    let admin = admin_of(&server);
    let mut client = server.connect();
    client.send("GET /big.bin HTTP/1.1\r\nHost: test\r\n\r\n");
    client.try_response_head().unwrap();
    assert_eq!(number(admin, "wasm_host_connections_open"), 1);
    server.signal(Signal::TERM);
    eventually("it says so", || ask(admin, "/readyz").status == 503);
    assert_eq!(ask(admin, "/healthz").status, 200, "and lives");
    assert!(ask(admin, "/readyz").text().contains("stopping"));
    client.read_some(64 * MEGABYTE);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn limits_are_counted_where_they_are_reached() {
    let server = Server::builder()
        .args(ADMIN)
        .args(["--cpu-time=0.2", "--component"])
        .args([guests::component("hostile_handler")])
        .start();
    let admin = admin_of(&server);
    assert_eq!(server.get("/loop").status, 504);
    eventually("it is counted", || {
        number(admin, "wasm_host_limit_hits_total{limit=\"cpu-time\"}") == 1
            && number(admin, "wasm_host_responses_total{code=\"504\"}") == 1
    });
}

#[test]
fn components_of_wasi_http_are_counted_too() {
    let server = Server::builder()
        .args(ADMIN)
        .args(["--component"])
        .args([guests::component("proxy_handler")])
        .start();
    let admin = admin_of(&server);
    let status = server.get("/").status;
    let name = format!("wasm_host_responses_total{{code=\"{status}\"}}");
    eventually("it is counted", || {
        number(admin, &name) == 1 && number(admin, "wasm_host_instances_made_total") == 1
    });
}

/// The sites' requests, and those of the server's own host, without a site's name.
#[test]
fn a_server_of_previews_counts_all_of_its_sites() {
    let previews = Previews::start_with(&ADMIN);
    let admin = admin_of(&previews.server);
    let get = |host: &str| {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        previews.server.exchange(request).status
    };
    for host in ["secret-name.localhost", "localhost"] {
        let before = number(admin, "wasm_host_request_duration_seconds_count");
        let status = get(host);
        let name = format!("wasm_host_responses_total{{code=\"{status}\"}}");
        eventually("it is counted", || {
            number(admin, &name) > 0
                && number(admin, "wasm_host_request_duration_seconds_count") == before + 1
        });
    }
    assert!(!ask(admin, "/metrics").text().contains("secret-name"));
    assert_eq!(ask(admin, "/readyz").status, 200);
}

/// A page whose name leads to this machine after it was loaded.
#[test]
fn a_page_of_another_name_is_told_nothing() {
    let tree = Tree::simple();
    let server = Server::builder()
        .directory(&tree)
        .args(ADMIN)
        .args(["--admin-host", "metrics.example"])
        .start();
    let admin = admin_of(&server);
    for (line, host, status) in [
        ("GET /metrics HTTP/1.1", "evil.example", 421),
        ("GET /metrics HTTP/1.1", "127.0.0.1.evil.example:9100", 421),
        ("GET http://evil.example/metrics HTTP/1.1", "127.0.0.1", 421),
        ("GET /metrics HTTP/1.1", "a\r\nHost: 127.0.0.1", 400),
        ("POST /metrics HTTP/1.1", "localhost", 405),
        ("GET /metrics/ HTTP/1.1", "localhost", 404),
        ("GET /metrics HTTP/1.1", "metrics.example", 200),
        ("GET /metrics HTTP/1.1", "localhost:9100", 200),
    ] {
        let request = format!("{line}\r\nHost: {host}\r\n\r\n");
        let response = Client::connect(admin).exchange(request);
        assert_eq!(response.status, status, "{line} {host}");
        assert!(!response.body.is_empty(), "it says why");
        let tells = response.text().contains("wasm_host_");
        assert_eq!(tells, status == 200, "{line} {host}");
        assert!(response.field("Access-Control-Allow-Origin").is_none());
    }
}

#[test]
fn nothing_of_it_is_at_the_servers_own_address() {
    let tree = Tree::simple();
    let server = Server::builder().directory(&tree).args(ADMIN).start();
    admin_of(&server);
    for path in ["/metrics", "/healthz", "/readyz"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
}

/// Neighbours on this machine who open all connections that there are, and send nothing.
#[test]
fn who_holds_all_of_its_connections_holds_up_no_request() {
    let tree = Tree::simple();
    let server = Server::builder().directory(&tree).args(ADMIN).start();
    let admin = admin_of(&server);
    let mut silent: Vec<_> = (0..200).map(|_| Client::connect(admin)).collect();
    for client in &mut silent {
        client.send("GET /metrics HTTP/1.1\r\n");
    }
    assert_eq!(server.get("/hello.txt").status, 200);
    drop(silent);
    assert_eq!(ask(admin, "/healthz").status, 200);
}

#[test]
fn what_others_could_read_has_to_be_meant() {
    for address in [
        "0.0.0.0:0",
        "[::]:0",
        "[::ffff:0.0.0.0]:0",
        "192.0.2.1:9100",
    ] {
        let output = run(["serve", "0", "--admin", address]);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{address}: {message}");
        assert!(message.contains("--admin-public"), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    for args in [
        ["--admin", "localhost:9100"],
        ["--admin", "9100"],
        ["--admin-host", "a"],
    ] {
        let output = run(["serve", "0"].iter().chain(&args));
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
    let tree = Tree::simple();
    let server = Server::builder()
        .directory(&tree)
        .args(["--admin", "0.0.0.0:0", "--admin-public"])
        .start();
    let port = admin_of(&server).port();
    let here = SocketAddr::from(([127, 0, 0, 1], port));
    assert_eq!(ask(here, "/healthz").status, 200);
}
