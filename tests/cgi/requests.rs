//! Which requests run which script, and what is on its standard input.

use crate::support::client::Response;
use crate::support::contains;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::tree::{KILOBYTE, pattern};
use std::os::unix::fs::symlink;

/// Prints what was asked of it, then its input.
fn echo() -> String {
    format!("{PLAIN}; echo \"$REQUEST_METHOD $SCRIPT_NAME $PATH_INFO\"; cat")
}

fn scripts() -> Scripts {
    let scripts = Scripts::new();
    scripts.sh("echo.sh", &echo());
    scripts
}

#[track_caller]
fn assert_says(response: &Response, text: &str) {
    assert_eq!((response.status, response.text().as_str()), (200, text));
}

#[test]
fn any_method_reaches_a_script() {
    let scripts = scripts();
    let server = scripts.serve();
    for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        let response = server.request(method, "/cgi-bin/echo.sh", &["Content-Length: 0"]);
        assert_says(&response, &format!("{method} /cgi-bin/echo.sh \n"));
    }
    scripts.expect_nothing_left(&server);
}

#[test]
fn posting_elsewhere_is_501() {
    let scripts = scripts();
    let server = scripts.serve();
    for target in ["/", "/hello.txt", "/missing", "/cgi-binary/echo.sh"] {
        let response = server.request("POST", target, &["Content-Length: 0"]);
        assert_eq!(response.status, 501, "{target}");
    }
}

#[test]
fn files_elsewhere_are_served_as_ever() {
    let scripts = scripts();
    scripts.program("not-cgi/echo.sh", "#!/bin/sh\necho ran\n");
    let server = scripts.serve();
    assert_says(&server.get("/hello.txt"), "hello, world\n");
    assert_says(&server.get("/not-cgi/echo.sh"), "#!/bin/sh\necho ran\n");
    assert_eq!(server.get("/missing").status, 404);
    // One connection serves both, in any order.
    let mut client = server.connect();
    for _ in 0..3 {
        assert_says(&client.get("/cgi-bin/hello.sh"), "hello\n");
        assert_says(&client.get("/hello.txt"), "hello, world\n");
    }
}

#[test]
fn without_the_flag_nothing_runs() {
    let scripts = scripts();
    let server = crate::support::server::Server::serving(scripts.path(""));
    assert!(contains(&server.get("/cgi-bin/hello.sh").body, "#!/bin/sh"));
    let response = server.request("POST", "/cgi-bin/hello.sh", &["Content-Length: 0"]);
    assert_eq!(response.status, 501);
}

#[test]
fn both_directories_of_http_server_have_scripts() {
    let scripts = scripts();
    scripts.program("htbin/echo", scripts.sh_source(&echo()));
    let server = scripts.serve();
    assert_says(&server.get("/htbin/echo"), "GET /htbin/echo \n");
    assert_says(&server.get("/cgi-bin/echo.sh"), "GET /cgi-bin/echo.sh \n");
}

#[test]
fn the_option_names_other_directories() {
    let scripts = scripts();
    for directory in ["one", "nested/two", "three"] {
        scripts.program(format!("{directory}/echo"), scripts.sh_source(&echo()));
    }
    let args = ["one", "/nested/two", "three/", "not-there-yet"]
        .map(|directory| ["--cgi-directory", directory]);
    let server = scripts.serve_with(&args.concat());
    for directory in ["one", "nested/two", "three"] {
        let name = format!("/{directory}/echo");
        assert_says(&server.get(&name), &format!("GET {name} \n"));
    }
    // They stand in place of the usual ones.
    let response = server.request("POST", "/cgi-bin/echo.sh", &["Content-Length: 0"]);
    assert_eq!(response.status, 501);
    scripts.program("not-there-yet/echo", scripts.sh_source(&echo()));
    let response = server.get("/not-there-yet/echo");
    assert_says(&response, "GET /not-there-yet/echo \n");
}

#[test]
fn the_path_is_collapsed_and_what_follows_the_script_is_path_info() {
    let scripts = scripts();
    scripts.sh("sub/deeper/echo.sh", &echo());
    scripts.sh("sp ace%2F.sh", &echo());
    let server = scripts.serve();
    for (target, name, info) in [
        ("/cgi-bin/echo.sh/a/b", "/cgi-bin/echo.sh", "/a/b"),
        ("/cgi-bin/echo.sh/", "/cgi-bin/echo.sh", "/"),
        ("/cgi-bin/echo.sh/a%20b+c", "/cgi-bin/echo.sh", "/a b+c"),
        ("/cgi-bin/echo.sh/a%3Fb", "/cgi-bin/echo.sh", "/a?b"),
        ("/cgi-bin/echo.sh?/no/info", "/cgi-bin/echo.sh", ""),
        ("/cgi-bin/echo.sh/../echo.sh/x", "/cgi-bin/echo.sh", "/x"),
        ("/cgi-bin/echo.sh/a/../b", "/cgi-bin/echo.sh", "/b"),
        ("//cgi-bin//echo.sh", "/cgi-bin/echo.sh", ""),
        ("/./cgi-bin/./echo.sh", "/cgi-bin/echo.sh", ""),
        ("/x/../cgi-bin/echo.sh", "/cgi-bin/echo.sh", ""),
        ("/%63gi-bin/ech%6F.sh/i", "/cgi-bin/echo.sh", "/i"),
        (
            "/cgi-bin/sub/deeper/echo.sh/i",
            "/cgi-bin/sub/deeper/echo.sh",
            "/i",
        ),
        ("/cgi-bin/sp%20ace%252F.sh/i", "/cgi-bin/sp ace%2F.sh", "/i"),
    ] {
        let response = server.get(target);
        let said = response.text();
        assert_eq!(said, format!("GET {name} {info}\n"), "{target}");
    }
    // Out of the directory again: a file like others.
    let target = "/cgi-bin/echo.sh/../../hello.txt";
    assert_says(&server.get(target), "hello, world\n");
}

#[test]
fn what_cannot_run_is_404_or_403() {
    let scripts = scripts();
    scripts.file("cgi-bin/data.txt", "not executable");
    scripts.sh("sub/echo.sh", &echo());
    scripts.program("tool.sh", scripts.sh_source(&echo()));
    let outside = scripts.outside("evil.sh");
    std::fs::copy(scripts.path("cgi-bin/hello.sh"), &outside).unwrap();
    for (link, target) in [
        ("out", outside.as_path()),
        ("out-relative", "../../outside/evil.sh".as_ref()),
        ("out-directory", scripts.outside("").as_path()),
        ("elsewhere", "../tool.sh".as_ref()),
        ("absolute", scripts.path("cgi-bin/hello.sh").as_path()),
        ("root", "/".as_ref()),
        ("dangling", "missing".as_ref()),
        ("loop", "loop".as_ref()),
    ] {
        symlink(target, scripts.path("cgi-bin").join(link)).unwrap();
    }
    let server = scripts.serve();
    for (target, statuses) in [
        ("/cgi-bin/missing", [404, 404]),
        ("/cgi-bin/missing/info", [404, 404]),
        ("/cgi-bin/sub/missing", [404, 404]),
        ("/htbin/missing", [404, 404]),
        ("/cgi-bin/ECHO.SH", [404, 404]),
        ("/cgi-bin/data.txt", [403, 403]),
        ("/cgi-bin/data.txt/info", [403, 403]),
        ("/cgi-bin/", [403, 403]),
        ("/cgi-bin/sub", [403, 403]),
        ("/cgi-bin/sub/", [403, 403]),
        ("/cgi-bin/out", [403, 403]),
        ("/cgi-bin/out/info", [403, 403]),
        ("/cgi-bin/out-relative", [403, 403]),
        ("/cgi-bin/out-directory/evil.sh", [403, 404]),
        ("/cgi-bin/elsewhere", [403, 403]),
        ("/cgi-bin/root/bin/ls", [403, 404]),
        ("/cgi-bin/dangling", [404, 403]),
        ("/cgi-bin/loop", [403, 404]),
    ] {
        for method in ["GET", "POST"] {
            let response = server.request(method, target, &["Content-Length: 0"]);
            let status = response.status;
            assert!(statuses.contains(&status), "{method} {target}: {status}");
        }
    }
    scripts.expect_nothing_left(&server);
}

#[test]
fn a_link_within_the_directory_is_followed() {
    let scripts = scripts();
    symlink("echo.sh", scripts.path("cgi-bin/link")).unwrap();
    let server = scripts.serve();
    assert_says(&server.get("/cgi-bin/link/i"), "GET /cgi-bin/link /i\n");
}

#[test]
fn what_the_system_cannot_start_is_an_error_that_is_logged() {
    let scripts = scripts();
    scripts.program("cgi-bin/no-interpreter", "#!/nonexistent/interpreter\n");
    scripts.program("cgi-bin/interpreter-is-a-directory", "#!/tmp\n");
    scripts.program("cgi-bin/broken-binary", b"\x7fELF\x02\x01\x01 broken");
    scripts.program("cgi-bin/empty", "");
    let server = scripts.serve();
    for name in [
        "no-interpreter",
        "interpreter-is-a-directory",
        "broken-binary",
        "empty",
    ] {
        let status = server.get(&format!("/cgi-bin/{name}")).status;
        assert!(matches!(status, 502 | 403), "{name}: {status}");
        server.wait_for_log(|line| line.contains(name) && !line.contains("GET /"));
    }
    assert_says(&server.get("/cgi-bin/hello.sh"), "hello\n");
    scripts.expect_nothing_left(&server);
}

#[test]
fn standard_input_is_exactly_the_content() {
    let scripts = scripts();
    let server = scripts.serve();
    let mut client = server.connect();
    for length in [0, 1, 7, 8 * KILOBYTE, 65_535, 65_536, 65_537, 300_000] {
        let content = pattern(length);
        let head = format!(
            "POST /cgi-bin/echo.sh HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n\r\n"
        );
        // The next request follows at once: it isn't the script's to read.
        let next = b"GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n";
        let sent = client.send_in_background([head.as_bytes(), &content, next].concat());
        let response = client.response();
        let expected = [b"POST /cgi-bin/echo.sh \n", &content[..]].concat();
        assert!(response.body == expected, "{length}: {response:?}");
        assert_says(&client.response(), "hello, world\n");
        sent.join().unwrap().unwrap();
    }
}

#[test]
fn a_get_has_an_empty_standard_input_or_its_content() {
    let scripts = scripts();
    let server = scripts.serve();
    assert_says(&server.get("/cgi-bin/echo.sh"), "GET /cgi-bin/echo.sh \n");
    let request = "GET /cgi-bin/echo.sh HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody";
    assert_says(&server.exchange(request), "GET /cgi-bin/echo.sh \nbody");
}

#[test]
fn chunks_are_taken_apart() {
    let scripts = scripts();
    scripts.sh("length.sh", &format!("{PLAIN}; echo $CONTENT_LENGTH; cat"));
    let server = scripts.serve();
    let mut client = server.connect();
    for _ in 0..2 {
        let response = client.exchange(
            "POST /cgi-bin/length.sh HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n\
             5\r\nhello\r\n7;x=y\r\n, chunk\r\n0\r\nTrailer: x\r\n\r\n",
        );
        assert_says(&response, "12\nhello, chunk");
    }
}

#[test]
fn a_script_that_expects_its_content_gets_it_after_100() {
    let scripts = scripts();
    let server = scripts.serve();
    let mut client = server.connect();
    client.send(
        "POST /cgi-bin/echo.sh HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\
         Expect: 100-continue\r\n\r\n",
    );
    assert_eq!(client.response().status, 100);
    client.send("body");
    assert_says(&client.response(), "POST /cgi-bin/echo.sh \nbody");
}
