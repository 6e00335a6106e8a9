//! Scripts that are components: `wasi:cli/command`, and what isn't one.

use super::hostile::assert_hello_of;
use super::variables::Environment;
use crate::support::client::Client;
use crate::support::preview_1::printing_module;
use crate::support::scripts::Scripts;
use crate::support::server::Server;
use crate::support::tree::{MEGABYTE, pattern};
use crate::support::{eventually, guests};
use std::time::{SystemTime, UNIX_EPOCH};

/// The component of `tests/handlers/cgi-hello`, as a script.
fn scripts() -> Scripts {
    let scripts = Scripts::new();
    let component = std::fs::read(guests::component("cgi-hello")).unwrap();
    scripts.program("cgi-bin/hello.wasm", component);
    scripts
}

#[track_caller]
fn request(server: &Server, action: &str) -> Client {
    let mut client = server.connect();
    client.send(format!(
        "GET /cgi-bin/hello.wasm{action} HTTP/1.1\r\nHost: test\r\n\r\n"
    ));
    client
}

#[track_caller]
fn said(server: &Server, action: &str) -> String {
    let response = server.get(&format!("/cgi-bin/hello.wasm{action}"));
    assert_eq!(response.status, 200, "{response:?}");
    response.text()
}

#[test]
fn a_component_is_a_script() {
    let scripts = scripts();
    let server = scripts.serve();
    assert_eq!(said(&server, ""), "hello\n");
    assert_eq!(said(&server, "/arguments"), "1\n");
    let head = server.head("/cgi-bin/hello.wasm");
    assert_eq!(
        (head.status, head.media_type().as_str()),
        (200, "text/plain")
    );
    // No process runs for it.
    scripts.expect_nothing_left(&server);
}

#[test]
fn it_has_the_variables_of_other_scripts() {
    let scripts = scripts();
    let print = r#"printf 'Content-Type: text/plain\n\n'; cat "/proc/$$/environ""#;
    scripts.sh("native", print);
    let server = scripts.serve_with(&["--cgi-env", "OWN=value"]);
    let fields = ["Accept: a/b", "Proxy: evil", "X_Y: evil", "Cookie: a=b"];
    let [wasm, native] = ["hello.wasm", "native"].map(|name| {
        let target = format!("/cgi-bin/{name}/variables?a=b");
        Environment::of(&server.get_with(&target, &fields))
    });
    let own = [
        "SCRIPT_NAME",
        "SCRIPT_FILENAME",
        "REQUEST_URI",
        "REMOTE_PORT",
        "PATH",
    ];
    let [shared_by_wasm, shared_by_native] = [&wasm, &native].map(|environment| {
        let mut shared = environment.0.clone();
        shared.retain(|name, _| !own.contains(&name.as_str()));
        shared
    });
    assert_eq!(shared_by_wasm, shared_by_native);
    wasm.assert_has("SCRIPT_NAME", "/cgi-bin/hello.wasm");
    wasm.assert_has("OWN", "value");
}

#[test]
fn it_reads_the_content_and_writes_before_it_has() {
    let scripts = scripts();
    let server = scripts.serve();
    let mut client = server.connect();
    for length in [0, 1, 65_536, 3 * MEGABYTE] {
        let content = pattern(length);
        let head = format!(
            "POST /cgi-bin/hello.wasm/echo HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n\r\n"
        );
        let sent = client.send_in_background([head.as_bytes(), &content].concat());
        let response = client.response();
        assert!(
            response.body == content,
            "{length}: {}",
            response.body.len()
        );
        sent.join().unwrap().unwrap();
        // Its head may leave while more of the content is left than the host drops.
        if length > MEGABYTE && response.lists("Connection", "close") {
            client.expect_closed();
            client = server.connect();
        }
    }
    let content = pattern(10 * MEGABYTE);
    let head = "POST /cgi-bin/hello.wasm/write-first HTTP/1.1\r\nHost: test\r\n\
                Content-Length: 10485760\r\n\r\n";
    let sent = client.send_in_background([head.as_bytes(), &content].concat());
    assert!(client.response().body.ends_with(b"x10485760\n"));
    sent.join().unwrap().unwrap();
}

#[test]
fn its_output_is_sent_as_it_comes() {
    let scripts = scripts();
    let server = scripts.serve();
    let mut client = server.connect();
    client
        .send("POST /cgi-bin/hello.wasm/lines HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\n");
    // It is started when its content has begun to come.
    client.send("1");
    client.wait_for("ready\n1\n");
    client.send("2");
    assert_eq!(client.response().text(), "ready\n1\n2\n");
}

#[test]
fn it_reaches_no_file_no_network_and_no_program() {
    let scripts = scripts();
    let server = scripts.serve();
    let report = said(&server, "/reach");
    assert!(report.lines().count() > 20, "{report}");
    for line in report.lines() {
        assert!(line.ends_with(": refused"), "{line}");
    }
}

#[test]
fn each_request_has_a_fresh_one() {
    let scripts = scripts();
    let server = scripts.serve();
    let mut client = server.connect();
    for _ in 0..3 {
        assert_eq!(client.get("/cgi-bin/hello.wasm/runs").text(), "0\n");
    }
}

#[test]
fn one_that_never_ends_is_504_while_others_are_served() {
    let scripts = scripts();
    let server = scripts.serve_with(&["--cgi-timeout", "0.5", "--threads", "1"]);
    assert_hello_of(&server, "/cgi-bin/hello.wasm");
    for action in ["/loop", "/sleep"] {
        let mut client = request(&server, action);
        assert_eq!(server.get("/hello.txt").status, 200);
        assert_eq!(client.response().status, 504, "{action}");
    }
    let mut client = request(&server, "/loop-midway");
    assert_eq!(server.get("/hello.txt").status, 200);
    let received = client.rest();
    assert!(!received.ends_with(b"\r\n0\r\n\r\n"), "it ended well");
    assert_hello_of(&server, "/cgi-bin/hello.wasm");
}

#[test]
fn one_that_traps_or_wants_too_much_is_502_and_logged() {
    let scripts = scripts();
    let server = scripts.serve_with(&["--memory", "16"]);
    for action in ["/trap", "/allocate", "/silent"] {
        let response = server.get(&format!("/cgi-bin/hello.wasm{action}"));
        assert_eq!(response.status, 502, "{action}");
        server.wait_for_log(|line| line.contains("hello.wasm") && !line.contains("GET /"));
    }
    assert_eq!(said(&server, ""), "hello\n");
}

#[test]
fn its_errors_and_its_failure_are_logged() {
    let scripts = scripts();
    let server = scripts.serve();
    said(&server, "/stderr");
    for text in ["one", "two"] {
        let ours = |line: &str| line.contains("hello.wasm") && line.contains(text);
        let line = server.wait_for_log(|line| ours(line) && !line.contains("GET /"));
        assert!(!line.contains('\x1b'), "{line:?}");
    }
    said(&server, "/exit");
    // wasi:cli/exit 0.2 knows success and failure, and no codes.
    server.wait_for_log(|line| line.contains("CGI script") && line.contains("exit"));
}

#[test]
fn what_is_no_command_is_502() {
    let scripts = scripts();
    for (name, contents) in [
        ("empty", Vec::new()),
        ("text", b"#!/bin/sh\necho ran\n".to_vec()),
        ("magic", b"\0asm\x01\0\0\0".to_vec()),
        (
            "cut",
            std::fs::read(guests::component("cgi-hello")).unwrap()[..5000].to_vec(),
        ),
        (
            "handler",
            std::fs::read(guests::component("raw_handler")).unwrap(),
        ),
    ] {
        scripts.program(format!("cgi-bin/{name}.wasm"), contents);
    }
    let server = scripts.serve();
    for name in ["empty", "text", "magic", "cut", "handler"] {
        let response = server.get(&format!("/cgi-bin/{name}.wasm"));
        assert_eq!(response.status, 502, "{name}: {response:?}");
        let wanted = format!("{name}.wasm");
        server.wait_for_log(|line| line.contains(&wanted) && !line.contains("GET /"));
    }
}

/// As what builds or downloads one doesn't give it.
#[test]
fn a_component_needs_no_permission_to_execute() {
    let scripts = scripts();
    scripts.file("cgi-bin/hello.wasm", printing_module("ran"));
    let server = scripts.serve();
    assert_eq!(said(&server, ""), "ran");
}

#[test]
fn a_changed_file_is_another_script() {
    let scripts = scripts();
    let server = scripts.serve();
    assert_eq!(said(&server, ""), "hello\n");
    scripts.program("cgi-bin/hello.wasm", printing_module("one"));
    assert_eq!(said(&server, ""), "one");
    // Of the same length, at about the same time.
    scripts.program("cgi-bin/hello.wasm", printing_module("two"));
    assert_eq!(said(&server, ""), "two");
}

#[test]
fn they_count_among_those_that_run_at_once() {
    let scripts = scripts();
    let server = scripts.serve_with(&["--cgi-max", "1", "--queue-timeout", "0.1"]);
    let mut client = server.connect();
    client.send("GET /cgi-bin/hello.wasm/loop-midway HTTP/1.1\r\nHost: test\r\n\r\n");
    client.wait_for("first\n");
    assert_eq!(server.get("/cgi-bin/hello.sh").status, 503);
    // A client that vanishes leaves its place.
    client.reset();
    eventually("the place is free again", || {
        server.get("/cgi-bin/hello.sh").status == 200
    });
}

#[test]
fn a_module_of_preview_1_is_a_script() {
    let scripts = Scripts::new();
    scripts.program("cgi-bin/module.wasm", printing_module("by a module"));
    let server = scripts.serve();
    assert_eq!(server.get("/cgi-bin/module.wasm").text(), "by a module");
}

#[test]
fn the_example_says_hello() {
    let scripts = Scripts::new();
    let hello = std::fs::read(guests::hello_cgi()).unwrap();
    scripts.file("cgi-bin/hello.wasm", hello);
    let server = scripts.serve();
    let response = server.get("/cgi-bin/hello.wasm?a=b");
    assert_eq!(response.text(), "Hello from a sandbox: GET ?a=b\n");
}

/// How often a script was compiled, as the log says with `-v`.
fn compilations(server: &Server) -> usize {
    let lines = server.log_lines();
    let compiled = |line: &&String| line.contains("compiling script ");
    lines.iter().filter(compiled).count()
}

#[test]
fn it_is_compiled_once_however_many_ask() {
    let scripts = scripts();
    // Another with the same content isn't the same script.
    let component = std::fs::read(guests::component("cgi-hello")).unwrap();
    scripts.program("cgi-bin/other.wasm", component);
    let settled = std::fs::metadata(scripts.path("cgi-bin/other.wasm")).unwrap();
    eventually("a change from now on has another time", || {
        let changed = settled.modified().unwrap();
        changed.elapsed().unwrap() > std::time::Duration::from_millis(100)
    });
    let server = scripts.serve_with(&["-v"]);
    let mut clients: Vec<Client> = (0..6).map(|_| request(&server, "")).collect();
    for client in &mut clients {
        assert_eq!(client.response().text(), "hello\n");
    }
    assert_eq!(said(&server, ""), "hello\n");
    assert_eq!(compilations(&server), 1);
    for _ in 0..2 {
        assert_eq!(server.get("/cgi-bin/other.wasm").text(), "hello\n");
    }
    assert_eq!(compilations(&server), 2);
    // That it is none is found out once, too.
    scripts.file("cgi-bin/none.wasm", "no component");
    eventually("it is known to be none", || {
        let before = compilations(&server);
        assert_eq!(server.get("/cgi-bin/none.wasm").status, 502);
        compilations(&server) == before
    });
}

/// A program of so many functions that compiling it takes seconds. There is no other like
/// it, which might have been compiled before.
fn slow_module() -> Vec<u8> {
    let number = |value: usize| {
        // LEB128, with all of its five bytes.
        let byte = |at: usize| (value >> (7 * at) & 0x7f) as u8;
        [0, 1, 2, 3, 4].map(|at| byte(at) | if at < 4 { 0x80 } else { 0 })
    };
    let unique = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_nanos();
    let functions = 2_000;
    // A local, and sums and products of it with itself.
    let mut body = vec![1, 1, 0x7e];
    for _ in 0..400 {
        body.extend([0x20, 0, 0x20, 0, 0x7e, 0x20, 0, 0x7c, 0x22, 0, 0x1a]);
    }
    body.push(0x0b);
    let code = [&number(body.len())[..], &body].concat().repeat(functions);
    let count = number(functions);
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    for (section, contents) in [
        (1, vec![1, 0x60, 0, 0]),
        (3, [&count[..], &vec![0; functions]].concat()),
        (5, vec![1, 0, 1]),
        (7, b"\x02\x06memory\x02\0\x06_start\0\0".to_vec()),
        (10, [&count[..], &code].concat()),
        // A custom section of that name.
        (0, [&[1, b't'][..], &unique.to_le_bytes()].concat()),
    ] {
        module.push(section);
        module.extend(number(contents.len()));
        module.extend(contents);
    }
    module
}

#[test]
fn one_that_takes_too_long_to_compile_is_504_while_others_are_served() {
    let scripts = scripts();
    scripts.file("cgi-bin/slow.wasm", slow_module());
    let server = scripts.serve_with(&["--cgi-timeout", "0.05", "--threads", "1"]);
    let mut client = server.connect();
    client.send("GET /cgi-bin/slow.wasm HTTP/1.1\r\nHost: test\r\n\r\n");
    assert_eq!(server.get("/hello.txt").status, 200);
    assert_eq!(client.response().status, 504);
    assert_eq!(server.get("/hello.txt").status, 200);
    // It says nothing.
    eventually("it is compiled in the end", || {
        server.get("/cgi-bin/slow.wasm").status == 502
    });
}
