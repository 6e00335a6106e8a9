//! Arguments, the start-up line, errors and exit codes.

use crate::support::command_line::{fails_to_start, run, stderr};
use crate::support::only::Only;
use crate::support::server::{BINARY, Server};
use crate::support::tree::Tree;
use std::fs::File;
use std::net::TcpListener;
use std::process::{Command, Stdio};

#[test]
fn start_up_line_is_that_of_http_server() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let port = server.port();
    let expected =
        format!("Serving HTTP on 127.0.0.1 port {port} (http://127.0.0.1:{port}/) ...\n");
    assert_eq!(server.start_up_line, expected);
}

#[test]
fn ipv6_addresses_stand_in_brackets() {
    if !Only::WithIpv6.applies() {
        return;
    }
    let tree = Tree::simple();
    let server = Server::builder().bind("::1").directory(&tree).start();
    let port = server.port();
    let expected = format!("Serving HTTP on ::1 port {port} (http://[::1]:{port}/) ...\n");
    assert_eq!(server.start_up_line, expected);
    assert_eq!(server.get("/hello.txt").status, 200);
}

#[test]
fn all_interfaces_of_both_families_by_default() {
    if !Only::WithIpv6.applies() {
        return;
    }
    let tree = Tree::simple();
    let mut server = Server::builder().bind_default().directory(&tree).start();
    let port = server.port();
    let expected = format!("Serving HTTP on :: port {port} (http://[::]:{port}/) ...\n");
    assert_eq!(server.start_up_line, expected);
    for address in ["127.0.0.1", "::1"] {
        server.address.set_ip(address.parse().unwrap());
        assert_eq!(server.get("/hello.txt").status, 200, "{address}");
    }
    // A client over IPv4 is logged as one, not as ::ffff:127.0.0.1.
    server.wait_for_log(|line| line.starts_with("127.0.0.1 - - ["));
}

#[test]
fn a_host_name_can_be_bound() {
    let tree = Tree::simple();
    let server = Server::builder().bind("localhost").directory(&tree).start();
    assert!(
        server.address.ip().is_loopback(),
        "{}",
        server.start_up_line
    );
    assert_eq!(server.get("/hello.txt").status, 200);
}

#[test]
fn short_options_work() {
    let tree = Tree::simple();
    let root = tree.path("");
    let args = [
        "-d",
        root.to_str().unwrap(),
        "-b",
        "127.0.0.1",
        "-p",
        "HTTP/1.0",
    ];
    let server = Server::builder().bind_default().args(args).start();
    let mut client = server.connect();
    let response = client.get("/hello.txt");
    assert_eq!(
        (response.status, response.version.as_str()),
        (200, "HTTP/1.0")
    );
    client.expect_closed();
}

#[test]
fn working_directory_is_served_by_default() {
    let tree = Tree::simple();
    let server = Server::builder().working_directory(&tree).start();
    assert_eq!(server.get("/hello.txt").text(), "hello, world\n");
}

#[test]
fn a_relative_directory_with_a_hard_name_is_served() {
    let tree = Tree::empty();
    tree.file("-d ü;#/file.txt", "there");
    let args = ["--directory=-d ü;#"];
    let server = Server::builder()
        .working_directory(&tree)
        .args(args)
        .start();
    assert_eq!(server.get("/file.txt").text(), "there");
}

#[test]
fn help_names_every_option_and_the_defaults() {
    let output = run(["serve", "--help"]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    let options = "--dir --env --arg --allow-outbound --component --bind --directory --protocol --cgi --header --index --no-listing \
                   --cors --spa --not-found --not-found-nearest --clean-urls --content-type --charset --precompressed --compressed-names --no-hidden --rules --quiet \
                   --verbose --log-format --log-file --header-timeout --idle-timeout --request-timeout \
                   --cpu-time --memory --memory-total --max-connections --max-instances --queue-timeout \
                   --shutdown-timeout --isolation --threads";
    for option in options.split_whitespace() {
        assert!(help.contains(option), "{option} isn't in\n{help}");
    }
    assert!(help.contains("$XDG_CACHE_HOME/wasm-host"), "{help}");
    for default in [
        "8000",
        "HTTP/1.1",
        "python",
        "30",
        "60",
        "10",
        "64",
        "connection",
    ] {
        assert!(help.contains(default), "{default} isn't in\n{help}");
    }
}

#[test]
fn wrong_arguments_are_exit_code_2() {
    let cases: &[&[&str]] = &[
        &["frobnicate"],
        &["serve", "--frobnicate"],
        &["serve", "65536"],
        &["serve", "-1"],
        &["serve", "http"],
        &["serve", "1", "2"],
        &["serve", "--bind"],
        &["serve", "--protocol", "HTTP/3"],
        &["serve", "--protocol", "1.1"],
        &["serve", "--header", "no colon"],
        &["serve", "--header", ": no name"],
        &["serve", "--header", "Bad Name: value"],
        &["serve", "--header", "X-Split: a\r\nSet-Cookie: b"],
        &["serve", "--content-type", "text"],
        &["serve", "--content-type", "*.foo=text"],
        &["serve", "--content-type", "*.foo=text/x\r\nSet-Cookie: b"],
        &["serve", "--charset", "utf-8\r\nSet-Cookie: b"],
        &["serve", "--log-format", "xml"],
        &["serve", "--isolation", "none"],
        &["serve", "--header-timeout", "soon"],
        &["serve", "--header-timeout=-1"],
        &["serve", "--header-timeout", "NaN"],
        &["serve", "--max-connections", "0"],
        &["serve", "--max-instances", "0"],
        &["serve", "--memory", "0"],
        &["serve", "--threads", "0"],
        &["serve", "--dir", ""],
        &["serve", "--dir", ":rw"],
        &["serve", "--dir", "/tmp::"],
        &["serve", "--dir", "../tmp"],
        &["serve", "--env", ""],
        &["serve", "--env", "=value"],
        &["serve", "--env", "NO_SUCH_VARIABLE_HERE"],
        &["serve", "--allow-outbound", ""],
        &["serve", "--allow-outbound", "http://example.com"],
        &["serve", "--allow-outbound", "*"],
        &["serve", "--allow-outbound", "example.com:0"],
        &["serve", "--allow-outbound", "::1"],
    ];
    for &args in cases {
        let output = run(args);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
        assert!(message.starts_with("error: "), "{args:?}: {message}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

/// Like a log on a full disk.
#[test]
fn an_exit_code_does_not_depend_on_who_can_read_the_error() {
    for (args, code) in [
        (&["inspect", "/no/such/file"][..], 1),
        (&["serve", "--directory", "/no/such/place", "0"], 1),
        (&["serve", "--frobnicate"], 2),
    ] {
        let full = File::create("/dev/full").unwrap();
        let status = Command::new(BINARY).args(args).stderr(full).status();
        assert_eq!(status.unwrap().code(), Some(code), "{args:?}");
    }
}

#[test]
fn help_that_cannot_be_written_is_an_error() {
    for args in [&["--help"][..], &["serve", "--help"], &["--version"]] {
        let full = File::create("/dev/full").unwrap();
        let mut command = Command::new(BINARY);
        let output = command.args(args).stdout(full).stderr(Stdio::piped());
        let output = output.spawn().unwrap().wait_with_output().unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {message}");
        let said = message.strip_prefix("error: cannot write to standard output: ");
        assert_eq!(said.unwrap().lines().count(), 1, "{args:?}: {message}");
    }
}

#[test]
fn a_missing_directory_is_named() {
    let message = fails_to_start(&["--directory", "/no/such/place", "0"]);
    assert!(message.contains("/no/such/place"), "{message}");
}

#[test]
fn a_file_is_not_a_directory() {
    let tree = Tree::simple();
    let file = tree.path("hello.txt");
    let message = fails_to_start(&["--directory", file.to_str().unwrap(), "0"]);
    assert!(message.contains("hello.txt"), "{message}");
}

#[test]
fn a_port_in_use_is_named() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let message = fails_to_start(&["--bind", "127.0.0.1", &port]);
    assert!(message.contains(&port), "{message}");
}

/// SO_REUSEPORT would let two servers share a port, each with half of the clients.
#[test]
fn a_port_that_another_wasm_host_uses_is_in_use() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let port = server.port().to_string();
    let message = fails_to_start(&["--bind", "127.0.0.1", &port]);
    assert!(message.contains(&port), "{message}");
}

#[test]
fn an_address_that_is_not_ours_is_named() {
    for address in ["192.0.2.1", "no-such-host.invalid"] {
        let message = fails_to_start(&["--bind", address, "0"]);
        assert!(message.contains(address), "{message}");
    }
}

#[test]
fn an_address_that_lacks_something_is_told_what() {
    for (address, code, advice) in [
        ("", 2, "such as 127.0.0.1 or ::1"),
        ("127.0.0.1:21102", 2, "--bind 127.0.0.1 21102"),
        ("[::1]:21102", 2, "--bind [::1] 21102"),
        ("fe80::1", 1, "needs the interface that it is on"),
    ] {
        let output = run(["serve", "--bind", address, "0"]);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{address}: {message}");
        assert!(message.contains(advice), "{address}: {message}");
    }
}

/// It says so before it says that it serves, and panics nowhere.
#[test]
fn too_few_open_files_are_an_error_before_the_start() {
    let tree = Tree::simple();
    for files in 6..=24 {
        let mut shell = Command::new("sh");
        let script = format!("ulimit -n {files}; exec \"$@\"");
        let args = ["serve", "--threads=8", "--bind=127.0.0.1", "-d"];
        let command = shell.args(["-c", &script, "sh", BINARY]).args(args);
        let output = command.arg(tree.path("")).arg("0").output().unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{files}: {message}");
        assert!(output.stdout.is_empty(), "{files}: it announced itself");
        let error = message.lines().last().unwrap();
        assert!(error.starts_with("error: cannot "), "{files}: {message}");
        assert!(error.ends_with("; raise `ulimit -n`"), "{files}: {message}");
    }
}
