//! `wasm-host new`: every project is built by the very commands that it prints.

use crate::support::command_line::{run, stderr};
use crate::support::component_build::FOREIGN_VARIABLES;
use crate::support::eventually;
use crate::support::guests::uses_instances_again;
use crate::support::previews::Previews;
use crate::support::server::{BINARY, Server};
use crate::support::skip::skipped;
use crate::support::tools;
use crate::support::tree::Tree;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// `wasm-host new` in a directory.
fn new(directory: &Path, args: &[&str]) -> Output {
    tools::run(
        Command::new(BINARY)
            .arg("new")
            .args(args)
            .current_dir(directory),
    )
}

/// A project that was written, and the commands that it was said to need.
struct Project {
    folder: PathBuf,
    commands: Vec<String>,
}

impl Project {
    #[track_caller]
    fn create(tree: &Tree, args: &[&str]) -> Self {
        let output = new(&tree.path(""), args);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(output.stderr.is_empty());
        let text = String::from_utf8(output.stdout).unwrap();
        let (created, next) = text.split_once(" Next:\n\n").expect("what comes next");
        assert!(created.starts_with("Created "), "{text}");
        let mut commands = next.lines().map(|line| line.trim().to_owned());
        let change = commands.next().unwrap();
        let folder = tree.path(change.strip_prefix("cd ").expect("a folder to go to"));
        Self {
            folder,
            commands: commands.collect(),
        }
    }

    /// Runs all commands but the last, which serves, and but `except`; returns
    /// the component that is served.
    #[track_caller]
    fn build(&self, except: &[&str]) -> PathBuf {
        let (serve, build) = self.commands.split_last().unwrap();
        for line in build.iter().filter(|line| !except.contains(&line.as_str())) {
            let mut shell = Command::new("sh");
            shell.args(["-c", line]).current_dir(&self.folder);
            for name in FOREIGN_VARIABLES {
                shell.env_remove(name);
            }
            tools::stdout(&mut shell);
        }
        let component = serve
            .strip_prefix("wasm-host serve --component ")
            .and_then(|rest| rest.strip_suffix(" 8000"));
        self.folder.join(component.expect("a command that serves"))
    }

    /// Puts a folder that others fill where the project's tools would make one,
    /// so that a second run of the tests is quick.
    fn link(&self, name: &str, to: &Path) {
        std::os::unix::fs::symlink(to, self.folder.join(name)).unwrap();
    }
}

#[track_caller]
fn greets(component: &Path) {
    let args = ["--component", component.to_str().unwrap()];
    let tree = Tree::empty();
    let server = Server::builder().directory(&tree).args(args).start();
    let response = server.get("/you");
    assert_eq!(
        (response.status, response.text()),
        (200, "Hello from /you\n".to_owned())
    );
    greets_as_a_preview(component);
}

/// A site's code may be in any language.
#[track_caller]
fn greets_as_a_preview(component: &Path) {
    let previews = Previews::start_with(&["--code", "--compile-time", "600"]);
    let site = previews.site("site", &[]);
    std::fs::create_dir_all(&site).unwrap();
    std::fs::copy(component, site.join("handler.wasm")).unwrap();
    previews.deploy(&site, &["--alias", "site"]);
    assert_eq!(previews.text("site", "/you"), "Hello from /you\n");
}

#[track_caller]
fn world(component: &Path) -> String {
    let output = run(["inspect".as_ref(), "--json".as_ref(), component.as_os_str()]);
    assert!(output.status.success(), "{}", stderr(&output));
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["handler"], true, "{object}");
    object["world"].as_str().unwrap().to_owned()
}

/// Where `.ci/run` installs the tools of a language; prints `skipped: …` if it
/// hasn't.
#[track_caller]
fn language_tools(path: &str, program: &str) -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    let folder = cache.join("wasm-host-ci/tools").join(path);
    if folder.join("bin").join(program).exists() || folder.join(".bin").join(program).exists() {
        return Some(folder);
    }
    skipped(&format!(
        "{program} isn't in {}; .ci/run installs it",
        folder.display()
    ));
    None
}

/// A project in Rust, tested and built.
#[track_caller]
fn built_in_rust(tree: &Tree, args: &[&str]) -> PathBuf {
    let project = Project::create(tree, args);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new");
    std::fs::create_dir_all(&target).unwrap();
    project.link("target", &target);
    project.build(&[])
}

#[test]
fn a_project_in_rust_tests_builds_and_serves() {
    let tree = Tree::empty();
    let component = built_in_rust(&tree, &["my-hello"]);
    assert_eq!(world(&component), "wasm-host:http/handler@0.1.0");
    greets(&component);
    uses_instances_again(&component);
}

/// Not only by what `inspect` says: with a log that counts them, whether a client
/// keeps its connection or not.
#[test]
fn a_project_in_rust_is_served_by_few_instances() {
    let tree = Tree::empty();
    let component = built_in_rust(&tree, &["my-quick"]);
    for isolation in ["--isolation=connection", "--isolation=request"] {
        let server = Server::builder()
            .args(["--threads=1", "-v", isolation, "--component"])
            .args([&component])
            .start();
        for _ in 0..5 {
            let mut client = server.connect();
            for _ in 0..5 {
                let response = client.get("/you");
                assert_eq!(response.version, "HTTP/1.1");
                assert_eq!(response.text(), "Hello from /you\n");
            }
            // The server closes when the instance has been kept.
            client.send("GET /you HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
            assert_eq!(client.response().status, 200);
            client.expect_closed();
        }
        let logged = |part: &str| {
            let lines = server.log_lines();
            lines.iter().filter(|line| line.contains(part)).count()
        };
        eventually("the log is complete", || logged("\"GET /you") == 30);
        assert_eq!(logged("instance made"), 1, "{isolation}");
    }
}

/// The flags of somebody's own take the place of those in cargo's configuration,
/// and not of those that a build script gives.
#[test]
fn a_project_in_rust_keeps_its_small_stack_whatever_the_flags() {
    let tree = Tree::empty();
    let project = Project::create(&tree, &["my-flags"]);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-with-flags");
    std::fs::create_dir_all(&target).unwrap();
    project.link("target", &target);
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--release", "--target", "wasm32-wasip2"])
        .arg("--manifest-path")
        .arg(project.folder.join("Cargo.toml"))
        .current_dir(tree.path(""));
    for name in FOREIGN_VARIABLES {
        cargo.env_remove(name);
    }
    cargo.env("RUSTFLAGS", "-Ctarget-feature=+simd128");
    tools::stdout(&mut cargo);
    uses_instances_again(
        &project
            .folder
            .join("target/wasm32-wasip2/release/my_flags.wasm"),
    );
}

#[test]
fn the_same_project_is_one_for_other_hosts() {
    let tree = Tree::empty();
    let component = built_in_rust(&tree, &["my-proxy", "--world", "proxy"]);
    assert_eq!(world(&component), "wasi:http/proxy@0.2.12");
    greets(&component);
}

#[test]
fn a_project_in_javascript_builds_and_serves() {
    let Some(modules) = language_tools("js/node_modules", "componentize-js") else {
        return;
    };
    let tree = Tree::empty();
    let project = Project::create(&tree, &["my-hello", "--lang", "js"]);
    project.link("node_modules", &modules);
    let component = project.build(&["npm install"]);
    assert_eq!(world(&component), "wasi:http/proxy@0.2.10");
    greets(&component);
}

#[test]
fn a_project_in_python_builds_and_serves() {
    let Some(environment) = language_tools("python", "componentize-py") else {
        return;
    };
    let tree = Tree::empty();
    let project = Project::create(&tree, &["my-hello", "--lang", "python"]);
    project.link(".venv", &environment);
    let installs = [
        "python3 -m venv .venv",
        ".venv/bin/pip install -r requirements.txt",
    ];
    let component = project.build(&installs);
    assert_eq!(world(&component), "wasi:http/proxy@0.2.12");
    greets(&component);
}

#[test]
fn what_exists_is_left_alone() {
    let tree = Tree::empty();
    tree.file("folder/mine", "mine");
    tree.file("file", "mine");
    for name in ["folder", "file"] {
        let output = new(&tree.path(""), &[name]);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains("exists already"), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    let mut names = std::fs::read_dir(tree.path("folder")).unwrap();
    assert_eq!(names.next().unwrap().unwrap().file_name(), "mine");
    assert!(names.next().is_none());
}

#[test]
fn a_language_without_an_sdk_is_told_which_world_it_has() {
    let tree = Tree::empty();
    for language in ["js", "python"] {
        let args = ["hello", "--lang", language, "--world", "handler"];
        let output = new(&tree.path(""), &args);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains("--world proxy"), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(!tree.path("hello").exists());
    }
}

#[test]
fn wrong_names_are_refused_before_anything_is_written() {
    let tree = Tree::empty();
    for name in ["../up", "/tmp/x", "Hello", "fn", "", "a b", "-x", ".hidden"] {
        let output = new(&tree.path(""), &["--", name]);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", stderr(&output));
    }
    assert!(std::fs::read_dir(tree.path("")).unwrap().next().is_none());
}

#[test]
fn a_name_is_refused_in_the_language_where_it_means_something_else() {
    let tree = Tree::empty();
    for (name, language) in [("core", "rust"), ("test", "rust"), ("node_modules", "js")] {
        let output = new(&tree.path(""), &[name, "--lang", language]);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(message.contains("give another name"), "{message}");
        assert!(!tree.path(name).exists());
    }
    for (name, language) in [("core", "js"), ("test", "python")] {
        Project::create(&tree, &[name, "--lang", language]);
    }
}
