//! What is said of a file or a variable that is wrong: one line, and nothing starts.

use super::command;
use crate::support::server::Server;
use crate::support::tree::Tree;
use std::path::Path;

/// What is said, as one line without `error: `.
#[track_caller]
fn refused(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> String {
    let output = command(folder, args, variables);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
    assert!(output.stdout.is_empty(), "{args:?}");
    assert_eq!(said.lines().count(), 1, "{args:?}: {said}");
    said.trim_end().strip_prefix("error: ").unwrap().to_owned()
}

/// A file, and what is said of it.
const FILES: &[(&str, &str)] = &[
    (
        "\nprot = 1",
        "a.toml:2: there is no option prot; did you mean port?",
    ),
    (
        "max_connections = 3",
        "a.toml:1: there is no option max_connections; did you mean max-connections?",
    ),
    (
        "memroy = 3",
        "a.toml:1: there is no option memroy; did you mean memory?",
    ),
    (
        "zzzzzz = 3",
        "a.toml:1: there is no option zzzzzz; `wasm-host serve --help` names those that there are",
    ),
    (
        "store = \"x\"",
        "a.toml:1: store is an option of `wasm-host preview`, and not of `wasm-host serve`; leave it out here",
    ),
    (
        "config = \"b.toml\"",
        "a.toml:1: config is for the command line alone; leave it out here",
    ),
    (
        "print-config = true",
        "a.toml:1: print-config is for the command line alone; leave it out here",
    ),
    (
        "[limits]\nmemory = 3",
        "a.toml:1: limits is a table, and there are none; write each option by its name, in front of all tables, as in max-connections = 100",
    ),
    (
        "# first\n\nport = 70000\nprot = 1",
        "a.toml:3: port = 70000: give a port number between 0 and 65535",
    ),
    (
        "port = -1",
        "a.toml:1: port = -1: give a port number between 0 and 65535",
    ),
    (
        "port = \"--no-lockdown\"",
        "a.toml:1: port = \"--no-lockdown\": give a port number between 0 and 65535",
    ),
    (
        "memory = 5000",
        "a.toml:1: memory = 5000: give a whole number between 1 and 4096",
    ),
    (
        "memory = 0x10",
        "a.toml:1: memory = 0x10: give a whole number between 1 and 4096",
    ),
    (
        "memory = 1979-05-27",
        "a.toml:1: memory is a date; give a number",
    ),
    ("memory = [1]", "a.toml:1: memory is a list; give a number"),
    (
        "memory = true",
        "a.toml:1: memory is true or false; give a number",
    ),
    (
        "cpu-time = \"soon\"",
        "a.toml:1: cpu-time = \"soon\": give a number of seconds, such as 30 or 0.5, or a time such as 500ms, 30s or 5m",
    ),
    (
        "cors = \"yes\"",
        "a.toml:1: cors is a text; give true or false",
    ),
    ("cors = 1", "a.toml:1: cors is a number; give true or false"),
    (
        "directory = 5",
        "a.toml:1: directory is a number; give a text in quotes",
    ),
    (
        "header = [\n  \"A: b\",\n  \"bad\",\n]",
        "a.toml:3: header = \"bad\": give it as 'Name: value'; \"\" is not a field name",
    ),
    (
        "bind = [1]",
        "a.toml:1: bind is a number; give a text in quotes, or several, such as [\"a\", \"b\"]",
    ),
    (
        "log-format = \"xml\"",
        "a.toml:1: log-format = \"xml\": give one of python, common, combined, json",
    ),
    (
        "cors = true\ncors = true",
        "a.toml:2: duplicate key; write a line for each option, such as cors = true, memory = 64 or directory = \"site\"",
    ),
    (
        "directory = pages",
        "a.toml:1: string values must be quoted, expected literal string; write a line for each option, such as cors = true, memory = 64 or directory = \"site\"",
    ),
    (
        "header = \"A: \\u0000\"",
        "a.toml:1: header: no option has a zero byte in it",
    ),
    (
        "tls-key = \"k\"",
        "a.toml:1: tls-key has no effect without --tls-cert <FILE>; give that, too, or leave out tls-key",
    ),
    (
        "http-redirect = 80",
        "a.toml:1: http-redirect has no effect without --tls-cert <FILE> or --tls-local or --tls-acme <DOMAIN>; give that, too, or leave out http-redirect",
    ),
    (
        "spa = true\nnot-found = \"a.html\"",
        "a.toml:1: spa can't be given together with --not-found (a.toml:2); leave out one of the two",
    ),
];

#[test]
fn a_file_that_is_wrong_is_refused_with_its_line() {
    let tree = Tree::empty();
    for (content, said) in FILES {
        tree.file("a.toml", content);
        let args = ["serve", "--config", "a.toml", "--bind=127.0.0.1"];
        assert_eq!(refused(tree.as_ref(), &args, &[]), *said, "{content}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let tree = Tree::empty();
    tree.file("latin", b"cors = true\nheader = \"\xe9\"");
    tree.directory("folder");
    tree.sparse_file("huge", 2 << 20);
    for (path, said) in [
        (
            "nothing",
            "cannot read the file of --config, nothing: No such file or directory (os error 2); give a file that this user may read",
        ),
        (
            "folder",
            "cannot read the file of --config, folder: Is a directory (os error 21); give a file that this user may read",
        ),
        (
            "/dev/zero",
            "/dev/zero: it has more than 1048576 bytes; give a file of options with --config",
        ),
        (
            "huge",
            "huge: it has more than 1048576 bytes; give a file of options with --config",
        ),
        ("latin", "latin:2: this isn't UTF-8; save it as that"),
    ] {
        assert_eq!(
            refused(tree.as_ref(), &["serve", "--config", path], &[]),
            said
        );
        let variables = [("WASM_HOST_CONFIG", path)];
        assert_eq!(refused(tree.as_ref(), &["serve"], &variables), said);
    }
}

#[test]
fn a_variable_that_is_wrong_is_refused_by_its_name() {
    let tree = Tree::empty();
    for (name, value, said) in [
        (
            "WASM_HOST_PORT",
            "x",
            "WASM_HOST_PORT=\"x\": give a port number between 0 and 65535",
        ),
        (
            "WASM_HOST_PORT",
            "--no-lockdown",
            "WASM_HOST_PORT=\"--no-lockdown\": give a port number between 0 and 65535",
        ),
        (
            "WASM_HOST_CORS",
            "maybe",
            "WASM_HOST_CORS=\"maybe\": give true or false",
        ),
        (
            "WASM_HOST_HEADER",
            "A: b\nbad",
            "WASM_HOST_HEADER=\"bad\": give it as 'Name: value'; \"\" is not a field name",
        ),
        (
            "WASM_HOST_TLS_KEY",
            "k",
            "environment, WASM_HOST_TLS_KEY: tls-key has no effect without --tls-cert <FILE>; give that, too, or leave out tls-key",
        ),
    ] {
        assert_eq!(refused(tree.as_ref(), &["serve"], &[(name, value)]), said);
    }
}

/// It is the file that has to change, or what was typed.
#[test]
fn what_excludes_what_was_typed_is_named_with_its_place() {
    let tree = Tree::empty();
    tree.file("a.toml", "not-found = \"a.html\"\n");
    let args = ["serve", "--config", "a.toml", "--spa"];
    let said = refused(tree.as_ref(), &args, &[]);
    assert_eq!(
        said,
        "a.toml:1: not-found can't be given together with --spa (command line); leave out one of the two"
    );
}

/// As a server finds out only when it starts.
#[test]
fn what_fails_later_is_named_with_its_place() {
    let tree = Tree::empty();
    tree.file("a.toml", "admin = \"0.0.0.0:0\"\n");
    let output = command(
        tree.as_ref(),
        &["serve", "--config", "a.toml", "--bind=127.0.0.1", "0"],
        &[],
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.ends_with("if they may (--admin: a.toml:1)\n"),
        "{said}"
    );
}

#[test]
fn variables_that_look_like_options_are_warned_of() {
    let tree = Tree::empty();
    let server = Server::builder()
        .directory(&tree)
        .env("WASM_HOST_MEMROY", "7")
        .env("WASM_HOST_ZZZZ", "7")
        // An option of another command, what clients have, what Kubernetes sets for a
        // service of that name, and what isn't ours.
        .env("WASM_HOST_STORE", "/nowhere")
        .env("WASM_HOST_TOKEN", "t")
        .env("WASM_HOST_PORT", "tcp://10.0.0.7:8000")
        .env("WASM_HOST_PORT_8000_TCP_PROTO", "tcp")
        .env("WASM_HOST_SERVICE_PORT", "8000")
        .env("WASM_HOSTS", "7")
        .start();
    server.wait_for_log(|line| {
        line.ends_with("the environment variable WASM_HOST_MEMROY is no option, and has no effect; did you mean WASM_HOST_MEMORY?")
    });
    server.wait_for_log(|line| line.ends_with("WASM_HOST_ZZZZ is no option, and has no effect"));
    let warned = server.log_lines();
    let warned = warned
        .iter()
        .filter(|line| line.contains("environment variable"));
    assert_eq!(warned.count(), 2);
}
