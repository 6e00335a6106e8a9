//! `wasm-host compile`, and serving what it makes.

use crate::support::command_line::{fails_to_start, run, stderr};
use crate::support::guests;
use crate::support::only::Only;
use crate::support::server::Server;
use crate::support::tree::Tree;
use rustix::fs::{CWD, Mode, mkfifoat};
use std::fs::Permissions;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// Compiles the hostile handler into a tree, as `handler.cwasm`.
fn compiled(tree: &Tree) -> PathBuf {
    let output = tree.path("handler.cwasm");
    compile(&guests::component("hostile_handler"), &output);
    output
}

#[track_caller]
fn compile(component: &Path, output: &Path) {
    let done = run([
        "compile".as_ref(),
        component.as_os_str(),
        "-o".as_ref(),
        output.as_os_str(),
    ]);
    assert!(done.status.success(), "{}", stderr(&done));
    assert!(done.stdout.is_empty() && done.stderr.is_empty());
}

/// The refusal to compile.
#[track_caller]
fn refusal(component: &Path, output: &Path) -> String {
    let done = run([
        "compile".as_ref(),
        component.as_os_str(),
        "-o".as_ref(),
        output.as_os_str(),
    ]);
    let message = stderr(&done);
    assert_eq!(done.status.code(), Some(1), "{message}");
    assert_eq!(message.trim_end().lines().count(), 1, "{message}");
    message
}

#[track_caller]
fn refusal_to_serve(file: &Path) -> String {
    let name = file.to_str().unwrap();
    fails_to_start(&["--component", name, "--allow-precompiled", "0"])
}

/// Each world has an engine of its own, which the code has to be for.
#[test]
fn what_was_compiled_ahead_is_served() {
    for component in ["hostile_handler", "proxy_handler", "service_handler"] {
        let tree = Tree::empty();
        let file = tree.path("handler.cwasm");
        compile(&guests::component(component), &file);
        let args = ["--allow-precompiled", "--component", file.to_str().unwrap()];
        let server = Server::builder().directory(&tree).args(args).start();
        assert_eq!(server.get("/ok").text(), "ok\n", "{component}");
    }
}

#[test]
fn a_component_is_served_with_allow_precompiled_too() {
    let tree = Tree::empty();
    let file = guests::component("hostile_handler");
    let args = ["--allow-precompiled", "--component", file.to_str().unwrap()];
    let server = Server::builder().directory(&tree).args(args).start();
    assert_eq!(server.get("/ok").text(), "ok\n");
}

#[test]
fn machine_code_is_refused_unless_it_is_allowed() {
    let tree = Tree::empty();
    let file = compiled(&tree);
    let message = fails_to_start(&["--component", file.to_str().unwrap(), "0"]);
    assert!(message.contains("machine code"), "{message}");
    assert!(message.contains("--allow-precompiled"), "{message}");
}

#[test]
fn code_of_another_version_is_refused_with_the_reason() {
    let tree = Tree::empty();
    let mut bytes = std::fs::read(compiled(&tree)).unwrap();
    // wasmtime's header: the length of its version, and the version.
    let version = b"\x0248";
    let at = bytes
        .windows(version.len())
        .position(|window| window == version)
        .expect("the version is in the file");
    bytes[at + 2] = b'7';
    tree.file("other.cwasm", &bytes);
    let message = refusal_to_serve(&tree.path("other.cwasm"));
    assert!(message.contains("incompatible version '47'"), "{message}");
    assert!(message.contains("wasm-host compile"), "{message}");
}

#[test]
fn torn_code_is_refused() {
    let tree = Tree::empty();
    let bytes = std::fs::read(compiled(&tree)).unwrap();
    for length in [64, bytes.len() / 2, bytes.len() - 1] {
        tree.file("torn.cwasm", &bytes[..length]);
        let message = refusal_to_serve(&tree.path("torn.cwasm"));
        assert!(message.contains("anew"), "{message}");
    }
}

#[test]
fn the_output_is_beside_the_component_unless_named() {
    let tree = Tree::empty();
    let component = guests::component("hostile_handler");
    std::fs::copy(&component, tree.path("handler.wasm")).unwrap();
    let file = tree.path("handler.wasm");
    let done = run(["compile".as_ref(), file.as_os_str()]);
    assert!(done.status.success(), "{}", stderr(&done));
    let mut names: Vec<_> = std::fs::read_dir(tree.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["handler.cwasm", "handler.wasm"]);
}

#[test]
fn the_component_itself_is_never_overwritten() {
    let tree = Tree::empty();
    let component = guests::component("hostile_handler");
    let file = tree.path("handler.wasm");
    std::fs::copy(&component, &file).unwrap();
    tree.symlink("link.cwasm", "handler.wasm");
    for output in ["handler.wasm", "link.cwasm"] {
        let message = refusal(&file, &tree.path(output));
        assert!(message.contains("is the component itself"), "{message}");
    }
    assert_eq!(
        std::fs::read(&file).unwrap(),
        std::fs::read(component).unwrap()
    );
}

#[test]
fn what_could_not_be_served_is_not_compiled() {
    let tree = Tree::empty();
    tree.file("old.cwasm", "what was there before");
    let old = tree.path("old.cwasm");
    tree.file("module", b"\0asm\x01\0\0\0");
    for (component, says) in [
        (tree.path("module"), "core module"),
        (tree.path("absent"), "No such file"),
        (guests::component("socket_handler"), "wasi:sockets/"),
        (guests::component("command"), "wasi:cli/run@"),
        (compiled(&tree), "precompiled already"),
    ] {
        let message = refusal(&component, &old);
        assert!(message.contains(says), "{message}");
    }
    let kept = std::fs::read_to_string(old).unwrap();
    assert_eq!(kept, "what was there before");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let tree = Tree::empty();
    let output = tree.path("no/such/folder/handler.cwasm");
    let message = refusal(&guests::component("hostile_handler"), &output);
    assert!(message.contains(output.to_str().unwrap()), "{message}");
}

/// As root, a device could be replaced for all of the machine.
#[test]
fn what_is_no_file_is_not_replaced() {
    let tree = Tree::empty();
    let component = guests::component("hostile_handler");
    let pipe = tree.path("pipe");
    mkfifoat(CWD, &pipe, Mode::RWXU).unwrap();
    let message = refusal(&component, &pipe);
    assert!(message.contains("is no file"), "{message}");
    assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

#[test]
fn where_a_link_leads_is_replaced_and_not_the_link() {
    let tree = Tree::empty();
    let file = tree.path("1.cwasm");
    std::fs::write(&file, "old").unwrap();
    tree.symlink("handler.cwasm", "1.cwasm");
    compiled(&tree);
    assert!(tree.path("handler.cwasm").is_symlink());
    assert_ne!(std::fs::read(&file).unwrap(), b"old");
}

/// Whoever can write to the cache decides what the next server runs, as machine code.
#[test]
fn a_cache_that_others_can_write_to_is_not_used() {
    let tree = Tree::simple();
    let serve = |cache: &Path| {
        Server::builder()
            .directory(&tree)
            .env("XDG_CACHE_HOME", cache)
            .start()
    };
    let begin = |name: &str| {
        let cache = tree.outside(name);
        std::fs::create_dir_all(cache.join("wasm-host")).unwrap();
        cache
    };
    let group = begin("group");
    let permissions = Permissions::from_mode(0o770);
    std::fs::set_permissions(group.join("wasm-host"), permissions).unwrap();
    let mut refused = vec![group];
    if Only::AsRoot.applies() {
        for (name, theirs) in [("own", "own/wasm-host"), ("parent", "parent")] {
            refused.push(begin(name));
            chown(tree.outside(theirs), Some(65534), None).unwrap();
        }
    }
    for cache in refused {
        let server = serve(&cache);
        let line = server.wait_for_log(|line| line.contains("the cache isn't used"));
        assert!(line.contains("set XDG_CACHE_HOME"), "{line}");
        assert_eq!(server.get("/hello.txt").status, 200);
        let left = std::fs::read_dir(cache.join("wasm-host")).unwrap().count();
        assert_eq!(left, 0, "something was put into {cache:?}");
    }
    let ours = tree.outside("ours");
    let server = serve(&ours);
    assert!(ours.join("wasm-host/modules").is_dir());
    assert_eq!(server.get("/hello.txt").status, 200);
    let mode = std::fs::metadata(ours.join("wasm-host")).unwrap().mode();
    assert_eq!(mode & 0o777, 0o700);
}
