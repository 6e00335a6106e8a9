//! The variables of RFC 3875, section 4.1.

use crate::support::client::Response;
use crate::support::command_line;
use crate::support::scripts::Scripts;
use crate::support::server::{BINARY, Server};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Prints the environment that it was started with: a shell's own additions
/// aren't in there.
const ENVIRONMENT: &str =
    r#"printf 'Content-Type: application/octet-stream\n\n'; cat "/proc/$$/environ""#;

pub(crate) struct Environment(pub(crate) BTreeMap<String, String>);

impl Environment {
    #[track_caller]
    pub(crate) fn of(response: &Response) -> Self {
        assert_eq!(response.status, 200, "{response:?}");
        let text = response.text();
        let entries = text.split_terminator('\0').map(|entry| {
            let (name, value) = entry.split_once('=').expect("NAME=VALUE");
            (name.to_owned(), value.to_owned())
        });
        let listed: Vec<_> = entries.collect();
        let environment = Self(listed.iter().cloned().collect());
        assert_eq!(environment.0.len(), listed.len(), "twice: {listed:?}");
        environment
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    #[track_caller]
    pub(crate) fn assert_has(&self, name: &str, value: &str) {
        assert_eq!(self.get(name), Some(value), "{name} in {:#?}", self.0);
    }

    /// Unset, or of no effect.
    #[track_caller]
    pub(crate) fn assert_none(&self, name: &str) {
        assert_eq!(self.get(name).unwrap_or_default(), "", "{name}");
    }

    #[track_caller]
    pub(crate) fn assert_unset(&self, name: &str) {
        assert_eq!(self.get(name), None, "{name}");
    }
}

pub(crate) fn scripts() -> Scripts {
    let scripts = Scripts::new();
    scripts.sh("env", ENVIRONMENT);
    scripts
}

fn text(path: impl AsRef<Path>) -> String {
    let path = path.as_ref().canonicalize().unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn all_variables_of_a_plain_request() {
    let scripts = scripts();
    let server = scripts.serve();
    let request = "GET /cgi-bin/env/some/info?a=1&b=%20+ HTTP/1.1\r\nHost: test\r\n\r\n";
    let environment = Environment::of(&server.exchange(request));
    let root = text(scripts.path(""));
    for (name, value) in [
        ("GATEWAY_INTERFACE", "CGI/1.1"),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("SERVER_PORT", &server.port().to_string()),
        ("REQUEST_METHOD", "GET"),
        ("REQUEST_URI", "/cgi-bin/env/some/info?a=1&b=%20+"),
        ("SCRIPT_NAME", "/cgi-bin/env"),
        ("SCRIPT_FILENAME", &format!("{root}/cgi-bin/env")),
        ("DOCUMENT_ROOT", &root),
        ("PATH_INFO", "/some/info"),
        ("PATH_TRANSLATED", &format!("{root}/some/info")),
        ("QUERY_STRING", "a=1&b=%20+"),
        ("REMOTE_ADDR", "127.0.0.1"),
        ("HTTP_HOST", "test"),
    ] {
        environment.assert_has(name, value);
    }
    for name in ["SERVER_NAME", "REMOTE_HOST"] {
        assert_ne!(environment.get(name).unwrap_or_default(), "", "{name}");
    }
    let port: u16 = environment.get("REMOTE_PORT").unwrap().parse().unwrap();
    assert_ne!(port, server.port());
    let software = server.head("/hello.txt").required("Server").to_owned();
    environment.assert_has("SERVER_SOFTWARE", &software);
    assert_ne!(environment.get("HTTPS"), Some("on"));
    for name in ["CONTENT_LENGTH", "CONTENT_TYPE", "AUTH_TYPE", "REMOTE_USER"] {
        environment.assert_unset(name);
    }
}

/// Whatever the server itself was started with.
#[test]
fn there_is_nothing_else_in_the_environment() {
    let scripts = scripts();
    let mut command = Command::new(BINARY);
    command
        .args(["serve", "--cgi", "--bind", "127.0.0.1", "--directory"])
        .arg(scripts.path(""))
        .arg("0");
    for name in [
        "LD_LIBRARY_PATH",
        "SECRET_TOKEN",
        "HTTP_PROXY",
        "X_OF_SERVER",
    ] {
        command.env(name, "/leaked");
    }
    command.env("PATH", "/leaked:/usr/bin:/bin");
    let server = Server::spawn(command);
    let environment = Environment::of(&server.get("/cgi-bin/env"));
    const PROMISED: &[&str] = &[
        "AUTH_TYPE",
        "CONTENT_LENGTH",
        "CONTENT_TYPE",
        "DOCUMENT_ROOT",
        "GATEWAY_INTERFACE",
        "HTTPS",
        "HTTP_CONNECTION",
        "HTTP_HOST",
        "PATH",
        "PATH_INFO",
        "PATH_TRANSLATED",
        "QUERY_STRING",
        "REMOTE_ADDR",
        "REMOTE_HOST",
        "REMOTE_PORT",
        "REMOTE_USER",
        "REQUEST_METHOD",
        "REQUEST_SCHEME",
        "REQUEST_URI",
        "SCRIPT_FILENAME",
        "SCRIPT_NAME",
        "SERVER_ADDR",
        "SERVER_NAME",
        "SERVER_PORT",
        "SERVER_PROTOCOL",
        "SERVER_SOFTWARE",
    ];
    for (name, value) in &environment.0 {
        assert!(PROMISED.contains(&name.as_str()), "{name}={value}");
        assert!(!value.contains("leaked"), "{name}={value}");
    }
    let path = environment.get("PATH").unwrap();
    for directory in path.split(':') {
        assert!(directory.starts_with('/'), "{path}");
        assert!(!directory.starts_with("/tmp") && !directory.starts_with("/home"));
    }
}

#[test]
fn the_query_is_passed_on_as_it_came_and_always_set() {
    let scripts = scripts();
    let server = scripts.serve();
    for (target, query) in [
        ("/cgi-bin/env", ""),
        ("/cgi-bin/env?", ""),
        ("/cgi-bin/env?a?b", "a?b"),
        ("/cgi-bin/env?a=/../b//c/./d", "a=/../b//c/./d"),
        ("/cgi-bin/env?%2e%2e%00%0d%0a%ff", "%2e%2e%00%0d%0a%ff"),
        ("/cgi-bin/env?-c+id", "-c+id"),
        ("/cgi-bin/env/info?\"'`$(id);|&<>", "\"'`$(id);|&<>"),
    ] {
        let environment = Environment::of(&server.get(target));
        environment.assert_has("QUERY_STRING", query);
        environment.assert_has("SCRIPT_NAME", "/cgi-bin/env");
        environment.assert_has("REQUEST_URI", target);
    }
}

#[test]
fn path_info_is_decoded_and_empty_without_any() {
    let scripts = scripts();
    let server = scripts.serve();
    let environment = Environment::of(&server.get("/cgi-bin/env"));
    environment.assert_none("PATH_INFO");
    environment.assert_none("PATH_TRANSLATED");
    let target = "/cgi-bin/env/%e6%97%a5+%25%0d%0a%3f%23";
    let environment = Environment::of(&server.get(target));
    environment.assert_has("PATH_INFO", "/\u{65e5}+%\r\n?#");
    environment.assert_has("REQUEST_URI", target);
    let root = text(scripts.path(""));
    let translated = format!("{root}/\u{65e5}+%\r\n?#");
    environment.assert_has("PATH_TRANSLATED", &translated);
}

#[test]
fn path_info_keeps_bytes_that_are_no_text() {
    let scripts = scripts();
    let body = r#"printf 'Content-Type: text/plain\n\n'; printf %s "$PATH_INFO""#;
    scripts.sh("info", body);
    let server = scripts.serve();
    let response = server.get("/cgi-bin/info/%ff%fe%80");
    assert_eq!(response.body, b"/\xff\xfe\x80");
}

#[test]
fn length_and_type_of_the_content_are_there_if_it_is() {
    let scripts = scripts();
    let server = scripts.serve();
    let environment = Environment::of(&server.exchange(
        "POST /cgi-bin/env HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\
         Content-Type: text/x-test; charset=\"a b\"\r\n\r\na=b",
    ));
    environment.assert_has("CONTENT_LENGTH", "3");
    environment.assert_has("CONTENT_TYPE", "text/x-test; charset=\"a b\"");
    environment.assert_has("REQUEST_METHOD", "POST");
    // They aren't fields of the request too (section 4.1.18).
    environment.assert_unset("HTTP_CONTENT_LENGTH");
    environment.assert_unset("HTTP_CONTENT_TYPE");
    let request =
        "POST /cgi-bin/env HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let environment = Environment::of(&server.exchange(request));
    environment.assert_unset("HTTP_TRANSFER_ENCODING");
}

#[test]
fn the_protocol_and_the_method_are_those_of_the_request() {
    let scripts = scripts();
    let server = scripts.serve();
    let environment = Environment::of(&server.exchange("GET /cgi-bin/env HTTP/1.0\r\n\r\n"));
    environment.assert_has("SERVER_PROTOCOL", "HTTP/1.0");
    assert_ne!(environment.get("SERVER_NAME").unwrap_or_default(), "");
    environment.assert_unset("HTTP_HOST");
    // An absolute target is no reason to see other variables.
    let environment = Environment::of(
        &server.exchange("GET http://test/cgi-bin/env/x?y HTTP/1.1\r\nHost: test\r\n\r\n"),
    );
    environment.assert_has("SCRIPT_NAME", "/cgi-bin/env");
    environment.assert_has("PATH_INFO", "/x");
    environment.assert_has("QUERY_STRING", "y");
}

#[test]
fn the_owner_adds_variables_and_passes_on_the_servers() {
    let scripts = scripts();
    let mut command = Command::new(BINARY);
    command
        .args(["serve", "--cgi", "--bind", "127.0.0.1"])
        .args(["--cgi-env", "DATABASE=/srv/a=b c"])
        .args(["--cgi-env", "EMPTY="])
        .args(["--cgi-env", "PASSED_ON"])
        .arg("--directory")
        .arg(scripts.path(""))
        .arg("0")
        .env("PASSED_ON", "from the server")
        .env("NOT_PASSED_ON", "from the server");
    let server = Server::spawn(command);
    let environment = Environment::of(&server.get("/cgi-bin/env"));
    environment.assert_has("DATABASE", "/srv/a=b c");
    environment.assert_has("EMPTY", "");
    environment.assert_has("PASSED_ON", "from the server");
    environment.assert_unset("NOT_PASSED_ON");
}

/// A name alone means a value that there is; a typing error is no reason to run
/// scripts without it.
#[test]
fn a_variable_without_a_name_or_a_value_is_an_error_at_the_start() {
    for variable in ["=value", "", "NOT_SET_ANYWHERE"] {
        let output = command_line::run(["serve", "--cgi", "--cgi-env", variable, "0"]);
        assert!(!output.status.success(), "{variable}");
        let message = command_line::stderr(&output);
        assert!(message.contains("--cgi-env"), "{variable}: {message}");
    }
}

#[test]
fn a_directory_outside_of_the_root_is_an_error_at_the_start() {
    for directory in ["..", "cgi-bin/../..", "../cgi-bin"] {
        let output = command_line::run(["serve", "--cgi", "--cgi-directory", directory, "0"]);
        assert!(!output.status.success(), "{directory}");
        let message = command_line::stderr(&output);
        assert!(message.contains(directory), "{directory}: {message}");
    }
}

#[test]
fn an_ipv6_client_has_its_own_address() {
    let scripts = scripts();
    let builder = Server::builder()
        .directory(scripts.path(""))
        .args(["--cgi"]);
    let server = builder.bind("::1").start();
    let environment = Environment::of(&server.get("/cgi-bin/env"));
    environment.assert_has("REMOTE_ADDR", "::1");
}
