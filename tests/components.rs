//! `--component`: what is taken for a handler, and what is refused.

use crate::support::command_line::{bound_by_permissions, command_fails_to_start, fails_to_start};
use crate::support::guests;
use crate::support::server::{BINARY, Server};
use crate::support::tree::Tree;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// The preamble of a core module, and of a component.
const MODULE: &[u8] = b"\0asm\x01\0\0\0";
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// The component's refusal, which names it.
#[track_caller]
fn refusal(component: &Path) -> String {
    refusal_by(Command::new(BINARY), component)
}

#[track_caller]
fn refusal_by(command: Command, component: &Path) -> String {
    let name = component
        .to_str()
        .expect("a name that an argument can have");
    let message = command_fails_to_start(command, &["--component", name, "0"]);
    assert!(message.contains(name), "{message}");
    for noise in ["panicked", "backtrace", "src/"] {
        assert!(!message.contains(noise), "{message}");
    }
    message
}

#[track_caller]
fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "no {part:?} in {message:?}");
    }
}

/// A component that exports an interface of this name, with nothing in it.
fn component_with_empty_export(name: &str) -> Vec<u8> {
    let mut bytes = COMPONENT.to_vec();
    // Section 5, instances: one, of no exports.
    section(&mut bytes, 5, &[1, 1, 0]);
    // Section 11, exports: instance 0 by that name.
    let length = u8::try_from(name.len()).expect("a short name");
    let export = [&[1, 0, length], name.as_bytes(), &[5, 0, 0]].concat();
    section(&mut bytes, 11, &export);
    bytes
}

fn section(bytes: &mut Vec<u8>, number: u8, contents: &[u8]) {
    bytes.push(number);
    bytes.push(u8::try_from(contents.len()).expect("a short section"));
    bytes.extend_from_slice(contents);
}

/// Files that aren't whole components, in a tree.
fn files_that_are_no_components() -> (Tree, &'static [&'static str]) {
    let handler = std::fs::read(guests::component("hostile_handler")).unwrap();
    let mut damaged = handler.clone();
    // In the midst of its code. One byte would be too few: with another, an
    // instruction's operand may be just as valid.
    let at = handler.len() / 8;
    damaged[at..at + 64].fill(0xff);
    let tree = Tree::empty();
    tree.file("text", "#!/bin/sh\n");
    tree.file("empty", "");
    tree.file("magic", &MODULE[..4]);
    tree.file("module", MODULE);
    tree.file("torn-preamble", &COMPONENT[..7]);
    tree.file("torn-section", [COMPONENT, b"\x07\xff"].concat());
    tree.file("torn-early", &handler[..100]);
    tree.file("torn-late", &handler[..handler.len() - 1]);
    tree.file("damaged", damaged);
    tree.directory("folder");
    let names = &[
        "text",
        "empty",
        "magic",
        "module",
        "torn-preamble",
        "torn-section",
        "torn-early",
        "torn-late",
        "damaged",
        "folder",
        "absent",
    ];
    (tree, names)
}

#[test]
fn what_is_not_a_component_is_refused_in_one_line() {
    let (tree, names) = files_that_are_no_components();
    for name in names {
        refusal(&tree.path(name));
    }
}

#[test]
fn a_refusal_says_what_to_do_about_it() {
    let (tree, names) = files_that_are_no_components();
    let advises = |message: &str| {
        let advice = ["give ", "build ", "rebuild ", "with --component"];
        advice.iter().any(|words| message.contains(words))
    };
    let refusals = names.iter().map(|name| refusal(&tree.path(name)));
    let silent: Vec<String> = refusals.filter(|message| !advises(message)).collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn a_core_module_is_told_how_to_become_a_component() {
    let tree = Tree::empty();
    tree.file("module.wasm", MODULE);
    let message = refusal(&tree.path("module.wasm"));
    assert_says(&message, &["core module", "wasm32-wasip2"]);
}

#[test]
fn an_unreadable_component_is_refused() {
    let Some(command) = bound_by_permissions() else {
        return;
    };
    let tree = Tree::empty();
    tree.file("handler.wasm", COMPONENT);
    tree.make_unreadable("handler.wasm");
    let message = refusal_by(command, &tree.path("handler.wasm"));
    assert_says(&message, &["ermission denied"]);
}

#[test]
fn a_component_of_another_world_is_told_what_it_lacks() {
    let message = refusal(&guests::component("command"));
    let both = ["wasi:cli/run@", "wasm-host:http/connection-handler@0.1"];
    assert_says(&message, &both);

    let tree = Tree::empty();
    tree.file("nothing.wasm", COMPONENT);
    let message = refusal(&tree.path("nothing.wasm"));
    assert_says(&message, &["exports nothing", both[1]]);
}

#[test]
fn a_handler_of_another_version_is_told_which_is_right() {
    let tree = Tree::empty();
    for version in ["0.2.0", "1.0.0"] {
        let name = format!("wasm-host:http/connection-handler@{version}");
        tree.file("handler.wasm", component_with_empty_export(&name));
        let message = refusal(&tree.path("handler.wasm"));
        assert_says(&message, &[&name, "wasm-host:http/connection-handler@0.1"]);
    }
}

#[test]
fn a_handler_without_its_function_is_told_so() {
    let tree = Tree::empty();
    let name = "wasm-host:http/connection-handler@0.1.0";
    tree.file("hollow.wasm", component_with_empty_export(name));
    let message = refusal(&tree.path("hollow.wasm"));
    assert_says(&message, &[name, "does not have export `handle`"]);
    assert!(!message.contains("it exports instance export"), "{message}");
}

#[test]
fn a_handler_that_wants_a_network_is_told_which_import_is_not_given() {
    let message = refusal(&guests::component("socket_handler"));
    let parts = ["wasi:sockets/", "no sockets", "wasm-host:http/handler@0.1"];
    assert_says(&message, &parts);
}

/// A component that exports a handler, and imports an instance with one
/// resource, which no empty instance can stand in for.
fn handler_that_imports(name: &str) -> Vec<u8> {
    let mut bytes = COMPONENT.to_vec();
    // Section 7, types: an instance type that exports a resource, `r`.
    let resource = [1, 0x42, 1, 4, 0, 1, b'r', 3, 1];
    section(&mut bytes, 7, &resource);
    // Section 10, imports: an instance of that type.
    let length = u8::try_from(name.len()).expect("a short name");
    let import = [&[1, 0, length], name.as_bytes(), &[5, 0]].concat();
    section(&mut bytes, 10, &import);
    // Section 5, instances: one, of no exports; section 11 exports it.
    section(&mut bytes, 5, &[1, 1, 0]);
    let handler = "wasm-host:http/connection-handler@0.1.0";
    let length = u8::try_from(handler.len()).expect("a short name");
    let export = [&[1, 0, length], handler.as_bytes(), &[5, 1, 0]].concat();
    section(&mut bytes, 11, &export);
    bytes
}

#[test]
fn an_import_that_nobody_gives_is_named_with_what_to_do() {
    let tree = Tree::empty();
    for (import, advice) in [
        ("wasi:cli/environment@0.3.0", "WASI 0.2"),
        ("wasi:http/outgoing-handler@0.2.12", "wasi:http/proxy"),
        ("wasm-host:http/connection@0.2.0", "another version"),
        ("acme:database/store@1.0.0", "wasm-host:http/handler@0.1.0"),
    ] {
        tree.file("handler.wasm", handler_that_imports(import));
        assert_says(&refusal(&tree.path("handler.wasm")), &[import, advice]);
    }
}

#[test]
fn a_handler_that_needs_more_memory_than_allowed_is_told_which_limit() {
    let component = guests::component("hostile_handler");
    let name = component.to_str().unwrap();
    let message = fails_to_start(&["--memory", "1", "--component", name, "0"]);
    assert_says(&message, &[name, "--memory"]);
}

#[test]
fn the_embedded_handler_needs_less_than_a_mebibyte() {
    let tree = Tree::simple();
    let server = Server::builder()
        .directory(&tree)
        .args(["--memory", "1"])
        .start();
    assert_eq!(server.get("/hello.txt").status, 200);
}

#[test]
fn a_handler_is_taken_whatever_its_file_is_called() {
    let tree = Tree::simple();
    let component = guests::component("hostile_handler");
    for name in ["handler", "ü handler.wasm", "-x.wat", "new\nline.wasm"] {
        let file = tree.outside(name);
        std::fs::copy(&component, &file).unwrap();
        let option = [OsStr::new("--component"), file.as_os_str()];
        let server = Server::builder().directory(&tree).args(option).start();
        assert_eq!(server.get("/ok").text(), "ok\n", "{name:?}");
    }
    tree.symlink("link.wasm", &component);
    let server = Server::builder()
        .working_directory(&tree)
        .args(["--component", "link.wasm"])
        .start();
    assert_eq!(server.get("/ok").text(), "ok\n");
}
