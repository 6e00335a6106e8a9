//! What nobody is shown: hashes of passwords, and values of variables. An attack each.

use super::{command, line, printed};
use crate::support::admin::{ADMIN, admin_of, ask};
use crate::support::command_line::fails_to_start;
use crate::support::guests;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::Server;
use crate::support::tree::Tree;

const HASH: &str = "$2y$05$tbChas9hWpmN.5ySKLJdFu9u89bxPtgbA8.VzbkrtF2y0WfLuLlSy";

#[test]
fn secrets_are_not_printed() {
    let tree = Tree::empty();
    let config = format!(
        "auth = [\"ann:{HASH}\", \"bob:{HASH}\"]\nenv = \"KEY=hunter2\"\narg = \"--key=hunter2\"\n\
         cgi = true\ncgi-env = \"KEY=hunter2\"\n"
    );
    tree.file("a.toml", config);
    let text = printed(tree.as_ref(), &["serve", "--config", "a.toml"], &[]);
    assert_eq!(line(&text, "auth"), "# auth: 2 not shown # a.toml:1");
    assert_eq!(line(&text, "env"), "# env: 1 not shown # a.toml:2");
    assert_eq!(line(&text, "arg"), "# arg: 1 not shown # a.toml:3");
    assert_eq!(line(&text, "cgi-env"), "# cgi-env: 1 not shown # a.toml:5");
    assert!(
        !text.contains("hunter2") && !text.contains("$2y$"),
        "{text}"
    );
}

#[test]
fn operators_are_not_told_secrets() {
    let tree = Tree::simple();
    let outside = tree.outside("a.toml");
    let config = format!("auth = \"ann:{HASH}\"\nenv = \"KEY=hunter2\"\n");
    std::fs::write(&outside, config).unwrap();
    let server = Server::builder()
        .directory(&tree)
        .args(ADMIN)
        .args(["--config", outside.to_str().unwrap()])
        .env("WASM_HOST_ARG", "hunter2\nhunter3")
        .start();
    let text = ask(admin_of(&server), "/config").text();
    let config: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(config["options"]["auth"]["hidden"], 1);
    assert_eq!(config["options"]["arg"]["hidden"], 2);
    assert_eq!(config["options"]["env"]["hidden"], 1);
    for secret in ["hunter", "$2y$", "KEY"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

/// Neither when they are wrong.
#[test]
fn secrets_that_are_wrong_are_not_printed() {
    let tree = Tree::empty();
    tree.file("a.toml", "auth = \"ann:hunter2\"\n");
    tree.file("b.toml", "env = \"=hunter2\"\n");
    tree.file("c.toml", "auth = hunter2\n");
    let none: &[(&str, &str)] = &[];
    for (args, variables) in [
        (&["serve", "--config", "a.toml"][..], none),
        (&["serve", "--config", "b.toml"], none),
        (&["serve", "--config", "c.toml"], none),
        (&["serve", "--auth", "ann:hunter2"], none),
        (&["serve", "--auth=ann:hunter2"], none),
        (&["serve", "--env==hunter2"], none),
        (&["serve", "--cgi", "--cgi-env==hunter2"], none),
        (&["serve"], &[("WASM_HOST_AUTH", "ann:hunter2")]),
        (&["serve"], &[("WASM_HOST_ENV", "=hunter2")]),
    ] {
        let output = command(tree.as_ref(), args, variables);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(!said.contains("hunter2"), "{args:?}: {said}");
    }
}

/// A client would read it like any other file.
#[test]
fn a_file_with_secrets_is_not_served() {
    let tree = Tree::simple();
    tree.file("dir/a.toml", format!("auth = \"ann:{HASH}\"\n"));
    let path = tree.path("dir/a.toml");
    let root = tree.path("");
    let args = ["--bind=127.0.0.1", "-d", root.to_str().unwrap(), "0"];
    let config = ["--config", path.to_str().unwrap()];
    let said = fails_to_start(&[&args[..], &config].concat());
    assert!(
        said.contains("would be served, and auth in it is a secret"),
        "{said}"
    );
    // Nor by another name.
    std::os::unix::fs::symlink(&path, tree.outside("link.toml")).unwrap();
    let link = tree.outside("link.toml");
    let config = ["--config", link.to_str().unwrap()];
    let said = fails_to_start(&[&args[..], &config].concat());
    assert!(said.contains("would be served"), "{said}");
}

#[test]
fn a_file_that_is_served_is_warned_of() {
    let tree = Tree::simple();
    tree.file("a.toml", "cors = true\n");
    let path = tree.path("a.toml");
    let server = Server::builder()
        .directory(&tree)
        .args(["--config", path.to_str().unwrap()])
        .start();
    server.wait_for_log(|line| line.contains("whoever asks for it sees the options"));
}

#[test]
fn scripts_do_not_see_the_variables() {
    let scripts = Scripts::new();
    scripts.sh(
        "env.sh",
        &format!("{PLAIN}; env; cat /proc/$PPID/environ; echo end"),
    );
    let server = scripts
        .server()
        .env("WASM_HOST_CGI_ENV", "GIVEN=by-name")
        .env("WASM_HOST_ARG", "hunter2")
        .start();
    let text = server.get("/cgi-bin/env.sh").text();
    assert!(
        text.contains("GIVEN=by-name") && text.ends_with("end\n"),
        "{text}"
    );
    assert!(
        !text.contains("WASM_HOST") && !text.contains("hunter2"),
        "{text}"
    );
}

/// A handler counts what it can see, which is what was granted.
#[test]
fn handlers_do_not_see_the_variables() {
    let server = Server::builder()
        .env("WASM_HOST_COMPONENT", guests::component("hostile_handler"))
        .env("WASM_HOST_ENV", "GIVEN=by-name")
        .env("WASM_HOST_MIN_RATE", "7")
        .start();
    let text = server.get("/environment").text();
    assert!(text.starts_with("1 variables, "), "{text}");
}
