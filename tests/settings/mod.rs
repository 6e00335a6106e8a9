//! `--config`, the environment's options, `--print-config` and `/config`: what goes
//! before what, what is said of mistakes, and who doesn't get to see any of it.

mod every_option; // none is missing in a file or in the environment
mod mistakes; // what is said of a file that is wrong
mod secrets; // what nobody is shown

use crate::support::admin::{ADMIN, admin_of, ask};
use crate::support::previews::Previews;
use crate::support::server::{BINARY, Server};
use crate::support::tree::Tree;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// `wasm-host serve`, or another command, with these variables, in this folder.
fn command(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command.envs(variables.iter().copied());
    command.output().unwrap()
}

/// What `--print-config` prints.
#[track_caller]
fn printed(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> String {
    let args = [args, &["--print-config"]].concat();
    let output = command(folder, &args, variables);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?} {variables:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// The line of an option in what `--print-config` prints.
#[track_caller]
fn line<'a>(printed: &'a str, option: &str) -> &'a str {
    let mut lines = printed.lines();
    let found = lines.find(|line| {
        let line = line.trim_start_matches("# ");
        let end = line.strip_prefix(option);
        end.is_some_and(|end| end.starts_with([' ', ':']))
    });
    found.unwrap_or_else(|| panic!("{option} isn't in {printed}"))
}

#[test]
fn a_file_has_the_options_of_a_server() {
    let tree = Tree::empty();
    tree.file("site/pages/hello.txt", "hello\n");
    let config = "bind = \"127.0.0.1\"\nport = 0\ndirectory = \"pages\"\ncors = true\n\
                  header = [\"X-One: 1, 2\", \"X-Two: 2\"]\nheader-timeout = 5\n";
    tree.file("site/site.toml", config);
    let path = tree.path("site/site.toml");
    let elsewhere = Tree::empty();
    let server = Server::builder()
        .bind_default()
        .without_port()
        .working_directory(&elsewhere)
        .args(["--config", path.to_str().unwrap()])
        .start();
    let response = server.get("/hello.txt");
    assert_eq!(response.text(), "hello\n", "its folder is the file's");
    assert_eq!(response.required("X-One"), "1, 2");
    assert_eq!(response.required("X-Two"), "2");
    assert_eq!(response.required("Access-Control-Allow-Origin"), "*");
}

#[test]
fn the_command_line_goes_before_the_environment_and_that_before_the_file() {
    let tree = Tree::empty();
    let config = "memory = 1\ncpu-time = \"1s\"\nmin-rate = 1\nheader = [\"X: file\"]\n";
    tree.file("a.toml", config);
    let variables = [
        ("WASM_HOST_CONFIG", "a.toml"),
        ("WASM_HOST_CPU_TIME", "2s"),
        ("WASM_HOST_MIN_RATE", "2"),
        ("WASM_HOST_HEADER", "X: a\nY: b"),
        // As though it weren't there.
        ("WASM_HOST_MEMORY", ""),
    ];
    let folder = tree.as_ref();
    let text = printed(folder, &["serve", "--min-rate=3", "9"], &variables);
    assert_eq!(line(&text, "memory"), "memory = 1 # a.toml:1");
    let environment = "cpu-time = \"2s\" # environment, WASM_HOST_CPU_TIME";
    assert_eq!(line(&text, "cpu-time"), environment);
    assert_eq!(line(&text, "min-rate"), "min-rate = 3 # command line");
    assert_eq!(line(&text, "port"), "port = 9 # command line");
    let header = "header = [\"X: a\",\"Y: b\"] # environment, WASM_HOST_HEADER";
    assert_eq!(line(&text, "header"), header, "a list takes a list's place");
    assert_eq!(line(&text, "log-rate"), "# log-rate = 256 # default");
    let other = printed(folder, &["serve", "--config", "/dev/null"], &variables);
    assert_eq!(line(&other, "memory"), "# memory = 64 # default");
}

#[test]
fn a_flag_of_a_file_can_be_taken_back_by_the_environment() {
    let tree = Tree::empty();
    tree.file("a.toml", "cors = true\n");
    let args = ["serve", "--config", "a.toml"];
    for (value, expected) in [
        ("false", "cors = false # environment, WASM_HOST_CORS"),
        ("0", "cors = false # environment, WASM_HOST_CORS"),
        ("Yes", "cors = true # environment, WASM_HOST_CORS"),
        ("", "cors = true # a.toml:1"),
    ] {
        let text = printed(tree.as_ref(), &args, &[("WASM_HOST_CORS", value)]);
        assert_eq!(line(&text, "cors"), expected, "{value:?}");
    }
}

/// From another folder, where each relative path would be another.
#[test]
fn what_is_printed_can_be_given_again() {
    let tree = Tree::empty();
    let config = "port = 9000\ndirectory = \".\"\nbind = [\"127.0.0.1\", \"unix:s\"]\n\
                  unix-mode = \"0600\"\nquiet = true\nheader = [\"X: \\\"\\\\\\u007F\\u00e9\\\"\"]\n\
                  cgi = true\ncgi-timeout = 0.5\nlog-file = \"log\"\ntls-local = true\n\
                  http-redirect = 0\nindex = []\n";
    let config = config.replace("\\u007F", "~");
    tree.file("a.toml", config);
    let printed_first = printed(tree.as_ref(), &["serve", "--config", "a.toml"], &[]);
    let elsewhere = Tree::empty();
    elsewhere.file("b.toml", &printed_first);
    let again = printed(elsewhere.as_ref(), &["serve", "--config", "b.toml"], &[]);
    let without_places = |text: &str| -> Vec<String> {
        let options = text.lines().filter(|line| !line.starts_with('#'));
        let options = options.map(|line| line.rsplit_once(" # ").unwrap().0.to_owned());
        options.collect()
    };
    assert_eq!(without_places(&again), without_places(&printed_first));
    let socket = tree.path("s");
    let bind = format!("bind = [\"127.0.0.1\",\"unix:{}\"]", socket.display());
    assert!(without_places(&again).contains(&bind), "{again}");
    assert_eq!(without_places(&again).len(), 11, "{again}");
}

#[test]
fn operators_are_told_the_options() {
    let tree = Tree::simple();
    let outside = tree.outside("a.toml");
    std::fs::write(&outside, "cors = true\n").unwrap();
    let server = Server::builder()
        .directory(&tree)
        .args(ADMIN)
        .args(["--config", outside.to_str().unwrap()])
        .env("WASM_HOST_MEMORY", "7")
        .start();
    let response = ask(admin_of(&server), "/config");
    assert_eq!(response.status, 200);
    assert_eq!(response.required("Content-Type"), "application/json");
    let config: serde_json::Value = serde_json::from_str(&response.text()).unwrap();
    assert_eq!(config["command"], "serve");
    assert_eq!(config["config"], outside.to_str().unwrap());
    let options = &config["options"];
    assert_eq!(options["memory"]["value"], 7);
    assert_eq!(options["memory"]["from"], "environment, WASM_HOST_MEMORY");
    assert_eq!(options["cors"]["value"], true);
    let place = format!("{}:1", outside.display());
    assert_eq!(options["cors"]["from"], place);
    assert_eq!(options["admin"]["from"], "command line");
    assert_eq!(options["component"]["value"], serde_json::Value::Null);
}

#[test]
fn previews_have_a_file_too() {
    let folder = Tree::empty();
    let config = "runners = 3\ncode = true\nstore = \"here\"\n";
    folder.file("preview.toml", config);
    let path = folder.path("preview.toml");
    let text = printed(
        folder.as_ref(),
        &["preview", "--config", "preview.toml"],
        &[],
    );
    assert_eq!(line(&text, "runners"), "runners = 3 # preview.toml:1");
    let store = format!(
        "store = \"{}\" # preview.toml:3",
        folder.path("here").display()
    );
    assert_eq!(line(&text, "store"), store);
    let args = ["--config", path.to_str().unwrap()];
    let _previews = Previews::start_with(&args);
    assert!(folder.path("here").is_dir(), "its store is elsewhere");
}

/// By a user who has no token of a server on this machine.
#[test]
fn commands_for_previews_find_the_token_by_a_variable() {
    let previews = Previews::start();
    let elsewhere = Tree::empty();
    let token = previews.path("data/wasm-host/preview/token");
    let token = token.to_str().unwrap();
    let data = elsewhere.path("data");
    let url = previews.server.url("");
    let user = [
        ("XDG_DATA_HOME", data.to_str().unwrap()),
        ("WASM_HOST_SERVER", &url),
    ];
    let list = |more: &[(&str, &str)]| {
        let variables = [&user[..], more].concat();
        command(elsewhere.as_ref(), &["previews", "list"], &variables)
    };
    let output = list(&[("WASM_HOST_TOKEN_FILE", token)]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!list(&[]).status.success(), "it took that token");
}
