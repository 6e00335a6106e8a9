//! `wasm-host inspect`: what a component is, and what it would need.

use crate::support::command_line::{run, stderr};
use crate::support::guests;
use crate::support::tree::Tree;
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::path::Path;

fn text(component: &Path) -> String {
    let output = run([OsStr::new("inspect"), component.as_os_str()]);
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8(output.stdout).expect("names are UTF-8")
}

fn object(component: &Path) -> Value {
    let output = run([
        OsStr::new("inspect"),
        OsStr::new("--json"),
        component.as_os_str(),
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[track_caller]
fn refusal(file: &Path) -> String {
    let output = run([OsStr::new("inspect"), file.as_os_str()]);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(output.stdout.is_empty());
    assert_eq!(message.trim_end().lines().count(), 1, "{message}");
    assert!(message.starts_with("error: "), "{message}");
    message
}

#[test]
fn a_handler_is_shown_with_its_wishes() {
    let component = guests::component("socket_handler");
    let object = object(&component);
    assert_eq!(object["world"], "wasm-host:http/handler@0.1.0");
    assert_eq!(object["handler"], true);
    assert_eq!(object["file"], component.to_str().unwrap());
    let size = std::fs::metadata(&component).unwrap().len();
    assert_eq!(object["size"], size);
    assert_eq!(
        object["exports"],
        json!(["wasm-host:http/connection-handler@0.1.0"])
    );
    let imports = object["imports"].as_array().unwrap();
    assert!(imports.contains(&json!("wasm-host:http/connection@0.1.0")));
    let refused = object["not-granted"].as_array().unwrap();
    let sockets = |name: &Value| name.as_str().unwrap().starts_with("wasi:sockets/");
    assert!(
        !refused.is_empty() && refused.iter().all(sockets),
        "{refused:?}"
    );
    let options = |wanted: &str| {
        let mut grants = object["grants"].as_array().unwrap().iter();
        grants.any(|grant| grant["options"][0] == wanted)
    };
    assert!(
        options("--dir HOST[::GUEST][:rw]") && options("--cgi"),
        "{object}"
    );
    assert!(!options("--allow-outbound HOST[:PORT]"), "{object}");
}

#[test]
fn people_read_the_same() {
    let component = guests::component("socket_handler");
    let text = text(&component);
    for part in [
        "wasm-host:http/handler@0.1.0, for `wasm-host serve --component`",
        "\nexports:\n  wasm-host:http/connection-handler@0.1.0\n",
        "\nimports:\n",
        "\nmay need:\n",
        "\nnever granted:\n  wasi:sockets/",
        " bytes, with ",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

#[test]
fn it_says_whether_instances_are_used_again_and_why_not() {
    let again = object(&guests::component("remember_handler"));
    assert_eq!(again["instances-used-again"], true);
    assert_eq!(again["instances-used-once-because"], Value::Null);
    assert!(
        text(&guests::component("remember_handler")).contains("\ninstances are used again: yes\n")
    );

    // Its stack is as large as the linker makes it.
    let component = guests::component("socket_handler");
    let once = object(&component);
    assert_eq!(once["instances-used-again"], false);
    let reason = once["instances-used-once-because"].as_str().unwrap();
    assert!(
        reason.contains("KiB is the most that is put back"),
        "{reason}"
    );
    assert!(reason.contains("-zstack-size="), "{reason}");
    let text = text(&component);
    let said = format!("\ninstances are used again: no, {reason}\n");
    assert!(text.contains(&said), "{text}");

    let program = object(&guests::component("command"));
    assert_eq!(program["instances-used-again"], Value::Null);
}

/// The fields of `--json` are an interface: none goes, none changes its type.
#[test]
fn json_has_its_documented_shape() {
    let object = object(&guests::component("command"));
    let mut fields: Vec<&str> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    fields.sort_unstable();
    let documented = [
        "debug-names",
        "exports",
        "file",
        "grants",
        "handler",
        "imports",
        "instances-used-again",
        "instances-used-once-because",
        "not-granted",
        "size",
        "world",
    ];
    assert_eq!(fields, documented);
    let help = String::from_utf8(run(["inspect", "--help"]).stdout).unwrap();
    for field in documented {
        assert!(help.contains(field), "{field} isn't in\n{help}");
    }
}

#[test]
fn a_program_is_told_from_a_handler() {
    let component = guests::component("command");
    assert_eq!(object(&component)["handler"], false);
    let text = text(&component);
    assert!(text.contains("wasi:cli/command@0.2."), "{text}");
    assert!(text.contains("--cgi"), "{text}");
}

#[test]
fn an_unknown_component_is_said_to_be_one() {
    let tree = Tree::empty();
    tree.file("empty.wasm", b"\0asm\x0d\0\x01\0");
    let empty = tree.path("empty.wasm");
    assert_eq!(object(&empty)["world"], Value::Null);
    assert!(text(&empty).contains("unknown world"));
}

#[test]
fn what_is_no_component_is_named_in_one_line() {
    let handler = std::fs::read(guests::component("hostile_handler")).unwrap();
    let tree = Tree::empty();
    tree.file("text", "#!/bin/sh\n");
    tree.file("wit", "package a:b;\n");
    tree.file("wat", "(component)\n");
    tree.file("empty", "");
    tree.file("module", b"\0asm\x01\0\0\0");
    tree.file("torn", &handler[..handler.len() - 1]);
    tree.directory("folder");
    // It has no end.
    tree.symlink("device", "/dev/zero");
    for (name, says) in [
        ("device", "isn't a WebAssembly binary"),
        ("text", "isn't a WebAssembly binary"),
        ("wit", "WIT"),
        ("wat", "wasm-tools parse"),
        ("empty", "empty"),
        ("module", "core module"),
        ("torn", "truncated"),
        ("folder", "directory"),
        ("absent", "No such file"),
    ] {
        let message = refusal(&tree.path(name));
        assert!(message.contains(says), "{name}: {message}");
        assert!(
            message.contains(tree.path(name).to_str().unwrap()),
            "{message}"
        );
    }
}
