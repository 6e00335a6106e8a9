//! The README's "Write a handler", followed word by word.

use crate::support::component_build::FOREIGN_VARIABLES;
use crate::support::guests::uses_instances_again;
use crate::support::server::{BINARY, Server};
use crate::support::tools;
use crate::support::tree::Tree;
use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../README.md");

/// The code blocks of a section, each with its language.
fn blocks(section: &str) -> Vec<(&'static str, &'static str)> {
    let start = README.find(section).expect("a section of this name");
    let section = &README[start + section.len()..];
    let section = section.split("\n## ").next().unwrap();
    let fences: Vec<_> = section.split("```").collect();
    let inside = fences.into_iter().skip(1).step_by(2);
    inside
        .map(|block| block.split_once('\n').expect("a language"))
        .collect()
}

/// Runs a command line as somebody who has installed `wasm-host` would.
#[track_caller]
fn shell(line: &str, directory: &Path) {
    let program = Path::new(BINARY).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut shell = Command::new("sh");
    shell
        .args(["-ec", line])
        .current_dir(directory)
        .env("PATH", format!("{}:{path}", program.display()));
    for name in FOREIGN_VARIABLES {
        shell.env_remove(name);
    }
    tools::stdout(&mut shell);
}

#[test]
fn a_handler_is_written_in_five_minutes() {
    let tree = Tree::empty();
    let [("sh", new), ("rust", code), ("sh", build)] = blocks("## Write a handler")[..] else {
        panic!("other blocks than the test knows");
    };
    shell(new, &tree.path(""));
    let project = tree.path(new.trim().split(" && cd ").last().unwrap());
    std::fs::write(project.join("src/lib.rs"), code).unwrap();
    let (build, serve) = build.trim().rsplit_once('\n').unwrap();
    shell(build, &project);

    let arguments = serve
        .strip_prefix("wasm-host serve ")
        .and_then(|arguments| arguments.strip_suffix(" 8000"))
        .expect("a command that serves on the usual port");
    let component = arguments.split(' ').find(|part| part.ends_with(".wasm"));
    uses_instances_again(&project.join(component.expect("a component to serve")));
    let server = Server::builder()
        .working_directory(&project)
        .args(arguments.split(' '))
        .start();
    assert_eq!(server.get("/you").text(), "Hello from /you\n");
    let request =
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nConnection: close\r\n\r\nback";
    assert_eq!(server.exchange(request).text(), "back");
    let mut client = server.connect();
    for _ in 0..3 {
        let response = client.get("/you");
        assert_eq!(response.required("Content-Length"), "16");
        assert_eq!(response.text(), "Hello from /you\n");
    }
    assert_eq!(server.request("PUT", "/", &[]).status, 501);
}
